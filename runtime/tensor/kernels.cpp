// SPDX-License-Identifier: Apache-2.0
#include "runtime/tensor/kernels.h"

#include <ATen/Parallel.h>
#include <c10/core/DeviceGuard.h>

#include "runtime/base/error.h"
#include "runtime/tensor/cuda_library.h"
#include "runtime/tensor/loops.h"

namespace agon::kernels {
namespace {

void CheckOperands(const Tensor& x, at::TensorList operands) {
  for (const Tensor& operand : operands) {
    AGON_CHECK(operand.scalar_type() == at::kFloat && operand.is_contiguous() &&
               operand.device() == x.device() && operand.sizes() == x.sizes());
  }
}

// Clamping to origin +- epsilon, then to the box.
Tensor Project(const Tensor& x, const Tensor& origin, float epsilon, float low, float high) {
  return at::clamp(at::minimum(at::maximum(x, origin - epsilon), origin + epsilon), low, high);
}

}  // namespace

void SignProjectClip(Tensor& x, const Tensor& gradient, const Tensor& origin, float step,
                     float epsilon, float low, float high) {
  CheckOperands(x, {x, gradient, origin});
  const at::NoGradGuard no_grad;
  const StepSettings settings{step, epsilon, low, high};
  if (x.is_cpu()) {
    SignProjectClipLoop(x.data_ptr<float>(), gradient.const_data_ptr<float>(),
                        origin.const_data_ptr<float>(), x.numel(), settings, at::get_num_threads());
  } else if (const AgonCudaApi* cuda = Cuda(); cuda != nullptr && x.is_cuda()) {
    const c10::DeviceGuard guard(x.device());
    CheckCuda(cuda->sign_project_clip(x.data_ptr<float>(), gradient.const_data_ptr<float>(),
                                      origin.const_data_ptr<float>(), x.numel(), &settings,
                                      CurrentStream(x)),
              "sign_project_clip");
  } else {
    x.add_(gradient.sign(), step).sub_(origin).clamp_(-epsilon, epsilon).add_(origin);
    x.clamp_(low, high);
  }
}

void MomentumSignStep(Tensor& x, Tensor& previous, const Tensor& gradient, const Tensor& origin,
                      const Tensor& step, float momentum, float epsilon, float low, float high) {
  CheckOperands(x, {x, previous, gradient, origin});
  AGON_CHECK(x.dim() >= 1 && step.dim() == 1 && step.size(0) == x.size(0));
  AGON_CHECK(step.scalar_type() == at::kFloat && step.device() == x.device());
  if (x.numel() == 0) return;
  const at::NoGradGuard no_grad;
  const Tensor steps = step.contiguous();
  const MomentumSettings settings{momentum, 1.0F - momentum, epsilon, low, high};
  const std::int64_t examples = x.size(0);
  const std::int64_t per_example = x.numel() / examples;
  if (x.is_cpu()) {
    MomentumSignLoop(x.data_ptr<float>(), previous.data_ptr<float>(),
                     gradient.const_data_ptr<float>(), origin.const_data_ptr<float>(),
                     steps.const_data_ptr<float>(), examples, per_example, settings,
                     at::get_num_threads());
  } else if (const AgonCudaApi* cuda = Cuda(); cuda != nullptr && x.is_cuda()) {
    const c10::DeviceGuard guard(x.device());
    CheckCuda(cuda->momentum_sign(x.data_ptr<float>(), previous.data_ptr<float>(),
                                  gradient.const_data_ptr<float>(), origin.const_data_ptr<float>(),
                                  steps.const_data_ptr<float>(), examples, per_example, &settings,
                                  CurrentStream(x)),
              "momentum_sign");
  } else {
    Shape per_row(static_cast<std::size_t>(x.dim()), 1);
    per_row[0] = examples;
    const Tensor z = Project(x + steps.view(per_row) * gradient.sign(), origin, epsilon, low, high);
    const Tensor mixed = x + (z - x) * settings.momentum + (x - previous) * settings.rest;
    previous.copy_(x);
    x.copy_(Project(mixed, origin, epsilon, low, high));
  }
}

void CopyRows(Tensor& to, const Tensor& from, const Tensor& mask) {
  AGON_CHECK(to.dim() >= 1 && from.sizes() == to.sizes() && from.dtype() == to.dtype() &&
             from.device() == to.device() && mask.device() == to.device());
  AGON_CHECK(mask.scalar_type() == at::kBool && mask.dim() == 1 && mask.size(0) == to.size(0));
  if (to.numel() == 0) return;
  const at::NoGradGuard no_grad;
  if (to.is_cpu() && to.is_contiguous() && from.is_contiguous()) {
    const Tensor rows = mask.contiguous();
    CopyRowsLoop(static_cast<std::byte*>(to.mutable_data_ptr()),
                 static_cast<const std::byte*>(from.const_data_ptr()), rows.const_data_ptr<bool>(),
                 to.size(0), static_cast<std::int64_t>(to.nbytes()) / to.size(0),
                 at::get_num_threads());
    return;
  }
  Shape per_row(static_cast<std::size_t>(to.dim()), 1);
  per_row[0] = to.size(0);
  at::where_out(to, mask.view(per_row), from, to);
}

namespace {

TrackedRows RowsOf(Tracked& tracked) {
  return {.found = tracked.found.mutable_data_ptr<bool>(),
          .adversarial = tracked.adversarial.mutable_data_ptr<float>(),
          .best = tracked.best.mutable_data_ptr<float>(),
          .best_gradient = tracked.best_gradient.mutable_data_ptr<float>(),
          .best_loss = tracked.best_loss.mutable_data_ptr<float>(),
          .last_loss = tracked.last_loss.mutable_data_ptr<float>(),
          .growing = tracked.growing.mutable_data_ptr<float>()};
}

}  // namespace

void Track(Tracked& tracked, const Tensor& x, const Tensor& gradient, const Tensor& loss,
           const Tensor& logits, const Tensor& labels, bool targeted) {
  CheckOperands(x, {gradient, tracked.adversarial, tracked.best, tracked.best_gradient});
  CheckOperands(loss, {tracked.best_loss, tracked.last_loss, tracked.growing});
  AGON_CHECK(x.is_contiguous() && x.scalar_type() == at::kFloat && loss.is_contiguous() &&
             loss.scalar_type() == at::kFloat && loss.dim() == 1 && x.size(0) == loss.size(0) &&
             loss.device() == x.device());
  AGON_CHECK(tracked.found.scalar_type() == at::kBool && tracked.found.is_contiguous() &&
             tracked.found.sizes() == loss.sizes() && tracked.found.device() == x.device());
  AGON_CHECK(labels.scalar_type() == at::kLong && labels.is_contiguous() &&
             labels.sizes() == loss.sizes() && labels.device() == x.device());
  AGON_CHECK(logits.scalar_type() == at::kFloat && logits.dim() == 2 && logits.size(1) > 0 &&
             logits.size(0) == loss.size(0) && logits.device() == x.device());
  const std::int64_t examples = x.size(0);
  if (examples == 0) return;
  const at::NoGradGuard no_grad;
  const Tensor scores = logits.contiguous();
  const AgonCudaApi* const cuda = Cuda();
  if (x.is_cpu() || (cuda != nullptr && x.is_cuda())) {
    const TrackedRows rows = RowsOf(tracked);
    const AnswerRows answer{.x = x.const_data_ptr<float>(),
                            .gradient = gradient.const_data_ptr<float>(),
                            .loss = loss.const_data_ptr<float>(),
                            .logits = scores.const_data_ptr<float>(),
                            .labels = labels.const_data_ptr<std::int64_t>(),
                            .rows = examples,
                            .row_size = x.numel() / examples,
                            .classes = scores.size(1),
                            .targeted = targeted};
    if (x.is_cpu()) {
      TrackLoop(rows, answer, at::get_num_threads());
    } else {
      const c10::DeviceGuard guard(x.device());
      CheckCuda(cuda->track(&rows, &answer, CurrentStream(x)), "track");
    }
    return;
  }
  const Tensor hit = scores.argmax(1).eq(labels);
  const Tensor succeeded = targeted ? hit : hit.logical_not();
  const Tensor better = loss > tracked.best_loss;
  CopyRows(tracked.adversarial, x, succeeded);
  tracked.found.logical_or_(succeeded);
  CopyRows(tracked.best, x, better);
  CopyRows(tracked.best_gradient, gradient, better);
  tracked.best_loss.copy_(at::where(better, loss, tracked.best_loss));
  tracked.growing.add_(loss > tracked.last_loss);
  tracked.last_loss.copy_(loss);
}

}  // namespace agon::kernels
