// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>
#include <span>

#include "runtime/media/pixel_access.h"
#include "runtime/media/pixel_convert.h"

namespace agon::media {
namespace {
// 8-bit samples side by side, gathered into `scratch` where they are not.
const std::uint8_t* Dense(const rows::Samples& samples, int width, std::uint8_t* scratch) {
  if (samples.step == 1) return samples.data;
  for (int i = 0; i < width; ++i) {
    scratch[i] = samples.data[static_cast<std::ptrdiff_t>(i) * samples.step];
  }
  return scratch;
}

bool IsPlain8(const AVPixFmtDescriptor& description, int channels) {
  return std::ranges::all_of(std::span(description.comp, static_cast<std::size_t>(channels)),
                             [](const AVComponentDescriptor& channel) {
                               return channel.depth == 8 && channel.shift == 0;
                             });
}

}  // namespace

void FrameToPicture::Convert(const AVFrame& frame, int bits, Picture& picture) {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  const PixelTraits traits = TraitsOf(format);
  AGON_CHECK(bits == 8 || bits == 16);
  Shape(picture, frame.width, frame.height, bits);
  if (format == AV_PIX_FMT_PAL8 && bits == 8) {
    ConvertPalette(frame, picture);
  } else if (!HasPlainSamples(format)) {
    ConvertByScaler(frame, picture);
  } else if (traits.rgb) {
    ConvertRgb(frame, picture);
  } else if (bits == 8 && IsPlain8(Describe(format), traits.grey ? 1 : 3)) {
    ConvertYuv8(frame, picture);
  } else {
    ConvertYuv(frame, picture);
  }
}

void FrameToPicture::ConvertYuv8(const AVFrame& frame, Picture& picture) {
  const AVPixFmtDescriptor& format = Describe(static_cast<AVPixelFormat>(frame.format));
  const bool grey = TraitsOf(static_cast<AVPixelFormat>(frame.format)).grey;
  const rows::Yuv yuv = YuvOf(ColourOf(frame), 8);
  const int width = frame.width;
  const int chroma_width = AV_CEIL_RSHIFT(width, format.log2_chroma_w);
  const auto sums = Pieces(sums_, 3, width);
  const auto bytes = Pieces(bytes_, 3, width);
  if (grey) {
    std::fill_n(bytes[1], width, std::uint8_t{128});
    rows::ChromaToRgb(yuv, bytes[1], bytes[1], width, 0, sums[0], sums[1], sums[2]);
  }
  for (int row = 0; row < frame.height; ++row) {
    if (!grey && (row & ((1 << format.log2_chroma_h) - 1)) == 0) {
      const int chroma_row = row >> format.log2_chroma_h;
      const auto* u = Dense(SamplesOf(frame, format.comp[1], chroma_row), chroma_width, bytes[1]);
      const auto* v = Dense(SamplesOf(frame, format.comp[2], chroma_row), chroma_width, bytes[2]);
      rows::ChromaToRgb(yuv, u, v, width, format.log2_chroma_w, sums[0], sums[1], sums[2]);
    }
    const auto* y = Dense(SamplesOf(frame, format.comp[0], row), width, bytes[0]);
    rows::LumaToRgb(yuv, y, width, sums[0], sums[1], sums[2], RowOf(picture, row));
  }
}

void FrameToPicture::Store(const std::vector<float*>& channels, int row, Picture& picture) {
  for (int i = 0; i < 3; ++i) {
    std::uint8_t* const out = RowOf(picture, row);
    if (picture.bits == 8) {
      rows::StoreThird(channels[static_cast<std::size_t>(i)], picture.width, out + i);
    } else {
      rows::StoreThird(channels[static_cast<std::size_t>(i)], picture.width, As16(out) + i);
    }
  }
}

void FrameToPicture::ConvertYuv(const AVFrame& frame, Picture& picture) {
  const AVPixFmtDescriptor& format = Describe(static_cast<AVPixelFormat>(frame.format));
  const bool grey = TraitsOf(static_cast<AVPixelFormat>(frame.format)).grey;
  const rows::Yuv yuv = YuvOf(ColourOf(frame), format.comp[0].depth);
  const auto channels = Pieces(floats_, 3, frame.width);
  for (int row = 0; row < frame.height; ++row) {
    rows::Load(SamplesOf(frame, format.comp[0], row), frame.width, 0, channels[0]);
    for (std::size_t i = 1; i < 3; ++i) {
      if (grey) {
        std::fill_n(channels[i], frame.width, yuv.middle);
      } else {
        rows::Load(SamplesOf(frame, format.comp[i], row >> format.log2_chroma_h), frame.width,
                   format.log2_chroma_w, channels[i]);
      }
    }
    rows::YuvToRgb(yuv, channels[0], channels[1], channels[2], frame.width);
    Store(channels, row, picture);
  }
}

void FrameToPicture::ConvertRgb(const AVFrame& frame, Picture& picture) {
  const AVPixFmtDescriptor& format = Describe(static_cast<AVPixelFormat>(frame.format));
  const auto channels = Pieces(floats_, 3, frame.width);
  for (int row = 0; row < frame.height; ++row) {
    for (std::size_t i = 0; i < 3; ++i) {
      rows::Load(SamplesOf(frame, format.comp[i], row), frame.width, 0, channels[i]);
      const float scale = 1.0F / static_cast<float>((1U << format.comp[i].depth) - 1);
      for (int x = 0; x < frame.width; ++x) channels[i][x] *= scale;
    }
    Store(channels, row, picture);
  }
}

void FrameToPicture::ConvertPalette(const AVFrame& frame, Picture& picture) {
  for (int row = 0; row < frame.height; ++row) {
    const std::uint8_t* const indices = RowOf(frame, 0, row);
    std::uint8_t* out = RowOf(picture, row);
    for (int x = 0; x < frame.width; ++x, out += 3) {
      std::uint32_t colour;  // alpha, red, green, blue
      std::memcpy(&colour, frame.data[1] + std::size_t{4} * indices[x], sizeof(colour));
      out[0] = static_cast<std::uint8_t>(colour >> 16);
      out[1] = static_cast<std::uint8_t>(colour >> 8);
      out[2] = static_cast<std::uint8_t>(colour);
    }
  }
}

void FrameToPicture::ConvertByScaler(const AVFrame& frame, Picture& picture) {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  const AVPixelFormat wanted = picture.bits == 8 ? AV_PIX_FMT_RGB24 : AV_PIX_FMT_RGB48;
  scaler_.reset(sws_getCachedContext(
      scaler_.release(), frame.width, frame.height, format, frame.width, frame.height, wanted,
      SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_BICUBIC, nullptr, nullptr, nullptr));
  if (scaler_ == nullptr) {
    Fail(ErrorKind::kData, "the pixel format \"{}\" cannot be converted", Describe(format).name);
  }
  const ColourCoding colour = ColourOf(frame);
  sws_setColorspaceDetails(scaler_.get(), sws_getCoefficients(colour.matrix),
                           static_cast<int>(colour.full_range), sws_getCoefficients(SWS_CS_DEFAULT),
                           1, 0, 1 << 16, 1 << 16);
  std::uint8_t* const planes[4] = {picture.data.data(), nullptr, nullptr, nullptr};
  const int strides[4] = {picture.width * 3 * picture.bits / 8, 0, 0, 0};
  Check(sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, planes, strides),
        "a frame cannot be converted");
}

}  // namespace agon::media
