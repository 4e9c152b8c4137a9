// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/translate/feature_distance.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "runtime/base/error.h"

namespace agon::cyclegan {
namespace {

// Four points whose covariance is a multiple of the identity: mean 0, variance 8/3 (ddof 1).
Tensor Cross() { return at::tensor({2.0, 0.0, -2.0, 0.0, 0.0, 2.0, 0.0, -2.0}).view({4, 2}); }

TEST(FrechetDistance, OfASetToItselfIsZero) {
  EXPECT_NEAR(FrechetDistance(Cross(), Cross()), 0, 1e-12);
}

TEST(FrechetDistance, OfAShiftIsItsSquare) {
  EXPECT_NEAR(FrechetDistance(Cross(), Cross() + at::tensor({3.0, -4.0})), 25, 1e-9);
}

// Covariances c I and 9 c I with c = 8/3: Tr(c + 9 c - 2 * 3 c) = 4 c a dimension.
TEST(FrechetDistance, OfAScaleIsThatOfTheSpreads) {
  EXPECT_NEAR(FrechetDistance(Cross(), 3 * Cross()), 2 * 4 * 8.0 / 3, 1e-9);
}

// Commuting covariances that share no scale: sum of (sqrt(a) - sqrt(b))^2 over the axes.
TEST(FrechetDistance, OfTurnedEllipses) {
  const Tensor axes = at::tensor({1.0, 5.0}), turned = at::tensor({5.0, 1.0});
  const double c = 8.0 / 3;
  EXPECT_NEAR(FrechetDistance(Cross() * axes, Cross() * turned), 2 * 16 * c, 1e-9);
}

// As many pictures as in practice, fewer than features: singular covariances stay finite.
TEST(FrechetDistance, OfFewPicturesIsFinite) {
  torch::manual_seed(1);
  const Tensor a = torch::randn({5, 40}), b = torch::randn({7, 40});
  const double distance = FrechetDistance(a, b);
  EXPECT_GT(distance, 0);
  EXPECT_NEAR(distance, FrechetDistance(b, a), 1e-6 * distance);
}

TEST(KernelDistance, AgreesWithItsDefinition) {
  torch::manual_seed(2);
  const Tensor a = torch::randn({6, 3}, at::kDouble), b = torch::randn({5, 3}, at::kDouble) + 0.5;
  const auto kernel = [](const Tensor& x, const Tensor& y) {
    return std::pow(x.dot(y).item<double>() / 3 + 1, 3);
  };
  double aa = 0, bb = 0, ab = 0;
  for (int i = 0; i < 6; ++i) {
    for (int j = 0; j < 6; ++j) aa += i == j ? 0 : kernel(a[i], a[j]) / 30;
    for (int j = 0; j < 5; ++j) ab += kernel(a[i], b[j]) / 30;
  }
  for (int i = 0; i < 5; ++i) {
    for (int j = 0; j < 5; ++j) bb += i == j ? 0 : kernel(b[i], b[j]) / 20;
  }
  EXPECT_NEAR(KernelDistance(a, b, 0), aa + bb - 2 * ab, 1e-9);
}

// The expectation over subsets is the value over all: unbiased. Without the seed nothing changes.
TEST(KernelDistance, OfLargeSetsIsAMeanOverSubsets) {
  torch::manual_seed(3);
  const Tensor a = torch::randn({1100, 2}, at::kDouble), b = torch::randn({1000, 2}, at::kDouble);
  const double some = KernelDistance(a, b + 1, 5, 2);
  EXPECT_EQ(KernelDistance(a, b + 1, 5, 2), some);
  EXPECT_NE(KernelDistance(a, b + 1, 6, 2), some);
  const double whole = KernelDistance(a.slice(0, 0, 1000), b + 1, 0);
  EXPECT_NEAR(some, whole, 0.4 * whole);
}

TEST(Distances, NeedTwoPicturesOfEach) {
  EXPECT_THROW((void)FrechetDistance(torch::zeros({1, 3}), torch::zeros({4, 3})), Error);
  EXPECT_THROW((void)KernelDistance(torch::zeros({4, 3}), torch::zeros({0, 3}), 0), Error);
}

}  // namespace
}  // namespace agon::cyclegan
