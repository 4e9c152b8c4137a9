// SPDX-License-Identifier: Apache-2.0
// An attack looks for inputs, close to given ones, that a model gets wrong.
//
// Who needs this file: whoever adds an attack (pgd.cpp is the shortest complete one) and the suite,
// the only caller. To attack a model, use `agon attack` or attacks/suite.h instead.
//
// Thread safety: an Attack holds settings only. Several threads may run one at the same time, each
// with a Target and a Context of its own.
#pragma once

#include <nlohmann/json.hpp>
#include <set>

#include "attacks/threat.h"
#include "runtime/data/dataset.h"
#include "runtime/nn/target.h"
#include "runtime/plugin/registry.h"
#include "runtime/tensor/random.h"

namespace agon::attacks {

using data::Batch;

// Live inspection of an attack, a no-op by default. Implementations must not synchronise with the
// device: they keep tensors and look at them after the attack.
class Probe {
 public:
  virtual ~Probe();
  // After step `step` (from 0): the points x [M,C,H,W] and the loss [M] the step saw.
  virtual void Step(std::int64_t step, const Tensor& x, const Tensor& loss);
  // From now on steps are about these of the present rows (int64 [M]), as Target::Keep.
  virtual void Keep(const Tensor& rows);
};

struct Context {
  ExampleRandom random;  // for the batch's examples
  Probe& probe;
};

class Attack {
 public:
  static constexpr std::string_view kKind = "attack";
  // What an attack can do, as data.
  struct Capabilities {
    Capabilities& Norms(std::set<Norm> norms);
    Capabilities& Needs(Access access);
    Capabilities& Targeted(bool targeted = true);
    [[nodiscard]] nlohmann::json ToJson() const;

    std::set<Norm> norms;
    Access access = Access::kGradient;
    bool targeted = false;
  };

  virtual ~Attack();

  // Candidates of the batch's shape [N,C,H,W]: inside ball and box, as bad for the model as the
  // attack could make them; for examples it could not break any point of the ball. The suite checks
  // all of it. batch.labels are the goal's labels.
  [[nodiscard]] virtual Tensor Run(Target& target, const Batch& batch, const Threat& threat,
                                   Context& context) const = 0;
};

void RegisterAttacks(Registry& registry);

}  // namespace agon::attacks
