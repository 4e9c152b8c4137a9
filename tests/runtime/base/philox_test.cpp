// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/philox.h"

#include <gtest/gtest.h>

#include <set>

namespace agon {
namespace {

void ExpectBlock(const PhiloxBlock& block, const PhiloxBlock& expected) {
  for (int i = 0; i < 4; ++i) EXPECT_EQ(block.word[i], expected.word[i]) << "word " << i;
}

// kat_vectors of the Random123 distribution, philox4x32, 10 rounds.
TEST(Philox, MatchesTheKnownAnswers) {
  ExpectBlock(Philox4x32(0, {{0, 0, 0, 0}}), {{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}});
  ExpectBlock(Philox4x32(~0ULL, {{~0U, ~0U, ~0U, ~0U}}),
              {{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}});
  ExpectBlock(Philox4x32(0x299f31d0a4093822ULL, {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}}),
              {{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}});
}

TEST(Philox, UnitFloatsLieInTheHalfOpenInterval) {
  EXPECT_EQ(UnitFloat(0), 0.0F);
  EXPECT_EQ(UnitFloat(0x80000000U), 0.5F);
  EXPECT_EQ(UnitFloat(~0U), 1.0F - 1.0F / 16777216.0F);
}

// The mean of n uniform numbers has the standard deviation sqrt(1/12n); five of them are allowed.
TEST(Philox, TheMeanIsOneHalf) {
  constexpr int kBlocks = 25'000;
  double sum = 0;
  for (std::uint32_t i = 0; i < kBlocks; ++i) {
    for (const std::uint32_t word : Philox4x32(7, {{i, 0, 0, 0}}).word) sum += UnitFloat(word);
  }
  EXPECT_NEAR(sum / (4 * kBlocks), 0.5, 5 * 0.2887 / 316.2);
}

TEST(Philox, MixBitsIsOneToOneOnSmallIntegers) {
  std::set<std::uint64_t> seen;
  for (std::uint64_t i = 0; i < 10'000; ++i) seen.insert(MixBits(i));
  EXPECT_EQ(seen.size(), 10'000U);
  EXPECT_EQ(MixBits(0), 0xE220A8397B1DCDAFULL);  // SplitMix64's first output for seed 0
}

}  // namespace
}  // namespace agon
