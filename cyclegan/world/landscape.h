// SPDX-License-Identifier: Apache-2.0
// The savanna behind, under and in front of the animals: sky, sun and clouds, hills, ground in
// perspective, trees, bushes and grass, drawn without end from noise and hashes, seen by a camera
// that moves sideways.
//
// World coordinates: x sideways, on the ground; a unit is as wide as the picture where the ground
// meets its lower edge (scale 1). At scale s a unit is s pictures wide; the horizon has scale 0.
//
// Thread safety: values.
#pragma once

#include "cyclegan/world/animal.h"
#include "cyclegan/world/canvas.h"

namespace agon::cyclegan {

class Landscape {
 public:
  explicit Landscape(SceneRandom& random);

  [[nodiscard]] float GroundY(float scale) const { return horizon_ + scale * (1.0F - horizon_); }
  [[nodiscard]] const Light& AnimalLight() const { return light_; }

  // Sky, hills and ground.
  void PaintBackdrop(Canvas& canvas, double camera) const;
  // Plants whose feet lie between two scales, far ones first.
  void PaintPlants(Canvas& canvas, double camera, float from, float to) const;
  // The shadow of an animal that stands at `feet`, on ground and plants.
  void PaintShadow(Canvas& canvas, Vec2 feet, float height, float heading) const;
  // How far what `surface` shows at `p` moves when the camera moves by `shift`.
  [[nodiscard]] Vec2 Motion(Surface surface, Vec2 p, double shift) const;

 private:
  struct Plant;
  static constexpr int kRows = 14;
  [[nodiscard]] static float RowScale(int row);
  [[nodiscard]] Plant PlantAt(int row, std::int32_t cell) const;
  void PaintTree(Canvas& canvas, const Plant& plant, Vec2 root) const;
  void PaintBush(Canvas& canvas, const Plant& plant, Vec2 root) const;
  void PaintTuft(Canvas& canvas, const Plant& plant, Vec2 root) const;
  [[nodiscard]] Colour Hazed(Colour colour, float scale) const;

  std::uint32_t key_;
  float horizon_;
  Colour zenith_, low_sky_, sun_glow_, haze_, cloud_colour_;
  Vec2 sun_;
  float cloud_cover_, haze_strength_, shadow_strength_, shadow_skew_;
  float hill_height_, tree_chance_, bush_chance_, tuft_chance_;
  Colour ground_far_, ground_near_, ground_patch_, leaf_, grass_;
  Light light_;
};

}  // namespace agon::cyclegan
