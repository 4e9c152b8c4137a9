// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/learn/resize.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "runtime/base/error.h"

namespace agon::cyclegan {
namespace {

// 32 bits less 8 of the pixel and 2 for weights below 0 and above 1.
constexpr int kFractionBits = 32 - 8 - 2;
constexpr double kSupport = 2.0;  // of the cubic kernel, in pixels of the coarser grid

double Cubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
  if (x < 2.0) return (((x - 5) * x + 8) * x - 4) * a;
  return 0.0;
}

// For each output pixel of one axis the input pixels it is made of, and their weights.
struct Taps {
  struct Span {
    int first = 0;
    int count = 0;
  };
  std::vector<Span> spans;
  std::vector<std::int32_t> weights;  // `stride` for each span
  int stride = 0;
  [[nodiscard]] const std::int32_t* WeightsOf(int pixel) const {
    return weights.data() + static_cast<std::ptrdiff_t>(pixel) * stride;
  }
};

Taps MakeTaps(int in, int out) {
  const double scale = static_cast<double>(in) / out;
  const double widening = std::max(scale, 1.0);
  const double support = kSupport * widening;
  const double narrowing = 1.0 / widening;
  Taps taps;
  taps.stride = static_cast<int>(std::ceil(support)) * 2 + 1;
  taps.spans.resize(static_cast<std::size_t>(out));
  taps.weights.assign(static_cast<std::size_t>(out) * static_cast<std::size_t>(taps.stride), 0);
  std::vector<double> exact(static_cast<std::size_t>(taps.stride));
  for (int i = 0; i < out; ++i) {
    const double center = (i + 0.5) * scale;
    const int first = std::max(static_cast<int>(center - support + 0.5), 0);
    const int count = std::min(static_cast<int>(center + support + 0.5), in) - first;
    double sum = 0;
    for (int k = 0; k < count; ++k) {
      exact[static_cast<std::size_t>(k)] = Cubic((k + first - center + 0.5) * narrowing);
      sum += exact[static_cast<std::size_t>(k)];
    }
    taps.spans[static_cast<std::size_t>(i)] = {first, count};
    std::int32_t* const weights =
        taps.weights.data() + static_cast<std::ptrdiff_t>(i) * taps.stride;
    for (int k = 0; k < count; ++k) {
      const double share = sum != 0 ? exact[static_cast<std::size_t>(k)] / sum : 0.0;
      weights[k] =
          static_cast<std::int32_t>((share < 0 ? -0.5 : 0.5) + share * (1 << kFractionBits));
    }
  }
  return taps;
}

std::uint8_t Rounded(std::int32_t sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> kFractionBits, 0, 255));
}
constexpr std::int32_t kHalf = 1 << (kFractionBits - 1);

formats::Pixels Horizontal(const formats::Pixels& in, int width) {
  const Taps taps = MakeTaps(in.width, width);
  const auto channels = static_cast<std::ptrdiff_t>(in.channels);
  formats::Pixels out{.width = width, .height = in.height, .channels = in.channels, .data = {}};
  out.data.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(in.height) *
                  static_cast<std::size_t>(in.channels));
  std::uint8_t* to = out.data.data();
  for (int y = 0; y < in.height; ++y) {
    const std::uint8_t* const row = in.data.data() + y * in.width * channels;
    for (int x = 0; x < width; ++x) {
      const Taps::Span span = taps.spans[static_cast<std::size_t>(x)];
      const std::int32_t* const weights = taps.WeightsOf(x);
      const std::uint8_t* const from = row + span.first * channels;
      for (std::ptrdiff_t c = 0; c < channels; ++c) {
        std::int32_t sum = kHalf;
        for (int k = 0; k < span.count; ++k) sum += from[k * channels + c] * weights[k];
        *to++ = Rounded(sum);
      }
    }
  }
  return out;
}

formats::Pixels Vertical(const formats::Pixels& in, int height) {
  const Taps taps = MakeTaps(in.height, height);
  const auto row = static_cast<std::size_t>(in.width) * static_cast<std::size_t>(in.channels);
  formats::Pixels out{.width = in.width, .height = height, .channels = in.channels, .data = {}};
  out.data.resize(row * static_cast<std::size_t>(height));
  std::vector<std::int32_t> sums(row);
  for (int y = 0; y < height; ++y) {
    const Taps::Span span = taps.spans[static_cast<std::size_t>(y)];
    const std::int32_t* const weights = taps.WeightsOf(y);
    std::fill(sums.begin(), sums.end(), kHalf);
    // Row after row, so that the inner loop is one multiplication over contiguous pixels.
    for (int k = 0; k < span.count; ++k) {
      const std::uint8_t* const from =
          in.data.data() + static_cast<std::size_t>(span.first + k) * row;
      const std::int32_t weight = weights[k];
      for (std::size_t i = 0; i < row; ++i) sums[i] += from[i] * weight;
    }
    std::uint8_t* const to = out.data.data() + static_cast<std::size_t>(y) * row;
    for (std::size_t i = 0; i < row; ++i) to[i] = Rounded(sums[i]);
  }
  return out;
}

}  // namespace

formats::Pixels ResizeBicubic(const formats::Pixels& picture, int width, int height) {
  AGON_CHECK(width > 0 && height > 0 && picture.width > 0 && picture.height > 0);
  AGON_CHECK(picture.data.size() == static_cast<std::size_t>(picture.width) *
                                        static_cast<std::size_t>(picture.height) *
                                        static_cast<std::size_t>(picture.channels));
  formats::Pixels result = picture;
  if (width != result.width) result = Horizontal(result, width);
  if (height != result.height) result = Vertical(result, height);
  return result;
}

}  // namespace agon::cyclegan
