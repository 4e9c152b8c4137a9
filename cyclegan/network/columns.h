// SPDX-License-Identifier: Apache-2.0
// Convolutions 7x7 from and to three channels, on the CPU. oneDNN works in blocks of 16 channels
// and does several times the work there; so the columns of the kernel become channels, 7 x 3, and
// the convolution one of 7x1: forward and backward together in half to a third of the time.
//
// Who needs this file: generator.cpp and fused_inference.cpp.
//
// Thread safety: free functions.
#pragma once

#include "runtime/tensor/types.h"

namespace agon::cyclegan {

// at::conv2d without padding, by columns on the CPU in float32 and bfloat16 (autocast's choice).
// x [N,3,H,W], weight [C,3,7,7] -> [N,C,H-6,W-6].
[[nodiscard]] Tensor ConvFromColours(const Tensor& x, const Tensor& weight, const Tensor& bias);
// x [N,C,H,W], weight [3,C,7,7] -> [N,3,H-6,W-6]; by columns the sum is float32.
[[nodiscard]] Tensor ConvToColours(const Tensor& x, const Tensor& weight, const Tensor& bias);

// ---- the parts, for fused_inference.cpp and tests ----

// [3,C,7,7] -> [21,C,7,1]: output 3 k + c is column k of output c.
[[nodiscard]] Tensor ColumnsAsOutputs(const Tensor& weight);
// y[n,3k+c,h,w] = x[n,c,h,w+k], channels last. x [N,3,H,W] -> [N,21,H,W-6]
[[nodiscard]] Tensor ColumnsToChannels(const Tensor& x);
// y[n,c,h,w] = sum over k of x[n,3k+c,h,w+k], float32, channels last. [N,21,H,W] -> [N,3,H,W-6]
[[nodiscard]] Tensor SumColumns(const Tensor& x);

}  // namespace agon::cyclegan
