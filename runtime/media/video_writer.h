// SPDX-License-Identifier: Apache-2.0
// Frames to a segment: see Video::Create in video.h and segment.h. Private to this folder.
//
// Thread safety: CreateVideo from any thread; a writer from one at a time.
#pragma once

#include <memory>

#include "runtime/media/video.h"

namespace agon::media {

// The file is made when the first frame comes, and appears under its name at Finish. Error(kUsage)
// for options that cannot be meant.
[[nodiscard]] std::unique_ptr<VideoWriter> CreateVideo(const Path& file, const VideoInfo& info,
                                                       const WriteOptions& options);

}  // namespace agon::media
