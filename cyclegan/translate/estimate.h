// SPDX-License-Identifier: Apache-2.0
// How long a translation will take: its first frames through every stage, alone, before it starts.
//
// Thread safety: one thread.
#pragma once

#include <optional>

#include "cyclegan/video/frame_translator.h"
#include "cyclegan/video/steady.h"
#include "cyclegan/video/temporal_metrics.h"
#include "runtime/media/video.h"

namespace agon::cyclegan {

struct EstimateParts {
  media::VideoReader& reader;   // at its beginning; some frames are read
  FrameTranslator& translator;  // reset afterwards
  Steadiness steadiness = Steadiness::kOff;
  media::WriteOptions write;
  Path file;  // for frames written and removed again; empty: pictures are written
  std::int64_t batch = 1;
  bool side_by_side = false;
  std::optional<TemporalSettings> measured;  // what the metrics are asked for, if they are
  bool device_is_cpu = true;                 // the network then shares the cores with the rest
  int cores = 1;
};

// Seconds a frame; 0: there was no frame.
[[nodiscard]] double EstimateSecondsPerFrame(const EstimateParts& parts);

}  // namespace agon::cyclegan
