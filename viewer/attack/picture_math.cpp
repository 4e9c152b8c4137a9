// SPDX-License-Identifier: Apache-2.0
#include "viewer/attack/picture_math.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "runtime/base/error.h"

namespace agon::viewer {
namespace {

constexpr double kFullScale = 255;
constexpr double kMostGain = 1024;

std::uint8_t ToByte(double value) {
  if (!(value > 0)) return 0;  // NaN too
  return static_cast<std::uint8_t>(std::lround(std::min(value, 1.0) * kFullScale));
}

double Signed(double value) { return value == 0 ? 0 : value; }  // no -0.0000

}  // namespace

FloatImage FromRecorded(const record::Image& image) {
  const formats::Pixels& pixels = image.pixels;
  const int channels = pixels.channels == 4 ? 3 : pixels.channels;
  FloatImage result{.channels = channels, .height = pixels.height, .width = pixels.width};
  const auto count =
      static_cast<std::size_t>(pixels.width) * static_cast<std::size_t>(pixels.height);
  result.values.resize(count * static_cast<std::size_t>(channels));
  const double unit = (static_cast<double>(image.high) - image.low) / kFullScale;
  for (std::size_t pixel = 0; pixel < count; ++pixel) {
    for (std::size_t c = 0; c < static_cast<std::size_t>(channels); ++c) {
      const std::uint8_t byte = pixels.data[pixel * static_cast<std::size_t>(pixels.channels) + c];
      result.values[c * count + pixel] = static_cast<float>(image.low + unit * byte);
    }
  }
  return result;
}

formats::Pixels ToPixels(const FloatImage& image) {
  const bool colour = image.channels == 3;
  formats::Pixels pixels{
      .width = image.width, .height = image.height, .channels = colour ? 3 : 1, .data = {}};
  const auto count = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
  pixels.data.resize(count * static_cast<std::size_t>(pixels.channels));
  for (std::size_t pixel = 0; pixel < count; ++pixel) {
    if (colour) {
      for (std::size_t c = 0; c < 3; ++c) {
        pixels.data[3 * pixel + c] = ToByte(image.values[c * count + pixel]);
      }
      continue;
    }
    double sum = 0;
    for (std::size_t c = 0; c < static_cast<std::size_t>(image.channels); ++c) {
      sum += image.values[c * count + pixel];
    }
    pixels.data[pixel] = ToByte(sum / image.channels);
  }
  return pixels;
}

formats::Pixels DifferencePixels(const FloatImage& a, const FloatImage& b, double gain,
                                 const DivergingPalette& palette) {
  AGON_CHECK(a.SameShape(b));
  formats::Pixels pixels{.width = a.width, .height = a.height, .channels = 3, .data = {}};
  const auto count = static_cast<std::size_t>(a.width) * static_cast<std::size_t>(a.height);
  pixels.data.resize(3 * count);
  constexpr double kMiddle = (std::tuple_size_v<DivergingPalette> - 1) / 2.0;
  for (std::size_t pixel = 0; pixel < count; ++pixel) {
    double change = 0;
    for (std::size_t c = 0; c < static_cast<std::size_t>(a.channels); ++c) {
      const double d =
          static_cast<double>(b.values[c * count + pixel]) - a.values[c * count + pixel];
      if (std::abs(d) > std::abs(change)) change = d;
    }
    const double shown = std::clamp(gain * change, -1.0, 1.0);
    const std::uint32_t colour =
        palette[static_cast<std::size_t>(std::lround(kMiddle + kMiddle * shown))];
    for (std::size_t c = 0; c < 3; ++c) {
      pixels.data[3 * pixel + c] = static_cast<std::uint8_t>(colour >> (8 * c) & 0xff);
    }
  }
  return pixels;
}

Distances DistancesBetween(const FloatImage& a, const FloatImage& b) {
  AGON_CHECK(a.SameShape(b));
  Distances result;
  double squares = 0;
  for (std::size_t i = 0; i < a.values.size(); ++i) {
    const double d = std::abs(static_cast<double>(b.values[i]) - a.values[i]);
    result.linf = std::max(result.linf, d);
    result.l1 += d;
    squares += d * d;
    if (d != 0) ++result.l0;
  }
  result.l2 = std::sqrt(squares);
  return result;
}

double DistanceIn(const Distances& distances, std::string_view norm) {
  if (norm == "l2") return distances.l2;
  if (norm == "l1") return distances.l1;
  if (norm == "l0") return static_cast<double>(distances.l0);
  return distances.linf;
}

double GainFor(double largest) {
  if (!(largest > 0)) return 1;
  return std::clamp(std::exp2(std::floor(std::log2(1 / largest))), 1.0, kMostGain);
}

std::string ValueText(const FloatImage& image, int x, int y) {
  std::string text;
  for (int c = 0; c < image.channels; ++c) {
    const double value = image.At(c, x, y);
    text += fmt::format("{}{:.4f} = {:.1f}/255", c == 0 ? "" : "   ", Signed(value),
                        Signed(kFullScale * value));
  }
  return text;
}

std::string ChangeText(const FloatImage& a, const FloatImage& b, int x, int y) {
  AGON_CHECK(a.SameShape(b));
  std::string text;
  for (int c = 0; c < a.channels; ++c) {
    const double change = Signed(static_cast<double>(b.At(c, x, y)) - a.At(c, x, y));
    text += fmt::format("{}{:+.4f} = {:+.1f}/255", c == 0 ? "" : "   ", change,
                        Signed(kFullScale * change));
  }
  return text;
}

}  // namespace agon::viewer
