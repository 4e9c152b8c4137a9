// SPDX-License-Identifier: Apache-2.0
// Learns a game from nothing: actors play against themselves, a learner trains on what they played,
// its averaged weights play on.
//
//   const SelfplayConfig config = ReadSelfplayConfig(value);
//   run::Run run = run::Run::Create({.command = "selfplay", .config = config::Dump(config), ...});
//   SelfplayResult result = TrainSelfplay(config, run, ChooseDevice("cpu"));
//   // RUN/weights.safetensors, RUN/report.json, RUN/report.html, RUN/games/, RUN/replay/
//
// Actors and learner run at the same time, the learner at most `learner.passes` times through each
// new position. Killed at any instant, a resumed run goes on with the newest checkpoint and every
// game that was finished; at most the games in flight are lost.
//
// With `deterministic: true` they take turns, and one seed gives the same games, samples and
// weights whatever the number of playing threads, also after interruptions.
//
// Who needs this file: the command selfplay train. Thread safety: one thread.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runtime/run/run.h"
#include "runtime/tensor/device.h"
#include "selfplay/learn/config.h"
#include "selfplay/learn/train_state.h"

namespace agon::selfplay {

struct SelfplayTrainOptions {
  bool resume = false;  // from the newest checkpoint of the run, if there is one
};

struct SelfplayResult {
  std::string game;     // the component's name
  std::string start;    // "nothing but its rules", or the file of weights it began with
  std::string network;  // one line
  std::string ended;    // completed (games or steps reached), time
  std::int64_t parameters = 0;
  TrainingState state;                     // counters, generations, evaluations
  std::vector<record::Board> sample_game;  // positions of one game of the result, with visits
  Path weights, report;
};

// Checks what can be found wrong before a run is made: positions files, opponents, starting
// weights. TrainSelfplay does it as well.
void CheckBeforeSelfplay(const SelfplayConfig& config);

// Errors: kModel naming the step when a loss is no longer finite (the last good checkpoint stays);
// kInterrupted after a checkpoint, when the run was asked to stop; those of the folders below.
[[nodiscard]] SelfplayResult TrainSelfplay(const SelfplayConfig& config, run::Run& run,
                                           const DevicePolicy& device,
                                           const SelfplayTrainOptions& options = {});

// {format: 1, command: "selfplay train", game, network, parameters, ended, seconds, games,
//  positions, steps, generations, evaluations, ...}; docs/formats.md, "Reports".
[[nodiscard]] nlohmann::json SelfplayReportJson(const SelfplayResult& result);

}  // namespace agon::selfplay
