// SPDX-License-Identifier: Apache-2.0
// A training objective: what is minimised over a batch. The ordinary loss is one; adversarial
// training, which first makes the batch worse, is another.
//
// Who needs this file: whoever adds a training defence (objectives/standard.cpp is the shortest
// complete one) and the trainer, the only caller. To train a model: defenses/trainer.h.
//
// Thread safety: an Objective holds settings only. Several threads may use one at the same time,
// each with a network of its own.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "attacks/threat.h"
#include "runtime/data/dataset.h"
#include "runtime/nn/network.h"
#include "runtime/plugin/registry.h"
#include "runtime/tensor/random.h"

namespace agon::defenses {

using data::Batch;

// What an objective may use in one step of training.
struct TrainingStep {
  // In training mode, parameters with gradients; an objective leaves it so.
  nn::Network& network;
  // Null only for objectives that need none.
  const attacks::Threat* threat = nullptr;
  // Of this epoch. An example is seen once an epoch, so what it draws depends on neither the batch
  // it is in nor where a run was interrupted. Draw as random.Stream("start").For(batch.indices).
  RandomSource random;
  double epoch = 0;  // whole and part epochs done
};

struct ObjectiveValue {
  Tensor loss;    // [] with a graph back to the parameters
  Tensor logits;  // [N,K] of the batch trained on, detached; for the training accuracy
};

class Objective {
 public:
  static constexpr std::string_view kKind = "objective";
  // What an objective needs, as data.
  struct Capabilities {
    // Trains against a threat in one of these norms; without this call a threat is not needed.
    Capabilities& Against(std::set<attacks::Norm> norms);
    [[nodiscard]] bool NeedsThreat() const { return !norms.empty(); }
    [[nodiscard]] nlohmann::json ToJson() const;

    std::set<attacks::Norm> norms;
  };

  virtual ~Objective();

  // Mean loss of a batch (images [N,C,H,W] in the box, on the network's device). Nothing here may
  // synchronise with the device.
  [[nodiscard]] virtual ObjectiveValue Loss(const TrainingStep& step, const Batch& batch) const = 0;
};

void RegisterObjectives(Registry& registry);

}  // namespace agon::defenses
