// SPDX-License-Identifier: Apache-2.0
// The tensor type everything below uses, and named collections of tensors.
#pragma once

#include <torch/types.h>

#include <string>
#include <utility>
#include <vector>

namespace agon {

using Tensor = at::Tensor;
// In a fixed order: the order of a network's layers or of a file.
using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

// [C,H,W] or [D]
using Shape = std::vector<std::int64_t>;

}  // namespace agon
