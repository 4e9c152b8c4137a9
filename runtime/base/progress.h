// SPDX-License-Identifier: Apache-2.0
// Progress of long work: what, how far, how fast, how long still. Libraries report here; the
// command decides what is shown (one rewritten line on a terminal, a plain line now and then
// elsewhere, nothing with --quiet).
//
// Thread safety: a Progress belongs to one thread, LatestProgress to all; SetProgressSink is called
// once, before work.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace agon {

struct ProgressState {
  std::string_view label;
  std::int64_t done = 0;
  std::int64_t total = 0;    // 0: unknown
  double seconds = 0;        // since the start of this Progress
  double rate = 0;           // units a second, of this process
  double seconds_left = -1;  // negative: unknown
  std::string_view unit;     // "batch", "image"
  std::string_view note;     // "loss 0.41, accuracy 87.1 %"
  bool finished = false;
};

class ProgressSink {
 public:
  virtual ~ProgressSink();
  virtual void Show(const ProgressState& state) = 0;
};

void SetProgressSink(std::shared_ptr<ProgressSink> sink);  // null: silent

// What was reported last, whatever is shown: a run's manifest tells it to others.
struct ReportedProgress {
  std::string label, unit, note;
  std::int64_t done = 0, total = 0;
  double rate = 0, seconds_left = -1;
  bool finished = false;
  std::chrono::steady_clock::time_point when;
};
// Nothing before the first report. From any thread.
[[nodiscard]] std::optional<ReportedProgress> LatestProgress();
// A sink that writes to standard error: one line rewritten in place when it is a terminal, else a
// line at most every 15 seconds and at the end.
[[nodiscard]] std::shared_ptr<ProgressSink> MakeStderrProgress();
// Clears a progress line that stands on the terminal; the log calls it before a line of its own.
void EraseProgressLine() noexcept;

class Progress {
 public:
  // `done` > 0 when resuming: rate and time left count only what this process does.
  Progress(std::string label, std::int64_t total, std::string unit, std::int64_t done = 0);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void Advance(std::int64_t count = 1, std::string_view note = {});

 private:
  void Show(bool finished);
  std::string label_, unit_, note_;
  std::int64_t total_, done_, first_;
  std::chrono::steady_clock::time_point start_, shown_;
};

}  // namespace agon
