// SPDX-License-Identifier: Apache-2.0
// What a savanna picture is painted on: samples, several a pixel, each with its colour, the surface
// it shows and, on animals, what the coat needs to be painted at the end.
//
// Scene coordinates: the picture is the unit square, x to the right, y down.
#pragma once

#include <algorithm>
#include <vector>

#include "cyclegan/world/scene_math.h"

namespace agon::cyclegan {

// Which surface a sample shows. Equal numbers in two frames are the same surface.
using Surface = std::uint32_t;
inline constexpr Surface kSky = 1;
inline constexpr Surface kHills = 2;  // + layer
inline constexpr Surface kGround = 8;
inline constexpr Surface kShadow = 9;        // ground in an animal's shadow
inline constexpr Surface kFirstAnimal = 16;  // + 32 * animal + part
inline constexpr Surface kAnimalParts = 32;
inline constexpr Surface kFirstPlant = 1024;  // + a hash of the plant

constexpr bool IsAnimal(Surface s) { return s >= kFirstAnimal && s < kFirstPlant; }

enum class Material : std::uint8_t { kCoat, kMane, kTail, kTuft, kMuzzle, kHoof, kEye, kInnerEar };

struct Skin {
  float phase = 0;  // along the body, in animal heights: the coordinate of stripes
  Vec2 normal;      // picture plane part of the surface's normal, y up; length <= 1
  Vec2 motion;      // to where the sample is in the next frame, scene coordinates
  float shade = 1;  // less on the legs of the far side
  Material material = Material::kCoat;
};

struct Box {
  int x0 = 0, y0 = 0, x1 = 0, y1 = 0;  // samples, the end excluded
};

struct Canvas {
  Canvas(int size_in, int supersample_in)
      : size(size_in),
        supersample(supersample_in),
        samples(size_in * supersample_in),
        step(1.0F / static_cast<float>(samples)),
        colour(static_cast<std::size_t>(samples) * samples),
        surface(colour.size(), 0),
        skin(colour.size()) {}

  [[nodiscard]] std::size_t At(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(samples) +
           static_cast<std::size_t>(x);
  }
  // Scene coordinate of a sample's middle.
  [[nodiscard]] float Middle(int i) const { return (static_cast<float>(i) + 0.5F) * step; }
  // The samples whose middles lie in a box of scene coordinates, cut to the picture.
  [[nodiscard]] Box Cover(Vec2 low, Vec2 high) const {
    const auto first = [&](float v) {
      return std::clamp(FloorInt(std::clamp(v, -4.0F, 4.0F) * samples - 0.5F), 0, samples);
    };
    return {first(low.x), first(low.y), std::min(first(high.x) + 2, samples),
            std::min(first(high.y) + 2, samples)};
  }

  int size, supersample, samples;
  float step;
  std::vector<Colour> colour;
  std::vector<Surface> surface;
  std::vector<Skin> skin;  // where surface is an animal
};

}  // namespace agon::cyclegan
