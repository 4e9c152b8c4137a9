// SPDX-License-Identifier: Apache-2.0
// Savanna: a procedural world of four-legged animals that walk over varied ground under varied
// skies, with a plain coat (domain A) or a striped one (domain B). It gives unpaired pictures for
// training and, for evaluation, what no photograph gives: the true mask of the animals and the true
// optical flow.
//
//   const SavannaScene scene(settings, Coat::kPlain, /*seed=*/0, /*index=*/17);
//   SavannaFrame frame = scene.Render(0.0);      // picture, mask, flow to the next frame
//
// Everything about a scene (how many animals, their build, colours, pace, ground, sky, light)
// depends on seed, coat and index alone, so pictures can be made in any order by any thread, and
// the two domains share nothing but the distribution of everything except the coat.
//
// Who needs this file: the training data `savanna`, evaluation, the demo.
//
// Thread safety: scenes are immutable.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/config/fields.h"
#include "runtime/formats/png.h"
#include "runtime/media/flow.h"

namespace agon::cyclegan {

enum class Coat { kPlain, kStriped };

struct SavannaSettings {
  std::int64_t size = 64;        // pixels, height and width of a picture
  double frame_rate = 25;        // of a video, frames a second
  std::int64_t supersample = 3;  // samples a pixel along each side, for smooth edges
  static void Describe(config::Fields<SavannaSettings>& f);
};

struct SavannaFrame {
  formats::Pixels picture;         // RGB
  std::vector<std::uint8_t> mask;  // [H*W] coverage by animals, 0..255
  media::FlowField flow;           // from this frame to the next, at pixel centres
  // [H*W] 1: the pixel shows one surface alone, and the next frame shows that surface where the
  // flow takes the pixel's square (same part of the same thing, same place of the skin).
  std::vector<std::uint8_t> flow_valid;
};

class SavannaScene {
 public:
  SavannaScene(const SavannaSettings& settings, Coat coat, std::uint64_t seed, std::uint64_t index);
  ~SavannaScene();
  SavannaScene(SavannaScene&&) noexcept;
  // The same scene with another coat: what a perfect translation would be (evaluation only: the
  // training domains hold no such pairs).
  [[nodiscard]] SavannaScene WithCoat(Coat coat) const;
  // `time` in seconds from the scene's start, at least 0.
  [[nodiscard]] SavannaFrame Render(double time) const;
  // Only picture and mask: what training needs, twice as fast.
  [[nodiscard]] SavannaFrame RenderStill(double time) const;
  // Stripes of this scene's animals a pixel of the picture (cycles / pixel), as its build asks,
  // whether its coat shows them or not.
  [[nodiscard]] double StripeFrequency() const;

 private:
  struct Impl;
  explicit SavannaScene(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

}  // namespace agon::cyclegan
