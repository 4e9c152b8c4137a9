// SPDX-License-Identifier: Apache-2.0
// The loops of pixel_convert.cpp over one row of pixels: 8-bit ones in whole numbers, deeper ones
// in float. The same results on every machine. Private to this folder.
//
// Thread safety: free functions.
#pragma once

#include <cstdint>

namespace agon::media::rows {

// Matrix, range and depth of YUV as numbers; made by MakeYuv.
struct Yuv {
  // Samples to RGB in 0..1: red = luma * (y - black) + red_v * (v - middle), and so on.
  float black = 0, middle = 0;
  float luma = 0, red_v = 0, green_u = 0, green_v = 0, blue_u = 0;
  // RGB in 0..1 to samples: y = black + y_red * red + y_green * green + y_blue * blue; u and v
  // alike, around middle.
  float y_red = 0, y_green = 0, y_blue = 0;
  float u_red = 0, u_green = 0, u_blue = 0;
  float v_red = 0, v_green = 0, v_blue = 0;
  float most = 255;  // the largest sample

  // The same for 8-bit samples and 8-bit RGB, times 2^16.
  std::int32_t fixed_black = 0;
  std::int32_t fixed_luma = 0, fixed_red_v = 0, fixed_green_u = 0, fixed_green_v = 0,
               fixed_blue_u = 0;
  std::int32_t fixed_y[3] = {}, fixed_u[3] = {}, fixed_v[3] = {};
};

// `red` and `blue`: their shares of luma (Kr and Kb).
[[nodiscard]] Yuv MakeYuv(double red, double blue, bool full_range, int bits);

// What a row of 8-bit chroma adds to each pixel's red, green and blue, times 2^16, rounding
// included; each sample is repeated 2^shift times.
void ChromaToRgb(const Yuv& yuv, const std::uint8_t* u, const std::uint8_t* v, int width, int shift,
                 std::int32_t* red, std::int32_t* green, std::int32_t* blue);
// A row of interleaved RGB from luma and what ChromaToRgb made.
void LumaToRgb(const Yuv& yuv, const std::uint8_t* y, int width, const std::int32_t* red,
               const std::int32_t* green, const std::int32_t* blue, std::uint8_t* rgb);

// A row of interleaved RGB to luma.
void RgbToLuma(const Yuv& yuv, const std::uint8_t* rgb, int width, std::uint8_t* y);
// Adds a row of interleaved RGB to sums of width >> shift entries, rounded up; pixels that are
// missing at the end of the last sum are the last pixel again.
void AddRgb(const std::uint8_t* rgb, int width, int shift, std::int32_t* red, std::int32_t* green,
            std::int32_t* blue);
// `width` chroma samples from sums of 2^log2_count pixels.
void SumsToChroma(const Yuv& yuv, const std::int32_t* red, const std::int32_t* green,
                  const std::int32_t* blue, int width, int log2_count, std::uint8_t* u,
                  std::uint8_t* v);

// Where the samples of one channel lie in a row: bits [shift, shift + bits) of a number of `bytes`
// bytes, every `step` bytes.
struct Samples {
  const std::uint8_t* data = nullptr;
  int step = 1;
  int bytes = 1;
  int shift = 0;
  int bits = 8;
};
// As numbers, each repeated 2^log2_repeat times.
void Load(const Samples& samples, int width, int log2_repeat, float* out);
// y, u and v as loaded become RGB in 0..1, in place (red, green, blue).
void YuvToRgb(const Yuv& yuv, float* y, float* u, float* v, int width);
// Writes numbers in 0..1 (clamped) as every third sample, 8 or 16 bits.
void StoreThird(const float* values, int width, std::uint8_t* out);
void StoreThird(const float* values, int width, std::uint16_t* out);
// Reads every third sample, as 0..1.
void LoadThird(const std::uint8_t* samples, int width, float* out);
void LoadThird(const std::uint16_t* samples, int width, float* out);
// Adds a row to sums of width >> shift entries, as AddRgb.
void Add(const float* values, int width, int shift, float* sums);
// offset + a * red + b * green + c * blue, rounded and clamped to 0..most.
struct Mix {
  float offset = 0, red = 0, green = 0, blue = 0, most = 255;
};
void StoreMix(const Mix& mix, const float* red, const float* green, const float* blue, int width,
              int step, std::uint8_t* out);
void StoreMix(const Mix& mix, const float* red, const float* green, const float* blue, int width,
              int step, std::uint16_t* out);

}  // namespace agon::media::rows
