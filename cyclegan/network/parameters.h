// SPDX-License-Identifier: Apache-2.0
// What generator and discriminator have in common: named weights of convolutions that are drawn,
// listed, loaded and moved alike.
//
// Who needs this file: generator.cpp and discriminator.cpp.
//
// Thread safety: free functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/nn/layer.h"
#include "runtime/tensor/types.h"

namespace agon::cyclegan {

struct ConvWeights {
  Tensor weight;  // [out,in,k,k]; of a transposed convolution [in,out,k,k]
  Tensor bias;    // [out]
};

// Zeros of these sizes; appends both to `slots`, which keep pointing at `conv`.
void MakeConv(ConvWeights& conv, const Shape& weight, std::int64_t out, const std::string& name,
              std::vector<nn::Slot>& slots);

// Weights normal(0, 0.02), biases 0, as the reference draws them. What a weight gets depends on
// `seed`, `stream` and its name.
void DrawWeights(const std::vector<nn::Slot>& slots, std::uint64_t seed, std::string_view stream);

[[nodiscard]] std::vector<Tensor> TensorsOf(const std::vector<nn::Slot>& slots);
[[nodiscard]] NamedTensors StateOf(const std::vector<nn::Slot>& slots);  // shared storage
// Copies by name. All are checked before the first is copied; Error(kModel) says which does not fit
// `network` ("the generator (resnet, ...)").
void CopyState(const std::vector<nn::Slot>& slots, const NamedTensors& state,
               const std::string& network);
void SetRequiresGradOf(const std::vector<nn::Slot>& slots, bool requires_grad);
// Moved inside the tensors, so that an optimizer that shares them follows.
void MoveTo(const std::vector<nn::Slot>& slots, at::Device device);
[[nodiscard]] std::int64_t CountOf(const std::vector<nn::Slot>& slots);

[[nodiscard]] std::string SizesText(const Tensor& tensor);  // "[16,3,7,7]"
[[nodiscard]] std::string WithCommas(std::int64_t number);  // "11,378,179"

}  // namespace agon::cyclegan
