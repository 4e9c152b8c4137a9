// SPDX-License-Identifier: Apache-2.0
// What is written: a video, a folder of pictures or one picture, told by its name, and whether the
// input goes with it.
//
// Thread safety: free functions.
#pragma once

#include "runtime/media/video.h"

namespace agon::cyclegan {

enum class OutputKind { kVideo, kFolder, kPicture };

// A name with an extension is a file, else a folder. Error(kUsage), before anything is written: a
// picture format that is not written, one picture asked for of a video, the folder of the input
// itself, a place that cannot be written. Videos are checked further by media::Video::CheckOutput.
[[nodiscard]] OutputKind CheckOutputKind(const media::VideoInfo& source, const Path& output);

// Both exist and are the same file or folder.
[[nodiscard]] bool IsSamePlace(const Path& a, const Path& b);

}  // namespace agon::cyclegan
