// SPDX-License-Identifier: Apache-2.0
// Turns the frames of a reader into translated frames in a sink, with every stage in a thread of
// its own:
//
//   decode -> translate, in batches -> steady filter, side by side -> write
//                                                                  -> measure
//
//   const PipelineResult result = RunPipeline({*reader, *translator, &steady, &metrics, sink},
//                                             {.batch = 4, .segment = 100}, observer);
//
// Memory is constant: a fixed number of frames is on its way, and a frame is filled again when all
// stages are done with it. Every `segment` frames there is a border: batches end there, the sink
// closes what it wrote, and the observer gets the state of all stages, from which a later call goes
// on with the same bits. An error in any stage ends all of them and is thrown here.
//
// Who needs this file: cyclegan/translate/translation.h, which makes a job of it, and benchmarks.
//
// Thread safety: RunPipeline may run in several threads with parts of their own.
#pragma once

#include <functional>
#include <optional>

#include "cyclegan/video/frame_translator.h"
#include "cyclegan/video/steady.h"
#include "cyclegan/video/temporal_metrics.h"
#include "runtime/media/video.h"

namespace agon::cyclegan {

struct PipelineFrame {
  std::int64_t index = 0;    // of the source, from 0
  double seconds = 0;        // since the source's first frame; of pictures: index / 25
  bool cut = false;          // does not go on from the frame before
  media::VideoFrame input;   // as decoded
  media::VideoFrame output;  // as written, side by side or not
};

// Where translated frames go. Used by one thread.
class FrameSink {
 public:
  virtual ~FrameSink() = default;
  virtual void Write(const PipelineFrame& frame) = 0;
  // Closes what was written since the last call, so that it survives a kill. `frames` of the source
  // are written now; `whole` is false when the work was stopped before a border.
  virtual void CloseSegment(std::int64_t frames, bool whole) = 0;
};

// At a border: all that later frames depend on.
struct PipelineState {
  std::int64_t frames = 0;  // written before it
  double end = 0;           // seconds, of the last of them
  Bytes cuts, translator, steady, metrics;
  std::int64_t cut_count = 0;  // found before it
  // Of frames that are measured, the first one's; 0: none was measured yet.
  int measured_width = 0, measured_height = 0, measured_bits = 0;
  std::optional<std::int64_t> unmeasured_from;  // as in PipelineResult
};

// Told by the thread that called RunPipeline what happens.
class PipelineObserver {
 public:
  virtual ~PipelineObserver() = default;
  // Some times a second, with the frames written so far. False: stop; frames that are translated
  // are still written, the rest is dropped.
  virtual bool Tick(std::int64_t frames) = 0;
  // A segment was closed.
  virtual void Border(const PipelineState& state) = 0;
};

struct PipelineParts {
  media::VideoReader& reader;  // at its beginning, also when the work goes on from a state
  FrameTranslator& translator;
  SteadyFilter* steady = nullptr;      // null: off
  TemporalMetrics* metrics = nullptr;  // null: nothing is measured
  FrameSink& sink;
  // Sees each frame after it was measured, with its row if it has one; in the measuring thread.
  std::function<void(const PipelineFrame&, const TemporalRow*)> tap = nullptr;
};

struct PipelineSettings {
  std::int64_t batch = 1;      // frames through the translator at once
  std::int64_t segment = 100;  // frames from border to border
  bool side_by_side = false;   // writes input | output
  bool find_cuts = false;      // so that nothing is carried across one
};

// Seconds each stage was at work, waiting for its turn not counted.
struct StageSeconds {
  double decode = 0, translate = 0, steady = 0, write = 0, measure = 0;
};

struct PipelineResult {
  std::int64_t frames = 0;  // written, those before the start included
  double end = 0;           // seconds, of the last of them
  bool stopped = false;     // before the end of the source
  std::int64_t cuts = 0;    // found, those before the start included; not the first frame
  StageSeconds seconds;
  // Frames that could not be measured, for their size was another than the first one's: from here.
  std::optional<std::int64_t> unmeasured_from;
};

// `start`: of an earlier call's border; the reader's frames before it are skipped.
// Errors: those of the parts; kData when the source has fewer frames than `start` says.
[[nodiscard]] PipelineResult RunPipeline(const PipelineParts& parts,
                                         const PipelineSettings& settings,
                                         PipelineObserver& observer,
                                         const PipelineState& start = {});

}  // namespace agon::cyclegan
