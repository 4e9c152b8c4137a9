// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/world/judge.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "cyclegan/world/savanna.h"
#include "cyclegan/world/scene_math.h"
#include "runtime/base/error.h"

namespace agon::cyclegan {
namespace {

constexpr int kSide = 64;
constexpr std::uint64_t kPictures = 40;

// A grey picture of brightness(x, y) in [0,1].
template <class Brightness>
formats::Pixels Grey(const Brightness& brightness, int side = kSide) {
  formats::Pixels picture{.width = side, .height = side, .channels = 3, .data = {}};
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const auto value = static_cast<std::uint8_t>(std::lround(255.0 * brightness(x, y)));
      picture.data.insert(picture.data.end(), 3, value);
    }
  }
  return picture;
}
std::vector<std::uint8_t> Mask(std::uint8_t value, int side = kSide) {
  return std::vector<std::uint8_t>(static_cast<std::size_t>(side) * side, value);
}
formats::Pixels Stripes(double frequency, double direction, double amplitude, int side = kSide) {
  return Grey(
      [&](int x, int y) {
        const double along = x * std::cos(direction) + y * std::sin(direction);
        return 0.5 + amplitude * std::sin(2.0 * std::numbers::pi * frequency * along + 0.7);
      },
      side);
}
double Energy(const formats::Pixels& picture, double frequency) {
  const StripeSum sum = StripeEnergy(picture, Mask(255, picture.width), frequency);
  return sum.energy / sum.pixels;
}

// Straight stripes give their variance, whatever their direction, and little off their frequency.
TEST(StripeEnergy, IsTheVarianceOfStripesOfTheFrequency) {
  for (const double direction : {0.0, 0.3, 1.1, std::numbers::pi / 2, 2.5}) {
    for (const double frequency : {0.15, 0.2, 0.25}) {
      const double variance = 0.3 * 0.3 / 2;
      EXPECT_NEAR(Energy(Stripes(frequency, direction, 0.3), frequency), variance, 0.16 * variance);
      EXPECT_LT(Energy(Stripes(frequency / 2.5, direction, 0.3), frequency), 0.2 * variance);
      EXPECT_LT(Energy(Stripes(1.9 * frequency, direction, 0.3), frequency), 0.05 * variance);
    }
  }
  // A large picture, where it works on a smaller copy.
  EXPECT_NEAR(Energy(Stripes(0.04, 0.4, 0.3, 200), 0.04), 0.045, 0.2 * 0.045);
}

TEST(StripeEnergy, IsBlindToPlainCoatsShadingNoiseAndChecks) {
  const double variance = 0.2 * 0.2 / 2;
  EXPECT_LT(Energy(Grey([](int, int) { return 0.4; }), 0.2), 1e-9);
  EXPECT_LT(Energy(Grey([](int x, int y) { return (x + y) / 128.0; }), 0.2), 0.03 * variance);
  const double half_range = std::sqrt(3.0 * variance);  // uniform noise of the same variance
  const auto noise = Grey(
      [&](int x, int y) { return 0.5 + half_range * (2.0 * UnitFloat(HashCell(3, x, y)) - 1.0); });
  EXPECT_LT(Energy(noise, 0.2), 0.06 * variance);
  const auto checks = Grey([](int x, int y) {
    const double turn = 2.0 * std::numbers::pi * 0.2;
    return 0.5 + 0.2 * std::sin(turn * x) * std::sin(turn * y) * std::numbers::sqrt2;
  });
  EXPECT_LT(Energy(checks, 0.2), 0.1 * variance);
}

// What lies outside the mask, or is partly covered, does not count.
TEST(StripeEnergy, LooksInsideTheMaskOnly) {
  formats::Pixels picture = Stripes(0.2, 0.0, 0.4);
  std::vector<std::uint8_t> mask = Mask(200);
  for (int y = 20; y < 44; ++y) {
    for (int x = 20; x < 44; ++x) {
      const std::size_t p = static_cast<std::size_t>(y) * kSide + x;
      mask[p] = 255;
      for (std::size_t c = 0; c < 3; ++c) picture.data[3 * p + c] = 100;
    }
  }
  const StripeSum sum = StripeEnergy(picture, mask, 0.2);
  EXPECT_EQ(sum.pixels, 24 * 24);
  EXPECT_LT(sum.energy, 1e-6);
  EXPECT_EQ(StripeEnergy(picture, Mask(0), 0.2).pixels, 0);
}

// One-Wasserstein distance of two points is how far they lie apart.
TEST(SavannaJudge, ColourDistanceOfPointsIsTheirDistance) {
  SavannaJudge judge;
  const auto at = [](int bin) { return Grey([bin](int, int) { return (4 * bin + 1) / 255.0; }); };
  judge.AddReal(at(48), Mask(255), 0.2);
  judge.AddTranslated(at(0), at(40), Mask(255), 0.2);
  const SavannaVerdict verdict = judge.Verdict();
  EXPECT_NEAR(verdict.colour_distance, 8.0 / 64, 1e-12);
  EXPECT_NEAR(verdict.colour_distance_input, 48.0 / 64, 1e-12);
  EXPECT_NEAR(verdict.ColourRatio(), 1.0 / 6, 1e-12);
}

// A perfect translation, the same scenes striped, against other striped scenes.
TEST(SavannaJudge, APerfectTranslationPasses) {
  SavannaJudge judge;
  for (std::uint64_t index = 0; index < kPictures; ++index) {
    const SavannaScene real({}, Coat::kStriped, 1, index);
    const SavannaFrame striped = real.RenderStill(0);
    judge.AddReal(striped.picture, striped.mask, real.StripeFrequency());
    const SavannaScene scene({}, Coat::kPlain, 2, index);
    const SavannaFrame plain = scene.RenderStill(0);
    judge.AddTranslated(plain.picture, scene.WithCoat(Coat::kStriped).RenderStill(0).picture,
                        plain.mask, scene.StripeFrequency());
  }
  const SavannaVerdict verdict = judge.Verdict();
  EXPECT_EQ(verdict.real, static_cast<std::int64_t>(kPictures));
  EXPECT_EQ(verdict.translated, static_cast<std::int64_t>(kPictures));
  EXPECT_LT(verdict.ColourRatio(), 0.08);
  EXPECT_NEAR(verdict.StripeRatio(), 1.0, 0.1);
  EXPECT_GT(verdict.change_iou, 0.9);
  EXPECT_EQ(verdict.background_change, 0.0);
  EXPECT_EQ(verdict.background_checkerboard, 0.0);
  EXPECT_NEAR(verdict.ToJson()["change_iou"].get<double>(), verdict.change_iou, 1e-12);
  EXPECT_NEAR(verdict.ToJson()["stripe_ratio"].get<double>(), verdict.StripeRatio(), 1e-12);
}

// Doing nothing, painting all grey, and noise in the coat all fail where they must.
TEST(SavannaJudge, FailuresAreTold) {
  SavannaJudge nothing, grey, noisy;
  for (std::uint64_t index = 0; index < kPictures; ++index) {
    const SavannaScene real({}, Coat::kStriped, 1, index);
    const SavannaFrame striped = real.RenderStill(0);
    const SavannaScene scene({}, Coat::kPlain, 2, index);
    const SavannaFrame plain = scene.RenderStill(0);
    const formats::Pixels flat = Grey([](int, int) { return 0.5; });
    formats::Pixels noise = plain.picture;
    for (std::size_t i = 0; i < noise.data.size(); ++i) {
      if (plain.mask[i / 3] == 0) continue;
      noise.data[i] =
          HashCell(7, static_cast<int>(i / 3), static_cast<int>(index)) % 2 == 0 ? 20 : 230;
    }
    const double frequency = scene.StripeFrequency();
    for (SavannaJudge* judge : {&nothing, &grey, &noisy}) {
      judge->AddReal(striped.picture, striped.mask, real.StripeFrequency());
    }
    nothing.AddTranslated(plain.picture, plain.picture, plain.mask, frequency);
    grey.AddTranslated(plain.picture, flat, plain.mask, frequency);
    noisy.AddTranslated(plain.picture, noise, plain.mask, frequency);
  }
  EXPECT_NEAR(nothing.Verdict().ColourRatio(), 1.0, 1e-12);
  EXPECT_LT(nothing.Verdict().StripeRatio(), 0.05);
  EXPECT_EQ(nothing.Verdict().change_iou, 0.0);
  EXPECT_LT(grey.Verdict().StripeRatio(), 0.01);
  EXPECT_GT(grey.Verdict().background_change, 0.1);
  EXPECT_LT(grey.Verdict().change_iou, 0.5);
  // Black and white noise has about the colours of stripes, and more variance, but no stripes.
  EXPECT_LT(noisy.Verdict().StripeRatio(), 0.4);
  EXPECT_GT(noisy.Verdict().change_iou, 0.8);
}

TEST(SavannaJudge, BackgroundChangeAndCheckerboardAreTheirAmplitudes) {
  const formats::Pixels input = Grey([](int, int) { return 102 / 255.0; });
  const auto judge = [&](const formats::Pixels& output, const std::vector<std::uint8_t>& mask) {
    SavannaJudge result;
    result.AddTranslated(input, output, mask, 0.2);
    return result.Verdict();
  };
  // +-20 in a checkerboard, of the whole picture and of the background alone.
  const auto board = Grey([](int x, int y) { return ((x + y) % 2 == 0 ? 122 : 82) / 255.0; });
  EXPECT_NEAR(judge(board, Mask(0)).background_change, 20 / 255.0, 1e-12);
  EXPECT_NEAR(judge(board, Mask(0)).background_checkerboard, 20 / 255.0, 1e-12);
  EXPECT_EQ(judge(board, Mask(255)).background_change, 0.0);
  EXPECT_EQ(judge(board, Mask(255)).background_checkerboard, 0.0);
  // A slow change is a change, but no checkerboard.
  const auto slow = Grey([](int x, int) { return (102 + x) / 255.0; });
  EXPECT_NEAR(judge(slow, Mask(0)).background_change, 31.5 / 255.0, 1e-12);
  EXPECT_NEAR(judge(slow, Mask(0)).background_checkerboard, 0.0, 1e-12);
  // 38 of 255 is below 0.15, 39 above.
  const auto change = [&](int by) { return Grey([by](int, int) { return (102 + by) / 255.0; }); };
  EXPECT_EQ(judge(change(38), Mask(255)).change_iou, 0.0);
  EXPECT_EQ(judge(change(39), Mask(255)).change_iou, 1.0);
}

TEST(SavannaJudge, PicturesOfAnotherSizeAreADefect) {
  SavannaJudge judge;
  const formats::Pixels picture = Grey([](int, int) { return 0.5; });
  EXPECT_THROW(judge.AddReal(picture, Mask(255, 32), 0.2), Error);
  EXPECT_THROW(judge.AddReal(picture, Mask(255), 0.0), Error);
}

// A judge that has seen nothing approves of nothing.
TEST(SavannaJudge, NothingSeenIsNoSuccess) {
  const SavannaVerdict verdict = SavannaJudge().Verdict();
  EXPECT_EQ(verdict.translated, 0);
  EXPECT_EQ(verdict.ColourRatio(), 1.0);
  EXPECT_EQ(verdict.StripeRatio(), 0.0);
  EXPECT_EQ(verdict.change_iou, 0.0);
}

}  // namespace
}  // namespace agon::cyclegan
