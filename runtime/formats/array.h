// SPDX-License-Identifier: Apache-2.0
// Arrays as files hold them: a type, a shape, bytes (row-major, little-endian). What readers return
// and writers take; runtime/tensor/convert.h turns them into tensors and back.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/files.h"

namespace agon::formats {

enum class DType { kBool, kU8, kI8, kI16, kI32, kI64, kF16, kBF16, kF32, kF64 };
[[nodiscard]] std::size_t SizeOf(DType type);
[[nodiscard]] std::string_view NameOf(DType type);  // "F32", as safetensors writes it

struct Array {
  DType dtype = DType::kF32;
  std::vector<std::int64_t> shape;  // empty: a scalar
  Bytes data;

  [[nodiscard]] std::int64_t ElementCount() const;
};

// In the order of the file.
using NamedArrays = std::vector<std::pair<std::string, Array>>;

// Shape x SizeOf with overflow checks. Error(kData) naming `what` on a negative or absurd shape.
[[nodiscard]] std::size_t CheckedByteCount(DType type, const std::vector<std::int64_t>& shape,
                                           std::string_view what);
// "[16,1,4,4]"
[[nodiscard]] std::string ShapeText(const std::vector<std::int64_t>& shape);

}  // namespace agon::formats
