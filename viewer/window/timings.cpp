// SPDX-License-Identifier: Apache-2.0
#include "viewer/window/timings.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/base/clock.h"

namespace agon::viewer {
namespace {

// A line of /proc/self/status in bytes, such as VmHWM; 0 when it is not there.
std::int64_t StatusBytes(const std::string& name) {
  std::ifstream status("/proc/self/status");
  constexpr std::int64_t kKib = 1024;
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":")) return std::atoll(line.c_str() + name.size() + 1) * kKib;
  }
  return 0;
}

}  // namespace

Timings::Timings(Path file) : file_(std::move(file)), started_(UnixTime()) {}

void Timings::Frame(double seconds, bool looked, bool settled) {
  constexpr double kMilli = 1000;
  bool news = false;
  const auto note = [&](bool reached, double& time) {
    if (!reached || time > 0) return;
    time = UnixTime();
    news = true;
  };
  if (first_settled_frame_ > 0) {
    ++measured_;
    if (milliseconds_.size() < kMostFrames) {
      milliseconds_.push_back(static_cast<float>(seconds * kMilli));
    }
  }
  ++frames_;
  note(true, first_frame_);
  note(looked, first_runs_frame_);
  note(looked && settled, first_settled_frame_);
  if (news) Write();
}

void Timings::Write() const {
  if (file_.empty()) return;
  std::vector<float> sorted = milliseconds_;
  std::sort(sorted.begin(), sorted.end());
  const auto at = [&](double share) {
    const auto place = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
    return sorted.empty() ? 0.0F : sorted[std::min(place, sorted.size() - 1)];
  };
  constexpr double kP95 = 0.95;
  const nlohmann::json json{{"started", started_},
                            {"first_frame", first_frame_},
                            {"first_runs_frame", first_runs_frame_},
                            {"first_settled_frame", first_settled_frame_},
                            {"frames", frames_},
                            {"frame_ms", {{"median", at(0.5)}, {"p95", at(kP95)}, {"max", at(1)}}},
                            {"rss_bytes", StatusBytes("VmRSS")},
                            {"peak_rss_bytes", StatusBytes("VmHWM")}};
  WriteFileAtomic(file_, json.dump(2) + "\n");
}

}  // namespace agon::viewer
