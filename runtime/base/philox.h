// SPDX-License-Identifier: Apache-2.0
// Philox4x32-10, the counter-based generator of Salmon et al., "Parallel random numbers: as easy as
// 1, 2, 3" (SC 2011): a keyed bijection of 128-bit counters. No state: the n-th number of any
// stream is computed directly, the same bits on CPU and CUDA.
//
// Header only, without allocation or exceptions, so that .cu files can include it.
#pragma once

#include <cstdint>

#ifdef __CUDACC__
#define AGON_HOST_DEVICE __host__ __device__
#else
#define AGON_HOST_DEVICE
#endif

namespace agon {

struct PhiloxBlock {
  std::uint32_t word[4];
};

// Key: 64 bits; counter: 128 bits as four words, the least significant first.
AGON_HOST_DEVICE constexpr PhiloxBlock Philox4x32(std::uint64_t key, PhiloxBlock counter) {
  constexpr std::uint32_t kMultiplier0 = 0xD2511F53U;  // section 4.2 of the paper
  constexpr std::uint32_t kMultiplier1 = 0xCD9E8D57U;
  constexpr std::uint32_t kWeyl0 = 0x9E3779B9U;  // golden ratio
  constexpr std::uint32_t kWeyl1 = 0xBB67AE85U;  // sqrt(3) - 1
  auto key0 = static_cast<std::uint32_t>(key);
  auto key1 = static_cast<std::uint32_t>(key >> 32);
  PhiloxBlock x = counter;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = std::uint64_t{kMultiplier0} * x.word[0];
    const std::uint64_t product1 = std::uint64_t{kMultiplier1} * x.word[2];
    x = PhiloxBlock{{static_cast<std::uint32_t>(product1 >> 32) ^ x.word[1] ^ key0,
                     static_cast<std::uint32_t>(product1),
                     static_cast<std::uint32_t>(product0 >> 32) ^ x.word[3] ^ key1,
                     static_cast<std::uint32_t>(product0)}};
    key0 += kWeyl0;
    key1 += kWeyl1;
  }
  return x;
}

// Uniform in [0,1): the top 24 bits, so that every value is exact in float32 and 1 never occurs.
AGON_HOST_DEVICE constexpr float UnitFloat(std::uint32_t bits) {
  return static_cast<float>(bits >> 8) * (1.0F / 16777216.0F);
}

// SplitMix64's finaliser: turns structured integers (seed, position, restart) into a Philox key.
AGON_HOST_DEVICE constexpr std::uint64_t MixBits(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

}  // namespace agon
