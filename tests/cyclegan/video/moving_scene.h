// SPDX-License-Identifier: Apache-2.0
// A small world whose optical flow is known: striped discs that drift and turn over a textured
// ground under a moving camera, as the "input" (plain) and as its "translation" (other colours,
// stripes that the input does not have, flicker from frame to frame if one wants).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "runtime/base/philox.h"
#include "runtime/media/flow.h"
#include "runtime/media/video.h"

namespace agon::cyclegan {

// In [0,1), the same for the same numbers.
inline float Hash01(std::uint64_t a, std::uint64_t b, std::uint64_t c = 0) {
  return UnitFloat(static_cast<std::uint32_t>(
      MixBits(a * 0x9E3779B97F4A7C15U ^ b * 0xC2B2AE3D27D4EB4FU ^ c * 0x165667B19E3779F9U)));
}

// Smooth noise in [0,1] with one value at each whole number.
inline double Smooth(double x, double y, std::uint64_t seed) {
  const double fx = std::floor(x), fy = std::floor(y);
  const auto value = [&](int i, int j) {
    return static_cast<double>(Hash01(static_cast<std::uint64_t>(static_cast<std::int64_t>(fx) + i),
                                      static_cast<std::uint64_t>(static_cast<std::int64_t>(fy) + j),
                                      seed));
  };
  const double u = (x - fx) * (x - fx) * (3 - 2 * (x - fx));
  const double v = (y - fy) * (y - fy) * (3 - 2 * (y - fy));
  return (value(0, 0) * (1 - u) + value(1, 0) * u) * (1 - v) +
         (value(0, 1) * (1 - u) + value(1, 1) * u) * v;
}

inline media::Picture EmptyPicture(int width, int height, int bits = 8) {
  media::Picture picture{.width = width, .height = height, .bits = bits, .data = {}};
  picture.data.resize(picture.SampleCount() * static_cast<std::size_t>(bits / 8));
  return picture;
}

struct Flicker {
  double colour = 0;   // of the whole frame, standard deviation
  double patches = 0;  // of patches a tenth of the frame wide, amplitude
  double grain = 0;    // of single pixels, amplitude
  double stripes = 0;  // jump of the stripes' phase, radians
};

// What a network that looks at frame t alone might add to it.
inline void AddFlicker(const Flicker& flicker, int t, media::Picture& picture) {
  if (flicker.colour == 0 && flicker.patches == 0 && flicker.grain == 0) return;
  const auto time = static_cast<std::uint64_t>(t);
  const double patch = std::max(picture.width, picture.height) / 10.0;
  std::size_t i = 0;
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) {
      for (std::uint64_t c = 0; c < 3; ++c, ++i) {
        const double value =
            flicker.colour * 1.7 * (2 * Hash01(2 + c, time) - 1) +
            flicker.patches * (2 * Smooth(x / patch, y / patch, 100 + 8 * time + c) - 1) +
            flicker.grain * (2 * Hash01(50 + time, i) - 1);
        picture.data[i] = static_cast<std::uint8_t>(
            std::lround(std::min(255.0, std::max(0.0, picture.data[i] + 255 * value))));
      }
    }
  }
}

class MovingScene {
 public:
  MovingScene(int width, int height, double speed = 1)
      : width_(width), height_(height), unit_(std::max(width, height) / 64.0), speed_(speed) {}

  [[nodiscard]] media::Picture Input(int t) const { return Paint(t, false, {}); }
  [[nodiscard]] media::Picture Translation(int t, const Flicker& flicker = {}) const {
    return Paint(t, true, flicker);
  }

  // From frame t to frame t + 1; valid: the same surface is seen in both.
  void Flow(int t, media::FlowField& flow, std::vector<std::uint8_t>& valid) const {
    const auto count = static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_);
    flow = {.width = width_, .height = height_, .data = std::vector<float>(2 * count)};
    valid.assign(count, 0);
    std::size_t i = 0;
    for (int y = 0; y < height_; ++y) {
      for (int x = 0; x < width_; ++x, ++i) {
        const Surface here = At(x, y, t);
        const auto [to_x, to_y] = PlaceOf(here, t + 1);
        flow.data[2 * i] = static_cast<float>(to_x - x);
        flow.data[2 * i + 1] = static_cast<float>(to_y - y);
        const bool inside = to_x >= 0 && to_x <= width_ - 1 && to_y >= 0 && to_y <= height_ - 1;
        valid[i] = inside && At(to_x, to_y, t + 1).layer == here.layer ? 1 : 0;
      }
    }
  }

 private:
  static constexpr int kDiscs = 3;
  struct Surface {
    int layer = 0;  // 0: the ground
    double u = 0, v = 0;
  };
  struct Pose {
    double x, y, angle;
  };

  [[nodiscard]] Pose PoseOf(int layer, int t) const {
    const double s = speed_ * t * unit_;
    switch (layer) {
      case 0:
        return {0.33 * s, 0.07 * s, 0};
      case 1:
        return {0.35 * width_ + 0.61 * s, 0.5 * height_ + 0.1 * s, 0.02 * speed_ * t};
      case 2:
        return {0.75 * width_ - 0.47 * s, 0.4 * height_ + 0.21 * s, -0.03 * speed_ * t};
      default:
        return {0.5 * width_ + 0.9 * s, 0.8 * height_ - 0.1 * s, 0};
    }
  }
  [[nodiscard]] double RadiusOf(int layer) const {
    return layer == 3 ? 3 * unit_ : (layer == 2 ? 8 : 11) * unit_;
  }
  [[nodiscard]] Surface OnLayer(int layer, double x, double y, int t) const {
    const Pose pose = PoseOf(layer, t);
    const double dx = x - pose.x, dy = y - pose.y;
    const double c = std::cos(pose.angle), s = std::sin(pose.angle);
    return {layer, c * dx + s * dy, -s * dx + c * dy};
  }
  [[nodiscard]] Surface At(double x, double y, int t) const {
    for (int layer = kDiscs; layer >= 0; --layer) {
      const Pose pose = PoseOf(layer, t);
      const double dx = x - pose.x, dy = y - pose.y;
      if (layer == 0 || dx * dx + dy * dy < RadiusOf(layer) * RadiusOf(layer)) {
        return OnLayer(layer, x, y, t);
      }
    }
    return {};
  }
  [[nodiscard]] std::pair<double, double> PlaceOf(const Surface& surface, int t) const {
    const Pose pose = PoseOf(surface.layer, t);
    const double c = std::cos(pose.angle), s = std::sin(pose.angle);
    return {pose.x + c * surface.u - s * surface.v, pose.y + s * surface.u + c * surface.v};
  }

  [[nodiscard]] media::Picture Paint(int t, bool translated, const Flicker& flicker) const {
    media::Picture picture = EmptyPicture(width_, height_);
    const auto time = static_cast<std::uint64_t>(t);
    const double phase = flicker.stripes * (2 * Hash01(1, time) - 1);
    std::size_t i = 0;
    for (int y = 0; y < height_; ++y) {
      for (int x = 0; x < width_; ++x) {
        double colour[3] = {0, 0, 0};
        // Four samples a pixel say how much of it each surface has: edges as a camera sees them.
        int samples[kDiscs + 1] = {};
        for (int k = 0; k < 4; ++k) {
          const int row = k / 2;
          ++samples[At(x + (k % 2) * 0.5 - 0.25, y + row * 0.5 - 0.25, t).layer];
        }
        for (int layer = 0; layer <= kDiscs; ++layer) {
          if (samples[layer] == 0) continue;
          AddColour(OnLayer(layer, x, y, t), translated, phase, samples[layer] / 4.0, colour);
        }
        for (int c = 0; c < 3; ++c, ++i) {
          double value = colour[c];
          picture.data[i] =
              static_cast<std::uint8_t>(std::lround(255 * std::min(1.0, std::max(0.0, value))));
        }
      }
    }
    AddFlicker(flicker, t, picture);
    return picture;
  }
  void AddColour(const Surface& s, bool translated, double phase, double share,
                 double* colour) const {
    const double u = s.u / unit_, v = s.v / unit_;
    const auto layer = static_cast<std::uint64_t>(s.layer);
    const double texture =
        0.6 * Smooth(u / 5, v / 5, layer) + 0.4 * Smooth(u / 1.7, v / 1.7, layer);
    static constexpr double kPlain[4][3] = {
        {0.45, 0.5, 0.25}, {0.45, 0.28, 0.15}, {0.3, 0.2, 0.12}, {0.6, 0.5, 0.4}};
    const double stripes = 0.5 + 0.4 * std::sin(u * 1.3 + phase);
    for (int c = 0; c < 3; ++c) {
      const double plain = kPlain[s.layer][c] + 0.4 * (texture - 0.5);
      colour[c] += share * (!translated    ? plain
                            : s.layer == 0 ? 0.1 + 0.8 * plain
                                           : 0.85 * stripes + 0.15 * texture);
    }
  }

  int width_, height_;
  double unit_, speed_;
};

}  // namespace agon::cyclegan
