// SPDX-License-Identifier: Apache-2.0
// What becomes of a source's streams in the file of another container: the one decision that the
// check before work and the join after it share. Private to this folder.
//
// Thread safety: free functions.
#pragma once

#include <string>
#include <vector>

#include "runtime/media/containers.h"
#include "runtime/media/ffmpeg.h"
#include "runtime/media/video.h"

namespace agon::media {

enum class StreamFate {
  kLeft,     // not kept, for `reason`
  kCopied,   // packet for packet
  kBecomes,  // text subtitles in the container's own form
};

struct StreamPlan {
  int index = 0;  // in the source
  StreamFate fate = StreamFate::kLeft;
  std::string reason;
};

// For every stream but number `pictures` (-1: none), in order. Error(kUsage) when sound cannot be
// held, naming containers that can hold all of it and pictures of `codec` (none: their own).
[[nodiscard]] std::vector<StreamPlan> PlanStreams(const AVFormatContext& source, int pictures,
                                                  const Container& container, AVCodecID codec,
                                                  const Path& source_file, const Path& output);

}  // namespace agon::media
