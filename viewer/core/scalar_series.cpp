// SPDX-License-Identifier: Apache-2.0
#include "viewer/core/scalar_series.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace agon::viewer {
namespace {

using Extremes = RangeExtremes::Extremes;

constexpr std::size_t kFan = 16;
constexpr Extremes kNone{std::numeric_limits<double>::infinity(),
                         -std::numeric_limits<double>::infinity()};

void Add(Extremes& extremes, const Extremes& more) {
  extremes.low = std::min(extremes.low, more.low);
  extremes.high = std::max(extremes.high, more.high);
}

void Add(Extremes& extremes, double value) {
  if (std::isfinite(value)) Add(extremes, Extremes{value, value});
}

template <class T>
Extremes OfAll(const std::vector<T>& values, std::size_t first, std::size_t last) {
  Extremes extremes = kNone;
  for (std::size_t i = first; i < last; ++i) Add(extremes, values[i]);
  return extremes;
}

// Brings `blocks` up to date with `below`, of which the first `keep` are as they were. Returns how
// many of the blocks are.
template <class T>
std::size_t UpdateBlocks(std::vector<Extremes>& blocks, const std::vector<T>& below,
                         std::size_t keep) {
  const std::size_t whole = below.size() / kFan;  // only whole blocks are kept
  const std::size_t unchanged = std::min({keep / kFan, whole, blocks.size()});
  blocks.resize(unchanged);
  for (std::size_t i = unchanged; i < whole; ++i) {
    blocks.push_back(OfAll(below, i * kFan, (i + 1) * kFan));
  }
  return unchanged;
}

}  // namespace

void RangeExtremes::Update(const std::vector<double>& values, std::size_t keep) {
  std::size_t below = values.size();
  for (std::size_t level = 0; below >= kFan; ++level) {
    if (level == levels_.size()) levels_.emplace_back();
    keep = level == 0 ? UpdateBlocks(levels_[0], values, keep)
                      : UpdateBlocks(levels_[level], levels_[level - 1], keep);
    below = levels_[level].size();
    if (below < kFan) {
      levels_.resize(level + 1);
      return;
    }
  }
  levels_.clear();
}

Extremes RangeExtremes::Of(const std::vector<double>& values, std::size_t first,
                           std::size_t last) const {
  Extremes extremes = kNone;
  if (first >= last) return extremes;
  // Up the levels: what sticks out of whole blocks is looked at, the rest is left to the next one.
  for (std::size_t level = 0;; ++level) {
    const auto look = [&](std::size_t begin, std::size_t end) {
      Add(extremes, level == 0 ? OfAll(values, begin, end) : OfAll(levels_[level - 1], begin, end));
    };
    const std::size_t first_block = (first + kFan - 1) / kFan;
    std::size_t last_block = last / kFan;
    if (level < levels_.size()) last_block = std::min(last_block, levels_[level].size());
    if (level == levels_.size() || first_block >= last_block) {
      look(first, last);
      return extremes;
    }
    look(first, first_block * kFan);
    look(last_block * kFan, last);
    first = first_block;
    last = last_block;
  }
}

std::size_t RangeExtremes::bytes() const {
  std::size_t bytes = 0;
  for (const auto& level : levels_) bytes += level.capacity() * sizeof(Extremes);
  return bytes;
}

ScalarSeries::ScalarSeries(std::size_t limit) : limit_(std::max(limit, kLeastLimit)) {}

void ScalarSeries::Append(const ScalarSample& sample) {
  if (!empty() && sample.step <= steps_.back()) {
    const auto from = std::lower_bound(steps_.begin(), steps_.end(), sample.step);
    Truncate(static_cast<std::size_t>(from - steps_.begin()));
  }
  if (size() >= limit_) Thin();
  const double earliest = empty() ? 0.0 : times_.back();
  steps_.push_back(sample.step);
  times_.push_back(std::isfinite(sample.wall_time) ? std::max(sample.wall_time, earliest)
                                                   : earliest);
  values_.push_back(sample.value);
  if (!std::isfinite(sample.value)) ++not_finite_;
  if (size() % kFan == 0) extremes_.Update(values_, size() - kFan);
}

void ScalarSeries::Truncate(std::size_t size) {
  for (std::size_t i = size; i < values_.size(); ++i) {
    if (!std::isfinite(values_[i])) --not_finite_;
  }
  steps_.resize(size);
  times_.resize(size);
  values_.resize(size);
  extremes_.Update(values_, size);
  smoothed_ = {};
}

void ScalarSeries::Thin() {
  std::size_t kept = 1;
  const auto keep = [&](std::size_t i) {
    steps_[kept] = steps_[i];
    times_[kept] = times_[i];
    values_[kept] = values_[i];
    ++kept;
  };
  // Groups of four behind the first sample; the last four to eight are left as they are.
  constexpr std::size_t kGroup = 4;
  std::size_t at = 1;
  for (; at + 2 * kGroup <= size(); at += kGroup) {
    std::size_t low = at;
    std::size_t high = at;
    for (std::size_t i = at; i < at + kGroup; ++i) {
      if (!std::isfinite(values_[i])) continue;
      if (!std::isfinite(values_[low]) || values_[i] < values_[low]) low = i;
      if (!std::isfinite(values_[high]) || values_[i] > values_[high]) high = i;
    }
    if (low == high) high = low == at ? at + kGroup - 1 : at;  // all the same, or not finite
    keep(std::min(low, high));
    keep(std::max(low, high));
  }
  for (; at < size(); ++at) keep(at);
  steps_.resize(kept);
  times_.resize(kept);
  values_.resize(kept);
  thinned_ = true;
  extremes_.Update(values_, 0);
  smoothed_ = {};
}

std::optional<ScalarSample> ScalarSeries::AtStep(std::int64_t step) const {
  const auto after = std::upper_bound(steps_.begin(), steps_.end(), step);
  if (after == steps_.begin()) return std::nullopt;
  return At(static_cast<std::size_t>(after - steps_.begin()) - 1);
}

std::optional<ScalarSample> ScalarSeries::AtTime(double wall_time) const {
  const auto after = std::upper_bound(times_.begin(), times_.end(), wall_time);
  if (after == times_.begin()) return std::nullopt;
  return At(static_cast<std::size_t>(after - times_.begin()) - 1);
}

std::size_t ScalarSeries::Bound(double x, XAxis axis, bool above, std::size_t first) const {
  const auto search = [&](const auto& xs) {
    const auto from = xs.begin() + static_cast<std::ptrdiff_t>(first);
    const auto found = std::partition_point(from, xs.end(), [&](auto value) {
      return above ? static_cast<double>(value) <= x : static_cast<double>(value) < x;
    });
    return static_cast<std::size_t>(found - xs.begin());
  };
  return axis == XAxis::kStep ? search(steps_) : search(times_);
}

std::optional<std::size_t> ScalarSeries::Nearest(double x, XAxis axis) const {
  if (empty() || std::isnan(x)) return std::nullopt;
  const std::size_t right = Bound(x, axis, false);
  if (right == size()) return size() - 1;
  if (right == 0) return 0;
  return x - X(right - 1, axis) <= X(right, axis) - x ? right - 1 : right;
}

std::optional<ScalarSample> ScalarSeries::NearestTo(double x, XAxis axis) const {
  const std::optional<std::size_t> nearest = Nearest(x, axis);
  return nearest ? std::optional(At(*nearest)) : std::nullopt;
}

std::optional<double> ScalarSeries::SmoothedNear(double x, XAxis axis, double smoothing) const {
  const std::optional<std::size_t> nearest = Nearest(x, axis);
  if (!nearest) return std::nullopt;
  return smoothing > 0 && smoothing < 1 ? Smooth(smoothing).values[*nearest] : values_[*nearest];
}

const ScalarSeries::Smoothed& ScalarSeries::Smooth(double factor) const {
  Smoothed& smoothed = smoothed_;
  if (smoothed.factor != factor) {
    smoothed = {};
    smoothed.factor = factor;
  }
  const std::size_t done = smoothed.values.size();
  for (std::size_t i = done; i < values_.size(); ++i) {
    double value = values_[i];
    if (std::isfinite(value)) {
      smoothed.sum = factor * smoothed.sum + (1 - factor) * value;
      smoothed.weight *= factor;
      value = smoothed.sum / (1 - smoothed.weight);
    }
    smoothed.values.push_back(value);
  }
  if (smoothed.values.size() / kFan != done / kFan) smoothed.extremes.Update(smoothed.values, done);
  return smoothed;
}

void ScalarSeries::Columns(double from, double to, int columns, XAxis axis, double smoothing,
                           std::vector<PlotColumn>& out) const {
  out.clear();
  if (empty() || columns <= 0 || !(from <= to)) return;
  if (!std::isfinite(from)) from = X(0, axis);
  if (!std::isfinite(to)) to = X(size() - 1, axis);
  const bool smooth = smoothing > 0 && smoothing < 1;
  const std::vector<double>& values = smooth ? Smooth(smoothing).values : values_;
  const RangeExtremes& extremes = smooth ? smoothed_.extremes : extremes_;
  const auto add = [&](std::size_t first, std::size_t last) {
    const Extremes range = extremes.Of(values, first, last);
    out.push_back({X(first, axis), range.low, range.high, values[first], values[last - 1]});
  };

  std::size_t at = Bound(from, axis, false);
  const std::size_t end = Bound(to, axis, true, at);
  if (at > 0) add(at - 1, at);
  const double width = (to - from) / columns;
  double place = -1;
  while (at < end) {
    // The column of the next sample: empty ones are jumped over.
    place = width > 0 ? std::max(std::floor((X(at, axis) - from) / width), place + 1) : columns;
    const double border = from + (place + 1) * width;
    std::size_t next = place >= columns - 1 ? end : std::min(Bound(border, axis, false, at), end);
    next = std::max(next, at + 1);  // rounding
    add(at, next);
    at = next;
  }
  if (end < size()) add(end, end + 1);
}

std::vector<ScalarSample> ScalarSeries::Samples() const {
  std::vector<ScalarSample> samples;
  samples.reserve(size());
  for (std::size_t i = 0; i < size(); ++i) samples.push_back(At(i));
  return samples;
}

std::size_t ScalarSeries::bytes() const {
  return sizeof(*this) + steps_.capacity() * sizeof(std::int64_t) +
         (times_.capacity() + values_.capacity() + smoothed_.values.capacity()) * sizeof(double) +
         extremes_.bytes() + smoothed_.extremes.bytes();
}

}  // namespace agon::viewer
