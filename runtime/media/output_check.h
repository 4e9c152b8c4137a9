// SPDX-License-Identifier: Apache-2.0
// What can be known before any work: see Video::CheckOutput in video.h. Private to this folder.
//
// Thread safety: a free function.
#pragma once

#include <vector>

#include "runtime/media/video.h"

namespace agon::media {

[[nodiscard]] std::vector<StreamInfo> CheckVideoOutput(const VideoInfo& source, const Path& output,
                                                       const WriteOptions& options);

}  // namespace agon::media
