// SPDX-License-Identifier: Apache-2.0
// Pictures of what happens between two frames, from frames and flows that are known exactly.
#include "viewer/video/overlay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "runtime/base/error.h"

namespace agon::viewer {
namespace {

using formats::Pixels;

// value(x, y) in all three channels.
std::shared_ptr<const Pixels> Grey(int width, int height,
                                   const std::function<int(int, int)>& value) {
  Pixels pixels{.width = width, .height = height, .channels = 3, .data = {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int channel = 0; channel < 3; ++channel) {
        pixels.data.push_back(static_cast<std::uint8_t>(value(x, y)));
      }
    }
  }
  return std::make_shared<const Pixels>(std::move(pixels));
}

std::array<int, 3> PixelAt(const Pixels& pixels, int x, int y) {
  const std::size_t at = (static_cast<std::size_t>(y) * pixels.width + x) * 3;
  return {pixels.data.at(at), pixels.data.at(at + 1), pixels.data.at(at + 2)};
}

media::FlowField Everywhere(int width, int height, float dx, float dy) {
  media::FlowField flow{.width = width, .height = height, .data = {}};
  for (int i = 0; i < width * height; ++i) {
    flow.data.push_back(dx);
    flow.data.push_back(dy);
  }
  return flow;
}

ColourPlane PlaneOf(int width, int height, const std::function<float(int, int)>& value) {
  ColourPlane plane{.width = width, .height = height, .data = {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) plane.data.insert(plane.data.end(), 3, value(x, y));
  }
  return plane;
}

TEST(Overlay, WhatDoesNotChangeIsBlack) {
  const auto frame = Grey(5, 4, [](int x, int y) { return 30 * x + y; });
  const Overlay overlay = MakeOverlay({.kind = OverlayKind::kChange, .input = {frame, frame}});
  EXPECT_EQ(overlay.input.value, 0);
  EXPECT_THAT(overlay.input.picture->data, testing::Each(0));
  EXPECT_EQ(overlay.output.picture, nullptr);  // there is none
}

// A pixel of 4 x 2 gets brighter by 51, one darker by as much: flicker 2 / 8 of 51 / 255.
TEST(Overlay, ChangeIsRedWhereItGetsBrighterAndBlueWhereDarker) {
  const auto before = Grey(4, 2, [](int, int) { return 100; });
  const auto now = Grey(
      4, 2, [](int x, int y) { return y == 0 && x == 1 ? 151 : (y == 1 && x == 2 ? 49 : 100); });
  const Overlay overlay =
      MakeOverlay({.kind = OverlayKind::kChange, .output = {before, now}, .gain = 4});
  EXPECT_DOUBLE_EQ(overlay.output.value, 0.25 * 51 / 255);
  const Pixels& picture = *overlay.output.picture;
  const auto brighter = PixelAt(picture, 1, 0);
  const auto darker = PixelAt(picture, 2, 1);
  EXPECT_GT(brighter[0], 200);
  EXPECT_LT(brighter[2], brighter[0] / 2);
  EXPECT_GT(darker[2], 200);
  EXPECT_LT(darker[0], darker[2] / 2);
  EXPECT_EQ(PixelAt(picture, 0, 0), (std::array{0, 0, 0}));
}

TEST(Overlay, GainMakesSmallChangesVisible) {
  const auto before = Grey(2, 2, [](int, int) { return 100; });
  const auto now = Grey(2, 2, [](int, int) { return 101; });
  const auto red = [&](double gain) {
    const Overlay overlay =
        MakeOverlay({.kind = OverlayKind::kChange, .input = {before, now}, .gain = gain});
    return PixelAt(*overlay.input.picture, 0, 0)[0];
  };
  EXPECT_LT(red(1), red(16));
  EXPECT_LT(red(16), red(64));
}

TEST(Overlay, FramesOfTwoSizesAreOneClearError) {
  const auto small = Grey(2, 2, [](int, int) { return 0; });
  const auto large = Grey(4, 2, [](int, int) { return 0; });
  try {
    (void)MakeOverlay({.kind = OverlayKind::kChange, .input = {small, large}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "the frame before is of 2 x 2, this one of 4 x 2");
  }
}

TEST(ChangeColour, IsSymmetricAndClamped) {
  for (const double value : {0.1, 0.5, 1.0}) {
    const auto red = ChangeColour(value);
    const auto blue = ChangeColour(-value);
    EXPECT_EQ(red[0], blue[2]);
    EXPECT_EQ(red[1], blue[1]);
    EXPECT_EQ(red[2], blue[0]);
  }
  EXPECT_EQ(ChangeColour(0), (std::array<std::uint8_t, 3>{0, 0, 0}));
  EXPECT_EQ(ChangeColour(9), ChangeColour(1));
  EXPECT_EQ(ChangeColour(-9), ChangeColour(-1));
}

TEST(FlowColour, DirectionIsTheHueAndLengthTheStrength) {
  const auto right = FlowColour(2, 0, 2);
  EXPECT_EQ(right[0], 255);
  EXPECT_EQ(right[1], right[2]);
  const auto left = FlowColour(-2, 0, 2);
  EXPECT_EQ(left[0], 0);
  EXPECT_GT(left[1], 150);
  EXPECT_EQ(FlowColour(0, 0, 2), (std::array<std::uint8_t, 3>{0, 0, 0}));
  EXPECT_EQ(FlowColour(1, 0, 2)[0], 128);
  EXPECT_EQ(FlowColour(7, 0, 2), right);  // no stronger than the longest
}

TEST(Reduced, IsTheMeanOfAreas) {
  const auto pixels = Grey(4, 2, [](int x, int) { return x < 2 ? 0 : 255; });
  const ColourPlane plane = Reduced(*pixels, 2);
  ASSERT_EQ(plane.width, 2);
  ASSERT_EQ(plane.height, 1);
  EXPECT_THAT(plane.data, testing::ElementsAre(0, 0, 0, 1, 1, 1));
  EXPECT_EQ(Reduced(*pixels, 100).width, 4);  // never larger
}

// A ramp that moves one pixel to the right, and a flow that says so: no error where it holds, and
// the last column has left the frame.
TEST(WarpErrors, AreZeroWhenThePictureMovesWithTheFlow) {
  const ColourPlane before = PlaneOf(10, 6, [](int x, int) { return 0.05F * (x + 1); });
  const ColourPlane now = PlaneOf(10, 6, [](int x, int) { return 0.05F * x; });
  const WarpErrors errors =
      WarpErrorsOf(before, now, Everywhere(10, 6, 1, 0), Everywhere(10, 6, -1, 0));
  EXPECT_NEAR(errors.error, 0, 1e-12);
  EXPECT_DOUBLE_EQ(errors.covered, 0.9);
  for (int y = 0; y < 6; ++y) {
    EXPECT_EQ(errors.squares[static_cast<std::size_t>(10 * y + 9)], -1);
  }
}

// Brightness changes by 0.2 on its way: the mean square is 0.04.
TEST(WarpErrors, AreTheMeanSquareOfWhatDoesNotMoveAlong) {
  const ColourPlane before = PlaneOf(8, 8, [](int, int) { return 0.3F; });
  const ColourPlane now = PlaneOf(8, 8, [](int, int) { return 0.5F; });
  const WarpErrors errors =
      WarpErrorsOf(before, now, Everywhere(8, 8, 0, 0), Everywhere(8, 8, 0, 0));
  EXPECT_NEAR(errors.error, 0.04, 1e-7);
  EXPECT_DOUBLE_EQ(errors.covered, 1);
}

// There and back does not lead home: something is hidden.
TEST(WarpErrors, LeaveOutWhatIsHidden) {
  const ColourPlane plane = PlaneOf(8, 8, [](int, int) { return 0.3F; });
  const WarpErrors errors =
      WarpErrorsOf(plane, plane, Everywhere(8, 8, 2, 0), Everywhere(8, 8, 2, 0));
  EXPECT_EQ(errors.covered, 0);
  EXPECT_EQ(errors.error, 0);
  EXPECT_THAT(errors.squares, testing::Each(-1));
}

TEST(WarpErrors, LeaveOutMotionBoundaries) {
  const ColourPlane plane = PlaneOf(8, 8, [](int, int) { return 0.3F; });
  media::FlowField forward = Everywhere(8, 8, 0, 0);
  media::FlowField backward = forward;
  constexpr std::size_t kMiddle = 8 * 4 + 4;
  forward.data[2 * kMiddle] = 0.3F;  // one pixel moves: it, the one before it and above it
  const WarpErrors errors = WarpErrorsOf(plane, plane, forward, backward);
  EXPECT_DOUBLE_EQ(errors.covered, 61.0 / 64);
}

}  // namespace
}  // namespace agon::viewer
