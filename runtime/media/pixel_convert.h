// SPDX-License-Identifier: Apache-2.0
// FFmpeg's frames to pictures of RGB and back, by the frame's own matrix and range (ITU-T H.273),
// correctly rounded. Sizes do not change here. Private to this folder.
//
// Chroma of fewer samples is repeated for the pixels it covers and, on the way back, is the mean of
// them: a video that is read and written again keeps its chroma, which an interpolation, however
// good, would soften. A matrix that is not stated is BT.601, as FFmpeg itself takes it.
//
// Why not swscale, which is used for exotic formats alone: its fast paths are off by two or three
// levels, its exact ones take longer than the rest of the decoder.
//
// Thread safety: a converter belongs to one thread; the functions are free of state.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/media/ffmpeg.h"
#include "runtime/media/video.h"

namespace agon::media {

namespace rows {
struct Yuv;
}

// What a pixel format is like.
struct PixelTraits {
  int bits = 8;             // of its deepest channel
  std::string chroma;       // "420", "422", "444", "440", "411", "410", "rgb", "grey"
  bool rgb = false;         // or a palette
  bool grey = false;        // no chroma
  bool full_range = false;  // by its nature: yuvj420p, grey, RGB
};
// Error(kData) for formats that live in another device's memory.
[[nodiscard]] PixelTraits TraitsOf(AVPixelFormat format);

// How this frame's colours are coded; what its format implies (yuvj420p: full range) included.
[[nodiscard]] ColourCoding ColourOf(const AVFrame& frame);

// Whether conversions know this matrix; others are taken for BT.601, there and back.
[[nodiscard]] bool IsKnownMatrix(int matrix);

class FrameToPicture {
 public:
  // A picture of `bits` 8 or 16 and of the frame's size; reuses the picture's memory. Transparency
  // is dropped. Error(kData) for a format that cannot be converted.
  void Convert(const AVFrame& frame, int bits, Picture& picture);

 private:
  void ConvertYuv8(const AVFrame& frame, Picture& picture);
  void ConvertYuv(const AVFrame& frame, Picture& picture);
  void ConvertRgb(const AVFrame& frame, Picture& picture);
  void ConvertPalette(const AVFrame& frame, Picture& picture);
  void ConvertByScaler(const AVFrame& frame, Picture& picture);
  static void Store(const std::vector<float*>& channels, int row, Picture& picture);

  // One row each of three channels.
  std::vector<std::uint8_t> bytes_;
  std::vector<std::int32_t> sums_;
  std::vector<float> floats_;
  Scaler scaler_;  // for formats without code of their own
};

class PictureToFrame {
 public:
  // `format`: planar YUV of 8 to 16 bits, grey, or planar or packed RGB, of native byte order.
  // Error(kData) for others. For RGB the matrix means nothing.
  PictureToFrame(AVPixelFormat format, const ColourCoding& colour);

  // Makes `frame` one of the picture's size, with the colours' tags set; its buffers are reused
  // when nobody else holds them. Times are the caller's.
  void Convert(const Picture& picture, AVFrame& frame);

 private:
  void ToYuv8(const Picture& picture, AVFrame& frame);
  void ToAny(const Picture& picture, AVFrame& frame);
  // Luma, or red, green and blue.
  void StoreFull(const Picture& picture, AVFrame& frame, const rows::Yuv& yuv);
  void StoreChroma(const Picture& picture, AVFrame& frame, const rows::Yuv& yuv);

  AVPixelFormat format_;
  ColourCoding colour_;
  std::vector<std::int32_t> sums_;
  std::vector<float> floats_;
  std::vector<float> float_sums_;
};

}  // namespace agon::media
