// SPDX-License-Identifier: Apache-2.0
// float32 and bfloat16 (its bits) alike, for the loops of this folder.
//
// Who needs this file: norm_loops.cpp and column_loops.cpp. Thread safety: free functions.
#pragma once

#include <bit>
#include <cstdint>

// Inlined into loops of which there is a version for each processor; else it would have one only.
#define AGON_INLINE inline __attribute__((always_inline))

namespace agon::cyclegan::loops {

AGON_INLINE float Load(float x) { return x; }
AGON_INLINE float Load(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}
AGON_INLINE void Store(float value, float& out) { out = value; }
// To the nearest, ties to even; activations are finite.
AGON_INLINE void Store(float value, std::uint16_t& out) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  out = static_cast<std::uint16_t>((bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16);
}

}  // namespace agon::cyclegan::loops
