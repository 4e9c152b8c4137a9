// SPDX-License-Identifier: Apache-2.0
#include <ATen/ops/cross_entropy_loss.h>

#include <algorithm>

#include "defenses/objective.h"
#include "runtime/nn/target.h"

namespace agon::defenses {
namespace {

using attacks::Ball;
using attacks::Norm;
using attacks::Threat;

// Adversarial training, Madry et al. 2018 (arXiv:1706.06083), equation 2.1:
//   min_w E[ max_{d in S} L(w, x + d, y) ],
// the inner maximum found by projected gradient ascent on the present weights.
// Deviations, all off unless asked for: the ball may grow from nothing over the first epochs, and a
// share of the loss may come from the clean images (Goodfellow et al. 2015, section 6).
class PgdAt final : public Objective {
 public:
  static void Describe(Description<PgdAt>& d) {
    d.Paper(
        "Madry et al. 2018, Towards deep learning models resistant to adversarial attacks, "
        "arXiv:1706.06083");
    d.Against({Norm::kLinf, Norm::kL2, Norm::kL1});
    d.Field(&PgdAt::steps_, "steps", "gradient steps of the inner attack").Min(1);
    d.Field(&PgdAt::step_size_, "step_size", "length of a step; 0 takes 2.5 epsilon / steps")
        .Min(0);
    d.Field(&PgdAt::random_start_, "random_start", "start at a random point of the ball");
    d.Field(&PgdAt::epsilon_warmup_, "epsilon_warmup",
            "epochs over which epsilon grows from 0 to the threat's")
        .Min(0)
        .Unit("epochs");
    d.Field(&PgdAt::clean_weight_, "clean_weight", "share of the loss taken on the clean images")
        .Min(0)
        .Max(1);
    d.Field(&PgdAt::label_smoothing_, "label_smoothing",
            "share of the target spread over all classes, in training, not in the attack")
        .Min(0)
        .Max(1);
    d.Field(&PgdAt::attack_in_eval_mode_, "attack_in_eval_mode",
            "attack with batch statistics and dropout as in use, not as in training");
  }

  ObjectiveValue Loss(const TrainingStep& step, const Batch& batch) const override {
    AGON_CHECK(step.threat != nullptr);
    const Tensor adversarial = Attack(step, batch);           // [N,C,H,W]
    const Tensor logits = step.network.Forward(adversarial);  // [N,K]
    Tensor loss = CrossEntropy(logits, batch.labels);
    if (clean_weight_ > 0) {
      const Tensor clean = CrossEntropy(step.network.Forward(batch.images), batch.labels);
      loss = loss * (1 - clean_weight_) + clean * clean_weight_;
    }
    return {.loss = std::move(loss), .logits = logits.detach()};
  }

 private:
  [[nodiscard]] Tensor CrossEntropy(const Tensor& logits, const Tensor& labels) const {
    return at::cross_entropy_loss(logits, labels, {}, at::Reduction::Mean, /*ignore_index=*/-100,
                                  label_smoothing_);
  }

  [[nodiscard]] Tensor Attack(const TrainingStep& step, const Batch& batch) const {
    const c10::NoGradGuard no_grad;
    Threat threat = *step.threat;
    double length =
        step_size_ > 0 ? step_size_ : 2.5 * threat.epsilon / static_cast<double>(steps_);
    if (epsilon_warmup_ > 0) {
      const double share = std::min(1.0, step.epoch / epsilon_warmup_);
      threat.epsilon *= share;
      length *= share;
    }
    if (threat.epsilon <= 0) return batch.images;
    const Ball ball = threat.Around(batch.images);
    ExampleRandom random = step.random.Stream("pgd_at").For(batch.indices);
    Tensor x = random_start_ ? ball.Sample(random) : batch.images.clone();  // [N,C,H,W]
    // The target freezes the parameters, so no pass of the attack computes gradients of weights.
    NetworkTarget target(step.network);
    if (!attack_in_eval_mode_) step.network.SetTraining(true);
    const Goal goal = threat.GoalFor(batch.labels);
    for (std::int64_t i = 0; i < steps_; ++i) {
      ball.Ascend(x, target.Gradient(x, goal).gradient, length);
    }
    step.network.SetTraining(true);
    step.network.SetRequiresGrad(true);
    return x;
  }

  std::int64_t steps_ = 7;
  double step_size_ = 0;
  bool random_start_ = true;
  double epsilon_warmup_ = 0;
  double clean_weight_ = 0;
  double label_smoothing_ = 0;
  bool attack_in_eval_mode_ = true;
};

}  // namespace

void RegisterPgdAt(Registry& registry) {
  registry.Add<Objective, PgdAt>("pgd_at", "adversarial training with projected gradient descent");
}

}  // namespace agon::defenses
