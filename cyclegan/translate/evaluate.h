// SPDX-License-Identifier: Apache-2.0
// Measures a translation that is already there: two videos, or folders of pictures, frame by frame;
// and, where the user names a network, how far its pictures are from real ones.
//
// Who needs this file: the command cyclegan evaluate. Thread safety: one thread.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "runtime/config/fields.h"
#include "runtime/nn/model.h"
#include "runtime/run/run.h"
#include "runtime/tensor/device.h"

namespace agon::cyclegan {

struct EvaluateConfig {
  std::int64_t seed = 0;
  std::vector<Path> plugins;
  Path input, output;
  Path reference;                 // empty: no distance
  Component<nn::Model> features;  // its last layer's values; with `reference`
  std::int64_t every = 1;

  static void Describe(config::Fields<EvaluateConfig>& f);
};

class Evaluation {
 public:
  // Opens both, loads the network. Error(kUsage, kData, kModel): what can be found wrong before
  // work, such as sizes that differ.
  Evaluation(const EvaluateConfig& config, const DevicePolicy& device);
  ~Evaluation();
  [[nodiscard]] std::vector<Path> InputFiles() const;
  // Writes report.json, report.html and metrics.csv into the run's folder; returns the report.
  // Error(kInterrupted) when asked to stop.
  [[nodiscard]] nlohmann::json Run(run::Run& run);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace agon::cyclegan
