// SPDX-License-Identifier: Apache-2.0
#include "viewer/curves/shown_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace agon::viewer::curves {

bool ShownRuns::Take(Workspace& workspace) {
  runs_.clear();
  const auto add = [&](const std::shared_ptr<OpenRun>& run) {
    if (!run || std::any_of(runs_.begin(), runs_.end(),
                            [&](const ShownRun& known) { return known.run == run; })) {
      return;
    }
    const auto range = run->tracks->Range();
    runs_.push_back({run, runs_.size(), range ? range->first_time : 0});
  };
  add(workspace.selected());
  for (const auto& run : workspace.compared()) add(run);
  // Runs that are not looked at any more take their tracks along.
  bool changed = std::erase_if(listed_, [&](const auto& entry) {
                   return entry.second.of.expired() ||
                          std::none_of(runs_.begin(), runs_.end(), [&](const ShownRun& shown) {
                            return shown.run->tracks.get() == entry.first;
                          });
                 }) > 0;
  for (const ShownRun& shown : runs_) {
    Listed& listed = listed_[shown.run->tracks.get()];
    const std::uint64_t version = shown.run->tracks->version();
    if (listed.of.lock() == shown.run->tracks && listed.version == version) continue;
    listed.of = shown.run->tracks;
    listed.version = version;
    listed.names.clear();
    for (TrackInfo& track : shown.run->tracks->Tracks()) {
      if (track.kind == TrackKind::kScalar) listed.names.push_back(std::move(track.name));
    }
    changed = true;
  }
  return changed;
}

std::vector<std::string> ShownRuns::Tracks() const {
  std::vector<std::string> names;
  for (const auto& [tracks, listed] : listed_) {
    names.insert(names.end(), listed.names.begin(), listed.names.end());
  }
  return names;
}

std::string CurvesCsv(const std::vector<ShownRun>& runs, const std::vector<PlotGroup>& plots) {
  fmt::memory_buffer text;
  const auto out = std::back_inserter(text);
  fmt::format_to(out, "run,track,step,wall_time,value\n");
  bool any = false;
  for (const ShownRun& shown : runs) {
    for (const PlotGroup& group : plots) {
      for (const std::string& track : group.tracks) {
        const std::string head = CsvField(shown.run->name) + ',' + CsvField(track);
        shown.run->tracks->WithSeries(track, [&](const ScalarSeries* series) {
          if (series == nullptr) return;
          for (const ScalarSample& sample : series->Samples()) {
            any = true;
            fmt::format_to(out, "{},{},{:.6f},{}\n", head, sample.step, sample.wall_time,
                           sample.value);
          }
        });
      }
    }
  }
  return any ? fmt::to_string(text) : std::string();
}

}  // namespace agon::viewer::curves
