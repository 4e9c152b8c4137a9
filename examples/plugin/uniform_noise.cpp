// SPDX-License-Identifier: Apache-2.0
// An attack in a repository of its own: the class, its registration, and the library's entry.
#include <limits>

#include "attacks/attack.h"
#include "runtime/plugin/library.h"

namespace {

using agon::Access;
using agon::Description;
using agon::Goal;
using agon::Registry;
using agon::Target;
using agon::Tensor;
using agon::attacks::Attack;
using agon::attacks::Ball;
using agon::attacks::Batch;
using agon::attacks::Context;
using agon::attacks::Norm;
using agon::attacks::Threat;

// Random points of the ball, of which the worst for the model is kept:
//   x = argmax L(x_i, y),  x_i drawn from the ball, i = 1..samples.
// Asks for scores only. What it breaks breaks by chance, so it is the floor under every attack: one
// that finds less is broken, or the model hides its gradients from it.
// L is the margin and not the cross entropy, whose order can differ from "is it misclassified".
class UniformNoise final : public Attack {
 public:
  static void Describe(Description<UniformNoise>& d) {
    d.Norms({Norm::kLinf, Norm::kL2, Norm::kL1}).Needs(Access::kScore).Targeted();
    d.Field(&UniformNoise::samples_, "samples", "random points of the ball").Min(1).Unit("points");
  }

  Tensor Run(Target& target, const Batch& batch, const Threat& threat,
             Context& context) const override {
    const Ball ball = threat.Around(batch.images);
    Goal goal = threat.GoalFor(batch.labels);
    goal.loss = agon::Loss::kMargin;
    Tensor best = batch.images.clone();  // [N,C,H,W]
    Tensor best_loss = at::full({best.size(0)}, -std::numeric_limits<float>::infinity(),
                                best.options());  // [N]
    for (std::int64_t sample = 0; sample < samples_ && target.Affords(); ++sample) {
      const Tensor x = ball.Sample(context.random);                    // [N,C,H,W]
      const Tensor loss = agon::AttackerLoss(target.Logits(x), goal);  // [N]
      const Tensor better = loss > best_loss;                          // [N] bool; never for NaN
      best = at::where(better.view({-1, 1, 1, 1}), x, best);
      best_loss = at::where(better, loss, best_loss);
      context.probe.Step(sample, x, loss);
    }
    return best;
  }

 private:
  std::int64_t samples_ = 100;
};

void RegisterUniformNoise(Registry& registry) {
  registry.Add<Attack, UniformNoise>("uniform_noise",
                                     "the worst of some random points of the ball");
}

}  // namespace

AGON_PLUGIN(RegisterUniformNoise);
