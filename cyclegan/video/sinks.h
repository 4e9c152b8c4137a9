// SPDX-License-Identifier: Apache-2.0
// Where the pipeline's frames end: closed segments of a video, to be joined later, or picture
// files.
//
// Thread safety: each sink is used by one thread at a time.
#pragma once

#include <deque>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "cyclegan/video/pipeline.h"
#include "runtime/base/thread_pool.h"

namespace agon::cyclegan {

// FOLDER/000000.mp4 holds the frames from 0, 000100.mp4 those from 100, and so on. A segment is
// under its name when it is whole, synced.
class SegmentSink final : public FrameSink {
 public:
  // `info` is the source's. The folder must be there.
  SegmentSink(Path folder, media::VideoInfo info, media::WriteOptions options);
  ~SegmentSink() override;
  void Write(const PipelineFrame& frame) override;
  void CloseSegment(std::int64_t frames, bool whole) override;

  [[nodiscard]] static Path FileOf(const Path& folder, std::int64_t first_frame);

 private:
  const Path folder_;
  const media::VideoInfo info_;
  const media::WriteOptions options_;
  std::unique_ptr<media::VideoWriter> writer_;
};

// A PNG for each frame, 8 or 16 bits a channel as the frame has. Pictures are compressed by threads
// of the sink's own.
class PictureSink final : public FrameSink {
 public:
  // `names` by the frame's pts, where the source was pictures; empty: 000000.png, 000001.png, ...
  PictureSink(Path folder, std::vector<std::string> names, int threads);
  ~PictureSink() override;
  void Write(const PipelineFrame& frame) override;
  void CloseSegment(std::int64_t frames, bool whole) override;

  // File names for pictures: the same with .png; where two would be one, the whole name and .png.
  [[nodiscard]] static std::vector<std::string> NamesFor(const std::vector<std::string>& pictures);

 private:
  const Path folder_;
  const std::vector<std::string> names_;
  ThreadPool pool_;
  const std::size_t most_;  // pictures being written at once
  std::deque<std::future<void>> writing_;
};

}  // namespace agon::cyclegan
