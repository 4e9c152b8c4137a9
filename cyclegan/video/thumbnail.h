// SPDX-License-Identifier: Apache-2.0
// Small 8-bit copies of frames, for reports and recordings.
//
// Thread safety: free functions.
#pragma once

#include "runtime/formats/png.h"
#include "runtime/media/video.h"

namespace agon::cyclegan {

// The means of equal areas; `max_side` 0, or no less than the picture's: the picture itself.
[[nodiscard]] formats::Pixels Thumbnail(const media::Picture& picture, int max_side = 0);

}  // namespace agon::cyclegan
