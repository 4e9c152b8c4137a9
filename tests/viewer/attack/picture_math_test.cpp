// SPDX-License-Identifier: Apache-2.0
#include "viewer/attack/picture_math.h"

#include <gtest/gtest.h>

#include <cmath>

namespace agon::viewer {
namespace {

FloatImage Grey(const std::vector<float>& values) {
  return {.channels = 1, .height = 1, .width = static_cast<int>(values.size()), .values = values};
}

// Black for -1, (middle) for 0, white for 1.
DivergingPalette GreyPalette() {
  DivergingPalette palette{};
  for (std::size_t i = 0; i < palette.size(); ++i) {
    const auto level = static_cast<std::uint32_t>(i * 255 / (palette.size() - 1));
    palette[i] = level | level << 8 | level << 16;
  }
  return palette;
}

TEST(PictureMath, RecordedPicturesBecomeNumbersInTheirOwnUnits) {
  record::Image image;
  image.pixels = {.width = 2, .height = 1, .channels = 4, .data = {0, 51, 255, 9, 255, 0, 102, 9}};
  image.low = -1;
  image.high = 1;
  const FloatImage read = FromRecorded(image);
  EXPECT_EQ(read.channels, 3) << "alpha is left out";
  EXPECT_FLOAT_EQ(read.At(0, 0, 0), -1);
  EXPECT_FLOAT_EQ(read.At(0, 1, 0), 1);
  EXPECT_FLOAT_EQ(read.At(1, 0, 0), -1 + 2 * 0.2F);
  EXPECT_FLOAT_EQ(read.At(2, 1, 0), -1 + 2 * 0.4F);
}

TEST(PictureMath, PixelsAreRoundedAndCut) {
  const formats::Pixels grey =
      ToPixels(Grey({-1, 0, 0.5F, 1, 2, std::numeric_limits<float>::quiet_NaN()}));
  EXPECT_EQ(grey.channels, 1);
  EXPECT_EQ(grey.data, (std::vector<std::uint8_t>{0, 0, 128, 255, 255, 0}));
  const FloatImage colour{.channels = 3, .height = 1, .width = 1, .values = {0.2F, 0.4F, 0.6F}};
  EXPECT_EQ(ToPixels(colour).data, (std::vector<std::uint8_t>{51, 102, 153}));
  // Two channels are neither grey nor RGB: their mean.
  const FloatImage two{.channels = 2, .height = 1, .width = 1, .values = {0.2F, 0.4F}};
  EXPECT_EQ(ToPixels(two).data, (std::vector<std::uint8_t>{77}));
}

TEST(PictureMath, ADifferenceOfZeroIsTheMiddleAndTheGainEnlarges) {
  const FloatImage a = Grey({0.5F, 0.5F, 0.5F, 0.5F});
  const FloatImage b = Grey({0.5F, 0.75F, 0.25F, 0.6F});
  const auto levels = [&](double gain) {
    const formats::Pixels pixels = DifferencePixels(a, b, gain, GreyPalette());
    std::vector<int> first;
    for (std::size_t i = 0; i < pixels.data.size(); i += 3) {
      EXPECT_EQ(pixels.data[i], pixels.data[i + 1]);
      first.push_back(pixels.data[i]);
    }
    return first;
  };
  EXPECT_EQ(levels(1), (std::vector<int>{127, 159, 95, 140}));
  EXPECT_EQ(levels(4), (std::vector<int>{127, 255, 0, 178}));
  EXPECT_EQ(levels(100), (std::vector<int>{127, 255, 0, 255})) << "cut, not wrapped";
}

// Opposite changes of two channels must not cancel to nothing.
TEST(PictureMath, OfSeveralChannelsTheLargestChangeIsShown) {
  const FloatImage a{.channels = 3, .height = 1, .width = 1, .values = {0.5F, 0.5F, 0.5F}};
  const FloatImage b{.channels = 3, .height = 1, .width = 1, .values = {0.6F, 0.25F, 0.6F}};
  EXPECT_EQ(DifferencePixels(a, b, 1, GreyPalette()).data[0], 95);
}

TEST(PictureMath, DistancesAreTheNorms) {
  const Distances d = DistancesBetween(Grey({0, 0, 0.5F, 1}), Grey({0.5F, 0, 0.25F, 1}));
  EXPECT_DOUBLE_EQ(d.linf, 0.5);
  EXPECT_DOUBLE_EQ(d.l1, 0.75);
  EXPECT_DOUBLE_EQ(d.l2, std::sqrt(0.25 + 0.0625));
  EXPECT_EQ(d.l0, 2);
  EXPECT_DOUBLE_EQ(DistanceIn(d, "l2"), d.l2);
  EXPECT_DOUBLE_EQ(DistanceIn(d, "l1"), 0.75);
  EXPECT_DOUBLE_EQ(DistanceIn(d, "l0"), 2);
  EXPECT_DOUBLE_EQ(DistanceIn(d, "linf"), 0.5);
}

TEST(PictureMath, TheGainShowsTheLargestChangeWithoutCutting) {
  for (const double largest : {0.001, 4.0 / 255, 0.1, 0.3, 1.0}) {
    const double gain = GainFor(largest);
    EXPECT_LE(gain * largest, 1) << largest;
    EXPECT_GT(gain * largest, 0.5) << largest;
    EXPECT_EQ(std::log2(gain), std::floor(std::log2(gain)));
  }
  EXPECT_EQ(GainFor(0), 1);
  EXPECT_EQ(GainFor(2), 1);
}

TEST(PictureMath, ValuesAreToldInBothUnits) {
  const FloatImage a = Grey({0, 0.4F});
  const FloatImage b = Grey({0, 0.5F});
  EXPECT_EQ(ValueText(a, 1, 0), "0.4000 = 102.0/255");
  EXPECT_EQ(ChangeText(a, b, 1, 0), "+0.1000 = +25.5/255");
  EXPECT_EQ(ChangeText(b, a, 1, 0), "-0.1000 = -25.5/255");
  EXPECT_EQ(ChangeText(a, b, 0, 0), "+0.0000 = +0.0/255");
  const FloatImage colour{.channels = 3, .height = 1, .width = 1, .values = {0, 0.2F, 1}};
  EXPECT_EQ(ValueText(colour, 0, 0), "0.0000 = 0.0/255   0.2000 = 51.0/255   1.0000 = 255.0/255");
}

}  // namespace
}  // namespace agon::viewer
