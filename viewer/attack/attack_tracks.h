// SPDX-License-Identifier: Apache-2.0
// What an attack recorded, found by the names of its tracks (docs/formats.md, "Tracks"): also
// while it runs, when there is no report yet.
//
// Thread safety: free functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "viewer/core/run_tracks.h"

namespace agon::viewer {

// One attack on one example: "1.pgd", or "1.pgd#3" for a later restart that broke it.
struct RecordedPass {
  std::string name;  // "1.pgd#3"
  std::int64_t place = 0;
  std::int64_t restart = 0;
  std::string track;  // of the images; its losses: the same + "/loss"
  std::int64_t first_step = 0, last_step = 0;
};

struct RecordedExample {
  std::int64_t index = 0;
  std::string clean_track;           // empty: not recorded (yet)
  std::vector<RecordedPass> passes;  // by place, then restart
};

// One model under one threat.
struct RecordedResult {
  std::string title;  // "net_a linf 0.1"
  std::string model, norm;
  double epsilon = 0;
  std::string accuracy_track;             // empty: not recorded
  std::vector<std::string> loss_tracks;   // mean loss of each attack, by place
  std::vector<RecordedExample> examples;  // by index
};

// In the order of their names.
[[nodiscard]] std::vector<RecordedResult> FindRecorded(const std::vector<TrackInfo>& tracks);

// "1.pgd#3": place, attack, restart. False when it is no such name.
bool ParsePass(std::string_view name, RecordedPass& pass);

// Robust accuracy against epsilon, of one model; epsilon 0 is the clean accuracy. By epsilon.
struct AccuracyCurve {
  std::string model;
  std::vector<double> epsilon, accuracy;
};
struct AccuracyPoint {
  std::string model;
  double epsilon = 0, clean = 0, robust = 0;
};
// Models in the order of their first point; of an epsilon that stands twice the later one.
[[nodiscard]] std::vector<AccuracyCurve> AccuracyCurves(const std::vector<AccuracyPoint>& points);

}  // namespace agon::viewer
