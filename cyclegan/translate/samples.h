// SPDX-License-Identifier: Apache-2.0
// What one can look at of a translation: some frames beside their input as files for the report,
// more of them and every frame's metrics in the run's recording.
//
// Thread safety: one thread at a time (the pipeline's measuring thread).
#pragma once

#include <string>
#include <vector>

#include "cyclegan/video/pipeline.h"
#include "runtime/formats/png.h"
#include "runtime/record/recorder.h"

namespace agon::cyclegan {

struct Sample {
  std::int64_t frame = 0;
  formats::Pixels input, output;
};

// A frame's metrics as tracks label/flicker_output and so on, its number the step.
void RecordRow(record::Recorder& recorder, const std::string& label, const TemporalRow& row);

class SampleTaker {
 public:
  // How many frames are kept, evenly spread: on the report's page, in the recording.
  struct Counts {
    std::int64_t samples = 6;
    std::int64_t recorded = 24;
  };
  // `frames`: expected; 0: unknown. Tracks are called label/flicker_output and so on.
  SampleTaker(Path folder, std::string label, std::int64_t frames, Counts counts,
              record::Recorder& recorder);
  void Take(const PipelineFrame& frame, const TemporalRow* row);

  // Those on disk, also of an earlier process, in order.
  [[nodiscard]] static std::vector<Sample> Load(const Path& folder);

 private:
  const Path folder_;
  const std::string label_;
  const std::int64_t sample_every_, record_every_;
  record::Recorder& recorder_;
};

}  // namespace agon::cyclegan
