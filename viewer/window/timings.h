// SPDX-License-Identifier: Apache-2.0
// How long frames took, as JSON (--timings): what `agon bench viewer` reads.
//
// Thread safety: one thread.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/base/files.h"

namespace agon::viewer {

class Timings {
 public:
  explicit Timings(Path file);  // empty: nothing is written

  // One frame was shown, in `seconds`; `looked`: with the list of runs; `settled`: with everything
  // else. Frames are measured from the first settled one on.
  void Frame(double seconds, bool looked, bool settled);
  [[nodiscard]] std::int64_t measured() const { return measured_; }
  // {started, first_frame, first_runs_frame, first_settled_frame: seconds since 1970; frames;
  // frame_ms: {median, p95, max}; rss_bytes, peak_rss_bytes}. Error(kIo).
  void Write() const;

 private:
  static constexpr std::size_t kMostFrames = 100'000;
  Path file_;
  double started_ = 0, first_frame_ = 0, first_runs_frame_ = 0, first_settled_frame_ = 0;
  std::int64_t frames_ = 0, measured_ = 0;
  std::vector<float> milliseconds_;
};

}  // namespace agon::viewer
