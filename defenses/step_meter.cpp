// SPDX-License-Identifier: Apache-2.0
#include "defenses/step_meter.h"

#include "runtime/base/error.h"

namespace agon::defenses {

StepMeter::StepMeter(std::int64_t capacity, at::Device device)
    : values_(at::zeros({2, capacity}, at::TensorOptions(at::kDouble).device(device))) {}

void StepMeter::Add(const Tensor& loss, const Tensor& logits, const Tensor& labels) {
  AGON_CHECK(!full());
  const c10::NoGradGuard no_grad;
  const auto place = static_cast<std::int64_t>(examples_.size());
  values_[0][place].copy_(loss.detach());
  values_[1][place].copy_(logits.argmax(1).eq(labels).sum());
  examples_.push_back(labels.size(0));
}

std::vector<StepMeter::Entry> StepMeter::Drain() {
  std::vector<Entry> entries;
  if (examples_.empty()) return entries;
  const Tensor values = values_.to(at::kCPU);
  const auto view = values.accessor<double, 2>();
  for (std::size_t i = 0; i < examples_.size(); ++i) {
    const auto place = static_cast<std::int64_t>(i);
    entries.push_back({view[0][place], static_cast<std::int64_t>(view[1][place]), examples_[i]});
  }
  examples_.clear();
  return entries;
}

}  // namespace agon::defenses
