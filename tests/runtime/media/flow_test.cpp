// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/flow.h"

#include <gtest/gtest.h>

#include <cmath>

#include "runtime/base/error.h"

namespace agon::media {
namespace {

constexpr FlowMethod kAll[] = {FlowMethod::kDisFast, FlowMethod::kDisMedium,
                               FlowMethod::kFarneback};

struct Grey {
  int width, height;
  std::vector<std::uint8_t> data;
  [[nodiscard]] GreyView view() const { return {.width = width, .height = height, .data = data}; }
};

// A smooth texture that has been moved by (dx, dy).
Grey Texture(int width, int height, double dx = 0, double dy = 0) {
  Grey grey{.width = width, .height = height, .data = {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double u = x - dx, v = y - dy;
      const double value = std::sin(0.31 * u + 0.1 * v) + std::sin(0.17 * v - 0.23 * u) +
                           std::sin(0.43 * v + 0.05 * u + 1) + std::sin(0.11 * (u + v));
      grey.data.push_back(static_cast<std::uint8_t>(std::lround(128 + 28 * value)));
    }
  }
  return grey;
}

// Mean distance from (dx, dy) over the pixels that stay inside.
double MeanError(const FlowField& flow, double dx, double dy) {
  constexpr int kBorder = 8;
  double sum = 0;
  int count = 0;
  for (int y = kBorder; y < flow.height - kBorder; ++y) {
    for (int x = kBorder; x < flow.width - kBorder; ++x, ++count) {
      const auto i = 2 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(flow.width) +
                          static_cast<std::size_t>(x));
      sum += std::hypot(static_cast<double>(flow.data[i]) - dx,
                        static_cast<double>(flow.data[i + 1]) - dy);
    }
  }
  return sum / count;
}

// The sizes stand for the three resolutions at which DIS is run: doubled, full and half.
TEST(Flow, RecoversATranslation) {
  for (const auto& [width, height] : {std::pair{64, 64}, {120, 100}, {320, 180}}) {
    for (const FlowMethod method : kAll) {
      const auto estimator = MakeFlow(method);
      for (const auto& [dx, dy] : {std::pair{3.0, -2.0}, {0.0, 4.0}, {-1.5, 0.25}}) {
        FlowField flow;
        estimator->Estimate(Texture(width, height).view(), Texture(width, height, dx, dy).view(),
                            flow);
        ASSERT_EQ(flow.width, width);
        ASSERT_EQ(flow.height, height);
        EXPECT_LT(MeanError(flow, dx, dy), 0.15)
            << width << "x" << height << " method " << static_cast<int>(method) << " by " << dx
            << "," << dy;
      }
    }
  }
}

TEST(Flow, IsZeroBetweenEqualPictures) {
  const Grey grey = Texture(96, 80);
  for (const FlowMethod method : kAll) {
    FlowField flow;
    MakeFlow(method)->Estimate(grey.view(), grey.view(), flow);
    for (const float value : flow.data) ASSERT_EQ(value, 0);
  }
}

// The result depends on the two pictures alone: not on what was asked before, nor on what `flow`
// holds (OpenCV's DIS would take it as a first guess).
TEST(Flow, RemembersNothing) {
  const Grey a = Texture(96, 80), b = Texture(96, 80, 2, 1), c = Texture(96, 80, -5, 3);
  for (const FlowMethod method : kAll) {
    FlowField first, again;
    MakeFlow(method)->Estimate(a.view(), b.view(), first);
    const auto used = MakeFlow(method);
    used->Estimate(a.view(), c.view(), again);
    used->Estimate(a.view(), b.view(), again);
    EXPECT_EQ(first.data, again.data);
  }
}

TEST(Flow, TakesAnySize) {
  for (const auto& [width, height] :
       {std::pair{1, 1}, {1, 40}, {40, 1}, {11, 11}, {16, 16}, {17, 300}, {301, 13}}) {
    for (const FlowMethod method : kAll) {
      FlowField flow;
      MakeFlow(method)->Estimate(Texture(width, height).view(), Texture(width, height, 1, 0).view(),
                                 flow);
      ASSERT_EQ(flow.data.size(), 2UL * static_cast<std::size_t>(width * height));
      for (const float value : flow.data) ASSERT_TRUE(std::isfinite(value));
    }
  }
}

TEST(Flow, RefusesTwoSizes) {
  FlowField flow;
  EXPECT_THROW(MakeFlow(FlowMethod::kDisFast)
                   ->Estimate(Texture(32, 32).view(), Texture(32, 31).view(), flow),
               Error);
}

}  // namespace
}  // namespace agon::media
