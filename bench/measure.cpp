// SPDX-License-Identifier: Apache-2.0
#include "bench/measure.h"

#include <algorithm>
#include <cmath>

#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/base/progress.h"
#include "runtime/base/stop.h"

namespace agon::bench {
namespace {

double Quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(place));
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], place - std::floor(place));
}

}  // namespace

Spread SpreadOf(std::vector<double> samples) {
  AGON_CHECK(!samples.empty());
  std::sort(samples.begin(), samples.end());
  return {.low = samples.front(),
          .q1 = Quantile(samples, 0.25),
          .median = Quantile(samples, 0.5),
          .q3 = Quantile(samples, 0.75),
          .high = samples.back()};
}

bool Met(const Measurement& measurement) {
  return !measurement.limit || SpreadOf(measurement.samples).median <= *measurement.limit;
}

nlohmann::json ToJson(const Measurement& measurement) {
  const Spread spread = SpreadOf(measurement.samples);
  nlohmann::json json = {{"name", measurement.name}, {"unit", measurement.unit},
                         {"median", spread.median},  {"low", spread.low},
                         {"q1", spread.q1},          {"q3", spread.q3},
                         {"high", spread.high},      {"pairs", measurement.samples.size()},
                         {"limit", nullptr},         {"met", Met(measurement)}};
  if (measurement.limit) json["limit"] = *measurement.limit;
  if (!measurement.note.empty()) json["note"] = measurement.note;
  return json;
}

std::vector<double> Ratios(const std::string& name, std::int64_t pairs, const Contest& contest) {
  std::vector<double> ratios;
  Progress progress(name, pairs + 1, "pair");
  for (std::int64_t pair = 0; pair <= pairs; ++pair) {
    const double before = contest.theirs(0.5);
    const double ours = contest.ours();
    const double after = contest.theirs(0.5);
    // The first one warms caches and allocators.
    if (pair > 0) ratios.push_back(ours / (0.5 * (before + after)));
    if (StopSignal() != 0) Fail(ErrorKind::kInterrupted, "the benchmark was stopped");
    progress.Advance();
  }
  const Spread spread = SpreadOf(ratios);
  log::Info("{}: {:.3f}, between {:.3f} and {:.3f}", name, spread.median, spread.low, spread.high);
  return ratios;
}

}  // namespace agon::bench
