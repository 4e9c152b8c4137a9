// SPDX-License-Identifier: Apache-2.0
// One picture file through OpenCV, checked before anything is decoded. Private to this folder.
//
// Thread safety: a free function.
#pragma once

#include <opencv2/core.hpp>

#include "runtime/base/files.h"

namespace agon::media {

enum class PictureDepth { kGrey8, kColour8, kColour };  // kColour: 16 bits where the file has them

// [H,W] grey, or [H,W,3] red, green, blue; upright. The errors of PictureReader::Read.
[[nodiscard]] cv::Mat ReadPictureFile(const Path& file, PictureDepth depth);

}  // namespace agon::media
