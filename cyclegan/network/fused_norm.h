// SPDX-License-Identifier: Apache-2.0
// InstanceNorm with what stands around it in these networks, as one function of autograd: norm,
// relu, the block's input added, and the frame of reflected pixels that the next convolution reads.
// On the CPU two passes over memory forward and two back, channels last (norm_loops.h), where
// LibTorch's operators take a dozen; statistics and their gradients in double sums, whatever the
// type of the activations. Elsewhere LibTorch's operators.
//
// Who needs this file: generator.cpp, discriminator.cpp and fused_inference.cpp.
//
// Thread safety: from any thread.
#pragma once

#include <cstdint>
#include <utility>

#include "runtime/tensor/types.h"

namespace agon::cyclegan {

inline constexpr double kNormEpsilon = 1e-5;

// What follows a norm.
struct Then {
  double slope = 1;      // of what is below 0: 1 nothing, 0 relu, 0.2 leaky relu
  std::int64_t pad = 0;  // pixels reflected around the result
  // Added after that: of x's size, in a frame of `residual_pad` pixels.
  Tensor residual = {};
  std::int64_t residual_pad = 0;
};

// x [N,C,H,W] -> [N,C,H + 2 pad,W + 2 pad].
[[nodiscard]] Tensor NormThen(const Tensor& x, const Then& then);

// Whether NormThen takes the two passes for such tensors.
[[nodiscard]] bool NormIsFused(const Tensor& x);

// ---- the passes, for fused_inference.cpp: float32 or bfloat16 on the CPU, channels last ----

// Mean and biased variance of every picture's channels, [N,C] float32.
[[nodiscard]] std::pair<Tensor, Tensor> NormStatistics(const Tensor& x);
// y = x scale + shift ([N,C] float32), and what follows. `out`: where to; undefined makes it. It
// may be x (pad 0) or the residual (pad = residual_pad).
[[nodiscard]] Tensor ApplyNorm(const Tensor& x, const Tensor& scale, const Tensor& shift,
                               const Then& then, Tensor out = {});

}  // namespace agon::cyclegan
