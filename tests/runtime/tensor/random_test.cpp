// SPDX-License-Identifier: Apache-2.0
#include "runtime/tensor/random.h"

#include <gtest/gtest.h>

#include <set>

#include "runtime/base/philox.h"

namespace agon {
namespace {

Tensor Indices(std::vector<std::int64_t> values) { return at::tensor(values, at::kLong); }

// The generator itself is checked against the authors' known answers in tests/runtime/base; here,
// that a draw is the documented function of key, block, draw and index.
TEST(ExampleRandom, UniformIsPhiloxOfBlockDrawAndIndex) {
  const RandomSource source(0x123456789abcdef0U);
  const std::int64_t index = (std::int64_t{7} << 32) + 5;
  ExampleRandom random = source.For(Indices({index}));
  (void)random.Uniform({3}, 0, 1);
  const Tensor second = random.Uniform({6}, -1, 1);
  for (std::uint32_t i = 0; i < 6; ++i) {
    const auto block = Philox4x32(source.key(), PhiloxBlock{{i / 4, 1, 5, 7}});
    EXPECT_EQ(second[0][i].item<float>(), -1.0F + 2.0F * UnitFloat(block.word[i % 4])) << i;
  }
}

TEST(ExampleRandom, DrawsBelongToTheExampleNotToTheBatch) {
  const RandomSource source = RandomSource(1).Stream("pgd", 2);
  ExampleRandom whole = source.For(Indices({10, 11, 12, 13}));
  ExampleRandom other = source.For(Indices({13, 99, 10}));
  for (int draw = 0; draw < 3; ++draw) {
    const Tensor a = whole.Uniform({1, 5, 5}, -2, 3);
    const Tensor b = other.Uniform({1, 5, 5}, -2, 3);
    EXPECT_TRUE(at::equal(a[3], b[0])) << draw;
    EXPECT_TRUE(at::equal(a[0], b[2])) << draw;
    EXPECT_FALSE(at::equal(a[0], a[1])) << draw;
  }
  EXPECT_TRUE(at::equal(whole.Normal({7})[0], other.Normal({7})[2]));
  EXPECT_TRUE(at::equal(whole.Integers(1000)[3], other.Integers(1000)[0]));
}

TEST(ExampleRandom, SelectContinuesTheSameStreams) {
  ExampleRandom whole = RandomSource(5).For(Indices({0, 1, 2, 3}));
  (void)whole.Uniform({4}, 0, 1);
  ExampleRandom by_index = whole.Select(Indices({2, 0}));
  ExampleRandom by_mask = whole.Select(at::tensor({1, 0, 1, 0}, at::kInt).to(at::kBool));
  const Tensor all = whole.Uniform({9}, 0, 1);
  EXPECT_TRUE(at::equal(by_index.Uniform({9}, 0, 1), all.index_select(0, Indices({2, 0}))));
  EXPECT_TRUE(at::equal(by_mask.Uniform({9}, 0, 1), all.index_select(0, Indices({0, 2}))));
}

TEST(RandomSource, StreamsDifferByNameAndNumberAndSeed) {
  const Tensor index = Indices({0});
  std::set<float> firsts;
  for (const std::uint64_t seed : {0U, 1U}) {
    for (const char* name : {"pgd", "square"}) {
      for (const std::uint64_t number : {0U, 1U}) {
        ExampleRandom random = RandomSource(seed).Stream(name, number).For(index);
        firsts.insert(random.Uniform({1}, 0, 1).item<float>());
      }
    }
  }
  EXPECT_EQ(firsts.size(), 8U);
}

// With n draws the mean of U(0,1) has deviation sqrt(1/12n), that of the variance is about
// sqrt(1/180n); five deviations are allowed.
TEST(ExampleRandom, UniformHasTheMomentsOfItsDistribution) {
  ExampleRandom random = RandomSource(3).For(at::arange(100, at::kLong));
  const Tensor draw = random.Uniform({10'000}, 0, 1).to(at::kDouble);
  EXPECT_NEAR(draw.mean().item<double>(), 0.5, 5 * std::sqrt(1 / 12e6));
  EXPECT_NEAR(draw.var().item<double>(), 1 / 12.0, 5 * std::sqrt(1 / 180e6));
  EXPECT_GE(draw.min().item<double>(), 0);
  EXPECT_LT(draw.max().item<double>(), 1);
}

TEST(ExampleRandom, NormalHasTheMomentsOfItsDistribution) {
  ExampleRandom random = RandomSource(3).For(at::arange(100, at::kLong));
  const Tensor draw = random.Normal({10'001}).to(at::kDouble);  // not a multiple of a block
  EXPECT_NEAR(draw.mean().item<double>(), 0, 5 * std::sqrt(1 / 1e6));
  EXPECT_NEAR(draw.var().item<double>(), 1, 5 * std::sqrt(2 / 1e6));
  EXPECT_NEAR(draw.pow(4).mean().item<double>(), 3, 5 * std::sqrt(96 / 1e6));
  // The numbers of a Box-Muller pair are independent.
  const Tensor pairs = draw.slice(1, 0, 10'000).reshape({-1, 2});
  EXPECT_NEAR((pairs.select(1, 0) * pairs.select(1, 1)).mean().item<double>(), 0, 0.01);
  EXPECT_TRUE(at::isfinite(draw).all().item<bool>());
}

TEST(ExampleRandom, IntegersCoverTheRangeEvenly) {
  ExampleRandom random = RandomSource(9).For(at::arange(70'000, at::kLong));
  const Tensor draw = random.Integers(7);
  const Tensor counts = at::bincount(draw, {}, 7);
  EXPECT_EQ(counts.size(0), 7);
  EXPECT_LT((counts - 10'000).abs().max().item<std::int64_t>(), 500);  // 5 deviations of 93
  EXPECT_EQ(random.Integers(1).sum().item<std::int64_t>(), 0);
}

TEST(RandomSource, PermutationHoldsEachNumberOnce) {
  const RandomSource source = RandomSource(4).Stream("shuffle", 1);
  const Tensor order = source.Permutation(1000);
  EXPECT_TRUE(at::equal(std::get<0>(order.sort()), at::arange(1000, at::kLong)));
  EXPECT_TRUE(at::equal(order, source.Permutation(1000)));
  EXPECT_FALSE(at::equal(order, RandomSource(4).Stream("shuffle", 2).Permutation(1000)));
  EXPECT_EQ(source.Permutation(0).numel(), 0);
  // Every place gets every number: 3 of 6 orders or more would be missing in a biased shuffle.
  std::set<std::string> orders;
  for (std::uint64_t i = 0; i < 200; ++i) {
    const Tensor three = RandomSource(i).Permutation(3);
    std::string text;
    for (int k = 0; k < 3; ++k) text += std::to_string(three[k].item<std::int64_t>());
    orders.insert(text);
  }
  EXPECT_EQ(orders.size(), 6U);
}

// Values of torch.rand and torch.randn after torch.manual_seed(0), shape 8x1x28x28, PyTorch 2.11.
TEST(ExampleRandom, PerBatchGivesPyTorchsNumbers) {
  const Tensor indices = at::arange(8, at::kLong);
  ExampleRandom uniform = RandomSource::PerBatch(0, indices);
  EXPECT_TRUE(uniform.per_batch());
  const Tensor unit = uniform.Uniform({1, 28, 28}, 0, 1).flatten();
  EXPECT_FLOAT_EQ(unit[0].item<float>(), 0.49625659F);
  EXPECT_FLOAT_EQ(unit[1].item<float>(), 0.768221796F);
  EXPECT_FLOAT_EQ(unit[-1].item<float>(), 0.512600303F);
  ExampleRandom normal = RandomSource::PerBatch(0, indices);
  const Tensor gauss = normal.Normal({1, 28, 28}).flatten();
  EXPECT_FLOAT_EQ(gauss[0].item<float>(), -1.12583983F);
  EXPECT_FLOAT_EQ(gauss[-1].item<float>(), -0.174645692F);
}

}  // namespace
}  // namespace agon
