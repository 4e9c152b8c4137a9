// SPDX-License-Identifier: Apache-2.0
// What a file says about its pictures, as a VideoInfo. Private to this folder.
#pragma once

#include <string>
#include <vector>

#include "runtime/media/picture_geometry.h"
#include "runtime/media/stream_decoder.h"
#include "runtime/media/video.h"

namespace agon::media {

struct DescribedVideo {
  VideoInfo info;  // width and height as coded, turned upright
  Orientation orientation;
  std::vector<std::string> notes;  // what is unusual about it
};

// `first`: the first frame, which knows more than the container does.
[[nodiscard]] DescribedVideo DescribeVideo(const Path& file, const StreamDecoder& decoder,
                                           const AVFrame& first);

}  // namespace agon::media
