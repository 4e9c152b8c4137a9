// SPDX-License-Identifier: Apache-2.0
// The threat model of an experiment: what a perturbation may be, and what the attacker wants. It
// belongs to the experiment, never to an attack.
//
// Thread safety: values.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "attacks/ball.h"
#include "runtime/config/fields.h"
#include "runtime/data/dataset.h"
#include "runtime/nn/target.h"

namespace agon::attacks {

// One threat model: a norm with one budget.
struct Threat {
  Norm norm = Norm::kLinf;
  double epsilon = 0;
  Box box = {};
  std::int64_t query_budget =
      std::numeric_limits<std::int64_t>::max();  // per example and attack run
  bool targeted = false;

  [[nodiscard]] Ball Around(const Tensor& images) const { return {norm, epsilon, box, images}; }
  // The batch's labels are the true classes, or the targets when targeted (see Victims in suite.h).
  [[nodiscard]] Goal GoalFor(const Tensor& labels) const {
    return {.labels = labels, .targeted = targeted};
  }
  // [N] bool: is the attacker content with these predictions [N]?
  [[nodiscard]] Tensor Succeeded(const Tensor& predictions, const Tensor& labels) const;
};

// The `threat` section of a configuration: {norm: linf, epsilon: 0.1} or a list of epsilons.
struct ThreatSettings {
  std::string norm = "linf";
  std::vector<double> epsilon;
  std::int64_t query_budget = 0;  // 0: none
  std::string target = "none";    // none, next, random, least_likely, or a class number

  static void Describe(config::Fields<ThreatSettings>& f);
  [[nodiscard]] std::vector<Threat> Threats() const;  // one per epsilon
};

}  // namespace agon::attacks
