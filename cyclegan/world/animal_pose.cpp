// SPDX-License-Identifier: Apache-2.0
// Builds and poses of animals: proportions, the four-beat walk, grazing.
#include <array>
#include <cmath>

#include "cyclegan/world/animal.h"

namespace agon::cyclegan {
namespace {

// The middle joint of a two-bone limb from `top` to `foot`; `side` says to which side it bends.
// A limb that is too short is stretched.
Vec2 MiddleJoint(Vec2 top, Vec2 foot, float upper, float lower, float side) {
  const Vec2 way = foot - top;
  const float distance = Length(way);
  const Vec2 direction = way * (1.0F / distance);
  const float stretch = std::max(1.0F, distance / (upper + lower));
  const float a = upper * stretch, b = lower * stretch;
  const float along = (distance * distance + a * a - b * b) / (2.0F * distance);
  const float off = std::sqrt(std::max(0.0F, a * a - along * along));
  return top + direction * along + Vec2{-direction.y, direction.x} * (off * side);
}

struct Step {
  float x = 0, lift = 0;
};

// A foot's place relative to its rest, by its own phase of the gait.
Step WalkStep(float phase, float stride) {
  constexpr float kStance = 0.62F;  // share of a cycle on the ground, of walking horses
  const float turn = phase - static_cast<float>(FloorInt(phase));
  const float reach = 0.5F * kStance * stride;
  if (turn < kStance) return {reach - stride * turn, 0.0F};
  const float u = (turn - kStance) / (1.0F - kStance);
  // Leaves and meets the ground gently.
  return {-reach + 2.0F * reach * (u * u * (3.0F - 2.0F * u)), 0.11F * SinTurns(0.5F * u)};
}

struct Leg {
  bool hind = false, near = false;
  Step step;
};

Part MakeLeg(const AnimalBuild& build, const Leg& leg, float bob) {
  Part part;
  part.join = 0.04F;
  part.shade = leg.near ? 1.0F : 0.8F;
  part.on_trunk = leg.near;
  const float shift = leg.near ? 0.0F : 0.035F;
  const float size = build.leg;
  const float rest = (leg.hind ? -0.36F : 0.31F) * build.length + shift;
  const Vec2 foot{rest + leg.step.x, leg.step.lift + 0.03F};
  if (leg.hind) {
    const Vec2 hip{-0.36F * build.length + shift, 0.78F * size + bob};
    const Vec2 stifle{-0.29F * build.length + shift + 0.3F * leg.step.x, 0.585F * size + bob};
    const Vec2 hock = MiddleJoint(stifle, foot, 0.29F * size, 0.325F * size, -1.0F);
    const Vec2 fetlock = Mix(foot, hock, 0.22F);
    const float phase = -0.36F * build.length;
    part.bones = {{hip, stifle, 0.17F * build.girth, 0.125F, phase, phase - 0.2F, 0.0F, 0.9F},
                  {stifle, hock, 0.12F, 0.058F, phase - 0.2F, phase - 0.49F, 0.6F, 1.0F},
                  {hock, fetlock, 0.055F, 0.046F, phase - 0.49F, phase - 0.74F},
                  {fetlock, foot, 0.046F, 0.05F, phase - 0.74F, phase - 0.81F},
                  {foot, foot + Vec2{0.025F, -0.005F}, 0.047F, 0.042F, phase - 0.81F, phase - 0.83F,
                   1, 1, Material::kHoof}};
  } else {
    const Vec2 shoulder{0.31F * build.length + shift, 0.74F * size + bob};
    const Vec2 elbow{0.29F * build.length + shift + 0.25F * leg.step.x, 0.56F * size + bob};
    const Vec2 knee = MiddleJoint(elbow, foot, 0.28F * size, 0.26F * size, 1.0F);
    const Vec2 fetlock = Mix(foot, knee, 0.25F);
    const float phase = 0.31F * build.length;
    part.bones = {{shoulder, elbow, 0.14F * build.girth, 0.095F, phase, phase + 0.18F, 0.0F, 0.8F},
                  {elbow, knee, 0.092F, 0.056F, phase + 0.18F, phase + 0.46F, 0.6F, 1.0F},
                  {knee, fetlock, 0.054F, 0.045F, phase + 0.46F, phase + 0.66F},
                  {fetlock, foot, 0.045F, 0.05F, phase + 0.66F, phase + 0.74F},
                  {foot, foot + Vec2{0.025F, -0.005F}, 0.047F, 0.042F, phase + 0.74F, phase + 0.76F,
                   1, 1, Material::kHoof}};
  }
  return part;
}

}  // namespace

AnimalBuild DrawBuild(SceneRandom& random) {
  AnimalBuild build;
  build.key = static_cast<std::uint32_t>(random.Unit() * 16777216.0F);
  build.length = random.Between(0.93F, 1.07F);
  build.girth = random.Between(0.92F, 1.08F);
  build.leg = random.Between(0.97F, 1.05F);
  build.neck = random.Between(0.92F, 1.08F);
  build.head = random.Between(0.93F, 1.06F);
  build.tail = random.Between(0.85F, 1.1F);
  build.mane = random.Between(0.85F, 1.2F);
  build.neck_angle = random.Between(0.085F, 0.15F);
  build.stripe_length = random.Between(0.168F, 0.182F);
  build.stripe_offset = random.Unit();
  build.stripe_duty = random.Between(-0.15F, 0.15F);
  build.stripe_lean = random.Between(-0.02F, 0.045F);
  // Bay, chestnut, sorrel and copper: one family, bright enough to differ from every grey.
  constexpr std::array<Colour, 4> kCoats{Colour{0.62F, 0.33F, 0.14F}, Colour{0.72F, 0.41F, 0.18F},
                                         Colour{0.55F, 0.29F, 0.13F}, Colour{0.78F, 0.48F, 0.23F}};
  const int first = random.Below(4), second = random.Below(4);
  build.coat = Mix(kCoats[first], kCoats[second], random.Unit());
  build.mane_colour = build.coat * random.Between(0.52F, 0.72F);
  build.dark = Colour{0.16F, 0.11F, 0.09F};
  const float white = random.Between(0.92F, 1.0F);
  build.white = Colour{white, white * 0.98F, white * 0.94F};
  build.black = Colour{0.09F, 0.08F, 0.08F};
  return build;
}

Figure PoseAnimal(const AnimalBuild& build, const AnimalMotion& motion, double travelled,
                  double time) {
  // Reduced in double, so that an hour of video stays exact.
  const double cycles = travelled / motion.stride + motion.gait_offset;
  const auto gait = static_cast<float>(cycles - std::floor(cycles));
  const double turns = time / motion.graze_period + motion.graze_offset;
  const auto idle = static_cast<float>(turns - std::floor(turns));
  const float swing = SinTurns(2.0F * gait);
  const float bob = motion.walks ? 0.012F * swing : 0.004F * SinTurns(idle * 3.0F);

  std::array<Leg, 4> legs;
  constexpr std::array<float, 4> kBeat{0.0F, 0.5F, 0.25F, 0.75F};  // near hind, far hind, near fore
  for (int i = 0; i < 4; ++i) {
    legs[i].hind = i < 2;
    legs[i].near = i % 2 == 0;
    if (motion.walks) {
      legs[i].step = WalkStep(gait + kBeat[i], motion.stride);
    } else {
      const float spread = UnitFloat(HashCell(build.key, i, 7)) - 0.5F;
      legs[i].step = {0.16F * spread + (legs[i].near ? -0.03F : 0.05F), 0.0F};
    }
  }

  // Head and neck: carried while walking; down and up again while grazing.
  const float grazing = motion.walks ? 0.0F : SmoothStep(-0.25F, 0.25F, SinTurns(idle));
  const float neck_angle = Mix(build.neck_angle + (motion.walks ? 0.006F * swing : 0.0F),
                               -0.115F + 0.004F * SinTurns(idle * 12.0F), grazing);
  const float head_angle =
      Mix(build.neck_angle - 0.225F, -0.2F + 0.006F * SinTurns(idle * 12.0F), grazing);
  const float neck_length = Mix(0.42F, 0.5F, grazing) * build.neck;
  const float up = (build.leg - 1.0F) * 0.6F + bob;
  const float l = build.length, g = build.girth;
  const Vec2 base{0.35F * l, 0.815F + up};
  const Vec2 neck_way = Direction(neck_angle), head_way = Direction(head_angle);
  const Vec2 poll = base + neck_way * neck_length;
  const Vec2 jaw = poll + head_way * (0.14F * build.head);
  const Vec2 nose = poll + head_way * (0.27F * build.head);
  const Vec2 muzzle = poll + head_way * (0.36F * build.head);
  const Vec2 crest{-neck_way.y, neck_way.x};

  Figure figure;
  figure.push_back(MakeLeg(build, legs[1], bob));
  figure.push_back(MakeLeg(build, legs[3], bob));

  const float sway = 0.5F * SinTurns(motion.walks ? gait : idle * 4.0F);
  const Vec2 dock{-0.57F * l, 0.90F + up};
  const Vec2 tail1 = dock + Vec2{-0.055F, -0.07F};
  const Vec2 tail2 = tail1 + Vec2{-0.03F + 0.02F * sway, -0.16F * build.tail};
  const Vec2 tail3 = tail2 + Vec2{0.03F * sway, -0.14F * build.tail};
  const Vec2 tail4 = tail3 + Vec2{0.015F + 0.05F * sway, -0.14F * build.tail};
  Part tail;
  tail.join = 0.03F;
  tail.bones = {{dock, tail1, 0.035F, 0.032F, 0, 0.1F, 1, 1, Material::kTail},
                {tail1, tail2, 0.032F, 0.035F, 0.1F, 0.26F, 1, 1, Material::kTail},
                {tail2, tail3, 0.035F, 0.042F, 0.26F, 0.4F, 1, 1, Material::kTail},
                {tail3, tail4, 0.042F, 0.015F, 0.4F, 0.54F, 1, 1, Material::kTuft}};
  figure.push_back(tail);

  const float neck_phase = 0.35F * l;
  const float poll_phase = neck_phase + neck_length;
  Part mane;
  mane.join = 0.02F;
  const Vec2 withers{0.2F * l, 0.965F + up};
  const Vec2 nape = base + neck_way * (0.5F * neck_length) + crest * 0.125F;
  mane.bones = {
      {withers, nape, 0.03F, 0.05F * build.mane, neck_phase - 0.05F,
       neck_phase + 0.5F * neck_length, 1, 1, Material::kMane},
      {nape, poll + crest * 0.075F, 0.05F * build.mane, 0.045F * build.mane,
       neck_phase + 0.5F * neck_length, poll_phase, 1, 1, Material::kMane},
      {poll + crest * 0.075F, poll + head_way * 0.09F + Vec2{-head_way.y, head_way.x} * 0.06F,
       0.04F, 0.025F, poll_phase, poll_phase + 0.1F, 1, 1, Material::kMane}};
  figure.push_back(mane);

  const Vec2 ear_root = poll + crest * 0.05F;
  const Vec2 ear_way = crest * 0.8F + neck_way * 0.6F;
  Part far_ear;
  far_ear.shade = 0.8F;
  far_ear.join = 0.01F;
  far_ear.bones = {{ear_root + head_way * 0.05F, ear_root + head_way * 0.06F + ear_way * 0.1F,
                    0.028F, 0.012F, poll_phase, poll_phase + 0.1F}};
  figure.push_back(far_ear);

  Part trunk;
  trunk.join = 0.09F;
  trunk.bones = {
      // Rump, loin and belly, chest, withers; neck; head.
      {{-0.40F * l, 0.80F + up},
       {-0.33F * l, 0.775F + up},
       0.195F * g,
       0.20F * g,
       -0.40F * l,
       -0.33F * l},
      {{-0.33F * l, 0.78F + up}, {0.0F, 0.76F + up}, 0.185F * g, 0.195F * g, -0.33F * l, 0.0F},
      {{0.0F, 0.755F + up}, {0.31F * l, 0.755F + up}, 0.20F * g, 0.22F * g, 0.0F, 0.31F * l},
      {{0.10F * l, 0.86F + up}, {0.25F * l, 0.885F + up}, 0.10F, 0.10F, 0.10F * l, 0.25F * l},
      {base, poll, 0.17F * g, 0.085F, neck_phase, poll_phase},
      {poll, jaw, 0.088F, 0.092F, poll_phase, poll_phase + 0.14F},
      {jaw, nose, 0.088F, 0.06F, poll_phase + 0.14F, poll_phase + 0.27F},
      {nose, muzzle, 0.058F, 0.055F, poll_phase + 0.27F, poll_phase + 0.36F, 1, 1,
       Material::kMuzzle}};
  figure.push_back(trunk);

  Part ear = far_ear;
  ear.shade = 1.0F;
  ear.bones = {
      {ear_root, ear_root + ear_way * 0.11F, 0.032F, 0.012F, poll_phase, poll_phase + 0.1F},
      {ear_root + ear_way * 0.02F, ear_root + ear_way * 0.07F, 0.014F, 0.008F, 0, 0, 1, 1,
       Material::kInnerEar}};
  figure.push_back(ear);
  figure.push_back(MakeLeg(build, legs[0], bob));
  figure.push_back(MakeLeg(build, legs[2], bob));

  Part eye;
  const Vec2 socket =
      poll + head_way * (0.13F * build.head) + Vec2{-head_way.y, head_way.x} * 0.03F;
  eye.bones = {{socket, socket + head_way * 0.006F, 0.018F, 0.018F, 0, 0, 1, 1, Material::kEye}};
  figure.push_back(eye);
  return figure;
}

}  // namespace agon::cyclegan
