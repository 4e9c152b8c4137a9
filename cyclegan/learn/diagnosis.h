// SPDX-License-Identifier: Apache-2.0
// Looks over a training's figures for the ways in which CycleGANs collapse:
//   copy       a generator gives back its input, and the discriminator knows (were the two domains
//              alike, a copy would be right, and the discriminator would not know);
//   inversion  a generator turns colours around: its output's values are correlated negatively with
//              its input's, a well-known state that training does not leave;
//   dead       a discriminator answers everything alike, so generators learn nothing from it.
// Each must hold for many windows in a row, after the first part of training.
//
// Who needs this file: the trainer. Thread safety: one thread.
#pragma once

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "cyclegan/learn/learner.h"

namespace agon::cyclegan {

struct Collapse {
  std::string kind;     // "copy", "inversion", "dead"
  std::string message;  // one line: what, the figures, the cure
  std::int64_t step = 0;
  [[nodiscard]] nlohmann::json ToJson() const;
  static Collapse FromJson(const nlohmann::json& json);
};

class CollapseWatch {
 public:
  static constexpr double kStart = 0.15;  // share of training before which nothing is judged
  static constexpr int kWindows = 8;      // in a row

  // `share` of the training at the end of the window. Says each kind once.
  [[nodiscard]] std::optional<Collapse> Look(const StepFigures& window, std::int64_t step,
                                             double share);
  [[nodiscard]] nlohmann::json ToJson() const;
  static CollapseWatch FromJson(const nlohmann::json& json);

 private:
  static constexpr std::size_t kKinds = 3;
  std::array<std::array<int, 2>, kKinds> in_a_row_{};  // [kind][direction]
  std::array<std::array<bool, 2>, kKinds> told_{};
};

}  // namespace agon::cyclegan
