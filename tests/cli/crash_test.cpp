// SPDX-License-Identifier: Apache-2.0
// A run may be killed at any instant: what is on disk stays valid, and --resume ends where an
// uninterrupted run would have ended. The kill is a real SIGKILL after a random time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
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

  void RunWhole(const std::string& command, const std::string& config) {
    const Outcome outcome = place_.Run(
        {command, "--device", "cpu", "--threads", "1", "--quiet", config, "--run", "whole"});
    EXPECT_EQ(outcome.code, 0) << outcome.errors;
  }

  // Starts the command, kills it at a random moment, resumes and kills again, until it was killed
  // kKills times or ended by itself; then lets it end. Moments are counted from what the life has
  // done, not from its start, so that a faster machine is killed as often: every other life soon
  // after it saved a checkpoint, the rest while they start. Returns how many were killed after a
  // checkpoint of theirs.
  int RunWithKills(const std::string& command, const std::string& config) {
    int killed = 0;
    bool begun = false;
    for (int i = 0; i < kKills; ++i) {
      const std::uint32_t random =
          Philox4x32(99, {{static_cast<std::uint32_t>(i), 0, 0, 0}}).word[0];
      const bool working = i % 2 == 1;
      const std::string before = NewestCheckpoint();
      const auto ready = [&] { return !working || NewestCheckpoint() != before; };
      const double delay = (working ? 0.08 : 0.4) * UnitFloat(random);
      const Outcome outcome = place_.RunAndKill(Arguments(command, config, begun), ready, delay);
      begun = std::filesystem::exists(place_.path() / "killed" / "manifest.json");
      if (outcome.code != kSigkill) {
        EXPECT_EQ(outcome.code, 0) << outcome.errors;
        return killed;
      }
      killed += working ? 1 : 0;
      if (begun) {
        const nlohmann::json manifest = ReadJson(place_.path() / "killed" / "manifest.json");
        EXPECT_EQ(manifest.at("command"), command);
      }
    }
    const Outcome outcome = place_.Run(Arguments(command, config, begun));
    EXPECT_EQ(outcome.code, 0) << outcome.errors;
    return killed;
  }

  // The name of the newest complete one; empty: none.
  [[nodiscard]] std::string NewestCheckpoint() const {
    std::string newest;
    std::error_code gone;  // an old one may be removed while we look
    for (const auto& entry :
         std::filesystem::directory_iterator(place_.path() / "killed" / "checkpoints", gone)) {
      const std::string name = entry.path().filename().string();
      if (name > newest && std::filesystem::exists(entry.path() / "manifest.json", gone)) {
        newest = name;
      }
    }
    return newest;
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
  RunWhole("train", "t.yaml");
  const int killed = RunWithKills("train", "t.yaml");
  EXPECT_GE(killed, 2) << "too fast to be killed: the test proves nothing";
  EXPECT_EQ(Sha256OfFile(place_.path() / "whole" / "weights.safetensors"),
            Sha256OfFile(place_.path() / "killed" / "weights.safetensors"));
}

TEST_F(Crash, KilledAttackEndsWithTheSameReport) {
  place_.Write("a.yaml",
               SmallConfig("[{name: pgd, steps: 150, step_size: 1.0e-7, restarts: 6}, apgd_ce]",
                           "batch_size: 8\ncheckpoint_every: 0.1\n"));
  RunWhole("attack", "a.yaml");
  const int killed = RunWithKills("attack", "a.yaml");
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
