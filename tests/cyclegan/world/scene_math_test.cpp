// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/world/scene_math.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace agon::cyclegan {
namespace {

TEST(SceneMath, SineAgreesWithTheLibrarys) {
  for (int i = -4000; i <= 4000; ++i) {
    const float turns = static_cast<float>(i) / 997.0F;
    EXPECT_NEAR(SinTurns(turns), std::sin(2.0 * std::numbers::pi * turns), 2e-6) << turns;
    EXPECT_NEAR(CosTurns(turns), std::cos(2.0 * std::numbers::pi * turns), 2e-6) << turns;
  }
  EXPECT_EQ(SinTurns(0.0F), 0.0F);
  EXPECT_EQ(SinTurns(3.0F), 0.0F);
}

TEST(SceneMath, FloorIntIsFloor) {
  for (const float x : {-2.5F, -2.0F, -1e-7F, 0.0F, 0.999F, 1.0F, 70000.5F, -70000.5F}) {
    EXPECT_EQ(FloorInt(x), static_cast<std::int32_t>(std::floor(x))) << x;
  }
}

// Noise is smooth (no step anywhere, also where cells meet), fills its range, and two keys differ.
TEST(SceneMath, NoiseIsSmoothAndDependsOnItsKey) {
  float low = 1, high = -1, difference = 0;
  for (int i = -3000; i < 3000; ++i) {
    const float x = static_cast<float>(i) * 0.01F, y = static_cast<float>(i) * 0.003F;
    const float value = Noise(5, x, y);
    EXPECT_LE(std::abs(value), 1.0F);
    EXPECT_LT(std::abs(value - Noise(5, x + 0.001F, y)), 0.01F) << x;
    low = std::min(low, value);
    high = std::max(high, value);
    difference = std::max(difference, std::abs(value - Noise(6, x, y)));
  }
  EXPECT_LT(low, -0.5F);
  EXPECT_GT(high, 0.5F);
  EXPECT_GT(difference, 0.5F);
}

TEST(SceneMath, RandomStreamsAreUniformAndTheirOwn) {
  SceneRandom random(1), same(1), other(2);
  double sum = 0;
  int equal = 0;
  for (int i = 0; i < 4000; ++i) {
    const float value = random.Unit();
    EXPECT_EQ(value, same.Unit());
    equal += value == other.Unit() ? 1 : 0;
    EXPECT_GE(value, 0.0F);
    EXPECT_LT(value, 1.0F);
    sum += value;
  }
  EXPECT_NEAR(sum / 4000, 0.5, 0.03);
  EXPECT_LT(equal, 5);
}

}  // namespace
}  // namespace agon::cyclegan
