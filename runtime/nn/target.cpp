// SPDX-License-Identifier: Apache-2.0
#include "runtime/nn/target.h"

#include <torch/csrc/autograd/autograd.h>

#include "runtime/base/error.h"

namespace agon {

Tensor AttackerLoss(const Tensor& logits, const Goal& goal) {
  Tensor loss;
  switch (goal.loss) {
    case Loss::kCrossEntropy:
      loss = at::cross_entropy_loss(logits, goal.labels, {}, at::Reduction::None);
      break;
    case Loss::kMargin: {
      const Tensor column = goal.labels.unsqueeze(1);
      const Tensor others = logits.scatter(1, column, -std::numeric_limits<double>::infinity());
      loss = std::get<0>(others.max(1)) - logits.gather(1, column).squeeze(1);
      break;
    }
  }
  return goal.targeted ? loss.neg() : loss;
}

Target::~Target() = default;

Tensor Target::Logits(const Tensor& images) {
  Count(images, /*backward=*/false);
  const at::NoGradGuard no_grad;
  return DoLogits(images);
}

LossGradient Target::Gradient(const Tensor& images, const Goal& goal) {
  if (traits().access != Access::kGradient) {
    Fail(ErrorKind::kModel,
         "model {} gives no gradients; choose an attack that needs scores or decisions only",
         traits().name);
  }
  Count(images, /*backward=*/true);
  return DoGradient(images, goal);
}

void Target::Begin(std::int64_t n, at::Device device) {
  queries_ = at::zeros({n}, at::TensorOptions().dtype(at::kLong).device(device));
  rows_ = Tensor();
  spent_ = 0;
  unflushed_ = 0;
}

void Target::Keep(const Tensor& rows) {
  AGON_CHECK(queries_.defined() && rows.dim() == 1 && rows.scalar_type() == at::kLong);
  Flush();
  rows_ = rows_.defined() ? rows_.index_select(0, rows) : rows.clone();
}

Tensor Target::QueriesPerExample() {
  AGON_CHECK(queries_.defined());
  Flush();
  return queries_.clone();
}

// Only adds to integers: no kernel, no synchronisation. Flush carries them into the tensor.
void Target::Count(const Tensor& images, bool backward) {
  const std::int64_t n = images.size(0);
  if (queries_.defined()) {
    const std::int64_t present = rows_.defined() ? rows_.size(0) : queries_.size(0);
    if (n != present) {
      Fail(ErrorKind::kInternal, "a call with {} examples where {} are present; use Target::Keep",
           n, present);
    }
    if (!Affords()) {
      Fail(ErrorKind::kInternal,
           "query {} of an example exceeds its budget of {}; ask Target::Affords first", spent_ + 1,
           budget_);
    }
    ++spent_;
    ++unflushed_;
  }
  counts_.forwards += n;
  if (backward) counts_.backwards += n;
}

void Target::Flush() {
  if (unflushed_ == 0) return;
  if (rows_.defined()) {
    // Rows are distinct, so nothing is lost by adding to a copy.
    queries_.index_put_({rows_}, queries_.index_select(0, rows_) + unflushed_);
  } else {
    queries_.add_(unflushed_);
  }
  unflushed_ = 0;
}

NetworkTarget::NetworkTarget(nn::Network& network) : network_(network) {
  network_.SetTraining(false);
  // Otherwise every gradient call would compute the gradients of all weights as well.
  network_.SetRequiresGrad(false);
  traits_.name = network.info().name;
  traits_.input = network.info().input;
  traits_.classes = network.info().classes;
}

Tensor NetworkTarget::DoLogits(const Tensor& images) { return network_.Forward(images); }

LossGradient NetworkTarget::DoGradient(const Tensor& images, const Goal& goal) {
  const at::AutoGradMode with_graph(true);
  const Tensor x = images.detach().requires_grad_();
  // In the type and layout the kernels want, whatever a scripted model computes in.
  const Tensor logits = network_.Forward(x).to(x.scalar_type());
  if (!logits.requires_grad()) {
    Fail(ErrorKind::kModel,
         "model {}: its class scores have no gradient with respect to the images (detach() or "
         "no_grad() in the network?); this attack needs one",
         network_.info().name);
  }
  const Tensor loss = AttackerLoss(logits, goal);
  // Each loss depends on its own image only, so the gradient of the sum is all gradients at once.
  const auto gradients = torch::autograd::grad({loss}, {x}, {at::ones_like(loss)});
  return {.loss = loss.detach(), .gradient = gradients[0].contiguous(), .logits = logits.detach()};
}

}  // namespace agon
