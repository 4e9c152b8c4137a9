// SPDX-License-Identifier: Apache-2.0
#include "runtime/formats/array.h"

#include <limits>

#include "runtime/base/error.h"

namespace agon::formats {
namespace {

// More dimensions than any tensor library takes; keeps shapes in messages short.
constexpr std::size_t kMaxDimensions = 64;

}  // namespace

std::size_t SizeOf(DType type) {
  switch (type) {
    case DType::kBool:
    case DType::kU8:
    case DType::kI8:
      return 1;
    case DType::kI16:
    case DType::kF16:
    case DType::kBF16:
      return 2;
    case DType::kI32:
    case DType::kF32:
      return 4;
    case DType::kI64:
    case DType::kF64:
      return 8;
  }
  Fail(ErrorKind::kInternal, "array type {} has no size", static_cast<int>(type));
}

std::string_view NameOf(DType type) {
  switch (type) {
    case DType::kBool:
      return "BOOL";
    case DType::kU8:
      return "U8";
    case DType::kI8:
      return "I8";
    case DType::kI16:
      return "I16";
    case DType::kI32:
      return "I32";
    case DType::kI64:
      return "I64";
    case DType::kF16:
      return "F16";
    case DType::kBF16:
      return "BF16";
    case DType::kF32:
      return "F32";
    case DType::kF64:
      return "F64";
  }
  Fail(ErrorKind::kInternal, "array type {} has no name", static_cast<int>(type));
}

std::int64_t Array::ElementCount() const {
  return static_cast<std::int64_t>(CheckedByteCount(dtype, shape, "array") / SizeOf(dtype));
}

std::size_t CheckedByteCount(DType type, const std::vector<std::int64_t>& shape,
                             std::string_view what) {
  if (shape.size() > kMaxDimensions) {
    Fail(ErrorKind::kData, "{}: {} dimensions, at most {} are supported", what, shape.size(),
         kMaxDimensions);
  }
  // The product of the non-zero sizes must fit too: strides are computed from it.
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  std::uint64_t product = SizeOf(type);
  bool empty = false;
  for (const std::int64_t size : shape) {
    if (size < 0) {
      Fail(ErrorKind::kData, "{}: negative size in shape {}", what, ShapeText(shape));
    }
    if (size == 0) {
      empty = true;
      continue;
    }
    if (product > kMax / static_cast<std::uint64_t>(size)) {
      Fail(ErrorKind::kData, "{}: shape {} is too large", what, ShapeText(shape));
    }
    product *= static_cast<std::uint64_t>(size);
  }
  return empty ? 0 : static_cast<std::size_t>(product);
}

std::string ShapeText(const std::vector<std::int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ","));
}

}  // namespace agon::formats
