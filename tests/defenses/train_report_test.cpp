// SPDX-License-Identifier: Apache-2.0
#include "defenses/train_report.h"

#include "runtime/base/files.h"
#include "tests/defenses/defense_helpers.h"

namespace agon::defenses {
namespace {

TEST(TrainReport, HoldsWhatOtherProgramsRelyOn) {
  Workplace place;
  const auto result = place.Train(
      SmallConfig("epochs: 3, threat: {norm: linf, epsilon: 0.1}, objective: pgd_at"), "run");
  const auto json = nlohmann::json::parse(ReadFileText(place.Folder("run") / "report.json"));
  EXPECT_EQ(json.at("format"), 1);
  EXPECT_EQ(json.at("command"), "train");
  EXPECT_EQ(json.at("model"), "mlp");
  EXPECT_EQ(json.at("epochs"), 3);
  EXPECT_EQ(json.at("parameters"), 16 * 8 + 8 + 8 * 2 + 2);
  EXPECT_EQ(json.at("history").size(), 3U);
  EXPECT_EQ(json.at("history").at(2).at("step"), 24);
  EXPECT_EQ(json.at("validation").at("attack"), "pgd");
  EXPECT_EQ(json.at("validation").at("robust_accuracy"), *result.validation->robust_accuracy);
  EXPECT_EQ(json.at("threat").at("epsilon"), 0.1);
  EXPECT_EQ(json, TrainReportJson(result));
}

TEST(TrainReport, PageShowsVerdictCurvesAndConfiguration) {
  Workplace place;
  const auto result = place.Train(SmallConfig(), "run");
  const std::string page = ReadFileText(result.report);
  for (const char* part :
       {"clean accuracy", "Training loss", "Learning rate", "halves", "batch_size: 8"}) {
    EXPECT_NE(page.find(part), std::string::npos) << part;
  }
}

// A state that went through a checkpoint is the same to the last bit.
TEST(TrainState, SurvivesJson) {
  TrainState state;
  state.epoch = 3;
  state.batch = 5;
  state.step = 77;
  state.seconds = 1.0 / 3;
  state.of_epoch = {.loss = 0.1 + 0.2, .steps = 5, .correct = 4, .examples = 9};
  state.of_window = {.loss = 1e-300, .steps = 1, .correct = 0, .examples = 2};
  state.stale = 2;
  ValidationResult best{.epoch = 2,
                        .examples = 10,
                        .clean_accuracy = 0.7,
                        .robust_accuracy = 1.0 / 7,
                        .averaged = true};
  state.best = best;
  state.history.push_back({.epoch = 1,
                           .step = 8,
                           .seconds = 2.5,
                           .loss = 0.3,
                           .accuracy = 0.9,
                           .learning_rate = 0.1,
                           .validation = best});
  const auto text = state.ToJson().dump();
  const TrainState read = TrainState::FromJson(nlohmann::json::parse(text));
  EXPECT_EQ(read.ToJson().dump(), text);
  EXPECT_EQ(read.of_epoch.loss, state.of_epoch.loss);
  EXPECT_EQ(read.best->Score(), 1.0 / 7);
}

}  // namespace
}  // namespace agon::defenses
