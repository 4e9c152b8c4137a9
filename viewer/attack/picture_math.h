// SPDX-License-Identifier: Apache-2.0
// Images as numbers: differences made visible, distances, the values under the mouse.
//
// Thread safety: free functions.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/formats/png.h"
#include "runtime/record/items.h"

namespace agon::viewer {

// Channel by channel, rows from the top.
struct FloatImage {
  int channels = 0, height = 0, width = 0;
  std::vector<float> values = {};  // channels * height * width
  [[nodiscard]] bool empty() const { return values.empty(); }
  [[nodiscard]] bool SameShape(const FloatImage& other) const {
    return channels == other.channels && height == other.height && width == other.width;
  }
  [[nodiscard]] float At(int channel, int x, int y) const {
    return values[(static_cast<std::size_t>(channel) * static_cast<std::size_t>(height) +
                   static_cast<std::size_t>(y)) *
                      static_cast<std::size_t>(width) +
                  static_cast<std::size_t>(x)];
  }
};

// In the units the picture was recorded in; an alpha channel is left out.
[[nodiscard]] FloatImage FromRecorded(const record::Image& image);
// Grey or RGB, 0 to 1 as 0 to 255; other numbers of channels become their mean.
[[nodiscard]] formats::Pixels ToPixels(const FloatImage& image);

// Colours (R, G, B in the low bytes, as ImGui's) for -1 to 1 in equal steps.
using DivergingPalette = std::array<std::uint32_t, 511>;
// Colours of gain * (b - a), cut at -1 and 1; of several channels the one that changed most.
// Needs SameShape.
[[nodiscard]] formats::Pixels DifferencePixels(const FloatImage& a, const FloatImage& b,
                                               double gain, const DivergingPalette& palette);

struct Distances {
  double linf = 0, l2 = 0, l1 = 0;
  std::int64_t l0 = 0;  // values that differ
};
[[nodiscard]] Distances DistancesBetween(const FloatImage& a, const FloatImage& b);
// The one the threat's `norm` is about ("linf", "l2", "l1", "l0").
[[nodiscard]] double DistanceIn(const Distances& distances, std::string_view norm);

// The gain that shows a change of `largest` in full colour: a power of two, or 1.
[[nodiscard]] double GainFor(double largest);

// "0.4118 = 105.0/255"; several channels are separated by blanks.
[[nodiscard]] std::string ValueText(const FloatImage& image, int x, int y);
[[nodiscard]] std::string ChangeText(const FloatImage& a, const FloatImage& b, int x, int y);

}  // namespace agon::viewer
