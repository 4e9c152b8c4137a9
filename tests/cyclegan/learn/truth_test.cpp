// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/learn/truth.h"

#include "cyclegan/learn/train_state.h"
#include "tests/cyclegan/learn/learn_helpers.h"

namespace agon::cyclegan {
namespace {

SavannaTruth Small() {
  SavannaSettings settings;
  settings.size = 48;
  settings.supersample = 1;
  return {settings, 4, 1000};
}

// Nothing is changed: colours are as far from real B as the input's, no pixel of the animals
// changed, none of the background did, and the clip moves as its input does.
TEST(SavannaTruth, JudgesACopy) {
  std::int64_t seen = 0;
  const TruthVerdict verdict = Small().Judge(
      [&seen](const std::vector<formats::Pixels>& pictures) {
        seen += static_cast<std::int64_t>(pictures.size());
        return pictures;
      },
      20);
  EXPECT_EQ(verdict.savanna.translated, 20);
  EXPECT_EQ(verdict.savanna.real, 40);
  EXPECT_GT(seen, 20) << "clips too";
  EXPECT_DOUBLE_EQ(verdict.savanna.ColourRatio(), 1);
  EXPECT_EQ(verdict.savanna.change_iou, 0);
  EXPECT_EQ(verdict.savanna.background_change, 0);
  EXPECT_EQ(verdict.clip.input, verdict.clip.output);
  EXPECT_GT(verdict.clip.pairs, 0);
  EXPECT_FALSE(verdict.Met());
  EXPECT_NE(verdict.Sentence().find("misses colour distance"), std::string::npos)
      << verdict.Sentence();
}

// Stripes finer than pixels are not judged; where all are, that is said.
TEST(SavannaTruth, RefusesPicturesThatHoldNoStripes) {
  SavannaSettings settings;
  settings.size = 16;
  settings.supersample = 1;
  const auto copy = [](const std::vector<formats::Pixels>& pictures) { return pictures; };
  EXPECT_NE(
      MessageOf([&] { (void)SavannaTruth(settings, 4, 1000).Judge(copy, 2); }, ErrorKind::kData)
          .find("domains.size"),
      std::string::npos);
}

// Where only some are, other scenes take their place.
TEST(SavannaTruth, PassesOverScenesThatPicturesCannotHold) {
  constexpr int kScenes = 40;
  SavannaSettings settings;
  settings.supersample = 1;
  int too_fine = kScenes;
  for (settings.size = 16; too_fine > kScenes / 2; ++settings.size) {
    too_fine = 0;
    for (std::uint64_t i = 0; i < kScenes; ++i) {
      const SavannaScene scene(settings, Coat::kStriped, 4, 1000 + i);
      too_fine += scene.StripeFrequency() > 0.5 ? 1 : 0;
    }
  }
  --settings.size;
  ASSERT_GT(too_fine, 0);
  const auto copy = [](const std::vector<formats::Pixels>& pictures) { return pictures; };
  const TruthVerdict verdict = SavannaTruth(settings, 4, 1000).Judge(copy, 20);
  EXPECT_EQ(verdict.savanna.translated, 20);
  EXPECT_EQ(verdict.savanna.real, 40);
}

// Noise on each frame for itself is flicker, which the true flow shows.
TEST(SavannaTruth, SeesFlicker) {
  std::uint32_t number = 0;
  const TruthVerdict verdict = Small().Judge(
      [&number](std::vector<formats::Pixels> pictures) {
        for (formats::Pixels& picture : pictures) {
          const formats::Pixels noise = MadeUp(48, 48, 20, ++number);
          for (std::size_t i = 0; i < picture.data.size(); ++i) {
            picture.data[i] =
                static_cast<std::uint8_t>(std::min(255, picture.data[i] + noise.data[i]));
          }
        }
        return pictures;
      },
      4);
  EXPECT_GT(verdict.clip.output, verdict.clip.input + 2 * 0.001);
  EXPECT_GT(verdict.savanna.background_change, 0.05);
  EXPECT_GT(verdict.savanna.background_checkerboard, 0.02);
  if (verdict.clip.steadied) {
    EXPECT_LT(*verdict.clip.steadied, verdict.clip.output);
  }
}

// The limits are those of the issue; a verdict that meets all says so.
TEST(TruthVerdict, KnowsItsLimits) {
  TruthVerdict verdict;
  SavannaVerdict& s = verdict.savanna;
  s.translated = 10;
  s.colour_distance = 0.02;
  s.colour_distance_input = 0.1;
  s.stripe_energy = 0.9;
  s.stripe_energy_real = 1;
  s.change_iou = 0.85;
  s.background_change = 0.03;
  verdict.clip = {.pairs = 9, .input = 0.001, .output = 0.002, .steadied = 0.001};
  EXPECT_TRUE(verdict.Met());
  EXPECT_EQ(verdict.Lines().size(), 5U);
  const auto misses = [&](auto&& change) {
    TruthVerdict worse = verdict;
    change(worse);
    return !worse.Met();
  };
  EXPECT_TRUE(misses([](TruthVerdict& v) { v.savanna.colour_distance = 0.026; }));
  EXPECT_TRUE(misses([](TruthVerdict& v) { v.savanna.stripe_energy = 0.79; }));
  EXPECT_TRUE(misses([](TruthVerdict& v) { v.savanna.stripe_energy = 1.21; }));
  EXPECT_TRUE(misses([](TruthVerdict& v) { v.savanna.change_iou = 0.79; }));
  EXPECT_TRUE(misses([](TruthVerdict& v) { v.savanna.background_change = 0.061; }));
  EXPECT_TRUE(misses([](TruthVerdict& v) { v.clip.steadied = 0.00121; }));
  EXPECT_FALSE(misses([](TruthVerdict& v) { v.clip.steadied.reset(); }));
}

TEST(TrainingState, ComesBackFromItsJson) {
  TrainingState state;
  state.step = 17;
  state.seconds = 1.25;
  state.ended = "collapsed";
  state.open.steps = 3;
  state.open.cycle = {0.1, 1.0 / 3};
  state.rows.push_back({.step = 10, .minutes = 0.5, .learning_rate = 2e-4, .figures = state.open});
  JudgedRow judged{.step = 10, .minutes = 0.25, .verdict = {}};
  judged.verdict.savanna.colour_distance = 0.125;
  judged.verdict.savanna.colour_distance_input = 0.5;
  judged.verdict.clip.steadied = 0.75;
  state.judged.push_back(judged);
  state.sampled = {5, 10};
  state.collapse = Collapse{"copy", "only copies", 10};
  const std::string text = state.ToJson().dump();
  const TrainingState back = TrainingState::FromJson(nlohmann::json::parse(text));
  EXPECT_EQ(back.ToJson().dump(), text);
  EXPECT_EQ(back.judged.at(0).verdict.savanna.ColourRatio(), 0.25);
  EXPECT_EQ(back.rows.at(0).figures.cycle[1], 1.0 / 3);
  EXPECT_NE(MessageOf(
                [] {
                  (void)TrainingState::FromJson({{"step", "x"}});
                },
                ErrorKind::kData)
                .find("CycleGAN"),
            std::string::npos);
}

}  // namespace
}  // namespace agon::cyclegan
