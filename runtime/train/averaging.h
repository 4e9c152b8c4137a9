// SPDX-License-Identifier: Apache-2.0
// Averages of weights over training: exponential (EMA) or uniform from some epoch on (SWA,
// Izmailov et al. 2018). Integer buffers are copied, not averaged.
//
// Thread safety: one thread.
#pragma once

#include <string>

#include "runtime/config/fields.h"
#include "runtime/tensor/types.h"

namespace agon::train {

struct AveragingSettings {
  std::string kind = "none";  // none, ema, swa
  double decay = 0.999;       // of ema, per step
  double start = 0.5;         // of swa and ema: share of training before averaging starts
  static void Describe(config::Fields<AveragingSettings>& f);
};

class WeightAverage {
 public:
  WeightAverage(const AveragingSettings& settings, const NamedTensors& weights);
  // After each optimiser step; progress in [0,1]. EMA ramps up as min(decay, (1 + n) / (10 + n)).
  void Update(const NamedTensors& weights, double progress);
  [[nodiscard]] bool active() const { return count_ > 0; }
  [[nodiscard]] const NamedTensors& weights() const { return average_; }
  [[nodiscard]] NamedTensors State() const;  // the average and its count
  void LoadState(const NamedTensors& state);

 private:
  AveragingSettings settings_;
  NamedTensors average_;
  std::int64_t count_ = 0;
};

}  // namespace agon::train
