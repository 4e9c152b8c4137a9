// SPDX-License-Identifier: Apache-2.0
// Both themes can be read, and colours mean what they are for.
#include "viewer/ui/theme.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/viewer/ui/ui_driver.h"

namespace agon::viewer {
namespace {

double Channel(ImU32 colour, int shift) {
  const double value = ((colour >> shift) & 255U) / 255.0;
  return value <= 0.03928 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}
// WCAG 2.1, relative luminance and contrast ratio.
double Luminance(ImU32 colour) {
  return 0.2126 * Channel(colour, IM_COL32_R_SHIFT) + 0.7152 * Channel(colour, IM_COL32_G_SHIFT) +
         0.0722 * Channel(colour, IM_COL32_B_SHIFT);
}
double Contrast(ImU32 a, ImU32 b) {
  const double first = Luminance(a);
  const double second = Luminance(b);
  return (std::max(first, second) + 0.05) / (std::min(first, second) + 0.05);
}
int Red(ImU32 colour) { return static_cast<int>((colour >> IM_COL32_R_SHIFT) & 255U); }
int Blue(ImU32 colour) { return static_cast<int>((colour >> IM_COL32_B_SHIFT) & 255U); }

class BothThemes : public testing::TestWithParam<bool> {};

// 4.5 is what WCAG asks of text, 3 of large text and of what must be seen at all.
TEST_P(BothThemes, TextCanBeReadAndCurvesSeen) {
  const UiDriver driver({400, 300}, 1, GetParam());
  const Theme& theme = CurrentTheme();
  EXPECT_EQ(theme.dark, GetParam());
  for (const ImU32 behind : {theme.background, theme.plot_background}) {
    EXPECT_GE(Contrast(theme.text, behind), 10);
    EXPECT_GE(Contrast(theme.text_dim, behind), 4.5);
    EXPECT_GE(Contrast(theme.bad, behind), 4.5);
    EXPECT_GE(Contrast(theme.accent, behind), 4.5);
  }
  for (std::size_t i = 0; i < theme.series.size(); ++i) {
    EXPECT_GE(Contrast(theme.series[i], theme.plot_background), 2.2) << "curve " << i;
    for (std::size_t k = 0; k < i; ++k) EXPECT_NE(theme.series[i], theme.series[k]);
  }
  EXPECT_GT(Contrast(theme.stone_light, theme.stone_dark), 10);
}

TEST_P(BothThemes, TheDivergingMapIsNeutralInTheMiddle) {
  const UiDriver driver({400, 300}, 1, GetParam());
  EXPECT_NEAR(Red(Diverging(0)), Blue(Diverging(0)), 6);
  for (double value = 0.1; value <= 1; value += 0.1) {
    EXPECT_GT(Red(Diverging(value)), Blue(Diverging(value))) << value;
    EXPECT_LT(Red(Diverging(-value)), Blue(Diverging(-value))) << value;
  }
  EXPECT_EQ(Diverging(7), Diverging(1));
  EXPECT_EQ(Diverging(-7), Diverging(-1));
  EXPECT_NE(Diverging(std::nan("")), Diverging(0));
}

INSTANTIATE_TEST_SUITE_P(, BothThemes, testing::Bool(),
                         [](const auto& info) { return info.param ? "dark" : "light"; });

TEST(Theme, HeatRisesInBrightness) {
  double before = -1;
  for (int i = 0; i <= 20; ++i) {
    const double brightness = Luminance(Heat(i / 20.0));
    EXPECT_GT(brightness, before) << i;
    before = brightness;
  }
  EXPECT_EQ(Heat(2), Heat(1));
  EXPECT_EQ(Heat(std::nan("")), Heat(0));
  EXPECT_EQ(Heat(1, 0.5) >> IM_COL32_A_SHIFT, 128U);
}

TEST(Theme, AlphaIsAShareOfWhatWasThere) {
  EXPECT_EQ(WithAlpha(IM_COL32(1, 2, 3, 200), 0.5), IM_COL32(1, 2, 3, 100));
  EXPECT_EQ(WithAlpha(IM_COL32(1, 2, 3, 200), 2), IM_COL32(1, 2, 3, 200));
}

TEST(Theme, CurvesNeverRunOutOfColours) {
  EXPECT_EQ(SeriesColour(0), SeriesColour(CurrentTheme().series.size()));
  EXPECT_NE(SeriesColour(0), SeriesColour(1));
}

TEST(Theme, EverythingGrowsWithTheScale) {
  const UiDriver driver({400, 300}, 2);
  EXPECT_EQ(ImGui::GetStyle().FramePadding.x, 16);
  EXPECT_EQ(ImGui::GetIO().Fonts->Fonts[0]->FontSize, 26);
  ApplyTheme(true, std::numeric_limits<float>::quiet_NaN());
  EXPECT_EQ(CurrentTheme().scale, 1);
}

// Where the machine has a font of its own, letters beyond Latin are drawn with it.
TEST(Theme, TheSystemsFontIsTakenWhereThereIsOne) {
  const UiDriver driver;
  LoadFonts(1, false);
  ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
  ASSERT_TRUE(atlas.Build());
  ASSERT_EQ(atlas.Fonts.Size, 1);
  if (atlas.ConfigData[0].GlyphRanges == atlas.GetGlyphRangesDefault()) return;  // none here
  EXPECT_NE(atlas.Fonts[0]->FindGlyphNoFallback(0x2264), nullptr) << "less than or equal";
}

}  // namespace
}  // namespace agon::viewer
