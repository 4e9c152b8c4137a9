// SPDX-License-Identifier: Apache-2.0
#include "selfplay/learn/sample.h"

#include <cmath>
#include <functional>

#include "runtime/base/error.h"
#include "tests/selfplay/learn/learn_helpers.h"

namespace agon::selfplay {
namespace {

SampleBlock BlockOf(const Component<AnyGame>& game, const std::vector<Sample>& samples) {
  SampleBlock block(game->Shape());
  for (const Sample& sample : samples) block.Add(sample);
  return block;
}

void ExpectEqual(const Sample& a, const Sample& b) {
  EXPECT_EQ(a.game, b.game);
  EXPECT_EQ(a.ply, b.ply);
  EXPECT_EQ(a.planes, b.planes);
  EXPECT_EQ(a.scalars, b.scalars);
  EXPECT_EQ(a.moves, b.moves);
  EXPECT_EQ(a.policy, b.policy);
  EXPECT_EQ(a.outcome, b.outcome);
  EXPECT_EQ(a.weight, b.weight);
  EXPECT_EQ(a.surprise, b.surprise);
}

TEST(SampleBlock, GivesBackWhatWasPutIn) {
  for (const char* const name : {"tic_tac_toe", "connect_four", "{name: go, size: 5}"}) {
    const auto game = GameNamed(name);
    const std::vector<Sample> samples = RandomSamples(game, 3, 1);
    SampleBlock block = BlockOf(game, samples);
    block.Append(BlockOf(game, samples));
    ASSERT_EQ(block.size(), 2 * samples.size());
    const SampleBlock again = SampleBlock::FromArrays(block.ToArrays(), game->Shape(), "test");
    for (std::size_t i = 0; i < block.size(); ++i) {
      ExpectEqual(block.At(i), samples[i % samples.size()]);
      ExpectEqual(again.At(i), block.At(i));
    }
  }
}

// No number of a file may make the learner read or write where it must not.
TEST(SampleBlock, RefusesDamagedTensorsNamingThem) {
  const auto game = GameNamed("connect_four");
  const formats::NamedArrays good = BlockOf(game, RandomSamples(game, 0, 2)).ToArrays();
  const auto refused = [&](const char* tensor, const std::function<void(formats::Array&)>& harm) {
    formats::NamedArrays arrays = good;
    for (auto& [name, array] : arrays) {
      if (name == tensor) harm(array);
    }
    try {
      (void)SampleBlock::FromArrays(arrays, game->Shape(), "shard 7");
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData);
      EXPECT_NE(std::string(error.what()).find("shard 7"), std::string::npos) << error.what();
      return true;
    }
    return false;
  };
  const auto fill = [](int byte) {
    return [byte](formats::Array& array) {
      std::fill(array.data.begin(), array.data.end(), static_cast<std::byte>(byte));
    };
  };
  EXPECT_TRUE(refused("moves", fill(0x7f)));      // no such move
  EXPECT_TRUE(refused("moves_end", fill(0)));     // does not rise
  EXPECT_TRUE(refused("moves_end", fill(0x01)));  // beyond the end
  EXPECT_TRUE(refused("planes", fill(0xff)));     // bits behind the last plane
  EXPECT_TRUE(refused("policy", fill(0xff)));     // NaN
  EXPECT_TRUE(refused("outcome", fill(0xff)));
  EXPECT_TRUE(refused("weight", fill(0xff)));
  EXPECT_TRUE(refused("weight", [](formats::Array& array) { array.dtype = formats::DType::kI32; }));
  EXPECT_TRUE(refused("planes", [](formats::Array& array) { array.shape[1] += 1; }));
  EXPECT_TRUE(refused("game", [](formats::Array& array) {
    array.shape[0] -= 1;
    array.data.resize(array.data.size() - 8);
  }));
  EXPECT_FALSE(refused("none", fill(0)));
}

// Half of the weight is spread evenly, half by surprise; the game's weight stays its length.
TEST(Surprise, MovesHalfOfAGamesWeight) {
  std::vector<Sample> game(4);
  game[0].surprise = 0;
  game[1].surprise = 1;
  game[2].surprise = 2;
  game[3].surprise = 1;
  WeighBySurprise(game, 0.5);
  EXPECT_FLOAT_EQ(game[0].weight, 0.5F);
  EXPECT_FLOAT_EQ(game[1].weight, 1.0F);
  EXPECT_FLOAT_EQ(game[2].weight, 1.5F);
  EXPECT_FLOAT_EQ(game[3].weight, 1.0F);
  WeighBySurprise(game, 0);
  EXPECT_FLOAT_EQ(game[2].weight, 1.0F);
  // Nothing surprised: all alike.
  for (Sample& sample : game) sample.surprise = 0;
  WeighBySurprise(game, 1);
  EXPECT_FLOAT_EQ(game[0].weight, 1.0F);
}

// Rounding by chance keeps the weight on average and never strays further than to the neighbours.
TEST(Surprise, RoundsToCopiesByChance) {
  constexpr int kDraws = 1000;
  for (const double weight : {0.0, 0.3, 1.0, 2.75}) {
    double sum = 0;
    for (int i = 0; i < kDraws; ++i) {
      const auto copies = static_cast<double>(Copies(weight, (i + 0.5) / kDraws));
      EXPECT_GE(copies, std::floor(weight));
      EXPECT_LE(copies, std::ceil(weight));
      sum += copies;
    }
    EXPECT_NEAR(sum / kDraws, weight, 1e-3);
  }
}

TEST(MergeEqual, AveragesByWeight) {
  const auto game = GameNamed("tic_tac_toe");
  const std::vector<Sample> played = RandomSamples(game, 0, 3);
  Sample a = played[0], b = played[0];
  a.weight = 1;
  b.weight = 3;
  a.outcome = {1, 0, 0};
  b.outcome = {0, 0, 1};
  std::fill(a.policy.begin(), a.policy.end(), 0.0F);
  std::fill(b.policy.begin(), b.policy.end(), 0.0F);
  a.policy[0] = 1;
  b.policy[1] = 1;
  const SampleBlock all = BlockOf(game, {a, played[1], b});
  const SampleBlock sum = MergeEqual(all, "sum");
  ASSERT_EQ(sum.size(), 2U);
  EXPECT_FLOAT_EQ(sum.weight(0), 4);
  EXPECT_FLOAT_EQ(sum.weight(1), 1);
  EXPECT_FLOAT_EQ(sum.outcome(0)[0], 0.25F);
  EXPECT_FLOAT_EQ(sum.outcome(0)[2], 0.75F);
  EXPECT_FLOAT_EQ(sum.policy(0)[0], 0.25F);
  EXPECT_FLOAT_EQ(sum.policy(0)[1], 0.75F);
  EXPECT_FLOAT_EQ(MergeEqual(all, "log").weight(0), 3);  // 1 + log2(4)
  EXPECT_FLOAT_EQ(MergeEqual(all, "one").weight(0), 1);
  EXPECT_EQ(MergeEqual(all, "none").size(), 3U);
}

// Equal planes with other legal moves (a board that may not come back) are other positions.
TEST(MergeEqual, KeepsPositionsWithOtherMovesApart) {
  const auto game = GameNamed("tic_tac_toe");
  Sample a = RandomSamples(game, 0, 3)[0];
  Sample b = a;
  b.moves.pop_back();
  b.policy.pop_back();
  EXPECT_EQ(MergeEqual(BlockOf(game, {a, b}), "sum").size(), 2U);
}

}  // namespace
}  // namespace agon::selfplay
