// SPDX-License-Identifier: Apache-2.0
// Trains a network as a configuration says: objective, optimiser, schedule, averaging, validation
// with early stopping on robust accuracy, checkpoints.
//
//   const TrainConfig config = ReadTrainConfig(value);
//   run::Run run = run::Run::Create({.command = "train", .config = config::Dump(config), ...});
//   TrainResult result = Train(config, config.dataset->Load(), run, ChooseDevice("cpu"));
//   // RUN/weights.safetensors, RUN/report.json, RUN/report.html; result.network is ready to use
//
// A run that is interrupted and resumed any number of times, at any step, gives the same weights
// bit for bit as one that was not (same device, same threads).
//
// Who needs this file: the commands train and demo. Thread safety: one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "defenses/train_state.h"
#include "defenses/trainer_config.h"
#include "runtime/nn/network.h"
#include "runtime/run/run.h"
#include "runtime/tensor/device.h"

namespace agon::defenses {

struct TrainOptions {
  bool resume = false;       // from the newest checkpoint of `folder`, if there is one
  Path folder;               // of checkpoints and results; empty: the run's
  std::string label;         // of progress and report; empty: the model's name
  std::string track_prefix;  // before every recorded track: "robust/"
};

struct TrainResult {
  std::string label;
  std::string dataset;
  std::string objective;
  std::string summary;  // of the network, one line a layer
  std::optional<attacks::Threat> threat;
  std::string validation_attack;  // "pgd"; empty: none
  std::int64_t training_examples = 0;
  std::int64_t parameters = 0;
  std::int64_t epochs = 0;   // done
  std::int64_t planned = 0;  // epochs of the configuration
  std::string ended;         // completed, early, time
  double seconds = 0;
  std::optional<ValidationResult> validation;  // of the weights that are the result
  bool averaged = false;                       // the result is an average of weights
  std::vector<EpochRow> history;
  Path weights, report;
  std::shared_ptr<nn::Network> network;  // evaluation mode, on the device
};

// Checks everything that can be found wrong before work starts and needs the data: Error(kConfig,
// kModel). Train does it as well; commands call it before they make a run.
void CheckBeforeTraining(const TrainConfig& config, const data::Dataset& dataset);

// Trains on `dataset` (the last validate.count images held out). Errors: kModel naming the step
// when the loss is no longer finite (the last good checkpoint stays); kInterrupted after a
// checkpoint, when the run was asked to stop; those of the folders below.
[[nodiscard]] TrainResult Train(const TrainConfig& config, const data::Dataset& dataset,
                                run::Run& run, const DevicePolicy& device,
                                const TrainOptions& options = {});

}  // namespace agon::defenses
