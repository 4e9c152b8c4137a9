// SPDX-License-Identifier: Apache-2.0
// Opens whatever has pictures: see Video::Open. Private to this folder.
#pragma once

#include "runtime/media/video.h"

namespace agon::media {

// Video::Open.
[[nodiscard]] std::unique_ptr<VideoReader> OpenVideo(const Path& file, const ReadOptions& options);

// A file that FFmpeg reads.
[[nodiscard]] std::unique_ptr<VideoReader> OpenVideoFile(const Path& file,
                                                         const ReadOptions& options);
// One picture that OpenCV reads, or the pictures in a folder.
[[nodiscard]] std::unique_ptr<VideoReader> OpenPictures(const Path& place,
                                                        const ReadOptions& options);

// How fast pictures without times are shown: FFmpeg's own default.
inline constexpr std::int64_t kPicturesPerSecond = 25;

}  // namespace agon::media
