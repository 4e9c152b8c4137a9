// SPDX-License-Identifier: Apache-2.0
// Between the arrays of files and tensors. Copies, so that a tensor never points into a file's
// bytes.
#pragma once

#include "runtime/formats/array.h"
#include "runtime/tensor/types.h"

namespace agon {

[[nodiscard]] Tensor ToTensor(const formats::Array& array);
[[nodiscard]] formats::Array ToArray(const Tensor& tensor);  // any device, any strides
[[nodiscard]] NamedTensors ToTensors(const formats::NamedArrays& arrays);
[[nodiscard]] formats::NamedArrays ToArrays(const NamedTensors& tensors);

}  // namespace agon
