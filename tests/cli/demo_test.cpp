// SPDX-License-Identifier: Apache-2.0
// `agon demo` from nothing to the verdict, with networks and images small enough for a test.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "tests/cli/small_data.h"

namespace agon::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

json ReadJson(const Path& file) { return json::parse(ReadFileText(file)); }

json WithoutTimes(json report) {
  for (json& result : report.at("results")) {
    for (json& row : result.at("attacks")) row.erase("seconds");
  }
  return report;
}

// The committed configuration with other sections: two trainings, and an attack of both.
class DemoCommand : public ::testing::Test {
 protected:
  void SetUp() override { WriteSmallData(place_, 120); }

  std::vector<std::string> Arguments(const std::string& run, int epochs = 1) const {
    const std::string common =
        "dataset: {name: idx, images: images, labels: labels}, model: mlp, optimizer: adamw, "
        "loader: {batch_size: 8}, validate: {count: 20}, checkpoint_every: 0.1, epochs: " +
        std::to_string(epochs);
    return {"demo",
            "--device",
            "cpu",
            "--threads",
            "1",
            "--run",
            run,
            "--set",
            "train={plain: {" + common + ", objective: standard}, robust: {" + common +
                ", objective: {name: pgd_at, steps: 2}, threat: {norm: linf, epsilon: 0.1}}}",
            "--set",
            "attack={dataset: {name: idx, images: images, labels: labels, count: 30}, threat: "
            "{norm: linf, epsilon: [0.1, 0.05]}, suite: [fgsm, {name: pgd, steps: 5}]}"};
  }

  Workplace place_;
};

TEST_F(DemoCommand, TrainsBothAttacksBothAndPrintsTheVerdict) {
  const Outcome outcome = place_.Run(Arguments("d"));
  ASSERT_EQ(outcome.code, 0) << outcome.errors;
  const Path run = place_.path() / "d";
  for (const char* file : {"manifest.json", "config.yaml", "report.json", "report.html",
                           "train-plain/weights.safetensors", "train-robust/weights.safetensors"}) {
    EXPECT_TRUE(fs::exists(run / file)) << file;
  }
  EXPECT_EQ(ReadJson(run / "manifest.json").at("status"), "done");

  // Two networks at two epsilons; the verdict has the first epsilon of each, in the report's words.
  const json results = ReadJson(run / "report.json").at("results");
  ASSERT_EQ(results.size(), 4U);
  std::string verdict;
  for (const std::size_t headline : {0U, 2U}) {
    const json& result = results[headline];
    EXPECT_EQ(result.at("model"), headline == 0 ? "plain" : "robust");
    EXPECT_EQ(result.at("examples"), 30);
    EXPECT_LE(result.at("robust_accuracy"), result.at("clean_accuracy"));
    verdict += fmt::format(
        "{:>12}: {:5.1f} % of 30 test images right, {:5.1f} % under attack (linf 0.1)\n",
        result.at("model").get<std::string>(), 100 * result.at("clean_accuracy").get<double>(),
        100 * result.at("robust_accuracy").get<double>());
  }
  EXPECT_THAT(outcome.output, HasSubstr(verdict + "report: " + (run / "report.html").string()));

  // Started again, it says the same at once.
  const Outcome again = place_.Run(Arguments("d"));
  EXPECT_EQ(again.code, 0) << again.errors;
  EXPECT_THAT(again.output, AllOf(HasSubstr("is done"), HasSubstr(verdict)));
}

// Stopped in the first training, then in the second one, and started again each time with the same
// words.
TEST_F(DemoCommand, StartedAgainItGoesOnWhereItWas) {
  constexpr int kEpochs = 40;
  ASSERT_EQ(place_.Run(Arguments("whole", kEpochs)).code, 0);

  const Outcome stopped =
      place_.RunAndSignal(Arguments("d", kEpochs), SIGTERM, "d/log.txt", "run:");
  ASSERT_EQ(stopped.code, 143) << stopped.errors;
  EXPECT_THAT(stopped.errors, HasSubstr("agon demo --resume"));
  EXPECT_EQ(ReadJson(place_.path() / "d" / "manifest.json").at("status"), "interrupted");
  EXPECT_FALSE(fs::exists(place_.path() / "d" / "report.json"));

  const Outcome killed =
      place_.RunAndSignal(Arguments("d", kEpochs), SIGKILL, "d/train-plain/report.json", "weights");
  EXPECT_TRUE(killed.code == 128 + SIGKILL || killed.code == 0) << killed.errors;

  const Outcome resumed = place_.Run(Arguments("d", kEpochs));
  ASSERT_EQ(resumed.code, 0) << resumed.errors;
  EXPECT_THAT(resumed.errors, HasSubstr("plain: already trained"));
  EXPECT_TRUE(fs::exists(place_.path() / "d" / "train-plain" / "report.html"));
  EXPECT_EQ(WithoutTimes(ReadJson(place_.path() / "d" / "report.json")),
            WithoutTimes(ReadJson(place_.path() / "whole" / "report.json")));
  for (const char* file : {"train-plain/weights.safetensors", "train-robust/weights.safetensors"}) {
    EXPECT_EQ(ReadFileBytes(place_.path() / "d" / file),
              ReadFileBytes(place_.path() / "whole" / file))
        << file;
  }
}

// Killed behind the weights of a training and before its report, it makes up for the report.
TEST_F(DemoCommand, ATrainingWithoutItsReportIsNotDone) {
  constexpr int kEpochs = 40;
  const Outcome killed =
      place_.RunAndSignal(Arguments("d", kEpochs), SIGKILL, "d/train-plain/report.json", "weights");
  if (killed.code == 0) GTEST_SKIP() << "all was over before the kill";
  fs::remove(place_.path() / "d" / "train-plain" / "report.json");
  const Outcome resumed = place_.Run(Arguments("d", kEpochs));
  EXPECT_EQ(resumed.code, 0) << resumed.errors;
  EXPECT_TRUE(fs::exists(place_.path() / "d" / "train-plain" / "report.json"));
}

TEST_F(DemoCommand, AFolderWithAnotherDemoIsLeftAlone) {
  ASSERT_EQ(place_.Run(Arguments("d")).code, 0);
  const Outcome other = place_.Run(Arguments("d", 2));
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.errors, HasSubstr("another configuration"));
}

// Found before anything is trained.
TEST_F(DemoCommand, MistakesInTheAttackAreFoundFirst) {
  std::vector<std::string> arguments = Arguments("d");
  arguments.insert(arguments.end(), {"--set", "attack.suite=[pdg]"});
  const Outcome outcome = place_.Run(arguments);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.errors, AllOf(HasSubstr("pdg"), Not(HasSubstr("training"))));
  EXPECT_FALSE(fs::exists(place_.path() / "d"));
}

}  // namespace
}  // namespace agon::cli
