// SPDX-License-Identifier: Apache-2.0
// Opens a media file of a user's so that nothing but that file is ever read: no protocol but
// "file", no playlists, no scripts, no file that another file names. Private to this folder.
//
// Who needs this file: the reader of frames, and the writer where it copies sound and subtitles.
//
// Thread safety: free functions.
#pragma once

#include <vector>

#include "runtime/media/ffmpeg.h"
#include "runtime/media/video.h"

namespace agon::media {

inline constexpr int kMaxVideoSide = 16'384;  // pixels
inline constexpr std::int64_t kMaxVideoPixels = std::int64_t{1}
                                                << 27;  // of a frame: 16,384 x 8,192
inline constexpr int kMaxStreams = 256;

// Makes FFmpeg silent: what goes wrong is told by our errors. OpenInput and the writer call it.
void SetUpFfmpeg();

// Opened, its streams probed. Error(kData), one line: missing, empty, not a regular file, a URL, a
// playlist, nothing FFmpeg knows, cut off before its index.
[[nodiscard]] InputContext OpenInput(const Path& file);

// The stream whose pictures are read: no cover art; the default one, else the largest. -1: none.
[[nodiscard]] int MainVideoStream(const AVFormatContext& input);

// Every stream but number `except`, in order, with kept = true.
[[nodiscard]] std::vector<StreamInfo> OtherStreams(const AVFormatContext& input, int except);

// Whether this is a demuxer of single pictures ("png_pipe", "image2").
[[nodiscard]] bool IsPictureFormat(const AVInputFormat& format);

}  // namespace agon::media
