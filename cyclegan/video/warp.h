// SPDX-License-Identifier: Apache-2.0
// Pictures as the steady filter and the temporal metrics need them: reduced by averaging areas, one
// SIMD vector a pixel, sampled between pixels, moved along a flow.
//
// Private to this folder.
//
// Thread safety: free functions on values.
#pragma once

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/media/flow.h"
#include "runtime/media/video.h"

namespace agon::cyclegan {

using Float4 = float __attribute__((vector_size(16)));

struct Pixel4 {
  Float4 v;  // red, green, blue and a fourth value of the owner's
};

// Colours here are whole numbers from 0 to kWhite, whatever the picture's depth: a state of 16-bit
// numbers then holds them exactly.
inline constexpr float kWhite = 65'535.0F;

struct Image4 {
  int width = 0;
  int height = 0;
  std::vector<Pixel4> data;

  void Resize(int new_width, int new_height);
  [[nodiscard]] bool empty() const { return data.empty(); }
  [[nodiscard]] const Pixel4* row(int y) const {
    return data.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width);
  }
  [[nodiscard]] Pixel4* row(int y) {
    return data.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width);
  }
};

struct Size {
  int width = 0;
  int height = 0;
  friend bool operator==(const Size&, const Size&) = default;
};

// The size whose longer side is `max_side` at most (0: no limit), the aspect ratio kept.
[[nodiscard]] Size Within(Size size, int max_side);

// The picture at another size: the mean of the area that each pixel covers. The fourth value is 0.
void Shrink(const media::Picture& picture, Size size, Image4& out);

// Luma (BT.601 weights, as OpenCV's and the references' grey) in 8 bits.
void GreyOf(const Image4& image, std::vector<std::uint8_t>& grey);

// The nearest whole number to a value from 0 on; lround is a call, and these loops are hot.
[[nodiscard]] inline int Nearest(float value) {
  const float raised = value + 0.5F;
  return static_cast<int>(raised);
}

// Keeps x in [0, last]; what is no number becomes 0.
[[nodiscard]] inline float Inside(float x, float last) { return x > 0 ? (x < last ? x : last) : 0; }

// The four pixels around a place, and how far between them it lies. Pixel centres are whole
// numbers, the border continues outwards.
struct Spot {
  std::size_t above_left, above_right, below_left, below_right;
  float u, v;

  Spot(int width, int height, float x, float y) {
    x = Inside(x, static_cast<float>(width - 1));
    y = Inside(y, static_cast<float>(height - 1));
    const int left = static_cast<int>(x);
    const int top = static_cast<int>(y);
    u = x - static_cast<float>(left);
    v = y - static_cast<float>(top);
    const std::size_t across = left + 1 < width ? 1 : 0;
    const auto down = static_cast<std::size_t>(top + 1 < height ? width : 0);
    above_left = static_cast<std::size_t>(top) * static_cast<std::size_t>(width) +
                 static_cast<std::size_t>(left);
    above_right = above_left + across;
    below_left = above_left + down;
    below_right = below_left + across;
  }
};

[[nodiscard]] inline Float4 Bilinear(const Image4& image, const Spot& spot) {
  const Pixel4* const p = image.data.data();
  const Float4 above =
      p[spot.above_left].v + (p[spot.above_right].v - p[spot.above_left].v) * spot.u;
  const Float4 below =
      p[spot.below_left].v + (p[spot.below_right].v - p[spot.below_left].v) * spot.u;
  return above + (below - above) * spot.v;
}

#ifdef __SSE2__
// GCC makes four instructions of the general form.
[[nodiscard]] inline Float4 Lower(Float4 a, Float4 b) { return _mm_min_ps(a, b); }
[[nodiscard]] inline Float4 Higher(Float4 a, Float4 b) { return _mm_max_ps(a, b); }
#else
[[nodiscard]] inline Float4 Lower(Float4 a, Float4 b) { return a < b ? a : b; }
[[nodiscard]] inline Float4 Higher(Float4 a, Float4 b) { return a > b ? a : b; }
#endif

// A flow as an image: dx, dy, 0, 0.
void ToImage(const media::FlowField& flow, Image4& out);

// out(x) = image(x + flow(x)), bilinear; `flow` as ToImage gives it, of the image's size.
void MoveBack(const Image4& image, const Image4& flow, Image4& out);

// The states of this folder. Their head: what it is a state of, and two sizes.
struct StateHead {
  std::uint32_t mark = 0;
  Size first, second;
};
inline constexpr std::size_t kStateHeadBytes = 20;
void AppendHead(Bytes& out, const StateHead& head);
// Nothing when it is too short, of something else, or has a side beyond every video's.
[[nodiscard]] std::optional<StateHead> LoadHead(ByteView bytes, std::uint32_t mark);
// An image's first `channels` values as 16-bit numbers, little-endian.
void AppendImage(Bytes& out, const Image4& image, int channels);
// Fills the `image`, whose size is set, from bytes at `at`, which it advances. The caller has made
// sure that there are enough.
void LoadImage(ByteView bytes, std::size_t& at, int channels, Image4& image);

}  // namespace agon::cyclegan
