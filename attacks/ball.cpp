// SPDX-License-Identifier: Apache-2.0
#include "attacks/ball.h"

#include <utility>

#include "runtime/base/error.h"
#include "runtime/tensor/kernels.h"

namespace agon::attacks {
namespace {

// float32 rounding of x = center + delta moves a difference by up to an ulp of 1; norms add up
// many.
constexpr double kAbsoluteSlack = 1e-6;
constexpr double kRelativeSlack = 1e-5;
constexpr double kTiny = 1e-12;  // added to norms before dividing, as the references do
constexpr double kSparseStepFraction = 0.01;  // Tramer & Boneh 2019: the 99th percentile
constexpr int kBisections = 40;               // halves the bracket below float32's resolution

Tensor Flat(const Tensor& x) { return x.flatten(1); }  // [N,D]

// The nearest point to u inside {|d|_1 <= epsilon, low <= d <= high}, per row, where low <= 0 <=
// high: d = clamp(soft-threshold(u, lambda)) with the smallest lambda >= 0 that meets the budget.
Tensor ProjectL1Box(const Tensor& u, double epsilon, const Tensor& low, const Tensor& high) {
  const Tensor magnitude = u.abs();                        // [N,D]
  const Tensor limit = at::where(u > 0, high, low.neg());  // room in the direction of u, >= 0
  Tensor lower = at::zeros({u.size(0), 1}, u.options());   // [N,1]
  Tensor upper = magnitude.amax(1, /*keepdim=*/true);
  const Tensor free = at::minimum(magnitude, limit).sum(1, true) <= epsilon;  // lambda = 0 suffices
  for (int i = 0; i < kBisections; ++i) {
    const Tensor middle = (lower + upper) * 0.5;
    const Tensor length = at::minimum((magnitude - middle).clamp_min(0), limit).sum(1, true);
    const Tensor too_long = length > epsilon;
    lower = at::where(too_long, middle, lower);
    upper = at::where(too_long, upper, middle);
  }
  const Tensor lambda = at::where(free, at::zeros_like(upper), upper);
  return at::minimum((magnitude - lambda).clamp_min(0), limit) * u.sign();
}

// Equal shares of an L1 step on the coordinates with the largest gradient that can still move.
Tensor SparseDirection(const Tensor& gradient, const Tensor& x, const Box& box) {
  const Tensor g = Flat(gradient);
  const Tensor points = Flat(x);
  const Tensor stuck = ((g > 0) & (points >= box.high)) | ((g < 0) & (points <= box.low));
  const Tensor magnitude = g.abs().masked_fill(stuck, 0.0);
  const auto count = std::max<std::int64_t>(
      1, static_cast<std::int64_t>(kSparseStepFraction * static_cast<double>(g.size(1))));
  const Tensor threshold = std::get<0>(magnitude.topk(count, 1)).select(1, count - 1).unsqueeze(1);
  const Tensor chosen = (magnitude >= threshold) & (magnitude > 0);
  const Tensor shares = chosen.sum(1, true).clamp_min(1);
  return (g.sign() * chosen / shares).view_as(gradient);
}

}  // namespace

std::string_view NameOf(Norm norm) {
  switch (norm) {
    case Norm::kLinf:
      return "linf";
    case Norm::kL2:
      return "l2";
    case Norm::kL1:
      return "l1";
    case Norm::kL0:
      return "l0";
  }
  return "?";
}

Tensor NormOf(Norm norm, const Tensor& difference) {
  const Tensor d = Flat(difference);
  switch (norm) {
    case Norm::kLinf:
      return d.abs().amax(1);
    case Norm::kL2:
      return d.square().sum(1).sqrt();
    case Norm::kL1:
      return d.abs().sum(1);
    case Norm::kL0: {
      // A pixel counts once, whatever its channels.
      const Tensor changed = difference.dim() == 4 ? difference.ne(0).any(1) : difference.ne(0);
      return changed.flatten(1).sum(1).to(difference.scalar_type());
    }
  }
  return {};
}

Tensor PerExample(const Tensor& s, const Tensor& like) {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(like.dim()), 1);
  shape[0] = s.size(0);
  return s.view(shape);
}

Ball::Ball(Norm norm, double epsilon, Box box, Tensor center)
    : norm_(norm), epsilon_(epsilon), box_(box), center_(center.contiguous()) {}

void Ball::Project(Tensor& x) const {
  switch (norm_) {
    case Norm::kLinf:
      x.sub_(center_).clamp_(-epsilon_, epsilon_).add_(center_).clamp_(box_.low, box_.high);
      return;
    case Norm::kL2: {
      x.sub_(center_);
      const Tensor length = NormOf(Norm::kL2, x);
      x.mul_(PerExample(length.clamp_max(epsilon_) / (length + kTiny), x));
      x.add_(center_).clamp_(box_.low, box_.high);
      return;
    }
    case Norm::kL1: {
      const Tensor flat = Flat(center_);
      const Tensor d = ProjectL1Box(Flat(x) - flat, epsilon_, box_.low - flat, box_.high - flat);
      x.copy_((flat + d).view_as(x)).clamp_(box_.low, box_.high);
      return;
    }
    case Norm::kL0:
      Fail(ErrorKind::kConfig,
           "threat.norm: no attack of this version works in l0; use linf, l2 or l1");
  }
}

Tensor Ball::Sample(ExampleRandom& random) const {
  const Shape shape(center_.sizes().begin() + 1, center_.sizes().end());
  const auto dimension = static_cast<double>(center_[0].numel());
  Tensor x;
  switch (norm_) {
    case Norm::kLinf:
      x = random.Uniform(shape, -epsilon_, epsilon_).add_(center_);
      break;
    case Norm::kL2: {
      x = random.Normal(shape);
      const Tensor radius = random.Uniform({}, 0, 1).pow(1.0 / dimension) * epsilon_;
      x.mul_(PerExample(radius / (NormOf(Norm::kL2, x) + kTiny), x)).add_(center_);
      break;
    }
    default: {
      x = random.Normal(shape);
      const Tensor radius = random.Uniform({}, 0, 1) * epsilon_;
      x.mul_(PerExample(radius / (NormOf(Norm::kL1, x) + kTiny), x)).add_(center_);
      break;
    }
  }
  return x.clamp_(box_.low, box_.high);
}

void Ball::Ascend(Tensor& x, const Tensor& gradient, double step) const {
  switch (norm_) {
    case Norm::kLinf:
      kernels::SignProjectClip(x, gradient, center_, static_cast<float>(step),
                               static_cast<float>(epsilon_), static_cast<float>(box_.low),
                               static_cast<float>(box_.high));
      return;
    case Norm::kL2:
      x.addcmul_(gradient, PerExample(step / (NormOf(Norm::kL2, gradient) + kTiny), x));
      break;
    default:
      x.add_(SparseDirection(gradient, x, box_), step);
      break;
  }
  Project(x);
}

Tensor Ball::Contains(const Tensor& x) const {
  const Tensor difference = x - center_;
  const double limit =
      norm_ == Norm::kL0 ? epsilon_ : epsilon_ * (1 + kRelativeSlack) + kAbsoluteSlack;
  const Tensor flat = Flat(x);
  return (NormOf(norm_, difference) <= limit) & flat.isfinite().all(1) & (flat >= box_.low).all(1) &
         (flat <= box_.high).all(1);
}

Ball Ball::Select(const Tensor& rows) const {
  return {norm_, epsilon_, box_, center_.index({rows})};
}

}  // namespace agon::attacks
