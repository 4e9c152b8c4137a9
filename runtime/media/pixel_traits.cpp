// SPDX-License-Identifier: Apache-2.0
// What FFmpeg's pixel formats and frames say about themselves.
#include <algorithm>
#include <optional>

#include "runtime/media/pixel_access.h"
#include "runtime/media/pixel_convert.h"

namespace agon::media {
namespace {

bool IsJpegFormat(AVPixelFormat format) {
  return format == AV_PIX_FMT_YUVJ420P || format == AV_PIX_FMT_YUVJ422P ||
         format == AV_PIX_FMT_YUVJ444P || format == AV_PIX_FMT_YUVJ440P ||
         format == AV_PIX_FMT_YUVJ411P;
}

std::string ChromaName(const AVPixFmtDescriptor& description) {
  constexpr struct {
    int across, down;
    const char* name;
  } kNames[] = {{0, 0, "444"}, {1, 0, "422"}, {1, 1, "420"},
                {0, 1, "440"}, {2, 0, "411"}, {2, 2, "410"}};
  for (const auto& [across, down, name] : kNames) {
    if (description.log2_chroma_w == across && description.log2_chroma_h == down) return name;
  }
  return "other";
}

// The shares of red and blue in luma; nothing for a matrix that is not of that kind.
struct Shares {
  double red, blue;
};
std::optional<Shares> SharesOf(int matrix) {
  switch (matrix) {
    case AVCOL_SPC_BT709:
      return Shares{0.2126, 0.0722};
    case AVCOL_SPC_FCC:
      return Shares{0.30, 0.11};
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
    case AVCOL_SPC_UNSPECIFIED:
      return Shares{0.299, 0.114};
    case AVCOL_SPC_SMPTE240M:
      return Shares{0.212, 0.087};
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      return Shares{0.2627, 0.0593};
    default:
      return std::nullopt;
  }
}

}  // namespace

rows::Yuv YuvOf(const ColourCoding& colour, int bits) {
  const Shares shares = SharesOf(colour.matrix).value_or(Shares{0.299, 0.114});
  return rows::MakeYuv(shares.red, shares.blue, colour.full_range, bits);
}

bool IsKnownMatrix(int matrix) { return matrix == AVCOL_SPC_RGB || SharesOf(matrix).has_value(); }

bool HasPlainSamples(AVPixelFormat format) {
  const AVPixFmtDescriptor& description = Describe(format);
  constexpr std::uint64_t kOthers = AV_PIX_FMT_FLAG_BE | AV_PIX_FMT_FLAG_BITSTREAM |
                                    AV_PIX_FMT_FLAG_FLOAT | AV_PIX_FMT_FLAG_BAYER |
                                    AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_HWACCEL;
  return (description.flags & kOthers) == 0 && format != AV_PIX_FMT_XYZ12LE;
}

PixelTraits TraitsOf(AVPixelFormat format) {
  const AVPixFmtDescriptor* const description = av_pix_fmt_desc_get(format);
  if (description == nullptr || (description->flags & AV_PIX_FMT_FLAG_HWACCEL) != 0) {
    Fail(ErrorKind::kData, "the pixel format \"{}\" cannot be read",
         description != nullptr ? description->name : "none");
  }
  const std::uint64_t flags = description->flags;
  PixelTraits traits;
  traits.bits = 8;
  const bool alpha = (flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
  const int colours = description->nb_components - (alpha && description->nb_components > 1);
  for (int i = 0; i < colours; ++i) {
    traits.bits = std::max(traits.bits, description->comp[i].depth);
  }
  traits.bits = std::min(traits.bits, 16);  // floating point, 32 bits
  const bool xyz = format == AV_PIX_FMT_XYZ12LE || format == AV_PIX_FMT_XYZ12BE;
  constexpr std::uint64_t kRgb = AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BAYER;
  traits.rgb = (flags & kRgb) != 0 || xyz;
  traits.grey = !traits.rgb && colours == 1;
  traits.full_range = traits.rgb || traits.grey || IsJpegFormat(format);
  traits.chroma = traits.rgb ? "rgb" : (traits.grey ? "grey" : ChromaName(*description));
  return traits;
}

ColourCoding ColourOf(const AVFrame& frame) {
  const PixelTraits traits = TraitsOf(static_cast<AVPixelFormat>(frame.format));
  ColourCoding colour{.matrix = frame.colorspace,
                      .primaries = frame.color_primaries,
                      .transfer = frame.color_trc,
                      .full_range = frame.color_range == AVCOL_RANGE_JPEG,
                      .chroma_location = frame.chroma_location};
  if (traits.rgb) {
    colour.matrix = AVCOL_SPC_RGB;
    colour.full_range = true;
  } else if (frame.color_range == AVCOL_RANGE_UNSPECIFIED) {
    colour.full_range = traits.full_range;
  } else if (traits.full_range && !traits.grey) {
    colour.full_range = true;  // yuvj420p says so by its name
  }
  return colour;
}

}  // namespace agon::media
