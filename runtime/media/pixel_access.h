// SPDX-License-Identifier: Apache-2.0
// Where the samples of frames and pictures lie: what both directions of pixel_convert.h share.
// Private to this folder.
//
// Thread safety: free functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "runtime/media/ffmpeg.h"
#include "runtime/media/pixel_rows.h"
#include "runtime/media/video.h"

namespace agon::media {

// Matrix and range as numbers; an unknown matrix is BT.601's.
[[nodiscard]] rows::Yuv YuvOf(const ColourCoding& colour, int bits);

// Formats whose samples are whole numbers in bytes of the machine's own order.
[[nodiscard]] bool HasPlainSamples(AVPixelFormat format);

[[nodiscard]] inline const AVPixFmtDescriptor& Describe(AVPixelFormat format) {
  const AVPixFmtDescriptor* const description = av_pix_fmt_desc_get(format);
  AGON_CHECK(description != nullptr);
  return *description;
}

[[nodiscard]] inline int BytesOf(const AVComponentDescriptor& channel) {
  const int bits = channel.shift + channel.depth;
  return bits <= 8 ? 1 : (bits <= 16 ? 2 : 4);
}

[[nodiscard]] inline std::uint8_t* RowOf(const AVFrame& frame, int plane, int row) {
  return frame.data[plane] + static_cast<std::ptrdiff_t>(row) * frame.linesize[plane];
}

[[nodiscard]] inline rows::Samples SamplesOf(const AVFrame& frame,
                                             const AVComponentDescriptor& channel, int row) {
  return {.data = RowOf(frame, channel.plane, row) + channel.offset,
          .step = channel.step,
          .bytes = BytesOf(channel),
          .shift = channel.shift,
          .bits = channel.depth};
}

inline void Shape(Picture& picture, int width, int height, int bits) {
  picture.width = width;
  picture.height = height;
  picture.bits = bits;
  picture.data.resize(picture.SampleCount() * static_cast<std::size_t>(bits / 8));
}

[[nodiscard]] inline std::uint8_t* RowOf(Picture& picture, int row) {
  return picture.data.data() + static_cast<std::size_t>(row) *
                                   static_cast<std::size_t>(picture.width) * 3 *
                                   static_cast<std::size_t>(picture.bits / 8);
}
[[nodiscard]] inline const std::uint8_t* RowOf(const Picture& picture, int row) {
  return RowOf(const_cast<Picture&>(picture), row);
}

// Pictures of 16 bits lie in memory that operator new aligned.
[[nodiscard]] inline std::uint16_t* As16(std::uint8_t* row) {
  return reinterpret_cast<std::uint16_t*>(row);
}
[[nodiscard]] inline const std::uint16_t* As16(const std::uint8_t* row) {
  return reinterpret_cast<const std::uint16_t*>(row);
}

// `count` pieces of `width` numbers each.
template <class Number>
[[nodiscard]] std::vector<Number*> Pieces(std::vector<Number>& scratch, int count, int width) {
  scratch.resize(static_cast<std::size_t>(count) * static_cast<std::size_t>(width));
  std::vector<Number*> pieces;
  pieces.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    pieces.push_back(scratch.data() +
                     static_cast<std::size_t>(i) * static_cast<std::size_t>(width));
  }
  return pieces;
}

}  // namespace agon::media
