// SPDX-License-Identifier: Apache-2.0
#include <ATen/ops/cross_entropy_loss.h>

#include "defenses/objective.h"

namespace agon::defenses {
namespace {

// Cross entropy of the clean images; with label smoothing (Szegedy et al. 2016, section 7) a share
// of the target's probability goes to all classes alike.
class Standard final : public Objective {
 public:
  static void Describe(Description<Standard>& d) {
    d.Field(&Standard::label_smoothing_, "label_smoothing",
            "share of the target spread over all classes")
        .Min(0)
        .Max(1);
  }

  ObjectiveValue Loss(const TrainingStep& step, const Batch& batch) const override {
    const Tensor logits = step.network.Forward(batch.images);  // [N,K]
    Tensor loss = at::cross_entropy_loss(logits, batch.labels, {}, at::Reduction::Mean,
                                         /*ignore_index=*/-100, label_smoothing_);
    return {.loss = std::move(loss), .logits = logits.detach()};
  }

 private:
  double label_smoothing_ = 0;
};

}  // namespace

void RegisterStandard(Registry& registry) {
  registry.Add<Objective, Standard>("standard", "cross entropy of the clean images");
}

}  // namespace agon::defenses
