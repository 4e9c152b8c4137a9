// SPDX-License-Identifier: Apache-2.0
// Pictures made larger, smaller, and upright. Private to this folder.
//
// Thread safety: free functions.
#pragma once

#include <cstdint>
#include <span>

#include "runtime/media/video.h"

namespace agon::media {

// What brings a picture as coded upright: first transposed (rows become columns), then mirrored.
struct Orientation {
  bool transpose = false;
  bool mirror_x = false;  // left and right change places
  bool mirror_y = false;

  [[nodiscard]] bool IsUpright() const { return !transpose && !mirror_x && !mirror_y; }
  // Degrees clockwise: 0, 90, 180, 270; of a mirror image, after it was mirrored.
  [[nodiscard]] int Rotation() const;
  [[nodiscard]] bool IsMirror() const { return transpose != (mirror_x != mirror_y); }
};

// From a display matrix (ISO/IEC 14496-12, 8.3.2; FFmpeg's nine numbers). Angles between are
// rounded to quarter turns.
[[nodiscard]] Orientation OrientationOf(std::span<const std::int32_t, 9> matrix);

struct Size {
  int width = 0;
  int height = 0;
  friend bool operator==(const Size&, const Size&) = default;
};

// The size for which `height` is asked: width in proportion, even where `even`. height 0: as it is.
[[nodiscard]] Size ScaledTo(int height, const Size& size, bool even);

// Averages areas when it shrinks, bicubic otherwise.
void Resize(const Picture& from, const Size& size, Picture& to);
void Orient(const Picture& from, const Orientation& orientation, Picture& to);

}  // namespace agon::media
