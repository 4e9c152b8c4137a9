// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/world/landscape.h"

#include <array>
#include <cmath>

namespace agon::cyclegan {
namespace {

struct Hour {
  Colour zenith, low, glow, cloud, sun, sky;
  float sun_height;  // 0 at the horizon, 1 overhead
};
constexpr std::array<Hour, 4> kHours{// Noon, morning, golden evening, overcast.
                                     Hour{{0.30F, 0.52F, 0.86F},
                                          {0.72F, 0.85F, 0.95F},
                                          {1.00F, 0.98F, 0.90F},
                                          {0.98F, 0.98F, 0.99F},
                                          {0.52F, 0.50F, 0.45F},
                                          {0.56F, 0.58F, 0.60F},
                                          0.9F},
                                     Hour{{0.42F, 0.60F, 0.85F},
                                          {0.92F, 0.87F, 0.76F},
                                          {1.00F, 0.93F, 0.76F},
                                          {0.98F, 0.94F, 0.90F},
                                          {0.50F, 0.46F, 0.38F},
                                          {0.56F, 0.56F, 0.58F},
                                          0.4F},
                                     Hour{{0.42F, 0.47F, 0.70F},
                                          {0.98F, 0.74F, 0.46F},
                                          {1.00F, 0.80F, 0.50F},
                                          {0.97F, 0.80F, 0.66F},
                                          {0.52F, 0.42F, 0.30F},
                                          {0.54F, 0.53F, 0.54F},
                                          0.2F},
                                     Hour{{0.62F, 0.68F, 0.75F},
                                          {0.84F, 0.86F, 0.87F},
                                          {0.92F, 0.92F, 0.90F},
                                          {0.90F, 0.91F, 0.93F},
                                          {0.30F, 0.30F, 0.29F},
                                          {0.68F, 0.69F, 0.71F},
                                          0.7F}};

struct Earth {
  Colour far_away, near, patch, leaf, grass;
};
constexpr std::array<Earth, 4> kEarths{// Dry gold, fresh green, pale dust, mixed.
                                       Earth{{0.84F, 0.75F, 0.50F},
                                             {0.76F, 0.66F, 0.38F},
                                             {0.66F, 0.60F, 0.36F},
                                             {0.42F, 0.48F, 0.22F},
                                             {0.86F, 0.77F, 0.46F}},
                                       Earth{{0.68F, 0.74F, 0.44F},
                                             {0.50F, 0.61F, 0.29F},
                                             {0.62F, 0.66F, 0.36F},
                                             {0.30F, 0.45F, 0.20F},
                                             {0.56F, 0.68F, 0.32F}},
                                       Earth{{0.86F, 0.79F, 0.64F},
                                             {0.78F, 0.69F, 0.54F},
                                             {0.70F, 0.65F, 0.50F},
                                             {0.42F, 0.46F, 0.27F},
                                             {0.80F, 0.73F, 0.50F}},
                                       Earth{{0.76F, 0.74F, 0.48F},
                                             {0.66F, 0.65F, 0.36F},
                                             {0.76F, 0.68F, 0.42F},
                                             {0.36F, 0.46F, 0.21F},
                                             {0.72F, 0.71F, 0.39F}}};

constexpr std::array<float, 3> kHillScale{0.012F, 0.035F, 0.07F};

// The part of a texture that a picture can show: nothing of waves below 1.5 pixels.
float Visible(float wave_pixels) { return SmoothStep(1.5F, 5.0F, wave_pixels); }

}  // namespace

Landscape::Landscape(SceneRandom& random)
    : key_(static_cast<std::uint32_t>(random.Unit() * 16777216.0F)),
      horizon_(random.Between(0.30F, 0.46F)) {
  const Hour& hour = kHours[random.Below(4)];
  const Hour& other = kHours[random.Below(4)];
  const float blend = 0.35F * random.Unit();
  zenith_ = Mix(hour.zenith, other.zenith, blend);
  low_sky_ = Mix(hour.low, other.low, blend);
  sun_glow_ = Mix(hour.glow, other.glow, blend);
  cloud_colour_ = Mix(hour.cloud, other.cloud, blend);
  const float height = Mix(hour.sun_height, other.sun_height, blend);
  const float side = random.Between(-1.0F, 1.0F);
  sun_ = {0.5F + 0.55F * side, horizon_ * (0.85F - 0.9F * height)};
  cloud_cover_ = random.Between(-0.3F, 0.5F);
  haze_strength_ = random.Between(0.45F, 0.9F);
  haze_ = Mix(low_sky_, zenith_, 0.15F);
  light_.sun = Mix(hour.sun, other.sun, blend);
  light_.sky = Mix(hour.sky, other.sky, blend);
  const Vec2 beam{0.7F * side, 0.35F + 0.5F * height};
  const float length = std::sqrt(Dot(beam, beam) + 0.36F);
  light_.x = beam.x / length;
  light_.y = beam.y / length;
  light_.z = 0.6F / length;
  shadow_strength_ = 0.75F * light_.sun.r;
  shadow_skew_ = -side * (1.1F - 0.8F * height);
  hill_height_ = random.Between(0.02F, 0.13F);
  tree_chance_ = random.Between(0.0F, 0.5F);
  bush_chance_ = random.Between(0.0F, 0.35F);
  tuft_chance_ = random.Between(0.1F, 0.7F);
  const Earth& earth = kEarths[random.Below(4)];
  const Earth& second = kEarths[random.Below(4)];
  const float mixture = 0.4F * random.Unit();
  const Colour day = light_.sun * 0.8F + light_.sky;
  ground_far_ = Mix(earth.far_away, second.far_away, mixture) * day;
  ground_near_ = Mix(earth.near, second.near, mixture) * day;
  ground_patch_ = Mix(earth.patch, second.patch, mixture) * day;
  leaf_ = Mix(earth.leaf, second.leaf, mixture) * day;
  grass_ = Mix(earth.grass, second.grass, mixture) * day;
}

Colour Landscape::Hazed(Colour colour, float scale) const {
  return Mix(colour, haze_, haze_strength_ * 0.06F / (0.06F + scale));
}

void Landscape::PaintBackdrop(Canvas& canvas, double camera) const {
  const int size = canvas.size, many = canvas.supersample;
  const auto pixels = static_cast<float>(size);
  // Textures are made once a pixel, borders once a sample.
  std::vector<Colour> row(static_cast<std::size_t>(size));
  std::array<std::vector<float>, 3> ridge;
  for (std::size_t layer = 0; layer < ridge.size(); ++layer) {
    ridge[layer].resize(static_cast<std::size_t>(canvas.samples));
    const float amplitude = layer == 2 ? 0.022F : hill_height_ * (layer == 0 ? 1.0F : 0.55F);
    const float frequency = layer == 2 ? 16.0F : (layer == 0 ? 2.2F : 3.5F);
    const float at = static_cast<float>(camera * kHillScale[layer]);
    const std::uint32_t key = HashBits(key_ + static_cast<std::uint32_t>(layer));
    for (int x = 0; x < canvas.samples; ++x) {
      float sum = 0, part = 0.5F, wave = frequency;
      for (int octave = 0; octave < 4; ++octave) {
        sum += part * Noise(key + static_cast<std::uint32_t>(octave),
                            (canvas.Middle(x) + at) * wave, 0.5F);
        part *= 0.5F;
        wave *= 2.1F;
      }
      ridge[layer][static_cast<std::size_t>(x)] =
          horizon_ - amplitude * Clamp01(0.45F + 0.75F * sum);
    }
  }
  const std::array<Colour, 3> hill_colour{Mix(leaf_ * 0.8F, haze_, 0.45F + 0.4F * haze_strength_),
                                          Mix(leaf_ * 0.85F, haze_, 0.25F + 0.4F * haze_strength_),
                                          Hazed(leaf_ * 0.8F, 0.10F)};

  for (int py = 0; py < size; ++py) {
    const float y = (static_cast<float>(py) + 0.5F) / pixels;
    const bool has_sky = static_cast<float>(py) < horizon_ * pixels;
    const bool has_ground = static_cast<float>(py + 1) > horizon_ * pixels;
    std::vector<Colour> ground;
    if (has_ground) {
      ground.resize(static_cast<std::size_t>(size));
      const float scale = std::max((y - horizon_) / (1.0F - horizon_), 0.25F / pixels);
      const float depth = 0.5F / scale;
      const Colour base = Mix(ground_far_, ground_near_, SmoothStep(0.0F, 0.7F, scale));
      const float height_of_row = scale * scale * (1.0F - horizon_) * 2.0F;  // scene units a depth
      for (int px = 0; px < size; ++px) {
        const float x = (static_cast<float>(px) + 0.5F) / pixels;
        const auto world = static_cast<float>(camera + (x - 0.5F) / scale);
        float fine = 0, patch = 0, wave = 0.7F, part = 1.0F;
        for (std::uint32_t octave = 0; octave < 6; ++octave) {
          const float seen = Visible(std::min(wave * scale, wave * height_of_row) * pixels);
          if (seen <= 0.0F) break;
          const float noise = seen * part * Noise(key_ + 40 + octave, world / wave, depth / wave);
          if (octave < 2)
            patch += noise;
          else
            fine += noise;
          wave *= 0.45F;
          part *= octave < 2 ? 0.8F : 0.75F;
        }
        const Colour mixed = Mix(base, ground_patch_, SmoothStep(-0.5F, 0.9F, patch));
        ground[static_cast<std::size_t>(px)] = Hazed(mixed * (1.0F + 0.13F * fine), 2.0F * scale);
      }
    }
    if (has_sky) {
      const float rise = Clamp01(y / horizon_);
      const Colour clear = Mix(zenith_, low_sky_, rise * (0.35F + 0.65F * rise));
      for (int px = 0; px < size; ++px) {
        const float x = (static_cast<float>(px) + 0.5F) / pixels;
        const Vec2 to_sun = Vec2{x, y} - sun_;
        const float away = Dot(to_sun, to_sun);
        Colour colour = Mix(clear, sun_glow_, 0.75F * 0.02F / (0.02F + away));
        float cloud = 0, part = 0.55F, wave = 2.3F;
        for (std::uint32_t octave = 0; octave < 4; ++octave) {
          cloud += part * Noise(key_ + 60 + octave, x * wave, y * wave * 2.6F);
          part *= 0.5F;
          wave *= 2.2F;
        }
        const float cover = SmoothStep(0.0F, 0.55F, cloud + cloud_cover_ - 0.25F);
        colour = Mix(colour, cloud_colour_ * (0.93F + 0.1F * cloud), 0.85F * cover);
        row[static_cast<std::size_t>(px)] = colour;
      }
    }
    for (int sy = py * many; sy < (py + 1) * many; ++sy) {
      const float sample_y = canvas.Middle(sy);
      for (int sx = 0; sx < canvas.samples; ++sx) {
        const auto column = static_cast<std::size_t>(sx);
        const std::size_t at = canvas.At(sx, sy), px = column / static_cast<std::size_t>(many);
        if (sample_y >= horizon_) {
          canvas.colour[at] = ground[px];
          canvas.surface[at] = kGround;
          continue;
        }
        int layer = 2;
        while (layer >= 0 && sample_y < ridge[static_cast<std::size_t>(layer)][column]) --layer;
        if (layer < 0) {
          canvas.colour[at] = row[px];
          canvas.surface[at] = kSky;
        } else {
          const auto hill = static_cast<std::size_t>(layer);
          const float below = (sample_y - ridge[hill][column]) / 0.12F;
          canvas.colour[at] = Mix(hill_colour[hill], haze_, 0.35F * Clamp01(below));
          canvas.surface[at] = kHills + static_cast<Surface>(layer);
        }
      }
    }
  }
  // The disc of the sun, where hills do not hide it.
  const float radius = 0.035F;
  const Box box = canvas.Cover(sun_ - Vec2{radius, radius}, sun_ + Vec2{radius, radius});
  for (int y = box.y0; y < box.y1; ++y) {
    for (int x = box.x0; x < box.x1; ++x) {
      const std::size_t at = canvas.At(x, y);
      const Vec2 off = Vec2{canvas.Middle(x), canvas.Middle(y)} - sun_;
      if (canvas.surface[at] == kSky && Dot(off, off) < radius * radius) {
        canvas.colour[at] = Mix(canvas.colour[at], sun_glow_, 0.9F);
      }
    }
  }
}

void Landscape::PaintShadow(Canvas& canvas, Vec2 feet, float height, float heading) const {
  const float flat = 0.11F;
  const Vec2 middle{feet.x + shadow_skew_ * 0.22F * height + heading * 0.03F * height,
                    feet.y - 0.004F};
  const float rx = 0.72F * height, ry = flat * height;
  const Box box = canvas.Cover(middle - Vec2{rx, ry}, middle + Vec2{rx, ry});
  for (int y = box.y0; y < box.y1; ++y) {
    for (int x = box.x0; x < box.x1; ++x) {
      const std::size_t at = canvas.At(x, y);
      if (IsAnimal(canvas.surface[at]) || canvas.surface[at] < kGround) continue;
      const float u = (canvas.Middle(x) - middle.x) / rx, v = (canvas.Middle(y) - middle.y) / ry;
      const float dark = 1.0F - SmoothStep(0.25F, 1.0F, u * u + v * v);
      if (dark <= 0.0F) continue;
      canvas.colour[at] = canvas.colour[at] * (1.0F - shadow_strength_ * dark);
      if (dark > 0.1F && canvas.surface[at] == kGround) canvas.surface[at] = kShadow;
    }
  }
}

Vec2 Landscape::Motion(Surface surface, Vec2 p, double shift) const {
  float scale = 0;
  if (surface >= kHills && surface < kHills + kHillScale.size()) {
    scale = kHillScale[surface - kHills];
  } else if (surface == kGround || surface == kShadow) {
    scale = (p.y - horizon_) / (1.0F - horizon_);
  } else if (surface >= kFirstPlant) {
    scale = RowScale(static_cast<int>((surface - kFirstPlant) >> 16));
  }
  return {-static_cast<float>(shift) * scale, 0.0F};
}

}  // namespace agon::cyclegan
