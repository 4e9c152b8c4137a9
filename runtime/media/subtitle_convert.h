// SPDX-License-Identifier: Apache-2.0
// Text subtitles from one form to another (SubRip to MP4's timed text, and so on). Private to this
// folder.
//
// Thread safety: one thread at a time.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/media/ffmpeg.h"

namespace agon::media {

class SubtitleConverter {
 public:
  // Error(kData) when FFmpeg lacks a decoder or encoder, or the stream's header is damaged.
  SubtitleConverter(const AVStream& source, AVCodecID wanted);

  // For the output stream: codec, header.
  void Describe(AVCodecParameters& parameters) const;

  // Replaces the packet's content; its times stay. False when there is nothing to show (an empty
  // line, or one that is damaged).
  [[nodiscard]] bool Convert(AVPacket& packet);

 private:
  CodecContext decoder_;
  CodecContext encoder_;
  std::vector<std::uint8_t> text_;
};

}  // namespace agon::media
