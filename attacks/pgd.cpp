// SPDX-License-Identifier: Apache-2.0
#include "attacks/attack.h"

namespace agon::attacks {
namespace {

// Projected gradient descent, Madry et al. 2018 (arXiv:1706.06083), section 2.1:
//   x <- P(x + step_size * d(grad L(x, y))),
// d: the direction of steepest ascent in the threat's norm, P: into ball and box.
// Deviation: none from the reference; the point after the last step is returned, not the best one.
// The suite does restarts and keeps the worst case.
class Pgd final : public Attack {
 public:
  static void Describe(Description<Pgd>& d) {
    d.Paper(
        "Madry et al. 2018, Towards deep learning models resistant to adversarial attacks, "
        "arXiv:1706.06083");
    d.Norms({Norm::kLinf, Norm::kL2, Norm::kL1}).Needs(Access::kGradient).Targeted();
    d.Field(&Pgd::steps_, "steps", "gradient steps").Min(1);
    d.Field(&Pgd::step_size_, "step_size", "length of a step; 0 takes 2.5 epsilon / steps").Min(0);
    d.Field(&Pgd::random_start_, "random_start", "start at a random point of the ball");
  }

  Tensor Run(Target& target, const Batch& batch, const Threat& threat,
             Context& context) const override {
    const Ball ball = threat.Around(batch.images);
    const Goal goal = threat.GoalFor(batch.labels);
    Tensor x = random_start_ ? ball.Sample(context.random) : batch.images.clone();  // [N,C,H,W]
    const double length =
        step_size_ > 0 ? step_size_ : 2.5 * ball.epsilon() / static_cast<double>(steps_);
    for (std::int64_t step = 0; step < steps_ && target.Affords(); ++step) {
      const auto [loss, gradient, logits] = target.Gradient(x, goal);  // [N], [N,C,H,W], [N,K]
      context.probe.Step(step, x, loss);
      ball.Ascend(x, gradient, length);
    }
    return x;
  }

 private:
  std::int64_t steps_ = 40;
  double step_size_ = 0.0;
  bool random_start_ = true;
};

}  // namespace

void RegisterPgd(Registry& registry) {
  registry.Add<Attack, Pgd>("pgd", "projected gradient descent");
}

}  // namespace agon::attacks
