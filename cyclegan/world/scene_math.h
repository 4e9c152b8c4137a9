// SPDX-License-Identifier: Apache-2.0
// Arithmetic for procedural pictures that gives the same bits on every machine: +, -, *, / and
// square roots only (IEEE 754 rounds them exactly; this folder is compiled without contraction to
// fused operations), a sine of our own, noise and random numbers from integer hashes.
//
// Who needs this file: the files of cyclegan/world.
#pragma once

#include <cmath>
#include <cstdint>

#include "runtime/base/philox.h"

namespace agon::cyclegan {

struct Vec2 {
  float x = 0, y = 0;
};
constexpr Vec2 operator+(Vec2 a, Vec2 b) { return {a.x + b.x, a.y + b.y}; }
constexpr Vec2 operator-(Vec2 a, Vec2 b) { return {a.x - b.x, a.y - b.y}; }
constexpr Vec2 operator*(Vec2 a, float s) { return {a.x * s, a.y * s}; }
constexpr float Dot(Vec2 a, Vec2 b) { return a.x * b.x + a.y * b.y; }
inline float Length(Vec2 a) { return std::sqrt(Dot(a, a)); }

// Red, green, blue in [0,1].
struct Colour {
  float r = 0, g = 0, b = 0;
};
constexpr Colour operator+(Colour a, Colour b) { return {a.r + b.r, a.g + b.g, a.b + b.b}; }
constexpr Colour operator*(Colour a, float s) { return {a.r * s, a.g * s, a.b * s}; }
constexpr Colour operator*(Colour a, Colour b) { return {a.r * b.r, a.g * b.g, a.b * b.b}; }

constexpr float Mix(float a, float b, float t) { return a + (b - a) * t; }
constexpr Vec2 Mix(Vec2 a, Vec2 b, float t) { return a + (b - a) * t; }
constexpr Colour Mix(Colour a, Colour b, float t) {
  return {Mix(a.r, b.r, t), Mix(a.g, b.g, t), Mix(a.b, b.b, t)};
}
constexpr float Clamp01(float x) { return x < 0.0F ? 0.0F : (x > 1.0F ? 1.0F : x); }
constexpr float SmoothStep(float from, float to, float x) {
  const float t = Clamp01((x - from) / (to - from));
  return t * t * (3.0F - 2.0F * t);
}
// std::floor is a call without SSE4.1; this is two instructions. For |x| < 2^31.
constexpr std::int32_t FloorInt(float x) {
  const auto truncated = static_cast<std::int32_t>(x);
  return truncated - (x < static_cast<float>(truncated) ? 1 : 0);
}

// sin(2 pi turns), error below 4e-7: Taylor's polynomial of sin on [-pi/2, pi/2].
constexpr float SinTurns(float turns) {
  float x = turns - static_cast<float>(FloorInt(turns + 0.5F));  // [-1/2, 1/2)
  if (x > 0.25F) x = 0.5F - x;
  if (x < -0.25F) x = -0.5F - x;
  const float y = x * 6.28318531F;
  const float y2 = y * y;
  return y *
         (1.0F + y2 * (-1.0F / 6 +
                       y2 * (1.0F / 120 +
                             y2 * (-1.0F / 5040 + y2 * (1.0F / 362880 - y2 * (1.0F / 39916800))))));
}
constexpr float CosTurns(float turns) { return SinTurns(turns + 0.25F); }
constexpr Vec2 Direction(float turns) { return {CosTurns(turns), SinTurns(turns)}; }

// A good mixer of 32 bits (the finaliser of MurmurHash3).
constexpr std::uint32_t HashBits(std::uint32_t x) {
  x ^= x >> 16;
  x *= 0x85EBCA6BU;
  x ^= x >> 13;
  x *= 0xC2B2AE35U;
  return x ^ (x >> 16);
}
constexpr std::uint32_t HashCell(std::uint32_t key, std::int32_t x, std::int32_t y) {
  return HashBits(key ^ (static_cast<std::uint32_t>(x) * 0x9E3779B1U) ^
                  (static_cast<std::uint32_t>(y) * 0x85EBCA77U));
}
// Smooth noise in [-1,1], about one hill or valley a unit.
constexpr float Noise(std::uint32_t key, float x, float y) {
  const std::int32_t ix = FloorInt(x), iy = FloorInt(y);
  const float fx = x - static_cast<float>(ix), fy = y - static_cast<float>(iy);
  const float ux = fx * fx * (3.0F - 2.0F * fx), uy = fy * fy * (3.0F - 2.0F * fy);
  const float top = Mix(UnitFloat(HashCell(key, ix, iy)), UnitFloat(HashCell(key, ix + 1, iy)), ux);
  const float bottom =
      Mix(UnitFloat(HashCell(key, ix, iy + 1)), UnitFloat(HashCell(key, ix + 1, iy + 1)), ux);
  return 2.0F * Mix(top, bottom, uy) - 1.0F;
}

// Random numbers of one thing of a scene (an animal, a tree): a Philox stream of its own.
class SceneRandom {
 public:
  explicit SceneRandom(std::uint64_t key) : key_(MixBits(key)) {}
  float Unit() {
    if (used_ == 4) {
      block_ = Philox4x32(key_, PhiloxBlock{{counter_++, 0, 0, 0}});
      used_ = 0;
    }
    return UnitFloat(block_.word[used_++]);
  }
  float Between(float from, float to) { return Mix(from, to, Unit()); }
  bool Chance(float probability) { return Unit() < probability; }
  int Below(int count) { return static_cast<int>(Unit() * static_cast<float>(count)); }

 private:
  std::uint64_t key_;
  std::uint32_t counter_ = 0;
  std::uint32_t used_ = 4;
  PhiloxBlock block_{};
};

}  // namespace agon::cyclegan
