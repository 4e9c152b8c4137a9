// SPDX-License-Identifier: Apache-2.0
#include "attacks/attack.h"
#include "runtime/tensor/kernels.h"

namespace agon::attacks {
namespace {

// Auto-PGD on the cross entropy, Croce & Hein 2020 (arXiv:2003.01690), algorithm 1:
//   z     <- P(x + eta sign(grad L(x)))
//   x'    <- P(x + a (z - x) + (1 - a) (x - x_previous)),          a = 0.75, in step 0 a = 1
// and at checkpoints, per example, eta is halved and the search goes on from the best point when
//   (1) the loss grew in at most rho of the steps since the last checkpoint, or
//   (2) eta was not halved at the last checkpoint and the best loss has not grown since.
// As in the authors' code, schedule constants are truncated and (2) cannot fire at the first
// checkpoint; the first comparison of (1) is against 0.
// Deviations: an example that is misclassified is done and leaves the batch at the next of a few
// points in time (their code computes on), which changes nothing for the others; for an example
// that stands the point of highest loss is returned (theirs returns the clean one).
class ApgdCe final : public Attack {
 public:
  static void Describe(Description<ApgdCe>& d) {
    d.Paper("Croce, Hein 2020, Reliable evaluation of adversarial robustness, arXiv:2003.01690");
    d.Norms({Norm::kLinf, Norm::kL2}).Needs(Access::kGradient).Targeted();
    d.Field(&ApgdCe::steps_, "steps", "gradient steps").Min(1);
    d.Field(&ApgdCe::rho_, "rho", "share of growing steps below which the step size is halved")
        .Min(0)
        .Max(1);
    d.Field(&ApgdCe::random_start_, "random_start",
            "start at a random point on the ball's surface");
  }

  Tensor Run(Target& target, const Batch& batch, const Threat& threat,
             Context& context) const override;

 private:
  std::int64_t steps_ = 100;
  double rho_ = 0.75;
  bool random_start_ = true;
};

constexpr double kMomentum = 0.75;  // section 3.1

// The examples still being attacked; row r belongs to example `rows[r]` of the batch.
struct Search {
  Ball ball;
  Tensor labels;             // [M]
  Tensor rows;               // [M] int64
  Tensor x, previous;        // [M,C,H,W]
  Tensor gradient;           // [M,C,H,W] at x
  kernels::Tracked tracked;  // growing: steps of this interval
  Tensor checked_loss;       // [M] best loss at the last checkpoint
  Tensor eta;                // [M]
  Tensor halved;             // [M] bool: at the last checkpoint
};

// The paper's start: a uniform direction scaled to the surface of the ball, then cut with the box.
Tensor SurfacePoint(const Ball& ball, ExampleRandom& random) {
  const Tensor& center = ball.center();
  const Shape shape(center.sizes().begin() + 1, center.sizes().end());
  Tensor x = ball.norm() == Norm::kLinf ? random.Uniform(shape, -1, 1) : random.Normal(shape);
  const Tensor scale = ball.epsilon() / (NormOf(ball.norm(), x) + 1e-12);  // [N]
  return x.mul_(PerExample(scale, x)).add_(center).clamp_(ball.box().low, ball.box().high);
}

void Move(Search& s, double momentum) {
  const Ball& ball = s.ball;
  if (ball.norm() == Norm::kLinf) {
    kernels::MomentumSignStep(s.x, s.previous, s.gradient, ball.center(), s.eta,
                              static_cast<float>(momentum), static_cast<float>(ball.epsilon()),
                              static_cast<float>(ball.box().low),
                              static_cast<float>(ball.box().high));
    return;
  }
  const Tensor length = s.eta / (NormOf(Norm::kL2, s.gradient) + 1e-12);  // [M]
  Tensor z = at::addcmul(s.x, s.gradient, PerExample(length, s.x));
  ball.Project(z);
  Tensor next = s.x + (z - s.x) * momentum + (s.x - s.previous) * (1 - momentum);
  ball.Project(next);
  s.previous = s.x;
  s.x = next;
}

// Takes in what the network said about s.x.
void Judge(Search& s, const LossGradient& answer, const Threat& threat) {
  s.gradient = answer.gradient;
  kernels::Track(s.tracked, s.x, answer.gradient, answer.loss, answer.logits, s.labels,
                 threat.targeted);
}

void Checkpoint(Search& s, std::int64_t interval, double rho) {
  kernels::Tracked& t = s.tracked;
  const Tensor oscillates = t.growing <= rho * static_cast<double>(interval);
  const Tensor stalled = s.halved.logical_not() & (s.checked_loss >= t.best_loss);
  s.halved = oscillates | stalled;  // [M]
  s.checked_loss = t.best_loss.clone();
  s.eta = at::where(s.halved, s.eta * 0.5, s.eta);
  kernels::CopyRows(s.x, t.best, s.halved);
  // Not in place: the tensor is the target's.
  s.gradient = at::where(PerExample(s.halved, s.x), t.best_gradient, s.gradient);
  t.growing.zero_();
}

// Writes what is known of the present rows into the result and drops the examples that fell.
void Compact(Search& s, Tensor& result, Target& target, Probe& probe) {
  kernels::Tracked& t = s.tracked;
  const Tensor best = at::where(PerExample(t.found, s.x), t.adversarial, t.best);
  result.index_copy_(0, s.rows, best);
  const Tensor keep = t.found.logical_not().nonzero().squeeze(1);  // [M'] the one synchronisation
  if (keep.size(0) == s.rows.size(0)) return;
  target.Keep(keep);
  probe.Keep(keep);
  s.ball = s.ball.Select(keep);
  for (Tensor* tensor : {&s.labels, &s.rows, &s.x, &s.previous, &s.gradient, &s.checked_loss,
                         &s.eta, &s.halved, &t.found, &t.adversarial, &t.best, &t.best_gradient,
                         &t.best_loss, &t.last_loss, &t.growing}) {
    *tensor = tensor->index_select(0, keep);
  }
}

// Most examples that fall do so in the first steps; later a look at each checkpoint is enough.
bool IsEarlyLook(std::int64_t step) { return step == 0 || step == 2 || step == 7; }

Tensor ApgdCe::Run(Target& target, const Batch& batch, const Threat& threat,
                   Context& context) const {
  const auto n = batch.size();
  Tensor result = batch.images.clone();  // [N,C,H,W]
  if (!target.Affords()) return result;
  Ball ball = threat.Around(batch.images);
  Tensor x = random_start_ ? SurfacePoint(ball, context.random)
                           : batch.images.clone(at::MemoryFormat::Contiguous);
  const LossGradient start = target.Gradient(x, threat.GoalFor(batch.labels));
  const auto mask = batch.labels.options().dtype(at::kBool);
  Search s{.ball = ball,
           .labels = batch.labels,
           .rows = at::arange(n, batch.labels.options()),
           .x = x,
           .previous = x.clone(),
           .gradient = start.gradient,
           .tracked = {.found = threat.Succeeded(start.logits.argmax(1), batch.labels),
                       .adversarial = x.clone(),
                       .best = x.clone(),
                       .best_gradient = start.gradient.clone(),
                       .best_loss = start.loss.clone(),
                       .last_loss = at::zeros_like(start.loss),
                       .growing = at::zeros_like(start.loss)},
           .checked_loss = start.loss,
           .eta = at::full_like(start.loss, 2 * ball.epsilon()),
           .halved = at::ones({n}, mask)};

  auto interval =
      std::max<std::int64_t>(static_cast<std::int64_t>(0.22 * static_cast<double>(steps_)), 1);
  const auto shortest =
      std::max<std::int64_t>(static_cast<std::int64_t>(0.06 * static_cast<double>(steps_)), 1);
  const auto shrink =
      std::max<std::int64_t>(static_cast<std::int64_t>(0.03 * static_cast<double>(steps_)), 1);
  std::int64_t since_check = 0;
  for (std::int64_t step = 0; step < steps_ && target.Affords(); ++step) {
    Move(s, step > 0 ? kMomentum : 1.0);
    const LossGradient answer = target.Gradient(s.x, threat.GoalFor(s.labels));
    context.probe.Step(step, s.x, answer.loss);
    Judge(s, answer, threat);
    const bool at_checkpoint = ++since_check == interval;
    if (at_checkpoint) {
      Checkpoint(s, interval, rho_);
      since_check = 0;
      interval = std::max(interval - shrink, shortest);
    }
    if (at_checkpoint || IsEarlyLook(step)) {
      Compact(s, result, target, context.probe);
      if (s.rows.size(0) == 0) return result;
    }
  }
  Compact(s, result, target, context.probe);
  return result;
}

}  // namespace

void RegisterApgdCe(Registry& registry) {
  registry.Add<Attack, ApgdCe>("apgd_ce", "Auto-PGD on the cross entropy, AutoAttack's first part");
}

}  // namespace agon::attacks
