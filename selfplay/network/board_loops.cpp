// SPDX-License-Identifier: Apache-2.0
// Compiled with -O3 (see CMakeLists.txt).
#include "selfplay/network/board_loops.h"

#include <algorithm>
#include <bit>
#include <limits>

// Three versions of a loop, of which the loader takes the best one for the processor.
#if defined(__x86_64__) && defined(__gnu_linux__)
#define AGON_VECTOR_VERSIONS __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define AGON_VECTOR_VERSIONS
#endif
#define AGON_INLINE inline __attribute__((always_inline))

namespace agon::selfplay::loops {
namespace {

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

// Channels handled at once: their sums and maxima stay in registers over all cells.
constexpr std::int64_t kLane = 32;

template <class Number>
AGON_INLINE void PoolLanes(const Number* x, const Board& board, std::int64_t lanes, Number* out) {
  float sum[kLane] = {};
  float most[kLane];
  std::fill_n(most, kLane, -std::numeric_limits<float>::infinity());
  for (std::int64_t cell = 0; cell < board.cells; ++cell) {
    const Number* here = x + cell * board.channels;
    for (std::int64_t i = 0; i < lanes; ++i) {
      const float value = Load(here[i]);
      sum[i] += value;
      most[i] = most[i] > value ? most[i] : value;
    }
  }
  const float share = 1.0F / static_cast<float>(board.cells);
  for (std::int64_t i = 0; i < lanes; ++i) Store(sum[i] * share, out[i]);
  for (std::int64_t i = 0; i < lanes; ++i) Store(most[i], out[board.channels + i]);
}

template <class Number>
AGON_INLINE void PoolRows(const Number* x, const Board& board, Number* out) {
  for (std::int64_t row = 0; row < board.rows; ++row) {
    const Number* from = x + row * board.cells * board.channels;
    Number* to = out + row * 2 * board.channels;
    std::int64_t channel = 0;
    for (; channel + kLane <= board.channels; channel += kLane) {
      PoolLanes(from + channel, board, kLane, to + channel);
    }
    if (channel < board.channels) {
      PoolLanes(from + channel, board, board.channels - channel, to + channel);
    }
  }
}

template <class Number>
AGON_INLINE void AddReluLanes(Number* x, const Board& board, std::int64_t lanes,
                              const Number* bias) {
  float add[kLane] = {};
  for (std::int64_t i = 0; i < lanes; ++i) add[i] = Load(bias[i]);
  for (std::int64_t cell = 0; cell < board.cells; ++cell) {
    Number* __restrict here = x + cell * board.channels;
    for (std::int64_t i = 0; i < lanes; ++i) {
      const float value = Load(here[i]) + add[i];
      Store(value > 0 ? value : 0.0F, here[i]);
    }
  }
}

template <class Number>
AGON_INLINE void AddReluRows(Number* x, const Number* bias, const Board& board) {
  for (std::int64_t row = 0; row < board.rows; ++row) {
    Number* here = x + row * board.cells * board.channels;
    const Number* add = bias + row * board.channels;
    std::int64_t channel = 0;
    for (; channel + kLane <= board.channels; channel += kLane) {
      AddReluLanes(here + channel, board, kLane, add + channel);
    }
    if (channel < board.channels) {
      AddReluLanes(here + channel, board, board.channels - channel, add + channel);
    }
  }
}

}  // namespace

AGON_VECTOR_VERSIONS void Pool(const float* x, const Board& board, float* out) {
  PoolRows(x, board, out);
}
AGON_VECTOR_VERSIONS void Pool(const std::uint16_t* x, const Board& board, std::uint16_t* out) {
  PoolRows(x, board, out);
}
AGON_VECTOR_VERSIONS void AddRelu(float* x, const float* bias, const Board& board) {
  AddReluRows(x, bias, board);
}
AGON_VECTOR_VERSIONS void AddRelu(std::uint16_t* x, const std::uint16_t* bias, const Board& board) {
  AddReluRows(x, bias, board);
}

}  // namespace agon::selfplay::loops
