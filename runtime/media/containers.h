// SPDX-License-Identifier: Apache-2.0
// The kinds of files that Agon writes, and what each can hold. Private to this folder.
//
// Left out on purpose: AVI (no times of frames, so none of variable rate), MPEG-TS (its own clock),
// GIF and the like (none of the codecs).
//
// Thread safety: constant tables and free functions.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/media/ffmpeg.h"
#include "runtime/media/video.h"

namespace agon::media {

struct Container {
  std::string_view extension;           // "mkv"
  const char* muxer;                    // FFmpeg's name of it
  std::span<const AVCodecID> pictures;  // what its pictures may be coded with; the first by default
  AVCodecID text;    // what text subtitles become that it cannot hold as they are
  bool attachments;  // fonts and the like
};

[[nodiscard]] std::span<const Container> Containers();

// By its extension, upper or lower case; null when it is none of ours.
[[nodiscard]] const Container* ContainerOf(const Path& file);
[[nodiscard]] const Container* ContainerNamed(std::string_view extension);

[[nodiscard]] bool HoldsPictures(const Container& container, AVCodecID codec);
// FFmpeg calls FLAC and TrueHD in MP4 an experiment long after they became a standard.
void AllowAll(AVFormatContext& output);
// Whether a stream can be copied as it is. Asks FFmpeg's muxer to begin a file with it.
[[nodiscard]] bool HoldsStream(const Container& container, const AVStream& stream);

// "mp4, m4v, mov, mkv or webm"
[[nodiscard]] std::string Alternatives(const std::vector<std::string>& names);
[[nodiscard]] std::string AllExtensions();

// Codec and tag of a stream for another container, as a copy needs them.
void CopyParameters(const AVCodecParameters& from, const AVOutputFormat& format,
                    AVCodecParameters& to);

}  // namespace agon::media
