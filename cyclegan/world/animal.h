// SPDX-License-Identifier: Apache-2.0
// A four-legged animal seen from the side: bones moved by a gait, flesh around them, a coat.
//
// Flesh is a union of round cones, one a bone, smoothly joined as in metaballs; what a coat needs
// (a coordinate along the body for stripes, the normal for light, the motion) is joined with the
// same weights, so that stripes run from trunk to neck and bend into the legs, and the motion is
// that of the skin.
//
// Body coordinates: the height at the withers is 1, x towards the head from the middle of the
// trunk, y up from the ground.
//
// Thread safety: values.
#pragma once

#include <vector>

#include "cyclegan/world/canvas.h"
#include "cyclegan/world/savanna.h"

namespace agon::cyclegan {

// A tapered limb from a to b.
struct Bone {
  Vec2 a, b;
  float radius_a = 0, radius_b = 0;
  float phase_a = 0, phase_b = 0;  // coordinate of stripes at both ends
  float over_a = 1, over_b = 1;    // how much it covers its own trunk where it lies on it
  Material material = Material::kCoat;
};

// Bones that are joined into one part of the picture.
struct Part {
  std::vector<Bone> bones;
  float join = 0;  // width of the smooth joint, body units
  float shade = 1;
  bool on_trunk = false;
};
using Figure = std::vector<Part>;  // back to front, body coordinates

struct AnimalBuild {
  std::uint32_t key = 0;
  // Body units.
  float length = 1, girth = 1, leg = 1, neck = 1, head = 1, tail = 1, mane = 1;
  float neck_angle = 0.1F;  // turns
  float stripe_length = 0.175F;
  float stripe_offset = 0, stripe_duty = 0, stripe_lean = 0;
  Colour coat, mane_colour, dark;  // of the plain coat
  Colour white, black;             // of the striped one
};

struct AnimalMotion {
  bool walks = true;
  float stride = 0.85F;    // body units a cycle
  float gait_offset = 0;   // turns
  float graze_period = 9;  // seconds, of an animal that stands
  float graze_offset = 0;  // turns
};

[[nodiscard]] AnimalBuild DrawBuild(SceneRandom& random);
// `travelled`: the way walked, body units.
[[nodiscard]] Figure PoseAnimal(const AnimalBuild& build, const AnimalMotion& motion,
                                double travelled, double time);

// Where body coordinates lie in the scene.
struct Placement {
  Vec2 feet;          // scene coordinates of the body's origin
  float height = 0;   // scene units a body unit
  float heading = 1;  // 1: to the right, -1: to the left
  [[nodiscard]] Vec2 At(Vec2 body) const {
    return {feet.x + heading * height * body.x, feet.y - height * body.y};
  }
};

// Paints surface and skin. With `next` (figure and placement a frame later) motions too.
struct PosedAnimal {
  Figure figure;
  Placement placement;
};
void PaintAnimal(Canvas& canvas, const PosedAnimal& now, const PosedAnimal* next, Surface first);

struct Light {
  float x = 0.3F, y = 0.8F, z = 0.5F;  // direction to it, y up, unit length
  Colour sun{0.5F, 0.5F, 0.5F}, sky{0.6F, 0.6F, 0.6F};
};
[[nodiscard]] Colour CoatColour(const AnimalBuild& build, Coat coat, const Skin& skin,
                                const Light& light);

}  // namespace agon::cyclegan
