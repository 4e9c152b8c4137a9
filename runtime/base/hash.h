// SPDX-License-Identifier: Apache-2.0
// Hashes: SHA-256 for identity (libcrypto), CRC-32 (zlib) for zip, CRC-32C for TensorBoard records.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "runtime/base/files.h"

namespace agon {

// Lower-case hex, 64 characters.
[[nodiscard]] std::string Sha256(ByteView bytes);
[[nodiscard]] std::string Sha256OfFile(const Path& path);

[[nodiscard]] std::uint32_t Crc32(ByteView bytes);
[[nodiscard]] std::uint32_t Crc32c(ByteView bytes);

// FNV-1a, 64 bit: short keys from names, stable across platforms; no protection against intent.
[[nodiscard]] constexpr std::uint64_t Fnv1a(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  }
  return hash;
}

}  // namespace agon
