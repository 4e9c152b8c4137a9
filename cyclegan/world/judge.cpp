// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/world/judge.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <numbers>

#include "runtime/base/error.h"

namespace agon::cyclegan {
namespace {

constexpr int kDirections = 12;  // over half a turn
constexpr double kChanged = 0.15;

std::size_t Index(int width, int x, int y) {
  return static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
         static_cast<std::size_t>(x);
}

void CheckShapes(const formats::Pixels& picture, std::span<const std::uint8_t> mask) {
  const std::size_t pixels = Index(picture.width, 0, picture.height);
  AGON_CHECK(picture.channels == 3 && picture.data.size() == 3 * pixels && mask.size() == pixels);
}

// One channel, rows one after the other.
struct Plane {
  Plane(int width_in, int height_in)
      : width(width_in), height(height_in), data(Index(width, 0, height), 0.0F) {}
  [[nodiscard]] float* Row(int y) { return data.data() + static_cast<std::ptrdiff_t>(y) * width; }
  [[nodiscard]] const float* Row(int y) const {
    return data.data() + static_cast<std::ptrdiff_t>(y) * width;
  }
  int width, height;
  std::vector<float> data;
};

// out = in * kernel along one axis, nothing outside. Whole rows at a time: the inner loop is plain.
Plane Convolve(const Plane& in, const std::vector<float>& kernel, bool along_x) {
  const int radius = static_cast<int>(kernel.size() / 2);
  const float* middle = kernel.data() + radius;
  Plane out(in.width, in.height);
  for (int y = 0; y < in.height; ++y) {
    float* to = out.Row(y);
    for (int k = -radius; k <= radius; ++k) {
      const float weight = middle[k];
      const int row = along_x ? y : y + k;
      if (row < 0 || row >= in.height) continue;
      const float* from = in.Row(row);
      const int shift = along_x ? k : 0;
      const int last = std::min(in.width, in.width - shift);
      for (int x = std::max(0, -shift); x < last; ++x) to[x] += weight * from[x + shift];
    }
  }
  return out;
}
Plane Convolve(const Plane& in, const std::vector<float>& x, const std::vector<float>& y) {
  return Convolve(Convolve(in, x, true), y, false);
}

// A Gaussian of sum 1, times cos or sin of a wave.
struct Window {
  explicit Window(double sigma) : radius(static_cast<int>(std::ceil(3.0 * sigma))) {
    double sum = 0;
    for (int k = -radius; k <= radius; ++k) {
      weight.push_back(std::exp(-0.5 * k * k / (sigma * sigma)));
      sum += weight.back();
    }
    for (double& w : weight) w /= sum;
  }
  [[nodiscard]] std::vector<float> Times(double frequency, bool sine) const {
    std::vector<float> kernel;
    int k = -radius;
    for (const double w : weight) {
      const double angle = 2.0 * std::numbers::pi * frequency * k++;
      kernel.push_back(static_cast<float>(w * (sine ? std::sin(angle) : std::cos(angle))));
    }
    return kernel;
  }
  int radius;
  std::vector<double> weight;
};

// Luminance (Rec. 601) and coverage by animals: 1 where the mask is full, else 0; both shrunk by a
// whole factor, so that a period keeps 8 pixels or more and large pictures cost little.
struct Interior {
  Plane luminance, covered;
  double frequency;
};
Interior MakeInterior(const formats::Pixels& picture, std::span<const std::uint8_t> mask,
                      double frequency) {
  const int factor = std::max(1, static_cast<int>(0.125 / frequency));
  const int width = std::max(1, picture.width / factor),
            height = std::max(1, picture.height / factor);
  Interior interior{Plane(width, height), Plane(width, height), frequency * factor};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      double sum = 0;
      bool full = true;
      for (int py = y * factor; py < std::min((y + 1) * factor, picture.height); ++py) {
        for (int px = x * factor; px < std::min((x + 1) * factor, picture.width); ++px) {
          const std::size_t at = Index(picture.width, px, py);
          const std::uint8_t* rgb = &picture.data[3 * at];
          sum += 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
          full = full && mask[at] == 255;
        }
      }
      interior.luminance.Row(y)[x] =
          full ? static_cast<float>(sum / (255.0 * factor * factor)) : 0.0F;
      interior.covered.Row(y)[x] = full ? 1.0F : 0.0F;
    }
  }
  return interior;
}

}  // namespace

StripeSum StripeEnergy(const formats::Pixels& picture, std::span<const std::uint8_t> mask,
                       double frequency) {
  CheckShapes(picture, mask);
  AGON_CHECK(frequency > 0.0 && frequency <= 0.5);
  const Interior in = MakeInterior(picture, mask, frequency);
  const Window window(0.5 / in.frequency);
  const std::vector<float> flat = window.Times(0.0, false);
  const Plane weight = Convolve(in.covered, flat, flat);
  const Plane mean = Convolve(in.luminance, flat, flat);
  Plane residual = in.luminance;
  for (std::size_t i = 0; i < residual.data.size(); ++i) {
    residual.data[i] =
        in.covered.data[i] > 0 ? residual.data[i] - mean.data[i] / weight.data[i] : 0.0F;
  }
  std::vector<std::vector<float>> energy;
  for (int d = 0; d < kDirections; ++d) {
    const double angle = std::numbers::pi * d / kDirections;
    const double fx = in.frequency * std::cos(angle), fy = in.frequency * std::sin(angle);
    // exp(i(x + y)) = (cos x + i sin x)(cos y + i sin y)
    const Plane cos_x = Convolve(residual, window.Times(fx, false), true);
    const Plane sin_x = Convolve(residual, window.Times(fx, true), true);
    const std::vector<float> cos_y = window.Times(fy, false), sin_y = window.Times(fy, true);
    const Plane cc = Convolve(cos_x, cos_y, false), ss = Convolve(sin_x, sin_y, false);
    const Plane sc = Convolve(sin_x, cos_y, false), cs = Convolve(cos_x, sin_y, false);
    std::vector<float> of_direction(cc.data.size());
    for (std::size_t i = 0; i < of_direction.size(); ++i) {
      const float real = cc.data[i] - ss.data[i], imaginary = sc.data[i] + cs.data[i];
      // Amplitude 2 |R| / weight, energy its square over 2.
      const float share = std::max(weight.data[i], 0.1F);
      of_direction[i] = 2.0F * (real * real + imaginary * imaginary) / (share * share);
    }
    energy.push_back(std::move(of_direction));
  }
  StripeSum sum;
  for (std::size_t i = 0; i < in.covered.data.size(); ++i) {
    if (in.covered.data[i] <= 0) continue;
    float best = 0;
    for (int d = 0; d < kDirections; ++d) {
      const auto perpendicular = static_cast<std::size_t>((d + kDirections / 2) % kDirections);
      best = std::max(best, energy[static_cast<std::size_t>(d)][i] - energy[perpendicular][i]);
    }
    sum.energy += best;
    sum.pixels += 1;
  }
  return sum;
}

void SavannaJudge::AddTo(Sums& sums, const formats::Pixels& picture,
                         std::span<const std::uint8_t> mask, double frequency) {
  CheckShapes(picture, mask);
  sums.pictures += 1;
  for (std::size_t i = 0; i < mask.size(); ++i) {
    if (mask[i] < 128) continue;
    for (std::size_t c = 0; c < 3; ++c) {
      sums.histogram[c * kBins + picture.data[3 * i + c] * kBins / 256] += 1;
    }
  }
  const StripeSum stripes = StripeEnergy(picture, mask, frequency);
  sums.stripes.energy += stripes.energy;
  sums.stripes.pixels += stripes.pixels;
}

void SavannaJudge::AddReal(const formats::Pixels& picture, std::span<const std::uint8_t> mask,
                           double frequency) {
  AddTo(real_, picture, mask, frequency);
}

void SavannaJudge::AddTranslated(const formats::Pixels& input, const formats::Pixels& output,
                                 std::span<const std::uint8_t> mask, double frequency) {
  AGON_CHECK(input.width == output.width && input.height == output.height);
  AddTo(input_, input, mask, frequency);
  AddTo(output_, output, mask, frequency);
  for (std::size_t i = 0; i < mask.size(); ++i) {
    int change = 0;
    for (std::size_t c = 0; c < 3; ++c) {
      change = std::max(change, std::abs(output.data[3 * i + c] - input.data[3 * i + c]));
    }
    const bool changed = change > kChanged * 255.0, animal = mask[i] >= 128;
    intersection_ += changed && animal ? 1 : 0;
    union_ += changed || animal ? 1 : 0;
  }
  AddBackground(input, output, mask);
}

void SavannaJudge::AddBackground(const formats::Pixels& input, const formats::Pixels& output,
                                 std::span<const std::uint8_t> mask) {
  constexpr std::array<double, 3> kBinomial{0.25, 0.5, 0.25};
  const int width = input.width, height = input.height;
  const auto at = [&](int x, int y) { return Index(width, x, y); };
  const auto change = [&](int x, int y, int c) {
    const std::size_t i = 3 * at(x, y) + static_cast<std::size_t>(c);
    return (output.data[i] - input.data[i]) / 255.0;
  };
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      if (mask[at(x, y)] != 0) continue;
      for (int c = 0; c < 3; ++c) background_change_ += std::abs(change(x, y, c)) / 3.0;
      background_pixels_ += 1;
      bool free = x > 0 && y > 0 && x + 1 < width && y + 1 < height;
      for (int k = 0; k < 9 && free; ++k) free = mask[at(x + k % 3 - 1, y + k / 3 - 1)] == 0;
      if (!free) continue;
      for (int c = 0; c < 3; ++c) {
        double mean = 0;
        for (int k = 0; k < 9; ++k) {
          mean += kBinomial[static_cast<std::size_t>(k % 3)] *
                  kBinomial[static_cast<std::size_t>(k / 3)] *
                  change(x + k % 3 - 1, y + k / 3 - 1, c);
        }
        const double rough = change(x, y, c) - mean;
        checkerboard_ += rough * rough / 3.0;
      }
      checkerboard_pixels_ += 1;
    }
  }
}

double SavannaJudge::Distance(const Sums& a, const Sums& b) {
  double distance = 0;
  for (std::size_t c = 0; c < 3; ++c) {
    const std::size_t first = c * kBins;
    double total_a = 0, total_b = 0;
    for (std::size_t i = first; i < first + kBins; ++i) {
      total_a += a.histogram[i];
      total_b += b.histogram[i];
    }
    if (total_a <= 0 || total_b <= 0) return 1;  // nothing to compare proves nothing
    // In one dimension: the area between the distribution functions.
    double below_a = 0, below_b = 0;
    for (std::size_t i = first; i < first + kBins; ++i) {
      below_a += a.histogram[i] / total_a;
      below_b += b.histogram[i] / total_b;
      distance += std::abs(below_a - below_b) / kBins / 3.0;
    }
  }
  return distance;
}

SavannaVerdict SavannaJudge::Verdict() const {
  const auto share = [](double part, double whole) { return whole > 0 ? part / whole : 0.0; };
  SavannaVerdict verdict;
  verdict.real = real_.pictures;
  verdict.translated = output_.pictures;
  verdict.colour_distance = Distance(output_, real_);
  verdict.colour_distance_input = Distance(input_, real_);
  verdict.stripe_energy = share(output_.stripes.energy, output_.stripes.pixels);
  verdict.stripe_energy_real = share(real_.stripes.energy, real_.stripes.pixels);
  verdict.stripe_energy_input = share(input_.stripes.energy, input_.stripes.pixels);
  verdict.change_iou = share(intersection_, union_);
  verdict.background_change = share(background_change_, background_pixels_);
  verdict.background_checkerboard = std::sqrt(share(checkerboard_, checkerboard_pixels_));
  return verdict;
}

nlohmann::json SavannaVerdict::ToJson() const {
  return {{"real", real},
          {"translated", translated},
          {"colour_distance", colour_distance},
          {"colour_distance_input", colour_distance_input},
          {"colour_ratio", ColourRatio()},
          {"stripe_energy", stripe_energy},
          {"stripe_energy_real", stripe_energy_real},
          {"stripe_energy_input", stripe_energy_input},
          {"stripe_ratio", StripeRatio()},
          {"change_iou", change_iou},
          {"background_change", background_change},
          {"background_checkerboard", background_checkerboard}};
}

}  // namespace agon::cyclegan
