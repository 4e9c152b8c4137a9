// SPDX-License-Identifier: Apache-2.0
// What a suite leaves for the viewer.
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>

#include "attacks/suite.h"
#include "runtime/base/temporary_folder.h"
#include "runtime/record/recorder.h"
#include "runtime/record/recording.h"
#include "tests/attacks/attack_helpers.h"

namespace agon::attacks {
namespace {

namespace fs = std::filesystem;

// Track -> step -> item; of a step that stands twice the later one, as docs/formats.md says.
using Recorded = std::map<std::string, std::map<std::int64_t, record::Item>>;

Recorded ReadBack(const Path& folder) {
  Recorded recorded;
  record::RecordingReader reader(folder / "recording");
  while (const auto record = reader.Next()) recorded[record->track][record->step] = record->item;
  EXPECT_EQ(reader.damaged(), 0);
  return recorded;
}

bool SameItem(const record::Item& a, const record::Item& b) {
  if (const auto* scalar = std::get_if<record::Scalar>(&a)) {
    const auto* const other = std::get_if<record::Scalar>(&b);
    return other != nullptr && scalar->value == other->value;
  }
  const auto* const image = std::get_if<record::Image>(&a);
  const auto* const other = std::get_if<record::Image>(&b);
  return image != nullptr && other != nullptr && image->pixels.data == other->pixels.data &&
         image->caption == other->caption;
}

class SuiteRecord : public testing::Test {
 protected:
  void SetUp() override {
    at::manual_seed(11);
    dataset_.name = "random";
    dataset_.images = at::rand({40, 1, 4, 4});
    dataset_.classes = 3;
    dataset_.first = 100;
    dataset_.class_names = {"bag", "boot", "coat"};
    target_ = std::make_unique<LinearTarget>(at::randn({3, 16}));
    dataset_.labels = target_->Logits(dataset_.images).argmax(1);
    dataset_.labels[1] = (dataset_.labels[1] + 1).remainder(3);  // wrong when clean: never attacked
  }
  SuiteResult Run(const std::string& suite, record::Recorder* recorder, SuiteOptions options = {},
                  const SuiteResult* resume = nullptr) {
    options.batch_size = 7;
    options.recorder = recorder;
    options.track = kTrack;
    return RunSuite(*target_, dataset_, threat_, MakeSuite(suite), options, at::kCPU, resume);
  }
  std::pair<SuiteResult, Recorded> Record(const std::string& suite, SuiteOptions options = {}) {
    std::optional<SuiteResult> result;
    {
      record::Recorder recorder(folder_.path());
      result = Run(suite, &recorder, std::move(options));
    }
    return {std::move(*result), ReadBack(folder_.path())};
  }
  static Tensor ImageOf(const record::Item& item) {
    const formats::Pixels& pixels = std::get<record::Image>(item).pixels;
    Tensor image = at::empty({1, 1, pixels.height, pixels.width});
    for (std::size_t i = 0; i < pixels.data.size(); ++i) {
      image.view({-1})[static_cast<std::int64_t>(i)] = pixels.data[i] / 255.0F;
    }
    return image;
  }

  static constexpr const char* kTrack = "attack/linear linf 0.1";
  const TemporaryFolder folder_;
  data::Dataset dataset_;
  std::unique_ptr<LinearTarget> target_;
  Threat threat_{.norm = Norm::kLinf, .epsilon = 0.1};
};

// The first examples that are right when clean, under their index in the split.
TEST_F(SuiteRecord, FollowsTheFirstExamplesThatAreAttacked) {
  const auto [result, recorded] = Record("[{name: pgd, steps: 3, random_start: false}]");
  std::set<std::string> clean;
  for (const auto& [track, items] : recorded) {
    if (track.ends_with("/clean")) clean.insert(track);
  }
  EXPECT_EQ(clean, (std::set<std::string>{std::string(kTrack) + "/example/100/clean",
                                          std::string(kTrack) + "/example/102/clean",
                                          std::string(kTrack) + "/example/103/clean",
                                          std::string(kTrack) + "/example/104/clean"}));
  const record::Item& item = recorded.at(std::string(kTrack) + "/example/102/clean").at(0);
  EXPECT_LE((ImageOf(item)[0] - dataset_.images[2]).abs().max().item<double>(), 0.5001 / 255);
  EXPECT_EQ(
      std::get<record::Image>(item).caption,
      "label " +
          dataset_.class_names[static_cast<std::size_t>(dataset_.labels[2].item<std::int64_t>())]);
}

// Auto-PGD drops examples that fell: what is recorded must still be of the example it is said to
// be of, which its loss tells.
TEST_F(SuiteRecord, EveryStepIsOfTheRightExample) {
  threat_.epsilon = 0.04;
  SuiteOptions options;
  options.record.examples = 20;
  const auto [result, recorded] =
      Record("[{name: pgd, steps: 12}, {name: apgd_ce, steps: 30}]", options);
  int checked = 0;
  for (const char* attack : {"0.pgd", "1.apgd_ce"}) {
    for (std::int64_t row = 0; row < 21; ++row) {
      const std::string track = fmt::format("{}/example/{}/{}", kTrack, 100 + row, attack);
      if (!recorded.contains(track)) continue;
      const auto& losses = recorded.at(track + "/loss");
      for (const auto& [step, item] : recorded.at(track)) {
        const Tensor image = ImageOf(item);
        EXPECT_LE((image - dataset_.images[row]).abs().max().item<double>(), 0.04 + 0.51 / 255);
        if (!losses.contains(step)) continue;  // the result, which no step saw
        target_->Begin(1, at::kCPU);
        const Tensor loss = AttackerLoss(target_->Logits(image),
                                         {.labels = dataset_.labels.slice(0, row, row + 1)});
        EXPECT_NEAR(std::get<record::Scalar>(losses.at(step)).value, loss.item<double>(), 0.03)
            << track << " step " << step;
        ++checked;
      }
    }
  }
  EXPECT_GT(checked, 200);
  EXPECT_GT(result.attacks[1].broken, 0);
}

TEST_F(SuiteRecord, TheLastPictureIsWhatTheAttackHandedIn) {
  const auto [result, recorded] = Record("[{name: pgd, steps: 5}]");
  for (const std::int64_t row : {0, 2, 3, 4}) {
    const auto& items = recorded.at(fmt::format("{}/example/{}/0.pgd", kTrack, 100 + row));
    EXPECT_EQ(items.size(), 6U);
    EXPECT_EQ(items.rbegin()->first, 5);
    const std::string& caption = std::get<record::Image>(items.rbegin()->second).caption;
    const bool fell = result.broken_by[row].item<std::int64_t>() == 0;
    const std::string name =
        dataset_.class_names[static_cast<std::size_t>(result.prediction[row].item<std::int64_t>())];
    EXPECT_EQ(caption, (fell ? "broken, seen as " : "stands, seen as ") + name);
    if (!fell) continue;
    const Tensor image = ImageOf(items.rbegin()->second);
    EXPECT_LE((image[0] - result.adversarial[row]).abs().max().item<double>(), 0.5001 / 255);
  }
}

TEST_F(SuiteRecord, LongAttacksAreThinnedOutAndKeepTheirWholeLoss) {
  threat_.epsilon = 1e-4;
  const auto [result, recorded] = Record("[{name: pgd, steps: 100}]");
  const std::string track = std::string(kTrack) + "/example/100/0.pgd";
  const auto& items = recorded.at(track);
  EXPECT_LE(items.size(), 49U);
  EXPECT_GE(items.size(), 24U);
  EXPECT_EQ(items.begin()->first, 0);
  EXPECT_EQ(items.rbegin()->first, 100);
  std::int64_t last = -1;
  for (const auto& [step, item] : items) {
    EXPECT_LE(step - last, 4) << "evenly spread";
    last = step;
  }
  EXPECT_EQ(recorded.at(track + "/loss").size(), 100U);
}

// A restart is worth looking at when it found what the first pass did not.
TEST_F(SuiteRecord, RestartsAreRecordedWhenTheyBreakTheExample) {
  threat_.epsilon = 0.05;
  SuiteOptions options;
  options.record.examples = 40;
  const auto [result, recorded] =
      Record("[{name: pgd, steps: 1, step_size: 0.02, restarts: 10}]", options);
  std::int64_t first_passes = 0;
  std::int64_t restarts = 0;
  for (const auto& [track, items] : recorded) {
    if (track.find("/example/") == std::string::npos || track.ends_with("loss")) continue;
    first_passes += track.ends_with("/0.pgd") ? 1 : 0;
    if (track.find("/0.pgd#") == std::string::npos) continue;
    ++restarts;
    EXPECT_TRUE(std::get<record::Image>(items.rbegin()->second).caption.starts_with("broken"));
  }
  EXPECT_EQ(first_passes, 39);
  std::int64_t fell_at_first = 0;
  for (const auto& [track, items] : recorded) {
    if (!track.ends_with("/0.pgd") || track.find("/example/") == std::string::npos) continue;
    fell_at_first +=
        std::get<record::Image>(items.rbegin()->second).caption.starts_with("broken") ? 1 : 0;
  }
  EXPECT_GT(restarts, 0);
  EXPECT_EQ(fell_at_first + restarts, result.attacks[0].broken);
}

TEST_F(SuiteRecord, ChangesNoResult) {
  const std::string suite = "[fgsm, {name: pgd, steps: 3, restarts: 2}, apgd_ce]";
  const SuiteResult without = Run(suite, nullptr);
  const auto [with, recorded] = Record(suite);
  EXPECT_TRUE(with.adversarial.equal(without.adversarial));
  EXPECT_TRUE(with.broken_by.equal(without.broken_by));
  EXPECT_TRUE(with.queries.equal(without.queries));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(with.attacks[i].forwards, without.attacks[i].forwards);
    EXPECT_EQ(with.attacks[i].backwards, without.attacks[i].backwards);
    EXPECT_EQ(with.attacks[i].mean_loss, without.attacks[i].mean_loss);
  }
  const auto& accuracy = recorded.at(std::string(kTrack) + "/robust_accuracy");
  EXPECT_EQ(std::get<record::Scalar>(accuracy.at(0)).value, with.clean_accuracy);
  EXPECT_EQ(std::get<record::Scalar>(accuracy.at(3)).value, with.robust_accuracy);
}

TEST_F(SuiteRecord, NoneWhenNoneIsAskedFor) {
  SuiteOptions options;
  options.record.examples = 0;
  const auto [result, recorded] = Record("[fgsm]", options);
  EXPECT_EQ(recorded.size(), 2U) << "robust accuracy and loss";
}

// Stopped after any batch and resumed, a run has recorded the same.
TEST_F(SuiteRecord, ResumesAnywhereWithTheSameRecording) {
  const std::string suite = "[fgsm, {name: pgd, steps: 3, restarts: 2}, {name: apgd_ce, steps: 8}]";
  const auto [straight, whole] = Record(suite);
  for (int stop_after = 1; stop_after < 12; ++stop_after) {
    const Path folder = folder_ / std::to_string(stop_after);
    fs::create_directories(folder);
    int batches = 0;
    SuiteOptions options;
    options.after_batch = [&](const SuiteResult&) { return ++batches < stop_after; };
    std::optional<SuiteResult> restored;
    {
      record::Recorder recorder(folder);
      const SuiteResult part = Run(suite, &recorder, options);
      restored = Restore(StateOf(part), TensorsOf(part));
    }
    std::optional<SuiteResult> resumed;
    {
      record::Recorder recorder(folder);
      resumed = Run(suite, &recorder, {}, &*restored);
    }
    EXPECT_TRUE(resumed->adversarial_probabilities.equal(straight.adversarial_probabilities));
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(resumed->attacks[i].robust_accuracy_after,
                straight.attacks[i].robust_accuracy_after)
          << stop_after;
    }
    const Recorded again = ReadBack(folder);
    ASSERT_EQ(again.size(), whole.size()) << stop_after;
    for (const auto& [track, items] : whole) {
      ASSERT_TRUE(again.contains(track)) << track;
      ASSERT_EQ(again.at(track).size(), items.size()) << track;
      for (const auto& [step, item] : items) {
        EXPECT_TRUE(SameItem(again.at(track).at(step), item)) << track << " " << step;
      }
    }
  }
}

// A candidate that is not finite is rejected, but its loss is in the mean; JSON knows no NaN.
TEST_F(SuiteRecord, AMeanLossThatIsNoNumberSurvivesACheckpoint) {
  SuiteResult result = Run("[fgsm, {name: pgd, steps: 3}]", nullptr);
  result.attacks[1].mean_loss[0] = std::numeric_limits<double>::quiet_NaN();
  const SuiteResult restored =
      Restore(nlohmann::json::parse(StateOf(result).dump()), TensorsOf(result));
  EXPECT_TRUE(std::isnan(restored.attacks[1].mean_loss[0]));
  EXPECT_EQ(restored.attacks[1].mean_loss[1], result.attacks[1].mean_loss[1]);
}

TEST_F(SuiteRecord, ProbabilitiesAgreeWithThePredictions) {
  const SuiteResult result = Run("[fgsm, {name: pgd, steps: 5}]", nullptr);
  for (const Tensor& p : {result.clean_probabilities, result.adversarial_probabilities}) {
    ASSERT_EQ(p.sizes(), (at::IntArrayRef{40, 3}));
    EXPECT_LE((p.sum(1) - 1).abs().max().item<double>(), 1e-6);
  }
  EXPECT_TRUE(result.clean_probabilities.argmax(1).equal(result.clean_prediction));
  EXPECT_TRUE(result.adversarial_probabilities.argmax(1).equal(result.prediction));
  target_->Begin(40, at::kCPU);
  const Tensor expected = target_->Logits(result.adversarial).softmax(1);
  EXPECT_LE((result.adversarial_probabilities - expected).abs().max().item<double>(), 1e-6);
}

// Checkpoints of before there were probabilities are resumed, without them.
TEST_F(SuiteRecord, ResumesFromACheckpointWithoutProbabilities) {
  const SuiteResult straight = Run("[fgsm, pgd]", nullptr);
  int batches = 0;
  SuiteOptions options;
  options.after_batch = [&](const SuiteResult&) { return ++batches < 4; };
  const SuiteResult part = Run("[fgsm, pgd]", nullptr, options);
  NamedTensors tensors = TensorsOf(part);
  std::erase_if(tensors, [](const auto& t) { return t.first.ends_with("probabilities"); });
  const SuiteResult restored = Restore(StateOf(part), tensors);
  const SuiteResult resumed = Run("[fgsm, pgd]", nullptr, {}, &restored);
  EXPECT_TRUE(resumed.adversarial.equal(straight.adversarial));
  EXPECT_FALSE(resumed.adversarial_probabilities.defined());
}

}  // namespace
}  // namespace agon::attacks
