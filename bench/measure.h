// SPDX-License-Identifier: Apache-2.0
// Measurements that survive a busy machine: two pieces of work are timed in turn, pair by pair, and
// the median of the ratios is what counts; its spread is always shown beside it.
//
// Who needs this file: every benchmark. Thread safety: one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace agon::bench {

inline constexpr const char* kRatio = "x";

// What was measured, sample by sample.
struct Measurement {
  std::string name;           // "pgd, net_a, batch 200"
  std::string unit = kRatio;  // or ms, MiB, 1/s
  std::vector<double> samples;
  std::optional<double> limit;  // of the median
  std::string note;             // what the reader has to know: "199.8 of 200 examples stood"
};

struct Spread {
  double low = 0, q1 = 0, median = 0, q3 = 0, high = 0;
};
// Quartiles by linear interpolation between the sorted samples; there must be one at least.
[[nodiscard]] Spread SpreadOf(std::vector<double> samples);

// Within its limit, or without one.
[[nodiscard]] bool Met(const Measurement& measurement);

// {name, unit, median, low, q1, q3, high, pairs, limit, met, note}; low and high are the extremes.
[[nodiscard]] nlohmann::json ToJson(const Measurement& measurement);

// Two pieces of work that are compared. Each returns its cost as it sees fit (seconds, or seconds
// per example); `theirs` is told which share of the usual repetitions to do.
struct Contest {
  std::function<double()> ours;
  std::function<double(double share)> theirs;
};

// `pairs` ratios ours / theirs after one that is not counted. Theirs runs half before and half
// after ours, so that a machine that slows down steadily favours neither.
[[nodiscard]] std::vector<double> Ratios(const std::string& name, std::int64_t pairs,
                                         const Contest& contest);

}  // namespace agon::bench
