// SPDX-License-Identifier: Apache-2.0
#include "runtime/formats/idx.h"

#include <optional>

#include "runtime/base/error.h"
#include "runtime/formats/byte_order.h"
#include "runtime/formats/zip.h"

namespace agon::formats {
namespace {

// The format is described at http://yann.lecun.com/exdb/mnist: two zero bytes, a type, the number
// of dimensions, the sizes as big-endian u32, then the elements, big-endian.
constexpr std::size_t kMagicSize = 4;

std::optional<DType> TypeOf(std::byte code) {
  switch (std::to_integer<int>(code)) {
    case 0x08:
      return DType::kU8;
    case 0x09:
      return DType::kI8;
    case 0x0b:
      return DType::kI16;
    case 0x0c:
      return DType::kI32;
    case 0x0d:
      return DType::kF32;
    case 0x0e:
      return DType::kF64;
    default:
      return std::nullopt;
  }
}

Array ParsePlain(ByteView bytes, std::string_view name) {
  if (bytes.size() < kMagicSize || bytes[0] != std::byte{0} || bytes[1] != std::byte{0}) {
    Fail(ErrorKind::kData, "{}: no IDX file (it must start with two zero bytes)", name);
  }
  const std::optional<DType> type = TypeOf(bytes[2]);
  if (!type) {
    Fail(ErrorKind::kData, "{}: unknown IDX type 0x{:02x}", name, std::to_integer<int>(bytes[2]));
  }
  const auto dimensions = std::to_integer<std::size_t>(bytes[3]);
  const std::size_t header = kMagicSize + 4 * dimensions;
  if (header > bytes.size()) {
    Fail(ErrorKind::kData, "{}: cut short in the sizes of {} dimensions", name, dimensions);
  }
  Array array{.dtype = *type, .shape = {}, .data = {}};
  for (std::size_t i = 0; i < dimensions; ++i) {
    array.shape.push_back(LoadBe<std::uint32_t>(bytes, kMagicSize + 4 * i));
  }
  const std::size_t expected = CheckedByteCount(*type, array.shape, name);
  const ByteView data = bytes.subspan(header);
  if (data.size() != expected) {
    Fail(ErrorKind::kData, "{}: shape {} needs {} bytes of data, {} are there", name,
         ShapeText(array.shape), expected, data.size());
  }
  array.data.assign(data.begin(), data.end());
  SwapElements(array.data, SizeOf(*type));
  return array;
}

}  // namespace

Array ParseIdx(ByteView bytes, std::string_view name) {
  constexpr std::byte kGzip1{0x1f};
  constexpr std::byte kGzip2{0x8b};
  if (bytes.size() >= 2 && bytes[0] == kGzip1 && bytes[1] == kGzip2) {
    return ParsePlain(Inflate(bytes, Wrapping::kGzip, kMaxInflatedBytes, name), name);
  }
  return ParsePlain(bytes, name);
}

Array ReadIdx(const Path& file) { return ParseIdx(ReadFileBytes(file), file.string()); }

}  // namespace agon::formats
