// SPDX-License-Identifier: Apache-2.0
// The viewer, started beside a benchmark, drawing for nobody (--headless: the same OpenGL, no
// window).
//
// Who needs this file: viewer_bench.cpp. Thread safety: one thread.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "bench/benchmarks.h"

namespace agon::bench {

// What --timings wrote.
struct ViewerTimings {
  double first_frame = 0, first_runs_frame = 0;  // seconds since 1970
  std::int64_t frames = 0;
  double median_ms = 0, p95_ms = 0, worst_ms = 0;  // of a frame
};

class ViewerProcess {
 public:
  // `agon view ARGUMENTS... --headless --timings F`. Error(kUsage) when agon-view was not built.
  ViewerProcess(const Surroundings& around, const std::vector<std::string>& arguments);
  ~ViewerProcess();  // kills it
  ViewerProcess(const ViewerProcess&) = delete;
  ViewerProcess& operator=(const ViewerProcess&) = delete;

  [[nodiscard]] double started() const { return started_; }  // seconds since 1970
  // Waits until a frame with the list of runs was shown. Error(kInternal) with what the viewer said
  // when it ended or took a minute.
  void WaitForFrame();
  [[nodiscard]] bool running();
  // Resident memory now, MiB.
  [[nodiscard]] double Resident() const;
  // Waits until it leaves by itself (--frames), or asks it to.
  [[nodiscard]] ViewerTimings Wait();
  [[nodiscard]] ViewerTimings Stop();

 private:
  [[nodiscard]] ViewerTimings Read() const;
  [[noreturn]] void FailWith(const std::string& what) const;
  Path timings_, messages_;
  pid_t process_ = -1;
  int status_ = 0;  // once it ended
  double started_ = 0;
};

}  // namespace agon::bench
