// SPDX-License-Identifier: Apache-2.0
// The true flow is true: the next frame, read where it says, is this frame.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "cyclegan/world/savanna.h"

namespace agon::cyclegan {
namespace {

double Bilinear(const formats::Pixels& picture, double x, double y, int channel) {
  const int x0 = static_cast<int>(std::floor(x)), y0 = static_cast<int>(std::floor(y));
  const auto at = [&](int px, int py) {
    px = std::clamp(px, 0, picture.width - 1);
    py = std::clamp(py, 0, picture.height - 1);
    return picture.data[3 * (static_cast<std::size_t>(py) * picture.width + px) + channel] / 255.0;
  };
  const double u = x - x0, v = y - y0;
  return (at(x0, y0) * (1 - u) + at(x0 + 1, y0) * u) * (1 - v) +
         (at(x0, y0 + 1) * (1 - u) + at(x0 + 1, y0 + 1) * u) * v;
}

struct Errors {
  double warped = 0, still = 0, valid = 0, pixels = 0, longest = 0;
};

// Mean squared differences where the flow is valid and the mask is as asked, with the flow and
// without.
Errors Measure(Coat coat, std::int64_t size, bool on_animals) {
  SavannaSettings settings;
  settings.size = size;
  Errors errors;
  for (std::uint64_t index = 0; index < 5; ++index) {
    const SavannaScene scene(settings, coat, 3, index);
    const double time = 0.6 * static_cast<double>(index);
    const SavannaFrame now = scene.Render(time);
    const SavannaFrame next = scene.RenderStill(time + 1.0 / settings.frame_rate);
    for (int y = 0; y < size; ++y) {
      for (int x = 0; x < size; ++x) {
        const std::size_t p = static_cast<std::size_t>(y) * size + x;
        if (now.mask[p] != (on_animals ? 255 : 0)) continue;
        errors.pixels += 1;
        if (now.flow_valid[p] == 0) continue;
        errors.valid += 1;
        const double dx = now.flow.data[2 * p], dy = now.flow.data[2 * p + 1];
        errors.longest = std::max(errors.longest, std::hypot(dx, dy));
        for (int c = 0; c < 3; ++c) {
          const double here = now.picture.data[3 * p + c] / 255.0;
          const double there = Bilinear(next.picture, x + dx, y + dy, c);
          errors.warped += (there - here) * (there - here);
          const double stays = next.picture.data[3 * p + c] / 255.0 - here;
          errors.still += stays * stays;
        }
      }
    }
  }
  return errors;
}

TEST(SavannaFlow, ExplainsTheMotionOfAnimals) {
  for (const Coat coat : {Coat::kPlain, Coat::kStriped}) {
    const Errors small = Measure(coat, 64, true), large = Measure(coat, 192, true);
    EXPECT_GT(small.valid, 0.7 * small.pixels);
    EXPECT_GT(large.valid, 0.9 * large.pixels);
    EXPECT_GT(small.longest, 0.5);
    // At 64 pixels bilinear reading itself blurs stripes of five.
    EXPECT_LT(small.warped, 0.35 * small.still);
    EXPECT_LT(large.warped, 0.10 * large.still);
  }
}

TEST(SavannaFlow, ExplainsTheMotionOfTheGround) {
  const Errors errors = Measure(Coat::kPlain, 192, false);
  EXPECT_GT(errors.valid, 0.8 * errors.pixels);
  EXPECT_LT(errors.warped, 0.5 * errors.still);
}

// The sky is infinitely far away, and what comes from outside the picture has no flow.
TEST(SavannaFlow, SkyStaysAndBordersAreInvalid) {
  int moving = 0, leaving = 0;
  for (std::uint64_t index = 0; index < 12; ++index) {
    const SavannaFrame frame = SavannaScene({}, Coat::kPlain, 4, index).Render(0.2);
    ASSERT_EQ(frame.flow.width, 64);
    ASSERT_EQ(frame.flow.data.size(), 2U * 64 * 64);
    for (std::size_t x = 0; x < 64; ++x) {  // the highest row is sky
      EXPECT_EQ(frame.flow.data[2 * x], 0.0F);
      EXPECT_EQ(frame.flow.data[2 * x + 1], 0.0F);
    }
    for (int y = 0; y < 64; ++y) {
      for (int x = 0; x < 64; ++x) {
        const std::size_t p = static_cast<std::size_t>(y) * 64 + x;
        const float to = static_cast<float>(x) + frame.flow.data[2 * p];
        if (to < -0.5F || to > 63.5F) {
          ++leaving;
          EXPECT_EQ(frame.flow_valid[p], 0);
        }
        moving += frame.flow.data[2 * p] != 0 ? 1 : 0;
      }
    }
  }
  EXPECT_GT(moving, 1000);
  EXPECT_GT(leaving, 20);
}

TEST(SavannaFlow, AStillHasNone) {
  const SavannaScene scene({}, Coat::kStriped, 4, 1);
  const SavannaFrame still = scene.RenderStill(0.4), full = scene.Render(0.4);
  EXPECT_TRUE(still.flow.data.empty());
  EXPECT_TRUE(still.flow_valid.empty());
  EXPECT_EQ(still.picture.data, full.picture.data);
  EXPECT_EQ(still.mask, full.mask);
}

}  // namespace
}  // namespace agon::cyclegan
