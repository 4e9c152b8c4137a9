// SPDX-License-Identifier: Apache-2.0
// Compiled with -O3 (see CMakeLists.txt).
#include "cyclegan/network/norm_loops.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "cyclegan/network/loop_numbers.h"

// Three versions of a loop, of which the loader takes the best one for the processor.
#if defined(__x86_64__) && defined(__gnu_linux__)
#define AGON_VECTOR_VERSIONS __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define AGON_VECTOR_VERSIONS
#endif

namespace agon::cyclegan::loops {
namespace {

constexpr std::int64_t kLane = 32;   // channels whose sums stay in registers
constexpr std::int64_t kBlock = 64;  // pixels summed in float32 before they go to double

template <class Number>
AGON_INLINE void SumLanes(const Number* x, const Number* pivot, std::int64_t pixels,
                          std::int64_t channels, std::int64_t lanes, double* sum, double* square) {
  float middle[kLane] = {};
  for (std::int64_t i = 0; i < lanes; ++i) middle[i] = Load(pivot[i]);
  for (std::int64_t begin = 0; begin < pixels; begin += kBlock) {
    const std::int64_t end = std::min(begin + kBlock, pixels);
    float some[kLane] = {};
    float squares[kLane] = {};
    for (std::int64_t pixel = begin; pixel < end; ++pixel) {
      const Number* here = x + pixel * channels;
      for (std::int64_t i = 0; i < lanes; ++i) {
        const float value = Load(here[i]) - middle[i];
        some[i] += value;
        squares[i] += value * value;
      }
    }
    for (std::int64_t i = 0; i < lanes; ++i) {
      sum[i] += static_cast<double>(some[i]);
      square[i] += static_cast<double>(squares[i]);
    }
  }
}

template <class Number>
AGON_INLINE void SumAll(const Number* x, const Number* pivot, std::int64_t pixels,
                        std::int64_t channels, double* sums) {
  std::fill_n(sums, 2 * channels, 0.0);
  std::int64_t channel = 0;
  for (; channel + kLane <= channels; channel += kLane) {
    SumLanes(x + channel, pivot + channel, pixels, channels, kLane, sums + channel,
             sums + channels + channel);
  }
  if (channel < channels) {
    SumLanes(x + channel, pivot + channel, pixels, channels, channels - channel, sums + channel,
             sums + channels + channel);
  }
}

template <class Number>
void CombineParts(const double* sums, const Number* x, const PictureSizes& sizes, float* mean,
                  float* variance) {
  const std::int64_t channels = sizes.channels;
  const auto pixels = static_cast<double>(sizes.pixels);
  for (std::int64_t n = 0; n < sizes.pictures; ++n) {
    const Number* pivot = x + n * sizes.pixels * channels;
    for (std::int64_t i = 0; i < channels; ++i) {
      double sum = 0;
      double square = 0;
      for (std::int64_t part = 0; part < sizes.parts; ++part) {
        const double* here = sums + (n * sizes.parts + part) * 2 * channels;
        sum += here[i];
        square += here[channels + i];
      }
      const double above = sum / pixels;
      mean[n * channels + i] = static_cast<float>(static_cast<double>(Load(pivot[i])) + above);
      variance[n * channels + i] =
          static_cast<float>(std::max(square / pixels - above * above, 0.0));
    }
  }
}

template <class Number>
AGON_INLINE void Line(const NormRows<Number>& r, const Number* x, const Number* residual,
                      Number* out) {
  const float* scale = r.scale;
  const float* shift = r.shift;
  const std::int64_t channels = r.channels;
  const float slope = r.slope;
  for (std::int64_t pixel = 0; pixel < r.width; ++pixel) {
    const Number* here = x + pixel * channels;
    Number* there = out + pixel * channels;
    if (residual == nullptr) {
#pragma GCC ivdep
      for (std::int64_t i = 0; i < channels; ++i) {
        const float value = Load(here[i]) * scale[i] + shift[i];
        Store(value > 0 ? value : value * slope, there[i]);
      }
    } else {
      const Number* more = residual + pixel * channels;
#pragma GCC ivdep
      for (std::int64_t i = 0; i < channels; ++i) {
        const float value = Load(here[i]) * scale[i] + shift[i];
        Store((value > 0 ? value : value * slope) + Load(more[i]), there[i]);
      }
    }
  }
}

template <class Number>
AGON_INLINE void NormaliseRows(const NormRows<Number>& r, std::int64_t begin, std::int64_t end) {
  const std::int64_t pad = r.pad;
  const std::int64_t pitch = (r.width + 2 * pad) * r.channels;
  const auto bytes = [](std::int64_t count) {
    return static_cast<std::size_t>(count) * sizeof(Number);
  };
  for (std::int64_t y = begin; y < end; ++y) {
    Number* row = r.out + (y + pad) * pitch;
    Number* inside = row + pad * r.channels;
    Line(r, r.x + y * r.width * r.channels,
         r.residual == nullptr ? nullptr : r.residual + y * r.residual_pitch, inside);
    const std::int64_t last = r.width - 1;
    for (std::int64_t i = 1; i <= pad; ++i) {
      std::memcpy(inside - i * r.channels, inside + i * r.channels, bytes(r.channels));
      std::memcpy(inside + (last + i) * r.channels, inside + (last - i) * r.channels,
                  bytes(r.channels));
    }
    if (y >= 1 && y <= pad) std::memcpy(r.out + (pad - y) * pitch, row, bytes(pitch));
    const std::int64_t below = r.height - 1 - y;
    if (below >= 1 && below <= pad) {
      std::memcpy(r.out + (pad + r.height - 1 + below) * pitch, row, bytes(pitch));
    }
  }
}

// line[width,channels] <- or += a row of the frame, its columns folded.
template <class Number>
AGON_INLINE void FoldRow(const NormBackRows<Number>& r, const Number* row, bool first,
                         float* __restrict line) {
  const std::int64_t channels = r.channels;
  const Number* inside = row + r.pad * channels;
  const std::int64_t count = r.width * channels;
  if (first) {
    for (std::int64_t i = 0; i < count; ++i) line[i] = Load(inside[i]);
  } else {
    for (std::int64_t i = 0; i < count; ++i) line[i] += Load(inside[i]);
  }
  const std::int64_t last = r.width - 1;
  for (std::int64_t p = 1; p <= r.pad; ++p) {
    const Number* left = inside - p * channels;
    const Number* right = inside + (last + p) * channels;
    float* to_left = line + p * channels;
    float* to_right = line + (last - p) * channels;
    for (std::int64_t i = 0; i < channels; ++i) to_left[i] += Load(left[i]);
    for (std::int64_t i = 0; i < channels; ++i) to_right[i] += Load(right[i]);
  }
}

// `count` channels from `channel` of a row: h, and what it adds to the sums.
template <class Number>
AGON_INLINE void BackLanes(const NormBackRows<Number>& r, const Number* __restrict x,
                           const float* __restrict line, Number* __restrict folded,
                           std::int64_t channel, std::int64_t count, double* sums) {
  float sum[kLane] = {};
  float product[kLane] = {};
  float scale[kLane] = {};
  float shift[kLane] = {};
  for (std::int64_t i = 0; i < count; ++i) scale[i] = r.scale[channel + i];
  for (std::int64_t i = 0; i < count; ++i) shift[i] = r.shift[channel + i];
  const float slope = r.slope;
  for (std::int64_t pixel = 0; pixel < r.width; ++pixel) {
    const std::int64_t at = pixel * r.channels + channel;
    for (std::int64_t i = 0; i < count; ++i) {
      const float value = Load(x[at + i]) * scale[i] + shift[i];
      const float h = line[at + i] * (value > 0 ? 1.0F : slope);
      sum[i] += h;
      product[i] += h * value;
      Store(h, folded[at + i]);
    }
  }
  for (std::int64_t i = 0; i < count; ++i) {
    sums[channel + i] += static_cast<double>(sum[i]);
    sums[r.channels + channel + i] += static_cast<double>(product[i]);
  }
}

template <class Number>
AGON_INLINE void FoldBackRows(const NormBackRows<Number>& r, std::int64_t begin, std::int64_t end,
                              float* line, double* sums) {
  const std::int64_t channels = r.channels;
  const std::int64_t pad = r.pad;
  const std::int64_t pitch = (r.width + 2 * pad) * channels;
  std::fill_n(sums, 2 * channels, 0.0);
  for (std::int64_t y = begin; y < end; ++y) {
    FoldRow(r, r.gradient + (y + pad) * pitch, true, line);
    if (y >= 1 && y <= pad) FoldRow(r, r.gradient + (pad - y) * pitch, false, line);
    const std::int64_t below = r.height - 1 - y;
    if (below >= 1 && below <= pad) {
      FoldRow(r, r.gradient + (pad + r.height - 1 + below) * pitch, false, line);
    }
    const Number* x = r.x + y * r.width * channels;
    Number* __restrict folded = r.folded + y * r.width * channels;
    std::int64_t channel = 0;
    for (; channel + kLane <= channels; channel += kLane) {
      BackLanes(r, x, line, folded, channel, kLane, sums);
    }
    if (channel < channels) BackLanes(r, x, line, folded, channel, channels - channel, sums);
  }
}

template <class Number>
AGON_INLINE void NormaliseBackPixels(const Number* x, const Number* folded,
                                     const NormBackSizes& sizes, Number* out) {
  const std::int64_t channels = sizes.channels;
  const float* mean = sizes.means;
  const float* product = sizes.means + channels;
  for (std::int64_t pixel = 0; pixel < sizes.pixels; ++pixel) {
    const std::int64_t at = pixel * channels;
#pragma GCC ivdep
    for (std::int64_t i = 0; i < channels; ++i) {
      const float value = Load(x[at + i]) * sizes.scale[i] + sizes.shift[i];
      Store(sizes.scale[i] * (Load(folded[at + i]) - mean[i] - value * product[i]), out[at + i]);
    }
  }
}

}  // namespace

AGON_VECTOR_VERSIONS void Sums(const float* x, const float* pivot, std::int64_t pixels,
                               std::int64_t channels, double* sums) {
  SumAll(x, pivot, pixels, channels, sums);
}
AGON_VECTOR_VERSIONS void Sums(const std::uint16_t* x, const std::uint16_t* pivot,
                               std::int64_t pixels, std::int64_t channels, double* sums) {
  SumAll(x, pivot, pixels, channels, sums);
}
void Combine(const double* sums, const float* x, const PictureSizes& sizes, float* mean,
             float* variance) {
  CombineParts(sums, x, sizes, mean, variance);
}
void Combine(const double* sums, const std::uint16_t* x, const PictureSizes& sizes, float* mean,
             float* variance) {
  CombineParts(sums, x, sizes, mean, variance);
}
AGON_VECTOR_VERSIONS void Normalise(const NormRows<float>& rows, std::int64_t begin,
                                    std::int64_t end) {
  NormaliseRows(rows, begin, end);
}
AGON_VECTOR_VERSIONS void Normalise(const NormRows<std::uint16_t>& rows, std::int64_t begin,
                                    std::int64_t end) {
  NormaliseRows(rows, begin, end);
}

AGON_VECTOR_VERSIONS void FoldBack(const NormBackRows<float>& rows, std::int64_t begin,
                                   std::int64_t end, float* line, double* sums) {
  FoldBackRows(rows, begin, end, line, sums);
}
AGON_VECTOR_VERSIONS void FoldBack(const NormBackRows<std::uint16_t>& rows, std::int64_t begin,
                                   std::int64_t end, float* line, double* sums) {
  FoldBackRows(rows, begin, end, line, sums);
}
AGON_VECTOR_VERSIONS void NormaliseBack(const float* x, const float* folded,
                                        const NormBackSizes& sizes, float* out) {
  NormaliseBackPixels(x, folded, sizes, out);
}
AGON_VECTOR_VERSIONS void NormaliseBack(const std::uint16_t* x, const std::uint16_t* folded,
                                        const NormBackSizes& sizes, std::uint16_t* out) {
  NormaliseBackPixels(x, folded, sizes, out);
}

}  // namespace agon::cyclegan::loops
