// SPDX-License-Identifier: Apache-2.0
// Where a CycleGAN training stands, beside the tensors: what a checkpoint holds, and the history a
// report shows.
//
// Who needs this file: the trainer and its report. Thread safety: plain data.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cyclegan/learn/diagnosis.h"
#include "cyclegan/learn/learner.h"
#include "cyclegan/learn/truth.h"

namespace agon::cyclegan {

// One row of the history: means over some iterations.
struct TrainRow {
  std::int64_t step = 0;  // the last of them
  double minutes = 0, learning_rate = 0, iterations_per_second = 0;
  StepFigures figures;
  [[nodiscard]] nlohmann::json ToJson() const;
  static TrainRow FromJson(const nlohmann::json& json);
};

struct JudgedRow {
  std::int64_t step = 0;
  double minutes = 0;
  TruthVerdict verdict;
  [[nodiscard]] nlohmann::json ToJson() const;
  static JudgedRow FromJson(const nlohmann::json& json);
};

struct TrainingState {
  std::int64_t step = 0;
  double seconds = 0;      // of training, without pauses between resumed parts
  std::string ended;       // why it is over: completed, time, collapsed; empty: it is not
  StepFigures open;        // of the row to come
  double row_seconds = 0;  // when it began
  std::vector<TrainRow> rows;
  std::vector<JudgedRow> judged;
  std::vector<std::int64_t> sampled;  // iterations at which samples were made
  CollapseWatch watch;
  std::optional<Collapse> collapse;  // the first
  [[nodiscard]] nlohmann::json ToJson() const;
  static TrainingState FromJson(const nlohmann::json& json);  // Error(kData)
};

}  // namespace agon::cyclegan
