// SPDX-License-Identifier: Apache-2.0
#include "attacks/ball.h"

#include <gtest/gtest.h>

#include "runtime/base/error.h"

namespace agon::attacks {
namespace {

constexpr Box kWide{-100, 100};

Tensor Image(std::vector<float> values) {
  const auto n = static_cast<std::int64_t>(values.size());
  return at::tensor(values).view({1, 1, 1, n});
}

Tensor Indices(std::int64_t n) { return at::arange(n, at::kLong); }

TEST(NormOf, FollowsTheDefinitions) {
  const Tensor d = Image({3, -4, 0});
  EXPECT_FLOAT_EQ(NormOf(Norm::kLinf, d).item<float>(), 4);
  EXPECT_FLOAT_EQ(NormOf(Norm::kL2, d).item<float>(), 5);
  EXPECT_FLOAT_EQ(NormOf(Norm::kL1, d).item<float>(), 7);
  EXPECT_FLOAT_EQ(NormOf(Norm::kL0, d).item<float>(), 2);
}

TEST(NormOf, CountsAPixelOnceWhateverItsChannels) {
  Tensor d = at::zeros({1, 3, 2, 2});
  d[0][0][0][0] = 1;
  d[0][2][0][0] = 1;
  EXPECT_FLOAT_EQ(NormOf(Norm::kL0, d).item<float>(), 1);
}

TEST(Ball, ProjectsLinfByClamping) {
  const Ball ball(Norm::kLinf, 0.1, {}, Image({0.5, 0.05, 0.95}));
  Tensor x = Image({0.9, -1.0, 2.0});
  ball.Project(x);
  EXPECT_TRUE(at::allclose(x, Image({0.6, 0.0, 1.0})));
}

TEST(Ball, ProjectsL2ByScaling) {
  const Ball ball(Norm::kL2, 1.0, kWide, Image({0, 0}));
  Tensor x = Image({3, 4});
  ball.Project(x);
  EXPECT_TRUE(at::allclose(x, Image({0.6, 0.8})));
}

TEST(Ball, LeavesPointsInsideAlone) {
  for (const Norm norm : {Norm::kLinf, Norm::kL2, Norm::kL1}) {
    const Ball ball(norm, 1.0, {}, Image({0.5, 0.5}));
    Tensor x = Image({0.6, 0.3});
    ball.Project(x);
    EXPECT_TRUE(at::allclose(x, Image({0.6, 0.3}), 0, 1e-6)) << NameOf(norm);
  }
}

// Without the box the projection onto the L1 ball is soft thresholding: (3, 1) -> (2, 0) at
// radius 2.
TEST(Ball, ProjectsL1BySoftThresholding) {
  const Ball ball(Norm::kL1, 2.0, kWide, Image({0, 0}));
  Tensor x = Image({3, -1});
  ball.Project(x);
  EXPECT_TRUE(at::allclose(x, Image({2, 0}), 0, 1e-5));
}

// With a box the budget that a clipped coordinate cannot use goes to the others: from the origin,
// box [0, 1], radius 1.5, the point (3, 1) projects to (1, 0.5), not to soft thresholding's (1, 0).
TEST(Ball, ProjectsL1OntoTheIntersectionWithTheBox) {
  const Ball ball(Norm::kL1, 1.5, {0, 1}, Image({0, 0}));
  Tensor x = Image({3, 1});
  ball.Project(x);
  EXPECT_TRUE(at::allclose(x, Image({1, 0.5}), 0, 1e-5)) << x;
}

TEST(Ball, ProjectionIsTheNearestPoint) {
  at::manual_seed(1);
  const Tensor center = at::rand({1, 1, 1, 6});
  for (const Norm norm : {Norm::kLinf, Norm::kL1}) {
    const Ball ball(norm, 0.4, {}, center);
    Tensor x = center + at::randn({1, 1, 1, 6});
    const Tensor outside = x.clone();
    ball.Project(x);
    const float distance = NormOf(Norm::kL2, x - outside).item<float>();
    for (int trial = 0; trial < 500; ++trial) {
      Tensor other = center + 0.4 * at::randn({1, 1, 1, 6});
      ball.Project(other);
      EXPECT_GE(NormOf(Norm::kL2, other - outside).item<float>(), distance - 1e-5) << NameOf(norm);
    }
  }
}

TEST(Ball, SamplesInsideAndSpreadsOut) {
  const Tensor center = at::full({64, 1, 8, 8}, 0.5);
  for (const Norm norm : {Norm::kLinf, Norm::kL2, Norm::kL1}) {
    const Ball ball(norm, 0.2, {}, center);
    ExampleRandom random = RandomSource(3).For(Indices(64));
    const Tensor x = ball.Sample(random);
    EXPECT_TRUE(ball.Contains(x).all().item<bool>()) << NameOf(norm);
    EXPECT_GT(NormOf(norm, x - center).max().item<float>(), 0.15) << NameOf(norm);
    EXPECT_FALSE(at::allclose(x[0], x[1])) << NameOf(norm);
  }
}

// A step goes uphill as steeply as the norm allows.
TEST(Ball, AscendsInTheSteepestDirection) {
  const Tensor gradient = Image({3, -4});
  Tensor x = Image({0.5, 0.5});
  Ball(Norm::kLinf, 1, {}, x.clone()).Ascend(x, gradient, 0.1);
  EXPECT_TRUE(at::allclose(x, Image({0.6, 0.4})));
  x = Image({0.5, 0.5});
  Ball(Norm::kL2, 1, {}, x.clone()).Ascend(x, gradient, 0.1);
  EXPECT_TRUE(at::allclose(x, Image({0.56, 0.42})));
  x = Image({0.5, 0.5});
  Ball(Norm::kL1, 1, {}, x.clone()).Ascend(x, gradient, 0.1);
  EXPECT_TRUE(at::allclose(x, Image({0.5, 0.4})));
}

TEST(Ball, L1StepLeavesOutCoordinatesAtTheBoxsEdge) {
  Tensor x = Image({0.5, 0.0});
  Ball(Norm::kL1, 1, {}, x.clone()).Ascend(x, Image({3, -4}), 0.1);
  EXPECT_TRUE(at::allclose(x, Image({0.6, 0.0}))) << x;
}

TEST(Ball, ContainsRejectsEachWayOfBeingWrong) {
  const Ball ball(Norm::kLinf, 0.1, {}, at::full({5, 1, 1, 2}, 0.95));
  Tensor x = at::full({5, 1, 1, 2}, 0.95);
  x[1][0][0][0] = 0.8;                                      // outside the ball
  x[2][0][0][1] = 1.01;                                     // outside the box
  x[3][0][0][0] = std::numeric_limits<float>::quiet_NaN();  // no number
  x[4][0][0][0] = 0.85;                                     // on the surface
  EXPECT_TRUE(
      ball.Contains(x).equal(at::tensor(std::vector<std::uint8_t>{1, 0, 0, 0, 1}).to(at::kBool)));
}

TEST(Ball, RefusesL0Projection) {
  Tensor x = Image({0.5});
  EXPECT_THROW(Ball(Norm::kL0, 1, {}, x).Project(x), Error);
}

}  // namespace
}  // namespace agon::attacks
