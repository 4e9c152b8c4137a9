// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/video/warp.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "tests/cyclegan/video/moving_scene.h"

namespace agon::cyclegan {
namespace {

media::Picture Picture8(int width, int height, std::vector<std::uint8_t> data) {
  return {.width = width, .height = height, .bits = 8, .data = std::move(data)};
}

media::Picture Random(int width, int height, std::uint64_t seed) {
  media::Picture picture = EmptyPicture(width, height);
  for (std::size_t i = 0; i < picture.data.size(); ++i) {
    picture.data[i] = static_cast<std::uint8_t>(256 * Hash01(seed, i));
  }
  return picture;
}

TEST(Warp, ShrinkAveragesWhatAPixelCovers) {
  // Three columns to two: each takes one whole column and half of the middle one.
  Image4 out;
  Shrink(Picture8(3, 1, {0, 30, 255, 90, 60, 255, 240, 90, 0}), {.width = 2, .height = 1}, out);
  ASSERT_EQ(out.width, 2);
  ASSERT_EQ(out.height, 1);
  const double expected[2][3] = {{30, 40, 255}, {190, 80, 85}};
  for (int x = 0; x < 2; ++x) {
    for (int c = 0; c < 3; ++c) EXPECT_NEAR(out.row(0)[x].v[c], 257 * expected[x][c], 1);
    EXPECT_EQ(out.row(0)[x].v[3], 0);
  }
  Shrink(Picture8(2, 2, {10, 0, 0, 20, 0, 0, 30, 0, 0, 44, 0, 0}), {.width = 1, .height = 1}, out);
  EXPECT_EQ(out.row(0)[0].v[0], 257 * 26);
}

TEST(Warp, ShrinkAtTheSameSizeKeepsEveryValue) {
  const media::Picture picture = Random(13, 7, 1);
  Image4 out;
  Shrink(picture, {.width = 13, .height = 7}, out);
  for (std::size_t i = 0; i < picture.data.size(); ++i) {
    ASSERT_EQ(out.data[i / 3].v[static_cast<int>(i % 3)], 257.0F * picture.data[i]);
  }
  media::Picture deep = EmptyPicture(4, 1, 16);
  const std::uint16_t samples[12] = {0, 1, 65535, 257, 300, 40000, 2, 3, 4, 65534, 5, 6};
  std::memcpy(deep.data.data(), samples, sizeof(samples));
  Shrink(deep, {.width = 4, .height = 1}, out);
  for (std::size_t i = 0; i < 12; ++i) {
    EXPECT_EQ(out.data[i / 3].v[static_cast<int>(i % 3)], static_cast<float>(samples[i]));
  }
}

// Every pixel counts by its area, at whatever sizes: the mean stays.
TEST(Warp, ShrinkKeepsTheMean) {
  for (const auto& [from, to] : {std::pair{Size{37, 23}, Size{20, 12}},
                                 {Size{640, 3}, Size{320, 2}},
                                 {Size{5, 5}, Size{5, 1}},
                                 {Size{100, 61}, Size{33, 7}},
                                 {Size{7, 5}, Size{21, 9}}}) {
    const media::Picture picture = Random(from.width, from.height, 3);
    Image4 out;
    Shrink(picture, to, out);
    double before = 0, after = 0;
    for (std::size_t i = 1; i < picture.data.size(); i += 3) before += 257.0 * picture.data[i];
    for (const Pixel4& pixel : out.data) after += static_cast<double>(pixel.v[1]);
    EXPECT_NEAR(before / (from.width * from.height), after / (to.width * to.height), 1);
  }
}

TEST(Warp, WithinKeepsTheAspectRatio) {
  EXPECT_EQ(Within({640, 360}, 320), (Size{320, 180}));
  EXPECT_EQ(Within({360, 640}, 320), (Size{180, 320}));
  EXPECT_EQ(Within({64, 48}, 320), (Size{64, 48}));
  EXPECT_EQ(Within({6400, 3600}, 0), (Size{6400, 3600}));
  EXPECT_EQ(Within({10000, 1}, 320), (Size{320, 1}));
}

TEST(Warp, BilinearBetweenPixelsAndAtTheBorder) {
  Image4 image;
  image.Resize(2, 2);
  for (int i = 0; i < 4; ++i) {
    const auto v = static_cast<float>(10 * i);
    image.data[static_cast<std::size_t>(i)].v = Float4{v, 2 * v, 0, -v};
  }
  const auto at = [&](float x, float y) { return Bilinear(image, Spot(2, 2, x, y)); };
  EXPECT_FLOAT_EQ(at(0, 0)[0], 0);
  EXPECT_FLOAT_EQ(at(1, 1)[0], 30);
  EXPECT_FLOAT_EQ(at(0.25F, 0)[0], 2.5F);
  EXPECT_FLOAT_EQ(at(0.25F, 0.5F)[0], 12.5F);
  EXPECT_FLOAT_EQ(at(0.25F, 0.5F)[1], 25);
  EXPECT_FLOAT_EQ(at(0.25F, 0.5F)[3], -12.5F);
  EXPECT_FLOAT_EQ(at(-7, 0.5F)[0], 10);
  EXPECT_FLOAT_EQ(at(9, 9)[0], 30);
  const float nothing = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FLOAT_EQ(at(nothing, 1e30F)[0], 20);
}

TEST(Warp, MoveBackFollowsTheFlow) {
  Image4 image, moved, move;
  Shrink(Random(9, 6, 5), {.width = 9, .height = 6}, image);
  media::FlowField flow{.width = 9, .height = 6, .data = std::vector<float>(2UL * 54)};
  for (std::size_t i = 0; i < 54; ++i) {
    flow.data[2 * i] = 2;
    flow.data[2 * i + 1] = -1;
  }
  ToImage(flow, move);
  MoveBack(image, move, moved);
  for (int y = 1; y < 6; ++y) {
    for (int x = 0; x < 7; ++x) {
      for (int c = 0; c < 3; ++c) ASSERT_EQ(moved.row(y)[x].v[c], image.row(y - 1)[x + 2].v[c]);
    }
  }
}

TEST(Warp, GreyIsLuma) {
  Image4 image;
  Shrink(Picture8(4, 1, {255, 0, 0, 0, 255, 0, 0, 0, 255, 200, 200, 200}),
         {.width = 4, .height = 1}, image);
  std::vector<std::uint8_t> grey;
  GreyOf(image, grey);
  EXPECT_EQ(grey, (std::vector<std::uint8_t>{76, 150, 29, 200}));
}

TEST(Warp, StateHoldsAnImageExactly) {
  Image4 image, loaded;
  Shrink(Random(11, 5, 8), {.width = 8, .height = 3}, image);
  image.data[3].v[3] = 12'345;
  Bytes state(3);  // whatever comes before
  AppendImage(state, image, 4);
  ASSERT_EQ(state.size(), 3 + 8UL * 24);
  loaded.Resize(8, 3);
  std::size_t at = 3;
  LoadImage(state, at, 4, loaded);
  EXPECT_EQ(at, state.size());
  for (std::size_t i = 0; i < image.data.size(); ++i) {
    for (int c = 0; c < 4; ++c) ASSERT_EQ(loaded.data[i].v[c], image.data[i].v[c]);
  }
}

}  // namespace
}  // namespace agon::cyclegan
