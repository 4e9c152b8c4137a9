// SPDX-License-Identifier: Apache-2.0
// Optimisers over LibTorch's fused operators: SGD with momentum, Nesterov and weight decay; Adam
// and AdamW. State is plain named tensors, so that a checkpoint is exact.
//
// Thread safety: one thread.
#pragma once

#include <nlohmann/json.hpp>

#include "runtime/plugin/registry.h"
#include "runtime/tensor/types.h"

namespace agon::train {

class OptimizerState {
 public:
  virtual ~OptimizerState();
  // One update from the parameters' .grad(); gradients stay as they are.
  virtual void Step(double learning_rate) = 0;
  [[nodiscard]] virtual NamedTensors State() const = 0;   // shared storage
  virtual void LoadState(const NamedTensors& state) = 0;  // Error(kData) naming the tensor
};

// The component kind "optimizer": {name: sgd, learning_rate: 0.1, momentum: 0.9, ...}.
class Optimizer {
 public:
  static constexpr std::string_view kKind = "optimizer";
  struct Capabilities {
    [[nodiscard]] nlohmann::json ToJson() const { return nlohmann::json::object(); }
  };
  virtual ~Optimizer();
  [[nodiscard]] virtual double learning_rate() const = 0;  // the peak; the schedule scales it
  [[nodiscard]] virtual std::unique_ptr<OptimizerState> Start(
      const std::vector<Tensor>& parameters) const = 0;
  // The same without weight decay, for biases and norms.
  [[nodiscard]] virtual std::unique_ptr<OptimizerState> StartWithoutDecay(
      const std::vector<Tensor>& parameters) const = 0;
};

void RegisterOptimizers(Registry& registry);

}  // namespace agon::train
