// SPDX-License-Identifier: Apache-2.0
// Where a training stands, beside the tensors: what a checkpoint holds so that a resumed run goes
// on bit for bit, and the history a report shows.
//
// Who needs this file: the trainer and its report. Thread safety: plain data.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "runtime/tensor/types.h"

namespace agon::defenses {

struct ValidationResult {
  std::int64_t epoch = 0;  // epochs trained, from 1
  std::int64_t examples = 0;
  double clean_accuracy = 0;
  std::optional<double> robust_accuracy;  // only under a threat
  bool averaged = false;                  // of the average of weights

  [[nodiscard]] double Score() const { return robust_accuracy.value_or(clean_accuracy); }
};

struct EpochRow {
  std::int64_t epoch = 0;  // from 1
  std::int64_t step = 0;   // steps done after it
  double seconds = 0;      // since the start of training, without pauses between resumed parts
  double loss = 0;         // mean over the epoch's steps
  double accuracy = 0;     // on the images trained on (adversarial ones in adversarial training)
  double learning_rate = 0;
  std::optional<ValidationResult> validation;
};

struct Sums {
  double loss = 0;  // of steps
  std::int64_t steps = 0;
  std::int64_t correct = 0;
  std::int64_t examples = 0;

  void Add(double step_loss, std::int64_t step_correct, std::int64_t step_examples);
  [[nodiscard]] double Loss() const { return steps > 0 ? loss / static_cast<double>(steps) : 0; }
  [[nodiscard]] double Accuracy() const {
    return examples > 0 ? static_cast<double>(correct) / static_cast<double>(examples) : 0;
  }
};

struct TrainState {
  std::int64_t epoch = 0;  // being trained, from 0
  std::int64_t batch = 0;  // next one of it
  std::int64_t step = 0;   // done in all
  double seconds = 0;
  Sums of_epoch;
  Sums of_window;     // since the last recorded scalar
  std::string ended;  // why training is over; empty: it is not
  std::vector<EpochRow> history;
  std::optional<ValidationResult> best;
  std::int64_t stale = 0;  // validations since the best one

  [[nodiscard]] nlohmann::json ToJson() const;
  static TrainState FromJson(const nlohmann::json& json);
};

[[nodiscard]] nlohmann::json ToJson(const ValidationResult& result);
[[nodiscard]] nlohmann::json ToJson(const EpochRow& row);

}  // namespace agon::defenses
