// SPDX-License-Identifier: Apache-2.0
// The global features of a board, for the network and its fast form.
//
// Thread safety: a free function.
#pragma once

#include "runtime/tensor/types.h"

namespace agon::selfplay {

// [N,C,H,W] -> [N,2C]: the mean of each channel, then its maximum.
[[nodiscard]] inline Tensor PoolBoard(const Tensor& x) {
  return at::cat({x.mean({2, 3}), x.amax({2, 3})}, 1);
}

}  // namespace agon::selfplay
