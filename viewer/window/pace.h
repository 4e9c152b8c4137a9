// SPDX-License-Identifier: Apache-2.0
// When a frame is due: after events at once and until all is at rest, at the pace of the display
// while something plays, now and again while something loads or a run tells news, as often as that
// costs little, else once a second. A viewer beside a run must not cost it a core.
//
// Thread safety: one thread.
#pragma once

#include <algorithm>
#include <cstdint>

namespace agon::viewer {

class Pace {
 public:
  static constexpr double kFrameSeconds = 1.0 / 60;
  static constexpr int kRestFrames = 3;       // until the interface has come to rest after an event
  static constexpr double kLongestWait = 1;   // between two frames, whatever happens
  static constexpr double kNap = 0.05;        // between two looks for something new
  static constexpr double kShareOfNews = 10;  // news cost one part in so many of the time

  // `always`: one frame after another, for measuring.
  explicit Pace(bool always) : always_(always) {}

  // Before each round, what is going on; times are seconds of one clock.
  void Look(double now, bool playing, bool loading, std::uint64_t news) {
    if (loading_ && !loading) lively_ = kRestFrames;  // what was waited for is there
    now_ = now;
    playing_ = playing;
    loading_ = loading;
    news_ = news;
  }
  void Event() { lively_ = kRestFrames; }

  [[nodiscard]] bool Due() const {
    if (always_ || lively_ > 0 || playing_) return true;
    const double passed = now_ - drawn_;
    if (loading_) return passed >= std::max(kNap, cost_);
    return passed >= (news_ == seen_ ? kLongestWait : std::min(kLongestWait, kShareOfNews * cost_));
  }
  // How long to wait for events before the next round.
  [[nodiscard]] double Wait(double now, bool visible) const {
    if (always_) return 0;
    if (!visible) return kNap;
    return lively_ > 0 || playing_ ? std::max(0.0, kFrameSeconds - (now - drawn_)) : kNap;
  }
  // A frame was drawn, which took `cost` seconds.
  void Drawn(double now, double cost) {
    drawn_ = now;
    cost_ = cost;
    seen_ = news_;
    lively_ = std::max(0, lively_ - 1);
  }

 private:
  bool always_;
  bool playing_ = false, loading_ = false;
  std::uint64_t news_ = 0, seen_ = 0;
  int lively_ = kRestFrames;
  double now_ = 0, drawn_ = 0, cost_ = 0;
};

}  // namespace agon::viewer
