// SPDX-License-Identifier: Apache-2.0
// Learning-rate schedules: a factor on the optimiser's learning rate as a function of progress.
// Built in: constant, step, cosine, cyclic (triangular), each with an optional linear warm-up.
#pragma once

#include <nlohmann/json.hpp>

#include "runtime/plugin/registry.h"

namespace agon::train {

class Schedule {
 public:
  static constexpr std::string_view kKind = "schedule";
  struct Capabilities {
    [[nodiscard]] nlohmann::json ToJson() const { return nlohmann::json::object(); }
  };
  virtual ~Schedule();
  // `epoch` counts whole and part epochs, in [0, epochs); result in [0,1] as a rule.
  [[nodiscard]] virtual double Factor(double epoch, double epochs) const = 0;
};

void RegisterSchedules(Registry& registry);

}  // namespace agon::train
