// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/network/losses.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/cyclegan/network/network_helpers.h"

namespace agon::cyclegan {
namespace {

const Tensor& Real() {
  static const Tensor scores = at::tensor({0.5F, 2.0F}).view({1, 1, 1, 2});
  return scores;
}
const Tensor& Fake() {
  static const Tensor scores = at::tensor({-1.0F, 0.25F}).view({1, 1, 1, 2});
  return scores;
}
double LogSigmoid(double x) { return -std::log1p(std::exp(-x)); }

TEST(GanLoss, LeastSquares) {
  EXPECT_NEAR(GeneratorGanLoss(GanLoss::kLsgan, Fake()).item<double>(), (4 + 0.5625) / 2, 1e-6);
  EXPECT_NEAR(DiscriminatorGanLoss(GanLoss::kLsgan, Real(), Fake()).item<double>(),
              0.5 * ((0.25 + 1) / 2 + (1 + 0.0625) / 2), 1e-6);
}

TEST(GanLoss, Vanilla) {
  EXPECT_NEAR(GeneratorGanLoss(GanLoss::kVanilla, Fake()).item<double>(),
              -(LogSigmoid(-1) + LogSigmoid(0.25)) / 2, 1e-6);
  EXPECT_NEAR(DiscriminatorGanLoss(GanLoss::kVanilla, Real(), Fake()).item<double>(),
              -0.25 * (LogSigmoid(0.5) + LogSigmoid(2) + LogSigmoid(1) + LogSigmoid(-0.25)), 1e-6);
}

TEST(GanLoss, Hinge) {
  EXPECT_NEAR(GeneratorGanLoss(GanLoss::kHinge, Fake()).item<double>(), (1 - 0.25) / 2, 1e-6);
  EXPECT_NEAR(DiscriminatorGanLoss(GanLoss::kHinge, Real(), Fake()).item<double>(),
              0.5 * (0.5 / 2 + 1.25 / 2), 1e-6);
}

// bf16 answers are averaged in float32: 1,000 times 1/3 would otherwise stop growing at 256.
TEST(GanLoss, IsComputedInFloat32) {
  const Tensor scores = at::full({1000, 1, 30, 30}, 0.5).to(at::kBFloat16);
  const Tensor loss = GeneratorGanLoss(GanLoss::kLsgan, scores);
  EXPECT_EQ(loss.scalar_type(), at::kFloat);
  EXPECT_NEAR(loss.item<double>(), 0.25, 1e-6);
}

ExampleRandom Examples(std::int64_t count, std::uint64_t seed = 5) {
  return RandomSource(seed).For(at::arange(count, at::kLong));
}

// A picture sampled at its own pixels is itself.
TEST(SyntheticFlow, TheGridWithoutFlowIsTheIdentity) {
  constexpr std::int64_t kHeight = 12;
  constexpr std::int64_t kWidth = 20;
  ExampleRandom random = Examples(400);
  // The mean flow of many is nearly none.
  const Tensor grid = SyntheticFlow(random, kHeight, kWidth).mean(0, /*keepdim=*/true);
  const Tensor x = RandomPictures(1, kHeight, kWidth);
  const Tensor centre_x = (at::arange(kWidth, at::kFloat) * 2 + 1) / kWidth - 1;
  const Tensor centre_y = (at::arange(kHeight, at::kFloat) * 2 + 1) / kHeight - 1;
  const Tensor exact =
      at::stack(
          {centre_x.expand({kHeight, kWidth}), centre_y.unsqueeze(1).expand({kHeight, kWidth})}, 2)
          .unsqueeze(0);
  EXPECT_LT(LargestDifference(Warp(x, exact), x), 1e-4);
  // In pixels; the shift's deviation is 10 / sqrt(3) pixels of 256, over sqrt(400) pictures.
  const Tensor pixels = (grid - exact) * at::tensor({kWidth / 2.0F, kHeight / 2.0F});
  EXPECT_LT(pixels.abs().max().item<double>(), 4 * 10 / std::sqrt(3) * kHeight / 256 / 20 + 0.02);
}

// Warping by whole pixels moves whole pixels; beyond the border the border is repeated.
TEST(SyntheticFlow, WarpMovesByPixels) {
  const Tensor x = RandomPictures(1, 8, 8);
  const Tensor centre = (at::arange(8, at::kFloat) * 2 + 1) / 8 - 1;
  const Tensor grid =
      at::stack({(centre + 2 * 2.0 / 8).expand({8, 8}), centre.unsqueeze(1).expand({8, 8})}, 2)
          .unsqueeze(0);
  const Tensor warped = Warp(x, grid);
  EXPECT_LT(LargestDifference(warped.slice(3, 0, 6), x.slice(3, 2, 8)), 1e-5);
  EXPECT_LT(LargestDifference(warped.slice(3, 6, 8), x.slice(3, 7, 8).expand({1, 3, 8, 2})), 1e-5);
}

// The numbers belong to pictures of 256 pixels: the uniform shift of +-10 dominates, the nodes'
// normal(0, 8) is blurred. Neighbours move alike.
TEST(SyntheticFlow, IsSmoothAndOfTheSizeThatWasAskedFor) {
  for (const std::int64_t size : {64, 256}) {
    ExampleRandom random = Examples(100);
    const Tensor grid = SyntheticFlow(random, size, size);  // [100,S,S,2]
    ASSERT_EQ(grid.sizes(), (at::IntArrayRef{100, size, size, 2}));
    const Tensor centre = (at::arange(size, at::kFloat) * 2 + 1) / size - 1;
    Tensor flow = grid.clone();
    flow.select(3, 0).sub_(centre);
    flow.select(3, 1).sub_(centre.unsqueeze(1));
    flow.mul_(256.0 / 2);  // pixels of a picture of 256
    EXPECT_NEAR(flow.std().item<double>(), std::sqrt(100.0 / 3 + 20), 2.0) << size;
    const Tensor steps = (flow.slice(1, 1) - flow.slice(1, 0, size - 1)) * (size / 256.0);
    EXPECT_LT(steps.abs().max().item<double>(), 0.5) << size;  // pixels between neighbours
    // It bends: it is more than a shift.
    EXPECT_GT(flow.std(1).mean().item<double>(), 0.5) << size;
  }
}

TEST(SyntheticFlow, BelongsToTheExample) {
  ExampleRandom all = Examples(3);
  ExampleRandom last = RandomSource(5).For(at::full({1}, 2, at::kLong));
  const Tensor whole = SyntheticFlow(all, 32, 48);
  EXPECT_TRUE(at::equal(whole.slice(0, 2, 3), SyntheticFlow(last, 32, 48)));
  EXPECT_FALSE(at::equal(whole[0], whole[1]));
}

}  // namespace
}  // namespace agon::cyclegan
