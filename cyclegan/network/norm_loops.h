// SPDX-License-Identifier: Apache-2.0
// InstanceNorm over pictures with channels last, float32 or bfloat16 (its bits), in two passes over
// memory: one for the statistics, one that normalises, adds, bends and lays the result into the
// padded picture that the next convolution reads.
//
// Who needs this file: fused_inference.cpp and fused_norm.cpp. Raw pointers, no LibTorch, so that
// the loops have compiler flags of their own (CMakeLists.txt) and a version for each generation of
// vector registers.
//
// Thread safety: free functions; they stay on the calling thread.
#pragma once

#include <cstdint>

namespace agon::cyclegan::loops {

// sums [2,channels]: of x - pivot and of its square over `pixels` pixels of `channels` values.
void Sums(const float* x, const float* pivot, std::int64_t pixels, std::int64_t channels,
          double* sums);
void Sums(const std::uint16_t* x, const std::uint16_t* pivot, std::int64_t pixels,
          std::int64_t channels, double* sums);

// Mean and biased variance [pictures,channels] from the sums of every picture's parts, in their
// order. sums [pictures * parts,2,channels]; the pivot of each picture is its first pixel.
struct PictureSizes {
  std::int64_t pictures, parts, pixels, channels;
};
void Combine(const double* sums, const float* x, const PictureSizes& sizes, float* mean,
             float* variance);
void Combine(const double* sums, const std::uint16_t* x, const PictureSizes& sizes, float* mean,
             float* variance);

// One picture [height,width,channels] into another with `pad` pixels more on each side, which are
// filled by reflection (pad < height, width).
template <class Number>
struct NormRows {
  const Number* x;
  std::int64_t height, width, channels;
  const float *scale, *shift;  // [channels]: y = x scale + shift
  float slope;                 // of what is below 0: 0 relu, 1 nothing
  // Added to the result: a picture of the same size, its rows `residual_pitch` values apart, or
  // null. May be the inside of `out`.
  const Number* residual;
  std::int64_t residual_pitch;
  Number* out;  // [height + 2 pad, width + 2 pad, channels]; with pad 0 it may be x
  std::int64_t pad;
};
// Rows [begin, end) of the picture, and what is reflected of them.
void Normalise(const NormRows<float>& rows, std::int64_t begin, std::int64_t end);
void Normalise(const NormRows<std::uint16_t>& rows, std::int64_t begin, std::int64_t end);

// The way back, in two passes as well. With y = x scale + shift the norm and g the gradient of what
// was laid into the frame, folded back from it:
//   h = g (y > 0 ? 1 : slope),  gradient of x = scale (h - mean(h) - y mean(h y)).
template <class Number>
struct NormBackRows {
  const Number* x;
  std::int64_t height, width, channels;
  const float *scale, *shift;
  float slope;
  const Number* gradient;  // [height + 2 pad, width + 2 pad, channels]
  std::int64_t pad;
  Number* folded;  // [height,width,channels]: h
};
// Rows [begin, end): h, and sums [2,channels] of h and of h y. `line`: width * channels values to
// work with.
void FoldBack(const NormBackRows<float>& rows, std::int64_t begin, std::int64_t end, float* line,
              double* sums);
void FoldBack(const NormBackRows<std::uint16_t>& rows, std::int64_t begin, std::int64_t end,
              float* line, double* sums);
// `pixels` pixels: the gradient of x from h; `means` [2,channels] of h and of h y. out may be h.
struct NormBackSizes {
  std::int64_t pixels, channels;
  const float *scale, *shift, *means;
};
void NormaliseBack(const float* x, const float* folded, const NormBackSizes& sizes, float* out);
void NormaliseBack(const std::uint16_t* x, const std::uint16_t* folded, const NormBackSizes& sizes,
                   std::uint16_t* out);

}  // namespace agon::cyclegan::loops
