// SPDX-License-Identifier: Apache-2.0
#include "viewer/core/timeline.h"

#include <algorithm>
#include <cmath>

namespace agon::viewer {
namespace {

constexpr double kSlowest = 0.1, kFastest = 10'000;  // steps a second, or times real time
constexpr double kHundredth = 0.01;

}  // namespace

// A damaged recording's range may be wider than an int64 counts: unsigned, which wraps.
std::int64_t StepAt(const TimelineRange& range, double share) {
  const std::uint64_t first = static_cast<std::uint64_t>(range.first_step);
  const std::uint64_t length = static_cast<std::uint64_t>(range.last_step) - first;
  if (!(share > 0)) return range.first_step;
  if (share >= 1) return range.last_step;
  const double offset = std::round(share * static_cast<double>(length));
  // The nearest double below 2^64: what is cast fits.
  constexpr double kMost = 18446744073709549568.0;
  const auto whole = std::min(length, static_cast<std::uint64_t>(std::min(offset, kMost)));
  return static_cast<std::int64_t>(first + whole);
}

void Timeline::SetRange(const TimelineRange& range) {
  range_ = range;
  range_.last_step = std::max(range_.last_step, range_.first_step);
  range_.last_time = std::max(range_.last_time, range_.first_time);
  if (following_) {
    moment_.step = range_.last_step;
    moment_.wall_time = range_.last_time;
  } else {
    moment_.step = std::clamp(moment_.step, range_.first_step, range_.last_step);
    moment_.wall_time = std::clamp(moment_.wall_time, range_.first_time, range_.last_time);
  }
}

void Timeline::SetMode(TimelineMode mode) {
  if (mode == moment_.mode) return;
  const double kept = share();
  const bool was_following = following_;
  moment_.mode = mode;
  fraction_ = 0;
  SetShare(kept);
  following_ = was_following;
}

void Timeline::SetStep(std::int64_t step) {
  moment_.step = std::clamp(step, range_.first_step, range_.last_step);
  following_ = false;
  fraction_ = 0;
}

void Timeline::SetWallTime(double wall_time) {
  moment_.wall_time = std::clamp(wall_time, range_.first_time, range_.last_time);
  following_ = false;
}

void Timeline::SetShare(double share) {
  share = std::clamp(std::isfinite(share) ? share : 0.0, 0.0, 1.0);
  if (moment_.mode == TimelineMode::kTime) {
    SetWallTime(range_.first_time + share * (range_.last_time - range_.first_time));
    return;
  }
  SetStep(StepAt(range_, share));
}

double Timeline::share() const {
  double length = 0, at = 0;
  if (moment_.mode == TimelineMode::kTime) {
    length = range_.last_time - range_.first_time;
    at = moment_.wall_time - range_.first_time;
  } else {
    length = static_cast<double>(range_.last_step) - static_cast<double>(range_.first_step);
    at = static_cast<double>(moment_.step) - static_cast<double>(range_.first_step);
  }
  return length > 0 ? std::clamp(at / length, 0.0, 1.0) : 1.0;
}

void Timeline::Move(std::int64_t steps) {
  if (moment_.mode == TimelineMode::kTime) {
    SetShare(share() + static_cast<double>(steps) * kHundredth);
    return;
  }
  std::int64_t target = 0;
  if (__builtin_add_overflow(moment_.step, steps, &target)) {
    target = steps < 0 ? range_.first_step : range_.last_step;
  }
  SetStep(target);
}

void Timeline::Follow(bool follow) {
  following_ = follow;
  if (follow) {
    playing_ = false;
    SetRange(range_);
  }
}

void Timeline::Play(bool play) {
  playing_ = play;
  fraction_ = 0;
  if (!play) return;
  if (share() >= 1) SetShare(0);
  following_ = false;
}

void Timeline::SetSpeed(double speed) {
  if (std::isfinite(speed)) speed_ = std::clamp(speed, kSlowest, kFastest);
}

void Timeline::Advance(double seconds) {
  if (!playing_ || !(seconds > 0)) return;
  if (moment_.mode == TimelineMode::kTime) {
    SetWallTime(moment_.wall_time + seconds * speed_);
  } else {
    const double steps = fraction_ + seconds * speed_;
    const double whole = std::floor(steps);
    const double left = static_cast<double>(range_.last_step) - static_cast<double>(moment_.step);
    constexpr double kMostSteps = 1e15;  // at once
    if (whole >= left || whole > kMostSteps) {
      SetStep(range_.last_step);
    } else if (whole > 0) {
      SetStep(moment_.step + static_cast<std::int64_t>(whole));
    }
    fraction_ = steps - whole;
  }
  if (share() >= 1) playing_ = false;
}

}  // namespace agon::viewer
