// SPDX-License-Identifier: Apache-2.0
#include "runtime/train/precision.h"

#include <ATen/autocast_mode.h>

namespace agon::train {

AutocastGuard::AutocastGuard(bool enabled, at::Device device)
    : active_(enabled), device_(device.type()) {
  if (!active_) return;
  before_enabled_ = at::autocast::is_autocast_enabled(device_);
  before_type_ = at::autocast::get_autocast_dtype(device_);
  at::autocast::set_autocast_enabled(device_, true);
  at::autocast::set_autocast_dtype(device_, at::kBFloat16);
  at::autocast::increment_nesting();
}

AutocastGuard::~AutocastGuard() {
  if (!active_) return;
  // The cache holds weights cast to bf16; after the outermost scope the weights may change.
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  at::autocast::set_autocast_dtype(device_, before_type_);
  at::autocast::set_autocast_enabled(device_, before_enabled_);
}

}  // namespace agon::train
