// SPDX-License-Identifier: Apache-2.0
// `agon attack`: the configuration and the work, which `agon demo` uses as well.
//
// Thread safety: one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "attacks/report.h"
#include "attacks/suite.h"
#include "cli/commands/session.h"
#include "runtime/data/dataset.h"
#include "runtime/nn/model.h"
#include "runtime/plugin/registry.h"

namespace agon::cli {

// A model of a configuration with the name it goes by in reports: {name: net_a, label: plain,
// weights: F}. One without weights is refused unless it says `untrained: true`: figures of a
// network that was never trained are a mistake, save in tests and timings.
struct LabelledModel {
  Component<nn::Model> model;
  std::string label;  // empty: the component's name
  bool untrained = false;

  [[nodiscard]] const std::string& Title() const { return label.empty() ? model.name() : label; }
  static LabelledModel FromConfig(const config::Value& value, config::Reader& reader,
                                  const std::string& path);
  [[nodiscard]] config::Value ToConfig() const;
  static std::string TypeName() { return "model"; }
};

struct AttackConfig {
  std::int64_t seed = 0;
  std::vector<Path> plugins;
  Component<data::DatasetSource> dataset;
  std::optional<LabelledModel> model;
  std::vector<LabelledModel> models;
  attacks::ThreatSettings threat;
  attacks::SuiteSettings suite;
  std::int64_t batch_size = 250;
  std::string draws = "example";
  double checkpoint_every = 15;
  attacks::RecordSettings record;
  attacks::Requirements require;

  static void Describe(config::Fields<AttackConfig>& f);
  // `model` or `models`, whichever was given.
  [[nodiscard]] std::vector<LabelledModel> Models() const;
  // Files of weights and programs the models are made from, for the manifest.
  [[nodiscard]] std::vector<Path> ModelFiles() const;
};

// Reads and checks all of it, the attacks against the threat too. Error(kConfig).
[[nodiscard]] AttackConfig ReadAttackConfig(const config::Value& value);

// The networks of config.Models() with their weights, on the device.
[[nodiscard]] std::vector<std::unique_ptr<nn::Network>> BuildModels(const AttackConfig& config,
                                                                    const data::Dataset& dataset,
                                                                    at::Device device);

// Attacks every network (named as config.Models() says) under every epsilon inside an open run,
// from the run's newest checkpoint when `resume`, and writes the report. A stop signal saves a
// checkpoint and throws Error(kInterrupted).
[[nodiscard]] attacks::RobustnessReport RunAttacks(
    const AttackConfig& config, const data::Dataset& dataset,
    const std::vector<std::unique_ptr<nn::Network>>& networks, Session& session, run::Run& run,
    bool resume);

// The result as a table for the terminal.
[[nodiscard]] std::string Summary(const attacks::RobustnessReport& report);

}  // namespace agon::cli
