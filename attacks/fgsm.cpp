// SPDX-License-Identifier: Apache-2.0
#include "attacks/attack.h"

namespace agon::attacks {
namespace {

// The fast gradient sign method, Goodfellow et al. 2015 (arXiv:1412.6572), section 4:
//   x <- x + epsilon * sign(grad L(x, y)),
// and its analogues in the other norms (a step of length epsilon in the steepest direction).
class Fgsm final : public Attack {
 public:
  static void Describe(Description<Fgsm>& d) {
    d.Paper(
        "Goodfellow, Shlens, Szegedy 2015, Explaining and harnessing adversarial examples, "
        "arXiv:1412.6572");
    d.Norms({Norm::kLinf, Norm::kL2, Norm::kL1}).Needs(Access::kGradient).Targeted();
  }

  Tensor Run(Target& target, const Batch& batch, const Threat& threat,
             Context& context) const override {
    const Ball ball = threat.Around(batch.images);
    Tensor x = batch.images.clone();  // [N,C,H,W]
    if (!target.Affords()) return x;
    const auto [loss, gradient, logits] = target.Gradient(x, threat.GoalFor(batch.labels));
    context.probe.Step(0, x, loss);
    ball.Ascend(x, gradient, ball.epsilon());
    return x;
  }
};

}  // namespace

void RegisterFgsm(Registry& registry) {
  registry.Add<Attack, Fgsm>("fgsm", "one step of the fast gradient sign method");
}

}  // namespace agon::attacks
