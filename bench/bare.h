// SPDX-License-Identifier: Apache-2.0
// What a benchmark compares with: the same networks written directly with LibTorch's operators,
// as somebody would who wants nothing but the numbers.
//
// Who needs this file: the benchmarks attack and train. Thread safety: one thread.
#pragma once

#include <string>
#include <vector>

#include "runtime/tensor/types.h"

namespace agon::bench {

// Logits [N,K] of images [N,1,28,28]; weights in the order of the network's State().
using BareForward = Tensor (*)(const std::vector<Tensor>& weights, const Tensor& images);
// net_a or smallcnn.
[[nodiscard]] BareForward BareForwardOf(const std::string& model);

// The gradient of the summed cross entropy with respect to the images, [N,C,H,W].
[[nodiscard]] Tensor BareInputGradient(BareForward forward, const std::vector<Tensor>& weights,
                                       const Tensor& images, const Tensor& labels);

// Waits for what was started on the device, so that a clock read next is honest.
void Synchronize(at::Device device);

}  // namespace agon::bench
