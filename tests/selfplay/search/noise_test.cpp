// SPDX-License-Identifier: Apache-2.0
#include "selfplay/search/noise.h"

#include <gtest/gtest.h>

#include <cmath>

namespace agon::selfplay {
namespace {

struct Moments {
  double mean = 0, variance = 0;
};

template <class Draw>
Moments MomentsOf(const Draw& draw) {
  constexpr int kDraws = 200000;
  double sum = 0, squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double x = draw();
    sum += x;
    squares += x * x;
  }
  const double mean = sum / kDraws;
  return {mean, squares / kDraws - mean * mean};
}

// Mean and variance of Gamma(a, 1) are both a; 4 standard errors, and both branches of the method.
TEST(GammaVariate, HasTheMomentsOfItsShape) {
  for (const double shape : {0.05, 0.5, 1.0, 3.0, 20.0}) {
    std::uint64_t random = 7;
    const Moments moments = MomentsOf([&] { return GammaVariate(shape, random); });
    EXPECT_NEAR(moments.mean, shape, 4 * std::sqrt(shape / 200000)) << shape;
    EXPECT_NEAR(moments.variance / shape, 1, 0.06) << shape;
  }
}

// Euler's constant and pi^2 / 6.
TEST(GumbelVariate, HasTheMomentsOfGumbel) {
  std::uint64_t random = 8;
  const Moments moments = MomentsOf([&] { return GumbelVariate(random); });
  EXPECT_NEAR(moments.mean, 0.5772, 0.012);
  EXPECT_NEAR(moments.variance, 1.6449, 0.04);
}

TEST(UnitOpen, StaysInsideAndIsUniform) {
  std::uint64_t random = 9;
  const Moments moments = MomentsOf([&] {
    const double x = UnitOpen(random);
    EXPECT_GT(x, 0);
    EXPECT_LT(x, 1);
    return x;
  });
  EXPECT_NEAR(moments.mean, 0.5, 0.003);
  EXPECT_NEAR(moments.variance, 1.0 / 12, 0.001);
}

}  // namespace
}  // namespace agon::selfplay
