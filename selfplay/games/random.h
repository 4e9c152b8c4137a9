// SPDX-License-Identifier: Apache-2.0
// The generator of random games: SplitMix64 (Steele, Lea, Flood 2014), a counter and a finaliser,
// so that the state is one number that the caller keeps and a draw costs two multiplications that
// wait for nothing. Not for training or search, which draw from counter-based streams.
//
// Thread safety: free functions; a state belongs to one thread.
#pragma once

#include <cstdint>

#include "runtime/base/philox.h"

namespace agon::selfplay {

[[nodiscard]] constexpr std::uint64_t NextRandom(std::uint64_t& random) {
  const std::uint64_t bits = MixBits(random);
  random += 0x9E3779B97F4A7C15U;  // the golden ratio, as MixBits adds it
  return bits;
}

// Uniform in [0, limit), limit > 0, but for a bias of limit / 2^32.
[[nodiscard]] constexpr int RandomBelow(std::uint64_t& random, int limit) {
  return static_cast<int>((NextRandom(random) >> 32) * static_cast<std::uint64_t>(limit) >> 32);
}

}  // namespace agon::selfplay
