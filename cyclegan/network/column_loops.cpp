// SPDX-License-Identifier: Apache-2.0
// Compiled with -O3 (see CMakeLists.txt).
#include "cyclegan/network/column_loops.h"

#include <algorithm>
#include <cstring>

#include "cyclegan/network/loop_numbers.h"

namespace agon::cyclegan::loops {
namespace {

constexpr std::int64_t kChannels = 3;
constexpr std::int64_t kWide = kColumns * kChannels;

}  // namespace

template <class Number>
void SpreadColumns(const Number* x, std::int64_t width, Number* out) {
  for (std::int64_t w = 0; w < width; ++w) {
    std::memcpy(out + w * kWide, x + w * kChannels, kWide * sizeof(Number));
  }
}

template <class Number>
void SpreadColumnsBack(const Number* gradient, std::int64_t width, Number* out) {
  for (std::int64_t w = 0; w < width + kColumns - 1; ++w) {
    const std::int64_t first = std::max<std::int64_t>(0, w - width + 1);
    const std::int64_t last = std::min(w, kColumns - 1);
    for (std::int64_t c = 0; c < kChannels; ++c) {
      float sum = 0;
      for (std::int64_t k = first; k <= last; ++k) {
        sum += Load(gradient[(w - k) * kWide + k * kChannels + c]);
      }
      Store(sum, out[w * kChannels + c]);
    }
  }
}

template <class Number>
void SumColumns(const Number* x, std::int64_t width, float* out) {
  for (std::int64_t w = 0; w < width; ++w) {
    for (std::int64_t c = 0; c < kChannels; ++c) {
      float sum = 0;
      for (std::int64_t k = 0; k < kColumns; ++k) {
        sum += Load(x[(w + k) * kWide + k * kChannels + c]);
      }
      out[w * kChannels + c] = sum;
    }
  }
}

template <class Number>
void SumColumnsBack(const Number* gradient, std::int64_t width, Number* out) {
  for (std::int64_t w = 0; w < width + kColumns - 1; ++w) {
    for (std::int64_t k = 0; k < kColumns; ++k) {
      const bool inside = w >= k && w - k < width;
      for (std::int64_t c = 0; c < kChannels; ++c) {
        out[w * kWide + k * kChannels + c] = inside ? gradient[(w - k) * kChannels + c] : Number{0};
      }
    }
  }
}

template void SpreadColumns<float>(const float*, std::int64_t, float*);
template void SpreadColumnsBack<float>(const float*, std::int64_t, float*);
template void SumColumns<float>(const float*, std::int64_t, float*);
template void SumColumnsBack<float>(const float*, std::int64_t, float*);
template void SpreadColumns<std::uint16_t>(const std::uint16_t*, std::int64_t, std::uint16_t*);
template void SpreadColumnsBack<std::uint16_t>(const std::uint16_t*, std::int64_t, std::uint16_t*);
template void SumColumns<std::uint16_t>(const std::uint16_t*, std::int64_t, float*);
template void SumColumnsBack<std::uint16_t>(const std::uint16_t*, std::int64_t, std::uint16_t*);

}  // namespace agon::cyclegan::loops
