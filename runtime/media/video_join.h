// SPDX-License-Identifier: Apache-2.0
// Segments and the source's sound to one file: see Video::Join in video.h. Private to this folder.
//
// Thread safety: a free function, safe on different outputs.
#pragma once

#include <span>

#include "runtime/media/video.h"

namespace agon::media {

void JoinVideo(std::span<const Path> segments, const Path& source, const Path& output,
               const JoinOptions& options);

}  // namespace agon::media
