// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/learn/pool.h"

#include <set>

#include "tests/cyclegan/learn/learn_helpers.h"

namespace agon::cyclegan {
namespace {

// Pictures of one pixel that hold their number.
Tensor Numbered(std::int64_t first, std::int64_t count) {
  return at::arange(first, first + count, at::kFloat).reshape({count, 1, 1, 1});
}

std::vector<int> ValuesOf(const Tensor& pictures) {
  std::vector<int> values;
  for (std::int64_t i = 0; i < pictures.size(0); ++i) values.push_back(pictures[i].item<int>());
  return values;
}

TEST(ImagePool, OfNothingGivesBackWhatItGets) {
  ImagePool pool(0, RandomSource(1));
  EXPECT_EQ(ValuesOf(pool.Query(Numbered(0, 3))), (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(pool.count(), 0);
}

TEST(ImagePool, FillsFirst) {
  ImagePool pool(4, RandomSource(1));
  EXPECT_EQ(ValuesOf(pool.Query(Numbered(0, 3))), (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(pool.count(), 3);
}

// Once full, half of the pictures come back as they are; each of the others is exchanged for one of
// the pool, chosen evenly: so every picture that went in is either still there or came out once.
TEST(ImagePool, ThenExchangesHalf) {
  constexpr int kQueries = 4000;
  constexpr int kSize = 50;
  ImagePool pool(kSize, RandomSource(7));
  std::vector<int> shown;
  for (int i = 0; i < kQueries; i += 2) {
    for (const int value : ValuesOf(pool.Query(Numbered(i, 2)))) shown.push_back(value);
  }
  int exchanged = 0;
  double age = 0;
  std::set<int> late;
  for (int i = kSize; i < kQueries; ++i) {
    if (shown[static_cast<std::size_t>(i)] == i) continue;
    ++exchanged;
    age += i - shown[static_cast<std::size_t>(i)];
    EXPECT_TRUE(late.insert(shown[static_cast<std::size_t>(i)]).second) << "came out twice";
  }
  EXPECT_NEAR(exchanged, (kQueries - kSize) / 2.0, 4 * std::sqrt(kQueries / 4.0));
  // One in 50 of every second picture is taken: a picture stays 100 queries on average.
  EXPECT_NEAR(age / exchanged, 2 * kSize, 10);
}

TEST(ImagePool, GoesOnWithTheSameDraws) {
  ImagePool whole(3, RandomSource(5)), parted(3, RandomSource(5));
  for (int i = 0; i < 10; i += 2) {
    (void)whole.Query(Numbered(i, 2));
    (void)parted.Query(Numbered(i, 2));
  }
  ImagePool later(3, RandomSource(5));
  NamedTensors state = parted.State();
  std::reverse(state.begin(), state.end());  // a file has an order of its own
  later.LoadState(state, at::kCPU);
  for (int i = 10; i < 60; i += 2) {
    EXPECT_EQ(ValuesOf(whole.Query(Numbered(i, 2))), ValuesOf(later.Query(Numbered(i, 2))));
  }
}

TEST(ImagePool, RefusesAnotherPoolsState) {
  ImagePool large(8, RandomSource(5));
  (void)large.Query(Numbered(0, 8));
  ImagePool small(3, RandomSource(5));
  EXPECT_NE(MessageOf([&] { small.LoadState(large.State(), at::kCPU); }, ErrorKind::kData)
                .find("image pool"),
            std::string::npos);
}

// What is kept does not change with the batch it came from.
TEST(ImagePool, KeepsCopies) {
  ImagePool pool(2, RandomSource(1));
  Tensor batch = Numbered(0, 2);
  (void)pool.Query(batch);
  batch.fill_(99);
  for (const auto& [name, tensor] : pool.State()) {
    if (name == "queries") continue;
    EXPECT_LT(tensor.item<float>(), 2);
  }
}

}  // namespace
}  // namespace agon::cyclegan
