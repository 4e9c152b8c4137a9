// SPDX-License-Identifier: Apache-2.0
// What a translation needs to go on: the pipeline's state at a border, the segments that are
// closed, and what the report will say; kept as a checkpoint of the run.
//
// Thread safety: one thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cyclegan/video/pipeline.h"

namespace agon::cyclegan {

struct ClosedSegment {
  Path file;  // inside the segments' folder
  std::uint64_t bytes = 0;
  std::string sha256;
};

struct JobState {
  PipelineState pipeline;
  std::vector<ClosedSegment> segments;  // none where pictures are written
  bool complete = false;                // the source's end was reached
  double seconds = 0;                   // of work, in all processes
  std::int64_t cuts = 0;
  StageSeconds stages;
  std::int64_t staged_frames = 0;  // frames that `stages` is about
  std::optional<std::int64_t> unmeasured_from;
  std::int64_t damaged = 0;
  std::vector<std::string> notes;
};

// Checkpoints lie in `folder`/checkpoints.
void SaveJob(const Path& folder, const JobState& state);
// Nothing: there is none yet. Error(kData) naming a segment that is missing or was changed.
[[nodiscard]] std::optional<JobState> LoadJob(const Path& folder, const Path& segments);

}  // namespace agon::cyclegan
