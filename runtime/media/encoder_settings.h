// SPDX-License-Identifier: Apache-2.0
// Which encoder a video is written with, in which pixel format and with which tags, so that the
// source's depth, chroma, matrix and range are kept. Private to this folder.
//
// The rules, beyond "as the source":
//   - depth: the smallest that the codec has and that holds the source's; with no codec named,
//     more than 10 bits make H.264 give way to HEVC;
//   - chroma that does not divide the frame's size (4:2:0 with odd sides), or that a turn of 90
//     degrees would move to the other axis (4:2:2), becomes 4:4:4: nothing is lost;
//   - grey sources become 4:2:0: what a network paints has colours;
//   - RGB sources (GIF, PNG) become 4:2:0 by BT.709, which every player shows, unless the codec is
//     lossless: then they stay RGB where the codec can;
//   - crf 0 is lossless with every codec; FFV1 always is.
//
// Thread safety: free functions.
#pragma once

#include "runtime/media/ffmpeg.h"
#include "runtime/media/video.h"

namespace agon::media {

struct Encoding {
  AVCodecID codec = AV_CODEC_ID_NONE;
  const AVCodec* encoder = nullptr;
  AVPixelFormat format = AV_PIX_FMT_NONE;
  ColourCoding colour;
  bool lossless = false;
};

// The codec that `options` name, or else the one that goes with the container. Error(kUsage): an
// unknown codec, preset or crf, with the known ones; an encoder that this FFmpeg lacks.
[[nodiscard]] AVCodecID ChooseCodec(const VideoInfo& info, const WriteOptions& options,
                                    const Path& file);

[[nodiscard]] Encoding ChooseEncoding(const VideoInfo& info, const WriteOptions& options,
                                      AVCodecID codec, int width, int height);

// Ready to encode frames numbered 0, 1, 2, ... instead of timed: encoders take the time base for a
// rate, and then guess wrong about quality, level and delay. Error(kData) when the encoder refuses.
[[nodiscard]] CodecContext OpenEncoder(const Encoding& encoding, const VideoInfo& info,
                                       const WriteOptions& options, int width, int height);

// A time base or rate as FFmpeg's 32-bit fraction, exact wherever that can be; `fallback` for none.
[[nodiscard]] AVRational ToRational(const Ratio& ratio, AVRational fallback);

}  // namespace agon::media
