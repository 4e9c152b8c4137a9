// SPDX-License-Identifier: Apache-2.0
// Numbers in byte strings, whatever the machine's own order: for the readers and writers of this
// folder. Callers check bounds first; reading outside is a defect and throws.
#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>

#include "runtime/base/error.h"
#include "runtime/base/files.h"

namespace agon::formats {

template <std::unsigned_integral T>
[[nodiscard]] T LoadLe(ByteView bytes, std::size_t at) {
  AGON_CHECK(at <= bytes.size() && sizeof(T) <= bytes.size() - at);
  std::uint64_t value = 0;
  for (std::size_t i = sizeof(T); i-- > 0;) {
    value = value << 8 | std::to_integer<std::uint64_t>(bytes[at + i]);
  }
  return static_cast<T>(value);
}

template <std::unsigned_integral T>
[[nodiscard]] T LoadBe(ByteView bytes, std::size_t at) {
  AGON_CHECK(at <= bytes.size() && sizeof(T) <= bytes.size() - at);
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value = value << 8 | std::to_integer<std::uint64_t>(bytes[at + i]);
  }
  return static_cast<T>(value);
}

template <std::unsigned_integral T>
void AppendLe(Bytes& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    out.push_back(static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8 * i) & 0xff));
  }
}

inline void Append(Bytes& out, ByteView bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

[[nodiscard]] inline std::string_view AsText(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Reverses the bytes of every element: big-endian to little-endian and back.
inline void SwapElements(Bytes& data, std::size_t element_size) {
  for (std::size_t at = 0; at + element_size <= data.size(); at += element_size) {
    for (std::size_t i = 0; i < element_size / 2; ++i) {
      std::swap(data[at + i], data[at + element_size - 1 - i]);
    }
  }
}

}  // namespace agon::formats
