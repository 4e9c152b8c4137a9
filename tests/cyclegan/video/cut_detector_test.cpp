// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/video/cut_detector.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/cyclegan/video/pipeline_fakes.h"

namespace agon::cyclegan {
namespace {

// A bright disc over a dark ground, moved to the right.
media::Picture Disc(int width, int height, double shift, int ground, int disc) {
  media::Picture picture = Grey(width, height, static_cast<std::uint8_t>(ground));
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      if (std::hypot(x - shift, y - height / 2.0) > height / 4.0) continue;
      for (int c = 0; c < 3; ++c) {
        picture.data[static_cast<std::size_t>((y * width + x) * 3 + c)] =
            static_cast<std::uint8_t>(disc);
      }
    }
  }
  return picture;
}

TEST(CutDetector, TheFirstFrameAndAnotherSizeAreCuts) {
  CutDetector detector;
  EXPECT_TRUE(detector.Next(Grey(32, 32, 9)));
  EXPECT_FALSE(detector.Next(Grey(32, 32, 9)));
  EXPECT_TRUE(detector.Next(Grey(32, 16, 9)));
}

TEST(CutDetector, MotionAndLightAreNone) {
  CutDetector detector;
  (void)detector.Next(Disc(96, 64, 20, 60, 200));
  for (int i = 1; i < 20; ++i) {  // a fast disc, the light fading
    EXPECT_FALSE(detector.Next(Disc(96, 64, 20 + 6 * i, 60 - i, 200 - 2 * i))) << i;
  }
}

TEST(CutDetector, AnotherShotIsOne) {
  CutDetector detector;
  (void)detector.Next(Disc(96, 64, 40, 60, 200));
  EXPECT_TRUE(detector.Next(Disc(96, 64, 50, 180, 30)));
  EXPECT_FALSE(detector.Next(Disc(96, 64, 52, 180, 30)));
}

TEST(CutDetector, GoesOnFromItsState) {
  CutDetector first;
  (void)first.Next(Disc(96, 64, 40, 60, 200));
  CutDetector second;
  second.LoadState(first.State());
  EXPECT_FALSE(second.Next(Disc(96, 64, 41, 60, 200)));
  EXPECT_THROW(second.LoadState(Bytes(3)), Error);
}

}  // namespace
}  // namespace agon::cyclegan
