// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "runtime/media/pixel_access.h"
#include "runtime/media/pixel_convert.h"

namespace agon::media {
namespace {

void LoadRow(const Picture& picture, int row, const std::vector<float*>& channels) {
  const std::uint8_t* const from = RowOf(picture, row);
  for (std::size_t i = 0; i < 3; ++i) {
    if (picture.bits == 8) {
      rows::LoadThird(from + i, picture.width, channels[i]);
    } else {
      rows::LoadThird(As16(from) + i, picture.width, channels[i]);
    }
  }
}

void StoreMix(const rows::Mix& mix, const std::vector<float*>& channels, int width,
              const AVComponentDescriptor& channel, const AVFrame& frame, int row) {
  std::uint8_t* const to = RowOf(frame, channel.plane, row) + channel.offset;
  if (BytesOf(channel) == 1) {
    rows::StoreMix(mix, channels[0], channels[1], channels[2], width, channel.step, to);
  } else {
    rows::StoreMix(mix, channels[0], channels[1], channels[2], width, channel.step / 2, As16(to));
  }
}

// What no colour goes to: opacity, and the unused byte of bgr0.
void FillRest(AVFrame& frame) {
  const AVPixFmtDescriptor& format = Describe(static_cast<AVPixelFormat>(frame.format));
  const bool alpha = (format.flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
  if (alpha) {
    const AVComponentDescriptor& channel = format.comp[format.nb_components - 1];
    const rows::Mix opaque{.offset = static_cast<float>((1 << channel.depth) - 1), .most = 65535};
    std::vector<float> zeros(static_cast<std::size_t>(frame.width));
    const std::vector<float*> channels(3, zeros.data());
    for (int row = 0; row < frame.height; ++row) {
      StoreMix(opaque, channels, frame.width, channel, frame, row);
    }
    return;
  }
  constexpr std::pair<AVPixelFormat, int> kUnused[] = {
      {AV_PIX_FMT_BGR0, 3}, {AV_PIX_FMT_RGB0, 3}, {AV_PIX_FMT_0BGR, 0}, {AV_PIX_FMT_0RGB, 0}};
  for (const auto& [unused_format, offset] : kUnused) {
    if (frame.format != unused_format) continue;
    for (int row = 0; row < frame.height; ++row) {
      std::uint8_t* const at = RowOf(frame, 0, row) + offset;
      for (std::ptrdiff_t x = 0; x < frame.width; ++x) at[4 * x] = 255;
    }
  }
}

}  // namespace

PictureToFrame::PictureToFrame(AVPixelFormat format, const ColourCoding& colour)
    : format_(format), colour_(colour) {
  const AVPixFmtDescriptor& description = Describe(format);
  bool whole = HasPlainSamples(format);
  for (int i = 0; i < description.nb_components; ++i) {
    const AVComponentDescriptor& channel = description.comp[i];
    whole = whole && channel.shift == 0 && BytesOf(channel) <= 2 &&
            channel.step % BytesOf(channel) == 0;
  }
  // Two channels of packed 4:2:2 share a plane with a third: no encoder of ours wants them.
  whole = whole && (description.nb_components < 3 || TraitsOf(format).rgb ||
                    (description.flags & AV_PIX_FMT_FLAG_PLANAR) != 0);
  if (!whole) Fail(ErrorKind::kData, "frames of \"{}\" cannot be made", description.name);
  if (TraitsOf(format).rgb) {
    colour_.matrix = AVCOL_SPC_RGB;
    colour_.full_range = true;
  }
}

void PictureToFrame::Convert(const Picture& picture, AVFrame& frame) {
  const bool fits = frame.buf[0] != nullptr && frame.format == format_ &&
                    frame.width == picture.width && frame.height == picture.height &&
                    av_frame_is_writable(&frame) > 0;
  if (!fits) {
    av_frame_unref(&frame);
    frame.format = format_;
    frame.width = picture.width;
    frame.height = picture.height;
    Check(av_frame_get_buffer(&frame, 0), "memory for a frame", ErrorKind::kDevice);
  }
  frame.colorspace = static_cast<AVColorSpace>(colour_.matrix);
  frame.color_primaries = static_cast<AVColorPrimaries>(colour_.primaries);
  frame.color_trc = static_cast<AVColorTransferCharacteristic>(colour_.transfer);
  frame.color_range = colour_.full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  frame.chroma_location = static_cast<AVChromaLocation>(colour_.chroma_location);

  const AVPixFmtDescriptor& format = Describe(format_);
  const PixelTraits traits = TraitsOf(format_);
  const bool yuv8 = !traits.rgb && picture.bits == 8 && format.comp[0].depth == 8 &&
                    (traits.grey || format.comp[1].step == 1);
  if (yuv8) {
    ToYuv8(picture, frame);
  } else {
    ToAny(picture, frame);
  }
  FillRest(frame);
}

void PictureToFrame::ToYuv8(const Picture& picture, AVFrame& frame) {
  const AVPixFmtDescriptor& format = Describe(format_);
  const rows::Yuv yuv = YuvOf(colour_, 8);
  for (int row = 0; row < picture.height; ++row) {
    rows::RgbToLuma(yuv, RowOf(picture, row), picture.width, RowOf(frame, 0, row));
  }
  if (TraitsOf(format_).grey) return;
  const int width = AV_CEIL_RSHIFT(picture.width, format.log2_chroma_w);
  const int height = AV_CEIL_RSHIFT(picture.height, format.log2_chroma_h);
  const auto sums = Pieces(sums_, 3, width);
  for (int row = 0; row < height; ++row) {
    std::ranges::fill(sums_, 0);
    for (int i = 0; i < 1 << format.log2_chroma_h; ++i) {
      const int from = std::min((row << format.log2_chroma_h) + i, picture.height - 1);
      rows::AddRgb(RowOf(picture, from), picture.width, format.log2_chroma_w, sums[0], sums[1],
                   sums[2]);
    }
    rows::SumsToChroma(
        yuv, sums[0], sums[1], sums[2], width, format.log2_chroma_w + format.log2_chroma_h,
        RowOf(frame, format.comp[1].plane, row), RowOf(frame, format.comp[2].plane, row));
  }
}

void PictureToFrame::ToAny(const Picture& picture, AVFrame& frame) {
  const PixelTraits traits = TraitsOf(format_);
  const rows::Yuv yuv = YuvOf(colour_, Describe(format_).comp[0].depth);
  StoreFull(picture, frame, yuv);
  if (!traits.rgb && !traits.grey) StoreChroma(picture, frame, yuv);
}

void PictureToFrame::StoreFull(const Picture& picture, AVFrame& frame, const rows::Yuv& yuv) {
  const AVPixFmtDescriptor& format = Describe(format_);
  const bool rgb = TraitsOf(format_).rgb;
  const auto channels = Pieces(floats_, 3, picture.width);
  for (int row = 0; row < picture.height; ++row) {
    LoadRow(picture, row, channels);
    if (!rgb) {
      const rows::Mix mix{.offset = yuv.black,
                          .red = yuv.y_red,
                          .green = yuv.y_green,
                          .blue = yuv.y_blue,
                          .most = yuv.most};
      StoreMix(mix, channels, picture.width, format.comp[0], frame, row);
      continue;
    }
    for (int i = 0; i < 3; ++i) {
      const float most = static_cast<float>((1 << format.comp[i].depth) - 1);
      rows::Mix mix{.most = most};
      (i == 0 ? mix.red : (i == 1 ? mix.green : mix.blue)) = most;
      StoreMix(mix, channels, picture.width, format.comp[i], frame, row);
    }
  }
}

void PictureToFrame::StoreChroma(const Picture& picture, AVFrame& frame, const rows::Yuv& yuv) {
  const AVPixFmtDescriptor& format = Describe(format_);
  const int across = format.log2_chroma_w;
  const int down = format.log2_chroma_h;
  const int width = AV_CEIL_RSHIFT(picture.width, across);
  const int height = AV_CEIL_RSHIFT(picture.height, down);
  const auto channels = Pieces(floats_, 3, picture.width);
  const auto sums = Pieces(float_sums_, 3, width);
  const float share = 1.0F / static_cast<float>(1 << (across + down));
  const rows::Mix mixes[2] = {{.offset = yuv.middle,
                               .red = yuv.u_red * share,
                               .green = yuv.u_green * share,
                               .blue = yuv.u_blue * share,
                               .most = yuv.most},
                              {.offset = yuv.middle,
                               .red = yuv.v_red * share,
                               .green = yuv.v_green * share,
                               .blue = yuv.v_blue * share,
                               .most = yuv.most}};
  for (int row = 0; row < height; ++row) {
    std::ranges::fill(float_sums_, 0.0F);
    for (int i = 0; i < 1 << down; ++i) {
      LoadRow(picture, std::min((row << down) + i, picture.height - 1), channels);
      for (std::size_t c = 0; c < 3; ++c) rows::Add(channels[c], picture.width, across, sums[c]);
    }
    for (int i = 0; i < 2; ++i) StoreMix(mixes[i], sums, width, format.comp[i + 1], frame, row);
  }
}

}  // namespace agon::media
