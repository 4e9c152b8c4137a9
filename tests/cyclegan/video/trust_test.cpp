// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/video/trust.h"

#include <gtest/gtest.h>

#include "tests/cyclegan/video/video_helpers.h"

namespace agon::cyclegan {
namespace {

Image4 ImageOf(const media::Picture& picture) {
  Image4 image;
  Shrink(picture, {.width = picture.width, .height = picture.height}, image);
  return image;
}

// Ground seen by a camera that moves by (dx, dy) a frame.
media::Picture Ground(int width, int height, double dx, double dy) {
  media::Picture picture = EmptyPicture(width, height);
  for (std::size_t i = 0; i < picture.data.size(); ++i) {
    const std::size_t row = i / 3 / static_cast<std::size_t>(width);
    const double x = static_cast<double>(i / 3 % static_cast<std::size_t>(width)) + dx;
    const double y = static_cast<double>(row) + dy;
    picture.data[i] = static_cast<std::uint8_t>(60 + 100 * Smooth(x / 9, y / 9, 4));
  }
  return picture;
}

// Everything moves by (-6, 2): known where it was, trusted, except what has entered the frame on
// the right and at the top, even though the ground there is like what was at the border before.
TEST(FlowTrust, FollowsACamera) {
  constexpr int kWidth = 160, kHeight = 100;
  FlowTrust flow;
  Image4 trust;
  ASSERT_TRUE(flow.Compute(ImageOf(Ground(kWidth, kHeight, 0, 0)),
                           ImageOf(Ground(kWidth, kHeight, 6, -2)),
                           {.width = 2 * kWidth, .height = 3 * kHeight}, trust));
  double dx = 0, dy = 0, trusted = 0;
  int count = 0;
  for (int y = 12; y < kHeight - 12; ++y) {
    for (int x = 12; x < kWidth - 16; ++x, ++count) {
      dx += static_cast<double>(trust.row(y)[x].v[0]);
      dy += static_cast<double>(trust.row(y)[x].v[1]);
      trusted += static_cast<double>(trust.row(y)[x].v[2]);
    }
    for (int x = kWidth - 3; x < kWidth; ++x) {
      ASSERT_EQ(trust.row(y)[x].v[2], 0) << x << "," << y;
    }
  }
  // In pixels of a picture twice as wide and three times as high.
  EXPECT_NEAR(dx / count, 2 * 6, 0.2);
  EXPECT_NEAR(dy / count, 3 * -2, 0.3);
  EXPECT_GT(trusted / count, 0.98);
}

// From pixel to pixel trust changes by a fifth at most: a mean over five of them.
TEST(FlowTrust, ChangesSmoothly) {
  const MovingScene scene(120, 90, 3);
  FlowTrust flow;
  Image4 trust;
  ASSERT_TRUE(flow.Compute(ImageOf(scene.Input(0)), ImageOf(scene.Input(1)),
                           {.width = 120, .height = 90}, trust));
  float lowest = 1;
  for (int y = 0; y + 1 < trust.height; ++y) {
    for (int x = 0; x + 1 < trust.width; ++x) {
      for (int k = 2; k < 4; ++k) {
        const float here = trust.row(y)[x].v[k];
        ASSERT_GE(here, 0);
        ASSERT_LE(here, 1.0001F);
        ASSERT_LE(std::abs(trust.row(y)[x + 1].v[k] - here), 0.2001F);
        ASSERT_LE(std::abs(trust.row(y + 1)[x].v[k] - here), 0.2001F);
        lowest = std::min(lowest, here);
      }
    }
  }
  EXPECT_LT(lowest, 0.1F) << "nothing is doubtful here: the scene proves nothing";
}

TEST(FlowTrust, TwoDifferentPicturesAreACut) {
  FlowTrust flow;
  Image4 trust;
  media::Picture other = Ground(96, 64, 500, 900);
  for (std::uint8_t& sample : other.data) sample = static_cast<std::uint8_t>(255 - sample);
  EXPECT_FALSE(flow.Compute(ImageOf(Ground(96, 64, 0, 0)), ImageOf(other),
                            {.width = 96, .height = 64}, trust));
  EXPECT_TRUE(flow.Compute(ImageOf(Ground(96, 64, 0, 0)), ImageOf(Ground(96, 64, 10, 7)),
                           {.width = 96, .height = 64}, trust));
}

}  // namespace
}  // namespace agon::cyclegan
