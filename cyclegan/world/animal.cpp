// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/world/animal.h"

#include <cmath>

namespace agon::cyclegan {
namespace {

// Bounding box in the scene of a part.
void Extend(Vec2& low, Vec2& high, Vec2 p, float r) {
  low = {std::min(low.x, p.x - r), std::min(low.y, p.y - r)};
  high = {std::max(high.x, p.x + r), std::max(high.y, p.y + r)};
}

// A bone in scene coordinates, ready to be asked for its distance.
struct SceneBone {
  SceneBone(const Bone& bone, const Placement& place)
      : a(place.At(bone.a)),
        along(place.At(bone.b) - a),
        across{-along.y, along.x},
        radius(bone.radius_a * place.height),
        taper((bone.radius_b - bone.radius_a) * place.height),
        inverse(1.0F / std::max(Dot(along, along), 1e-12F)),
        source(&bone) {}
  // The samples it may touch when joints are `join` wide.
  [[nodiscard]] Box Reach(const Canvas& canvas, float join) const {
    Vec2 low{1e9F, 1e9F}, high{-1e9F, -1e9F};
    Extend(low, high, a, radius + join);
    Extend(low, high, a + along, radius + taper + join);
    return canvas.Cover(low, high);
  }
  Vec2 a, along, across;
  float radius, taper, inverse;
  const Bone* source;
  Box box;
};

struct Touch {
  float distance = 1e9F;
  float phase = 0, over = 1;
  Vec2 normal, motion;
  Material material = Material::kCoat;
};

}  // namespace

void PaintAnimal(Canvas& canvas, const PosedAnimal& now, const PosedAnimal* next, Surface first) {
  std::vector<SceneBone> bones, moved;
  Surface trunk = 0;
  for (std::size_t part = 0; part < now.figure.size(); ++part) {
    const Part& shape = now.figure[part];
    const Surface surface = first + static_cast<Surface>(part);
    if (!shape.on_trunk && shape.join > 0.05F) trunk = surface;
    bones.clear();
    moved.clear();
    const float join = std::max(shape.join * now.placement.height, 1e-6F);
    Box box{canvas.samples, canvas.samples, 0, 0};
    for (std::size_t i = 0; i < shape.bones.size(); ++i) {
      bones.emplace_back(shape.bones[i], now.placement);
      if (next != nullptr) moved.emplace_back(next->figure[part].bones[i], next->placement);
      SceneBone& bone = bones.back();
      bone.box = bone.Reach(canvas, join);
      box = {std::min(box.x0, bone.box.x0), std::min(box.y0, bone.box.y0),
             std::max(box.x1, bone.box.x1), std::max(box.y1, bone.box.y1)};
    }
    for (int y = box.y0; y < box.y1; ++y) {
      for (int x = box.x0; x < box.x1; ++x) {
        const Vec2 p{canvas.Middle(x), canvas.Middle(y)};
        Touch touch;
        for (std::size_t i = 0; i < bones.size(); ++i) {
          const SceneBone& bone = bones[i];
          if (x < bone.box.x0 || x >= bone.box.x1 || y < bone.box.y0 || y >= bone.box.y1) continue;
          const Vec2 q = p - bone.a;
          const float u = Dot(q, bone.along) * bone.inverse;
          const float t = Clamp01(u);
          const float radius = bone.radius + bone.taper * t;
          const Vec2 off = q - bone.along * t;
          const float square = Dot(off, off);
          const float reach = radius + join;
          if (square > reach * reach) continue;
          const float distance = std::sqrt(square) - radius;
          // Polynomial smooth minimum; h is the weight of this bone against those before it.
          const float h = Clamp01(0.5F + 0.5F * (touch.distance - distance) / join);
          if (h <= 0.0F) continue;
          const Bone& source = *bone.source;
          const float inverse_radius = 1.0F / radius;
          Vec2 motion;
          if (next != nullptr) {
            const float v = Dot(q, bone.across) * bone.inverse;
            motion = moved[i].a + moved[i].along * u + moved[i].across * v - p;
          }
          const float phase = Mix(source.phase_a, source.phase_b, u);
          const Vec2 normal{off.x * inverse_radius, -off.y * inverse_radius};
          if (h >= 1.0F) {
            touch = {distance, phase,  Mix(source.over_a, source.over_b, t),
                     normal,   motion, source.material};
          } else {
            if (h > 0.5F) touch.material = source.material;
            touch.phase = Mix(touch.phase, phase, h);
            touch.over = Mix(touch.over, Mix(source.over_a, source.over_b, t), h);
            touch.normal = Mix(touch.normal, normal, h);
            touch.motion = Mix(touch.motion, motion, h);
            touch.distance = Mix(touch.distance, distance, h) - join * h * (1.0F - h);
          }
        }
        if (touch.distance > 0.0F) continue;
        const std::size_t at = canvas.At(x, y);
        Skin& skin = canvas.skin[at];
        Skin painted{touch.phase, touch.normal, touch.motion, shape.shade, touch.material};
        if (shape.on_trunk && canvas.surface[at] == trunk) {
          const float over = SmoothStep(0.0F, 1.0F, touch.over);
          if (over <= 0.0F) continue;
          painted.phase = Mix(skin.phase, painted.phase, over);
          painted.normal = Mix(skin.normal, painted.normal, over);
          painted.motion = Mix(skin.motion, painted.motion, over);
          if (over < 0.5F) painted.material = skin.material;
          canvas.surface[at] = over < 0.5F ? trunk : surface;
        } else {
          canvas.surface[at] = surface;
        }
        skin = painted;
      }
    }
  }
}

Colour CoatColour(const AnimalBuild& build, Coat coat, const Skin& skin, const Light& light) {
  const float square = std::min(Dot(skin.normal, skin.normal), 1.0F);
  const float z = std::sqrt(1.0F - square);
  const float lit = std::max(0.0F, skin.normal.x * light.x + skin.normal.y * light.y + z * light.z);
  const float dome = 0.82F + 0.18F * skin.normal.y;
  const Colour shine = (light.sky * dome + light.sun * lit) * skin.shade;
  const float grain = Noise(build.key, skin.phase * 9.0F, skin.normal.y * 1.7F);
  if (coat == Coat::kPlain) {
    const float dapple = 1.0F + 0.05F * grain;
    switch (skin.material) {
      case Material::kCoat:
        return build.coat * shine * dapple;
      case Material::kMane:
        return build.mane_colour * shine * dapple;
      case Material::kTail:
        return Mix(build.coat, build.mane_colour, 0.6F) * shine;
      case Material::kTuft:
        return build.mane_colour * shine;
      case Material::kMuzzle:
        return Mix(build.coat, build.dark, 0.25F) * shine;
      case Material::kHoof:
        return Mix(build.coat, build.dark, 0.35F) * shine;
      case Material::kInnerEar:
        return build.dark * shine;
      case Material::kEye:
        break;
    }
    return build.dark * 0.4F;
  }
  switch (skin.material) {
    case Material::kCoat:
    case Material::kMane:
    case Material::kTail: {
      // Stripes lean, bend and waver a little.
      const float along =
          skin.phase + build.stripe_lean * skin.normal.y + 0.1F * build.stripe_length * grain;
      const float wave = SinTurns(along / build.stripe_length + build.stripe_offset);
      const float black = SmoothStep(-0.3F, 0.3F, wave + build.stripe_duty);
      return Mix(build.white, build.black, black) * shine;
    }
    case Material::kTuft:
    case Material::kMuzzle:
    case Material::kHoof:
      return build.black * shine;
    case Material::kInnerEar:
      return build.dark * shine;
    case Material::kEye:
      break;
  }
  return build.dark * 0.4F;
}

}  // namespace agon::cyclegan
