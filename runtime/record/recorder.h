// SPDX-License-Identifier: Apache-2.0
// Where a run puts what can be looked at: scalars go to TensorBoard's event file and to the
// recording, the rest to the recording (images to both).
//
//   recorder.Scalar("train/loss", step, loss);
//
// Writing never blocks the compute: a thread of the recorder's own writes; when its queue is full,
// images, frames, boards and trees are dropped and counted, scalars and text never.
//
// Thread safety: all members.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/record/items.h"

namespace agon::record {

class Recorder {
 public:
  // Writes RUN/recording and RUN/events.out.tfevents.*. Error(kIo).
  explicit Recorder(const Path& run_folder);
  // Records nothing; for library use and tests.
  Recorder();
  ~Recorder();  // writes what is queued
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  void Scalar(std::string_view track, std::int64_t step, double value);
  void Text(std::string_view track, std::int64_t step, std::string text);
  void Image(std::string_view track, std::int64_t step, record::Image image);
  void Frame(std::string_view track, std::int64_t step, record::Frame frame);
  void Board(std::string_view track, std::int64_t step, record::Board board);
  void Tree(std::string_view track, std::int64_t step, record::Tree tree);

  // Waits until everything queued so far is on disk. A write error of the recorder's thread (disk
  // full) surfaces here once as Error(kIo).
  void Flush();
  [[nodiscard]] std::int64_t dropped() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace agon::record
