// SPDX-License-Identifier: Apache-2.0
// Trains two generators and two discriminators on two unpaired piles of pictures.
//
//   const CycleganConfig config = ReadCycleganConfig(value);
//   const DomainPair domains = config.domains->Load(config.pictures, seed);
//   run::Run run = run::Run::Create({.command = "cyclegan train", ...});
//   CycleganResult result = TrainCyclegan(config, domains, run, ChooseDevice("cpu"));
//   // RUN/weights.safetensors (both directions), report.json, report.html, samples/
//
// A run that is interrupted or killed and resumed any number of times, at any iteration, gives the
// same weights bit for bit as one that was not (same device, same threads).
//
// Who needs this file: the commands cyclegan train and demo. Thread safety: one thread.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cyclegan/learn/config.h"
#include "cyclegan/learn/train_state.h"
#include "runtime/run/run.h"
#include "runtime/tensor/device.h"

namespace agon::cyclegan {

struct CycleganTrainOptions {
  bool resume = false;            // from the newest checkpoint of `folder`, if there is one
  Path folder = {};               // of checkpoints and results; empty: the run's
  std::string track_prefix = {};  // before every recorded track
};

// One sample and what the networks make of it.
struct SampleRow {
  formats::Pixels input, translated, back, same;  // of A: a, a2b(a), b2a(a2b(a)), b2a(a)
};

struct CycleganResult {
  std::string domains;
  std::string generator, discriminator;  // one line each
  std::string precision;
  std::int64_t pictures_a = 0, pictures_b = 0;
  std::int64_t iterations = 0;  // of the configuration
  double epochs = 0;            // passes over the larger domain, done
  bool averaged = false;
  bool held_out = false;  // samples are none of the pictures trained on
  TrainingState state;
  std::vector<std::string> notes;
  std::vector<SampleRow> samples_a, samples_b;
  Path folder, weights, report;
};

// Checks what can be found wrong before a run is made and needs the pictures: sizes that batches or
// networks do not take, starting weights of other networks. TrainCyclegan does it as well.
void CheckBeforeCyclegan(const CycleganConfig& config, const DomainPair& domains);

// Errors: kModel with one line of diagnosis and its cure when training collapsed (weights, samples
// and report are saved) or a loss is no longer finite (the last good checkpoint stays);
// kInterrupted after a checkpoint, when the run was asked to stop; those of the folders below.
[[nodiscard]] CycleganResult TrainCyclegan(const CycleganConfig& config, const DomainPair& domains,
                                           run::Run& run, const DevicePolicy& device,
                                           const CycleganTrainOptions& options = {});

}  // namespace agon::cyclegan
