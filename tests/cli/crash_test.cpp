// SPDX-License-Identifier: Apache-2.0
// A run may be killed at any instant: what is on disk stays valid, and --resume ends where an
// uninterrupted run would have ended. The kill is a real SIGKILL after a random time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "runtime/base/hash.h"
#include "tests/cli/small_data.h"

namespace agon::cli {
namespace {

constexpr int kKills = 12;
constexpr int kSigkill = 128 + SIGKILL;

nlohmann::json ReadJson(const Path& file) { return nlohmann::json::parse(ReadFileText(file)); }

nlohmann::json WithoutTimes(nlohmann::json report) {
  for (nlohmann::json& row : report.at("attacks")) row.erase("seconds");
  for (nlohmann::json& result : report.at("results")) {
    for (nlohmann::json& row : result.at("attacks")) row.erase("seconds");
  }
  return report;
}

class Crash : public ::testing::Test {
 protected:
  void SetUp() override { WriteSmallData(place_, 240); }

  // Starts the command, kills it after a random part of `seconds`, resumes and kills again, until
  // it was killed kKills times or ended by itself; then lets it end. Returns how often it was
  // killed.
  int RunWithKills(const std::string& command, const std::string& config, double seconds) {
    int killed = 0;
    bool begun = false;
    for (int i = 0; i < kKills; ++i) {
      const std::uint32_t random =
          Philox4x32(99, {{static_cast<std::uint32_t>(i), 0, 0, 0}}).word[0];
      const double delay = 0.15 + seconds * UnitFloat(random);
      const Outcome outcome = place_.RunAndKill(Arguments(command, config, begun), delay);
      begun = std::filesystem::exists(place_.path() / "killed" / "manifest.json");
      if (outcome.code != kSigkill) {
        EXPECT_EQ(outcome.code, 0) << outcome.errors;
        return killed;
      }
      ++killed;
      if (begun) {
        const nlohmann::json manifest = ReadJson(place_.path() / "killed" / "manifest.json");
        EXPECT_EQ(manifest.at("command"), command);
      }
    }
    const Outcome outcome = place_.Run(Arguments(command, config, begun));
    EXPECT_EQ(outcome.code, 0) << outcome.errors;
    return killed;
  }

  static std::vector<std::string> Arguments(const std::string& command, const std::string& config,
                                            bool begun) {
    std::vector<std::string> arguments = {command, "--device", "cpu", "--threads", "1", "--quiet"};
    if (begun) {
      arguments.insert(arguments.end(), {"--resume", "killed"});
    } else {
      arguments.insert(arguments.end(), {config, "--run", "killed"});
    }
    return arguments;
  }

  Workplace place_;
};

TEST_F(Crash, KilledTrainingEndsWithTheSameWeights) {
  place_.Write("t.yaml",
               "seed: 3\n"
               "dataset: {name: idx, images: images, labels: labels}\n"
               "model: {name: mlp}\n"
               "threat: {norm: linf, epsilon: 0.1}\n"
               "objective: {name: pgd_at, steps: 3}\n"
               "optimizer: {name: adamw, learning_rate: 1e-3}\n"
               "epochs: 60\n"
               "loader: {batch_size: 8}\n"
               "averaging: {kind: ema, decay: 0.9, start: 0.2}\n"
               "validate: {count: 40, every: 2, attack: {name: pgd, steps: 3}}\n"
               "checkpoint_every: 0.1\n");
  const Outcome straight = place_.Run(
      {"train", "--device", "cpu", "--threads", "1", "--quiet", "t.yaml", "--run", "whole"});
  ASSERT_EQ(straight.code, 0) << straight.errors;
  const int killed = RunWithKills("train", "t.yaml", 1.5);
  EXPECT_GE(killed, 2) << "too fast to be killed: the test proves nothing";
  EXPECT_EQ(Sha256OfFile(place_.path() / "whole" / "weights.safetensors"),
            Sha256OfFile(place_.path() / "killed" / "weights.safetensors"));
}

TEST_F(Crash, KilledAttackEndsWithTheSameReport) {
  place_.Write("a.yaml",
               SmallConfig("[{name: pgd, steps: 150, step_size: 1.0e-7, restarts: 6}, apgd_ce]",
                           "batch_size: 8\ncheckpoint_every: 0.1\n"));
  const Outcome straight = place_.Run(
      {"attack", "--device", "cpu", "--threads", "1", "--quiet", "a.yaml", "--run", "whole"});
  ASSERT_EQ(straight.code, 0) << straight.errors;
  const int killed = RunWithKills("attack", "a.yaml", 1.0);
  EXPECT_GE(killed, 2) << "too fast to be killed: the test proves nothing";
  EXPECT_EQ(WithoutTimes(ReadJson(place_.path() / "whole" / "report.json")),
            WithoutTimes(ReadJson(place_.path() / "killed" / "report.json")));
  for (const char* file : {"examples.csv", "adversarial.safetensors"}) {
    EXPECT_EQ(Sha256OfFile(place_.path() / "whole" / file),
              Sha256OfFile(place_.path() / "killed" / file))
        << file;
  }
}

}  // namespace
}  // namespace agon::cli
