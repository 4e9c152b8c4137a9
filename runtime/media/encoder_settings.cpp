// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/encoder_settings.h"

#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <vector>

#include "runtime/base/text.h"
#include "runtime/media/containers.h"
#include "runtime/media/pixel_convert.h"

namespace agon::media {
namespace {

constexpr int kMaxCrf = 51;
constexpr int kMaxVp9Quality = 63;
constexpr int kBt709 = 1;
constexpr int kUnspecified = 2;
constexpr AVRational kUsualRate = {25, 1};
constexpr double kFastest = 1000;  // frames a second; more is a defect of the container

constexpr std::array<int, 2> kDepthsH264 = {8, 10};
constexpr std::array<int, 3> kDepthsHevc = {8, 10, 12};
constexpr std::array<int, 5> kDepthsFfv1 = {8, 10, 12, 14, 16};

struct Depth {
  int bits;
  const char* format;
};
constexpr std::array<Depth, 3> kPlanarRgb = {{{8, "gbrp"}, {10, "gbrp10"}, {12, "gbrp12"}}};
constexpr std::array<Depth, 1> kRgbH264 = {{{8, "rgb24"}}};
constexpr std::array<Depth, 5> kRgbFfv1 = {
    {{8, "bgr0"}, {10, "gbrp10"}, {12, "gbrp12"}, {14, "gbrp14"}, {16, "gbrp16"}}};

struct CodecTraits {
  const char* name;
  AVCodecID id;
  const char* encoder;
  const char* rgb_encoder;
  std::span<const int> depths;  // of YUV, ascending
  std::span<const Depth> rgb;   // ascending
};

constexpr std::array<CodecTraits, 4> kCodecs = {{
    {"h264", AV_CODEC_ID_H264, "libx264", "libx264rgb", kDepthsH264, kRgbH264},
    {"hevc", AV_CODEC_ID_HEVC, "libx265", "libx265", kDepthsHevc, kPlanarRgb},
    {"vp9", AV_CODEC_ID_VP9, "libvpx-vp9", "libvpx-vp9", kDepthsHevc, kPlanarRgb},
    {"ffv1", AV_CODEC_ID_FFV1, "ffv1", "ffv1", kDepthsFfv1, kRgbFfv1},
}};

// x264's and x265's names, and what libvpx calls "cpu-used" for about the same patience.
struct Preset {
  const char* name;
  int vp9_speed;
};
constexpr std::array<Preset, 10> kPresets = {{{"ultrafast", 5},
                                              {"superfast", 5},
                                              {"veryfast", 5},
                                              {"faster", 4},
                                              {"fast", 4},
                                              {"medium", 3},
                                              {"slow", 2},
                                              {"slower", 1},
                                              {"veryslow", 1},
                                              {"placebo", 0}}};

const CodecTraits& TraitsOfCodec(AVCodecID id) {
  const auto* const found = std::find_if(kCodecs.begin(), kCodecs.end(),
                                         [&](const CodecTraits& codec) { return codec.id == id; });
  AGON_CHECK(found != kCodecs.end());
  return *found;
}

const Preset* FindPreset(const std::string& name) {
  const auto* const found = std::find_if(kPresets.begin(), kPresets.end(),
                                         [&](const Preset& preset) { return preset.name == name; });
  return found != kPresets.end() ? found : nullptr;
}

template <class Table>
std::vector<std::string> NamesOf(const Table& table) {
  std::vector<std::string> names;
  names.reserve(table.size());
  for (const auto& entry : table) names.emplace_back(entry.name);
  return names;
}

void CheckQuality(const WriteOptions& options) {
  if (options.crf < 0 || options.crf > kMaxCrf) {
    Fail(ErrorKind::kUsage, "crf {}: choose 0 (lossless) to {}; 20 is good, 28 is small",
         options.crf, kMaxCrf);
  }
  if (FindPreset(options.preset) == nullptr) {
    const std::vector<std::string> names = NamesOf(kPresets);
    Fail(ErrorKind::kUsage, "preset \"{}\" is unknown{}: choose {}", options.preset,
         DidYouMean(options.preset, names), Alternatives(names));
  }
}

// The codec's chroma for what the source has, still without regard to the frame's size.
std::string ChromaOf(const VideoInfo& info, AVCodecID codec) {
  std::string chroma = info.chroma;
  if (chroma == "grey" || chroma == "rgb") return "420";
  if (info.rotation % 180 != 0) {
    if (chroma == "422" || chroma == "411") return "444";
    if (chroma == "440") return "422";
  }
  if (codec == AV_CODEC_ID_FFV1 && info.bits == 8) return chroma;
  if (chroma == "440") return "444";
  if (chroma == "411") return "422";
  if (chroma == "410") return "420";
  return chroma;
}

bool Divides(const std::string& chroma, int width, int height) {
  if (chroma == "420") return width % 2 == 0 && height % 2 == 0;
  if (chroma == "422") return width % 2 == 0;
  if (chroma == "440") return height % 2 == 0;
  if (chroma == "411") return width % 4 == 0;
  if (chroma == "410") return width % 4 == 0 && height % 4 == 0;
  return true;
}

AVPixelFormat YuvFormat(const std::string& chroma, int bits) {
  const std::string name = "yuv" + chroma + "p" + (bits > 8 ? std::to_string(bits) : "");
  const AVPixelFormat format = av_get_pix_fmt(name.c_str());  // of this machine's byte order
  AGON_CHECK(format != AV_PIX_FMT_NONE);
  return format;
}

// Without numbers that H.273 has no meaning for, which encoders refuse.
ColourCoding Meaningful(ColourCoding colour) {
  const auto known = [](const char* name) {
    return name != nullptr && std::string_view(name) != "reserved";
  };
  if (!known(av_color_space_name(static_cast<AVColorSpace>(colour.matrix)))) {
    colour.matrix = kUnspecified;
  }
  if (!known(av_color_primaries_name(static_cast<AVColorPrimaries>(colour.primaries)))) {
    colour.primaries = kUnspecified;
  }
  if (!known(av_color_transfer_name(static_cast<AVColorTransferCharacteristic>(colour.transfer)))) {
    colour.transfer = kUnspecified;
  }
  return colour;
}

// The encoder's own options: quality, speed, and nothing that depends on the machine.
void SetOptions(const Encoding& encoding, const WriteOptions& options,
                const AVCodecContext& context, Options& own) {
  switch (encoding.codec) {
    case AV_CODEC_ID_H264:
      own.Set("preset", options.preset);
      own.Set(encoding.lossless ? "qp" : "crf", std::to_string(options.crf));
      // Debian's x264 reads memory it never wrote in its AVX-512 code: the same frames then give
      // other bytes from one process to the next, and a resumed job other frames. Seen with the
      // ffmpeg program under MALLOC_PERTURB_ too; with AVX2 the bytes are equal.
      if (__builtin_cpu_supports("avx512f") != 0) own.Set("x264-params", "asm=avx2");
      break;
    case AV_CODEC_ID_HEVC: {
      own.Set("preset", options.preset);
      // info=0: no note of the machine in the file; open-gop=0: every key frame can be cut at.
      std::string more = "log-level=none:info=0:open-gop=0";
      if (options.threads > 0) more += ":pools=" + std::to_string(options.threads);
      if (encoding.lossless) {
        more += ":lossless=1";
      } else {
        own.Set("crf", std::to_string(options.crf));
      }
      own.Set("x265-params", more);
      break;
    }
    case AV_CODEC_ID_VP9: {
      const Preset* const preset = FindPreset(options.preset);
      own.Set("deadline", "good");
      own.Set("cpu-used", std::to_string(preset != nullptr ? preset->vp9_speed : 3));
      own.Set("row-mt", "1");
      own.Set("tile-columns", "2");
      own.Set("b", "0");  // quality alone decides
      // VP9 counts quality to 63 where the others count to 51.
      own.Set("crf", std::to_string((options.crf * kMaxVp9Quality + kMaxCrf / 2) / kMaxCrf));
      if (encoding.lossless) own.Set("lossless", "1");
      break;
    }
    default: {
      // Version 3, with checksums; every frame is a key frame. The number of slices is stated, for
      // it would otherwise follow the number of threads.
      const bool large = context.width * context.height >= 1280 * 720;
      own.Set("level", "3");
      own.Set("slices", large ? "16" : "4");
      own.Set("slicecrc", "1");
      own.Set("g", "1");
    }
  }
}

}  // namespace

AVRational ToRational(const Ratio& ratio, AVRational fallback) {
  if (ratio.num <= 0 || ratio.den <= 0) return fallback;
  AVRational result;
  av_reduce(&result.num, &result.den, ratio.num, ratio.den, std::numeric_limits<int>::max());
  return result;
}

AVCodecID ChooseCodec(const VideoInfo& info, const WriteOptions& options, const Path& file) {
  CheckQuality(options);
  const CodecTraits* codec = nullptr;
  if (options.codec.empty()) {
    const Container* const container =
        options.container.empty() ? ContainerOf(file) : ContainerNamed(options.container);
    AVCodecID id = container != nullptr ? container->pictures.front() : AV_CODEC_ID_H264;
    if (id == AV_CODEC_ID_H264 && info.bits > kDepthsH264.back()) id = AV_CODEC_ID_HEVC;
    codec = &TraitsOfCodec(id);
  } else {
    const auto* const found =
        std::find_if(kCodecs.begin(), kCodecs.end(),
                     [&](const CodecTraits& candidate) { return candidate.name == options.codec; });
    if (found == kCodecs.end()) {
      const std::vector<std::string> names = NamesOf(kCodecs);
      Fail(ErrorKind::kUsage, "codec \"{}\" is unknown{}: choose {}", options.codec,
           DidYouMean(options.codec, names), Alternatives(names));
    }
    codec = found;
  }
  if (avcodec_find_encoder_by_name(codec->encoder) == nullptr) {
    Fail(ErrorKind::kUsage,
         "{} cannot be written: this FFmpeg has no {}; choose another codec (ffv1 is always there) "
         "or install Debian's package libavcodec59",
         codec->name, codec->encoder);
  }
  return codec->id;
}

Encoding ChooseEncoding(const VideoInfo& info, const WriteOptions& options, AVCodecID codec,
                        int width, int height) {
  const CodecTraits& traits = TraitsOfCodec(codec);
  Encoding encoding;
  encoding.codec = codec;
  encoding.colour = Meaningful(info.colour);
  encoding.lossless = options.crf == 0 || codec == AV_CODEC_ID_FFV1;
  // Where chroma is sampled is told of the picture as it was coded: a turn makes it untrue.
  if (info.rotation != 0) encoding.colour.chroma_location = AVCHROMA_LOC_UNSPECIFIED;

  const bool rgb = info.chroma == "rgb";
  const AVCodec* const rgb_encoder = avcodec_find_encoder_by_name(traits.rgb_encoder);
  if (rgb && encoding.lossless && rgb_encoder != nullptr) {
    const auto found = std::find_if(traits.rgb.begin(), traits.rgb.end(),
                                    [&](const Depth& depth) { return depth.bits >= info.bits; });
    if (found != traits.rgb.end()) {
      encoding.encoder = rgb_encoder;
      encoding.format = av_get_pix_fmt(found->format);
      encoding.colour.matrix = AVCOL_SPC_RGB;
      encoding.colour.full_range = true;
      encoding.colour.chroma_location = AVCHROMA_LOC_UNSPECIFIED;
      return encoding;
    }
  }
  if (rgb) {
    encoding.colour.matrix = kBt709;
    encoding.colour.full_range = false;
    encoding.colour.chroma_location = AVCHROMA_LOC_UNSPECIFIED;
  } else if (encoding.colour.matrix == AVCOL_SPC_RGB) {
    encoding.colour.matrix = kUnspecified;  // no matrix of a picture that has one
  }
  std::string chroma = ChromaOf(info, codec);
  if (rgb && encoding.lossless) chroma = "444";
  if (!Divides(chroma, width, height)) chroma = "444";
  const auto depth = std::find_if(traits.depths.begin(), traits.depths.end(),
                                  [&](int bits) { return bits >= info.bits; });
  encoding.encoder = avcodec_find_encoder_by_name(traits.encoder);
  encoding.format = YuvFormat(chroma, depth != traits.depths.end() ? *depth : traits.depths.back());
  return encoding;
}

CodecContext OpenEncoder(const Encoding& encoding, const VideoInfo& info,
                         const WriteOptions& options, int width, int height) {
  CodecContext context(avcodec_alloc_context3(encoding.encoder));
  if (context == nullptr) throw std::bad_alloc();
  context->width = width;
  context->height = height;
  context->pix_fmt = encoding.format;
  context->framerate = ToRational(info.frame_rate, kUsualRate);
  if (av_q2d(context->framerate) > kFastest) context->framerate = kUsualRate;
  context->time_base = av_inv_q(context->framerate);
  context->sample_aspect_ratio = ToRational(info.sample_aspect, {0, 1});
  context->colorspace = static_cast<AVColorSpace>(encoding.colour.matrix);
  context->color_primaries = static_cast<AVColorPrimaries>(encoding.colour.primaries);
  context->color_trc = static_cast<AVColorTransferCharacteristic>(encoding.colour.transfer);
  context->color_range = encoding.colour.full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  context->chroma_sample_location = static_cast<AVChromaLocation>(encoding.colour.chroma_location);
  context->thread_count = options.threads;
  // Parameter sets before the first packet: all segments then share one description.
  context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  Options own;
  SetOptions(encoding, options, *context, own);
  const std::string what = fmt::format(
      "{} cannot encode {}x{} frames of {} at time base {}/{}", encoding.encoder->name, width,
      height, av_get_pix_fmt_name(encoding.format), context->time_base.num, context->time_base.den);
  Check(avcodec_open2(context.get(), encoding.encoder, &own.get_ref()), what);
  AGON_CHECK(own.Unused().empty());
  return context;
}

}  // namespace agon::media
