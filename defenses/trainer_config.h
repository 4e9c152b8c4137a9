// SPDX-License-Identifier: Apache-2.0
// The configuration of `agon train`.
//
// Who needs this file: the trainer, the commands train, check and demo.
//
// Thread safety: values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "attacks/suite.h"
#include "attacks/threat.h"
#include "defenses/objective.h"
#include "runtime/config/fields.h"
#include "runtime/data/dataset.h"
#include "runtime/data/loader.h"
#include "runtime/nn/model.h"
#include "runtime/train/averaging.h"
#include "runtime/train/optimizer.h"
#include "runtime/train/schedule.h"

namespace agon::defenses {

// How good the network is on images it is not trained on, and what follows from it.
struct ValidationSettings {
  std::int64_t count = 1000;  // the last images of the training split; never trained on
  std::int64_t every = 1;     // epochs
  std::optional<attacks::SuiteEntry> attack;
  std::string keep = "best";  // best, last
  std::int64_t patience = 0;
  static void Describe(config::Fields<ValidationSettings>& f);
};

struct TrainConfig {
  std::int64_t seed = 0;
  std::vector<Path> plugins;
  Component<data::DatasetSource> dataset;
  Component<nn::Model> model;
  std::optional<attacks::ThreatSettings> threat;
  Component<Objective> objective;
  Component<train::Optimizer> optimizer;
  Component<train::Schedule> schedule;
  std::int64_t epochs = 10;
  data::LoaderSettings loader;
  train::AveragingSettings averaging;
  std::string precision = "float32";
  double gradient_clip = 0;
  ValidationSettings validate;
  double max_seconds = 0;
  double checkpoint_every = 30;
  static void Describe(config::Fields<TrainConfig>& f);

  // Nothing without a `threat` section.
  [[nodiscard]] std::optional<attacks::Threat> Threat() const;
  [[nodiscard]] std::vector<Path> ModelFiles() const;  // for the manifest
};

// Reads a whole configuration and writes out what depends on several keys: the training split, the
// schedule and the validation's attack where the file names none. Error(kConfig) with every
// problem.
[[nodiscard]] TrainConfig ReadTrainConfig(const config::Value& value);

}  // namespace agon::defenses
