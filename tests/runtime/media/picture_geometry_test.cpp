// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/picture_geometry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/media/ffmpeg.h"

namespace agon::media {
namespace {

using ::testing::ElementsAre;

// A row of numbered pixels: 1 2 3 / 4 5 6.
Picture Numbers(int bits) {
  Picture picture{.width = 3, .height = 2, .bits = bits, .data = {}};
  for (int i = 1; i <= 6; ++i) {
    picture.data.insert(picture.data.end(), static_cast<std::size_t>(3 * bits / 8),
                        static_cast<std::uint8_t>(i));
  }
  return picture;
}
std::vector<int> Reds(const Picture& picture) {
  std::vector<int> reds;
  const auto step = static_cast<std::size_t>(3 * picture.bits / 8);
  for (std::size_t i = 0; i < picture.data.size(); i += step) reds.push_back(picture.data[i]);
  return reds;
}
std::vector<int> Oriented(const Orientation& orientation, int bits = 8) {
  Picture out;
  Orient(Numbers(bits), orientation, out);
  EXPECT_EQ(out.width, orientation.transpose ? 2 : 3);
  EXPECT_EQ(out.height, orientation.transpose ? 3 : 2);
  return Reds(out);
}
Orientation FromMatrix(double a, double b, double c, double d) {
  constexpr double kOne = 65536;
  const std::array<std::int32_t, 9> matrix = {static_cast<std::int32_t>(a * kOne),
                                              static_cast<std::int32_t>(b * kOne),
                                              0,
                                              static_cast<std::int32_t>(c * kOne),
                                              static_cast<std::int32_t>(d * kOne),
                                              0,
                                              0,
                                              0,
                                              1 << 30};
  return OrientationOf(matrix);
}

// The eight ways a picture can lie, by the matrix that shows it upright: x' = a x + c y,
// y' = b x + d y.
TEST(Orientation, TurnsAndMirrors) {
  EXPECT_THAT(Oriented(FromMatrix(1, 0, 0, 1)), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(Oriented(FromMatrix(-1, 0, 0, 1)), ElementsAre(3, 2, 1, 6, 5, 4));
  EXPECT_THAT(Oriented(FromMatrix(-1, 0, 0, -1)), ElementsAre(6, 5, 4, 3, 2, 1));
  EXPECT_THAT(Oriented(FromMatrix(1, 0, 0, -1)), ElementsAre(4, 5, 6, 1, 2, 3));
  EXPECT_THAT(Oriented(FromMatrix(0, 1, 1, 0)), ElementsAre(1, 4, 2, 5, 3, 6));
  EXPECT_THAT(Oriented(FromMatrix(0, 1, -1, 0)), ElementsAre(4, 1, 5, 2, 6, 3));
  EXPECT_THAT(Oriented(FromMatrix(0, -1, -1, 0)), ElementsAre(6, 3, 5, 2, 4, 1));
  EXPECT_THAT(Oriented(FromMatrix(0, -1, 1, 0)), ElementsAre(3, 6, 2, 5, 1, 4));
  EXPECT_THAT(Oriented(FromMatrix(0, 1, -1, 0), 16), ElementsAre(4, 1, 5, 2, 6, 3));
}

TEST(Orientation, DegreesClockwise) {
  EXPECT_EQ(FromMatrix(1, 0, 0, 1).Rotation(), 0);
  EXPECT_EQ(FromMatrix(0, 1, -1, 0).Rotation(), 90);
  EXPECT_EQ(FromMatrix(-1, 0, 0, -1).Rotation(), 180);
  EXPECT_EQ(FromMatrix(0, -1, 1, 0).Rotation(), 270);
  EXPECT_TRUE(FromMatrix(1, 0, 0, 1).IsUpright());
  EXPECT_FALSE(FromMatrix(0, 1, -1, 0).IsMirror());
  EXPECT_FALSE(FromMatrix(-1, 0, 0, -1).IsMirror());
  EXPECT_TRUE(FromMatrix(-1, 0, 0, 1).IsMirror());
  EXPECT_TRUE(FromMatrix(0, 1, 1, 0).IsMirror());
}

// Between quarter turns the nearer one.
TEST(Orientation, AnglesAreRounded) {
  EXPECT_EQ(FromMatrix(0.94, 0.34, -0.34, 0.94).Rotation(), 0);
  EXPECT_EQ(FromMatrix(0.34, 0.94, -0.94, 0.34).Rotation(), 90);
}

TEST(ScaledTo, KeepsTheProportions) {
  const Size hd{.width = 1280, .height = 720};
  EXPECT_EQ(ScaledTo(0, hd, true), hd);
  EXPECT_EQ(ScaledTo(720, hd, true), hd);
  EXPECT_EQ(ScaledTo(360, hd, true), (Size{.width = 640, .height = 360}));
  // 853.3 pixels: the nearest even number where chroma asks for one.
  EXPECT_EQ(ScaledTo(480, hd, true), (Size{.width = 854, .height = 480}));
  EXPECT_EQ(ScaledTo(480, hd, false), (Size{.width = 853, .height = 480}));
  EXPECT_EQ(ScaledTo(1, {.width = 10, .height = 1000}, false), (Size{.width = 1, .height = 1}));
}

// Halving averages squares of four; a flat picture stays flat at any size.
TEST(Resize, AveragesWhenItShrinks) {
  Picture picture{.width = 4, .height = 2, .bits = 8, .data = {}};
  for (int i = 0; i < 8; ++i) {
    picture.data.insert(picture.data.end(), 3, static_cast<std::uint8_t>(10 * i));
  }
  Picture half;
  Resize(picture, {.width = 2, .height = 1}, half);
  EXPECT_THAT(Reds(half), ElementsAre(25, 45));
}

TEST(Resize, KeepsFlatPicturesFlat) {
  for (const int bits : {8, 16}) {
    const Picture flat{
        .width = 7,
        .height = 5,
        .bits = bits,
        .data = std::vector<std::uint8_t>(static_cast<std::size_t>(105 * bits / 8), 99)};
    for (const Size size : {Size{.width = 20, .height = 13}, Size{.width = 3, .height = 2}}) {
      Picture out;
      Resize(flat, size, out);
      EXPECT_EQ(out.bits, bits);
      EXPECT_EQ(out.data.size(), out.SampleCount() * static_cast<std::size_t>(bits / 8));
      EXPECT_THAT(out.data, ::testing::Each(99));
    }
  }
}

}  // namespace
}  // namespace agon::media
