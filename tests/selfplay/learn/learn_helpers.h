// SPDX-License-Identifier: Apache-2.0
// What the tests of self-play learning share: games by name, small configurations, a folder of the
// test's own, trainings in it.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "runtime/base/temporary_folder.h"
#include "selfplay/learn/replay.h"
#include "selfplay/learn/trainer.h"

namespace agon::selfplay {

// All components, once.
void RegisterEverything();

[[nodiscard]] Component<AnyGame> GameNamed(const std::string& yaml);

// A tiny training of tic-tac-toe, `lines` of YAML added to it or replacing its keys.
[[nodiscard]] SelfplayConfig SmallConfig(const std::string& lines = {});
[[nodiscard]] SelfplayConfig ConfigOf(const std::string& yaml);

// Positions of a random game with made-up targets; the same for the same seed.
[[nodiscard]] std::vector<Sample> RandomSamples(const Component<AnyGame>& game, std::int64_t number,
                                                std::uint64_t seed);

// A new run in `folder`, or the one there continued.
[[nodiscard]] SelfplayResult TrainIn(const SelfplayConfig& config, const Path& folder);
[[nodiscard]] SelfplayResult ResumeIn(const SelfplayConfig& config, const Path& folder);

// A folder of the test's own, removed with it; runs inside.
class Workplace {
 public:
  Workplace();
  ~Workplace();
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  [[nodiscard]] SelfplayResult Train(const SelfplayConfig& config, const std::string& name) const {
    return TrainIn(config, Folder(name));
  }
  [[nodiscard]] SelfplayResult Resume(const SelfplayConfig& config, const std::string& name) const {
    return ResumeIn(config, Folder(name));
  }
  [[nodiscard]] Path Folder(const std::string& name) const { return folder_ / name; }

 private:
  TemporaryFolder folder_;
};

// Every line of RUN/games/ in the order of the files.
[[nodiscard]] std::vector<std::string> GameLines(const Path& run);
// Every bit of every tensor of two weights files.
[[nodiscard]] bool SameWeights(const Path& a, const Path& b);

}  // namespace agon::selfplay
