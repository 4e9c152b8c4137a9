// SPDX-License-Identifier: Apache-2.0
// The one moment all panels show. It is a step, or, since tracks count different things (steps of
// an attack, frames, games), a time of day: the same for all tracks of a run.
//
// Thread safety: plain data of the thread that draws.
#pragma once

#include <cstdint>
#include <optional>

namespace agon::viewer {

enum class TimelineMode { kStep, kTime };

struct Moment {
  TimelineMode mode = TimelineMode::kStep;
  std::int64_t step = 0;
  double wall_time = 0;  // seconds since 1970
};

struct TimelineRange {
  std::int64_t first_step = 0, last_step = 0;
  double first_time = 0, last_time = 0;
};

// The step at a share of the range, from 0 to 1; good for ranges of any width.
[[nodiscard]] std::int64_t StepAt(const TimelineRange& range, double share);

class Timeline {
 public:
  [[nodiscard]] const Moment& moment() const { return moment_; }
  [[nodiscard]] const TimelineRange& range() const { return range_; }
  [[nodiscard]] TimelineMode mode() const { return moment_.mode; }
  [[nodiscard]] bool following() const { return following_; }
  [[nodiscard]] bool playing() const { return playing_; }
  [[nodiscard]] double speed() const { return speed_; }

  // The range of what is shown; when following, the moment stays at its end.
  void SetRange(const TimelineRange& range);
  void SetMode(TimelineMode mode);
  void SetStep(std::int64_t step);     // clamped to the range; ends following
  void SetWallTime(double wall_time);  // the same
  void SetShare(double share);         // 0 the beginning, 1 the end
  [[nodiscard]] double share() const;
  void Move(std::int64_t steps);  // by steps, or by as many hundredths of the range
  void Follow(bool follow);
  void Play(bool play);          // at the end: from the beginning
  void SetSpeed(double speed);   // steps a second, or times real time
  void Advance(double seconds);  // of a frame, when playing

 private:
  Moment moment_;
  TimelineRange range_;
  bool following_ = true;
  bool playing_ = false;
  double speed_ = 10;
  double fraction_ = 0;  // of a step
};

}  // namespace agon::viewer
