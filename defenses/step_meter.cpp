// SPDX-License-Identifier: Apache-2.0
#include "defenses/step_meter.h"

#include <algorithm>

#include "runtime/base/error.h"

namespace agon::defenses {

void StepMeter::Add(const Tensor& loss, const Tensor& logits, const Tensor& labels) {
  AGON_CHECK(!full());
  losses_.push_back(loss.detach());
  logits_.push_back(logits.detach());
  labels_.push_back(labels);
}

std::vector<StepMeter::Entry> StepMeter::Drain() {
  std::vector<Entry> entries;
  if (losses_.empty()) return entries;
  const c10::NoGradGuard no_grad;
  const Tensor right = at::cat(logits_).argmax(1).eq(at::cat(labels_)).to(at::kCPU);  // [sum N]
  const Tensor losses = at::stack(losses_).to(at::kCPU, at::kDouble);                 // [steps]
  const bool* next = right.const_data_ptr<bool>();
  for (std::size_t i = 0; i < losses_.size(); ++i) {
    const std::int64_t examples = labels_[i].size(0);
    entries.push_back({.loss = losses.const_data_ptr<double>()[i],
                       .correct = std::count(next, next + examples, true),
                       .examples = examples});
    next += examples;
  }
  losses_.clear();
  logits_.clear();
  labels_.clear();
  return entries;
}

}  // namespace agon::defenses
