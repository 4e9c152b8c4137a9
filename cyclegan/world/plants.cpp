// SPDX-License-Identifier: Apache-2.0
// Trees, bushes and grass of the landscape: in rows of equal scale, at most one in a cell of a row,
// made from the cell's hash, so that the savanna has no end and needs no memory.
#include <array>
#include <cmath>

#include "cyclegan/world/landscape.h"

namespace agon::cyclegan {

struct Landscape::Plant {
  enum class Kind { kNone, kTree, kBush, kTuft } kind = Kind::kNone;
  std::uint32_t key = 0;
  float place = 0;  // in its cell, 0..1
  float size = 1;
  float scale = 1;
  Surface surface = 0;
};

namespace {

constexpr std::array<float, 14> kRowScales{0.045F, 0.07F, 0.11F, 0.17F, 0.25F, 0.34F, 0.45F,
                                           0.56F,  0.67F, 0.78F, 0.88F, 0.97F, 1.06F, 1.15F};
// Width of a cell, world units: trees are far apart, tufts are not.
float CellWidth(int row) { return row <= 4 ? 1.3F : 0.19F; }

// A random number of a plant.
float Of(std::uint32_t key, std::uint32_t what) {
  return UnitFloat(HashBits(key + what * 0x9E3779B1U));
}

// Calls paint(at, u, v) for the samples inside an ellipse, u and v in [-1,1].
template <class Paint>
void ForEllipse(Canvas& canvas, Vec2 middle, float rx, float ry, Paint&& paint) {
  const Box box = canvas.Cover(middle - Vec2{rx, ry}, middle + Vec2{rx, ry});
  for (int y = box.y0; y < box.y1; ++y) {
    const float v = (canvas.Middle(y) - middle.y) / ry;
    for (int x = box.x0; x < box.x1; ++x) {
      const float u = (canvas.Middle(x) - middle.x) / rx;
      if (u * u + v * v < 1.0F) paint(canvas.At(x, y), u, v);
    }
  }
}

// A tapered stroke.
void Stroke(Canvas& canvas, Vec2 a, Vec2 b, float width_a, float width_b, Colour colour,
            Surface surface) {
  const float most = 0.5F * std::max(width_a, width_b);
  const Box box = canvas.Cover({std::min(a.x, b.x) - most, std::min(a.y, b.y) - most},
                               {std::max(a.x, b.x) + most, std::max(a.y, b.y) + most});
  const Vec2 way = b - a;
  const float inverse = 1.0F / std::max(Dot(way, way), 1e-12F);
  for (int y = box.y0; y < box.y1; ++y) {
    for (int x = box.x0; x < box.x1; ++x) {
      const Vec2 q = Vec2{canvas.Middle(x), canvas.Middle(y)} - a;
      const float t = Clamp01(Dot(q, way) * inverse);
      const Vec2 off = q - way * t;
      const float half = 0.5F * Mix(width_a, width_b, t);
      if (Dot(off, off) > half * half) continue;
      const std::size_t at = canvas.At(x, y);
      canvas.colour[at] = colour;
      canvas.surface[at] = surface;
    }
  }
}

}  // namespace

float Landscape::RowScale(int row) { return kRowScales[static_cast<std::size_t>(row)]; }

Landscape::Plant Landscape::PlantAt(int row, std::int32_t cell) const {
  static_assert(kRowScales.size() == kRows);
  Plant plant;
  plant.key = HashCell(key_, cell & 0xFFFF, row + 100);
  plant.scale = RowScale(row);
  plant.surface =
      kFirstPlant + (static_cast<Surface>(row) << 16) + (static_cast<Surface>(cell) & 0xFFFFU);
  plant.place = Of(plant.key, 1);
  plant.size = 0.75F + 0.5F * Of(plant.key, 2);
  const float chance = Of(plant.key, 3);
  if (row <= 4) {
    if (chance < tree_chance_)
      plant.kind = Plant::Kind::kTree;
    else if (chance < tree_chance_ + bush_chance_)
      plant.kind = Plant::Kind::kBush;
  } else if (chance < tuft_chance_) {
    plant.kind = Plant::Kind::kTuft;
  }
  return plant;
}

void Landscape::PaintPlants(Canvas& canvas, double camera, float from, float to) const {
  for (int row = 0; row < kRows; ++row) {
    const float scale = RowScale(row);
    if (scale < from || scale >= to) continue;
    const float width = CellWidth(row);
    const double half = 0.5 / scale + 2.0 * width;
    const auto first = static_cast<std::int32_t>(std::floor((camera - half) / width));
    const auto last = static_cast<std::int32_t>(std::floor((camera + half) / width));
    for (std::int32_t cell = first; cell <= last; ++cell) {
      const Plant plant = PlantAt(row, cell);
      if (plant.kind == Plant::Kind::kNone) continue;
      const double world = (cell + static_cast<double>(plant.place)) * width - camera;
      const Vec2 root{0.5F + static_cast<float>(world) * scale, GroundY(scale)};
      if (plant.kind == Plant::Kind::kTree) PaintTree(canvas, plant, root);
      if (plant.kind == Plant::Kind::kBush) PaintBush(canvas, plant, root);
      if (plant.kind == Plant::Kind::kTuft) PaintTuft(canvas, plant, root);
    }
  }
}

// An acacia: a forked trunk under flat clouds of leaves.
void Landscape::PaintTree(Canvas& canvas, const Plant& plant, Vec2 root) const {
  const float height = 1.15F * plant.size * plant.scale;
  const float lean = 0.25F * (Of(plant.key, 4) - 0.5F) * height;
  const Colour bark =
      Hazed(Colour{0.36F, 0.29F, 0.23F} * (light_.sun * 0.6F + light_.sky), plant.scale);
  const Vec2 fork{root.x + lean * 0.5F, root.y - 0.5F * height};
  Stroke(canvas, root, fork, 0.065F * height, 0.05F * height, bark, plant.surface);
  const int clouds = 3 + static_cast<int>(Of(plant.key, 5) * 2.99F);
  for (int i = 0; i < clouds; ++i) {
    const auto n = static_cast<std::uint32_t>(10 * i);
    const float across = (static_cast<float>(i) + 0.5F) / static_cast<float>(clouds) - 0.5F;
    const Vec2 middle{root.x + lean + across * 1.05F * height,
                      root.y - height * (0.80F + 0.14F * Of(plant.key, n + 11))};
    Stroke(canvas, fork, middle, 0.035F * height, 0.02F * height, bark, plant.surface);
  }
  for (int i = 0; i < clouds; ++i) {
    const auto n = static_cast<std::uint32_t>(10 * i);
    const float across = (static_cast<float>(i) + 0.5F) / static_cast<float>(clouds) - 0.5F;
    const Vec2 middle{root.x + lean + across * 1.05F * height,
                      root.y - height * (0.80F + 0.14F * Of(plant.key, n + 11))};
    const float rx = height * (0.26F + 0.1F * Of(plant.key, n + 12)), ry = height * 0.115F;
    const float tone = 0.85F + 0.3F * Of(plant.key, n + 13);
    ForEllipse(canvas, middle, rx, ry, [&](std::size_t at, float u, float v) {
      const float rough = Noise(plant.key + n, u * 5.0F, v * 2.5F);
      if (u * u + v * v > 0.85F + 0.35F * rough) return;
      const float light = tone * (0.95F - 0.35F * v + 0.16F * rough);
      canvas.colour[at] = Hazed(leaf_ * light, plant.scale);
      canvas.surface[at] = plant.surface;
    });
  }
}

void Landscape::PaintBush(Canvas& canvas, const Plant& plant, Vec2 root) const {
  const float height = 0.32F * plant.size * plant.scale;
  for (std::uint32_t i = 0; i < 3; ++i) {
    const float across = (static_cast<float>(i) - 1.0F) * 0.55F;
    const float tall = i == 1 ? 0.5F : 0.36F + 0.1F * Of(plant.key, i + 20);
    ForEllipse(canvas, {root.x + across * height, root.y - tall * height}, 0.55F * height,
               tall * height, [&](std::size_t at, float u, float v) {
                 const float rough = Noise(plant.key + i, u * 4.0F, v * 4.0F);
                 if (u * u + v * v > 0.85F + 0.3F * rough) return;
                 canvas.colour[at] = Hazed(leaf_ * (0.95F - 0.3F * v + 0.18F * rough), plant.scale);
                 canvas.surface[at] = plant.surface;
               });
  }
}

void Landscape::PaintTuft(Canvas& canvas, const Plant& plant, Vec2 root) const {
  const float height = 0.085F * plant.size * plant.scale;
  const int blades = 4 + static_cast<int>(Of(plant.key, 5) * 4.99F);
  const Colour base = Mix(ground_near_, grass_, 0.5F);
  for (int i = 0; i < blades; ++i) {
    const auto n = static_cast<std::uint32_t>(10 * i);
    const float across =
        2.0F * (static_cast<float>(i) + Of(plant.key, n + 11)) / static_cast<float>(blades) - 1.0F;
    const float tall = height * (0.65F + 0.5F * Of(plant.key, n + 12));
    const Vec2 foot{root.x + 0.35F * across * height, root.y};
    const Vec2 tip{root.x + 0.9F * across * height, root.y - tall};
    const float tone = 0.78F + 0.4F * Of(plant.key, n + 13);
    Stroke(canvas, foot, tip, 0.2F * height, 0.06F * height, base * tone, plant.surface);
  }
}

}  // namespace agon::cyclegan
