// SPDX-License-Identifier: Apache-2.0
// bf16 autocast for a scope; restores what it found. No loss scaling: bf16 has float32's range.
#pragma once

#include "runtime/tensor/types.h"

namespace agon::train {

class AutocastGuard {
 public:
  AutocastGuard(bool enabled, at::Device device);
  ~AutocastGuard();
  AutocastGuard(const AutocastGuard&) = delete;
  AutocastGuard& operator=(const AutocastGuard&) = delete;

 private:
  bool active_ = false;
  at::DeviceType device_ = at::kCPU;
  bool before_enabled_ = false;
  at::ScalarType before_type_ = at::kBFloat16;
};

}  // namespace agon::train
