// SPDX-License-Identifier: Apache-2.0
// The runs whose curves are drawn, and which scalar tracks they have at the moment.
//
// Who needs this file: curves_panel.cpp. Thread safety: one thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "viewer/core/workspace.h"
#include "viewer/curves/curve_model.h"

namespace agon::viewer::curves {

struct ShownRun {
  std::shared_ptr<OpenRun> run;
  std::size_t colour = 0;
  double start = 0;  // the first time of its recording
};

class ShownRuns {
 public:
  // The selected run, then those it is compared with. True when there are other tracks than before.
  bool Take(Workspace& workspace);
  [[nodiscard]] const std::vector<ShownRun>& runs() const { return runs_; }
  // Of all runs together; a name may come more than once.
  [[nodiscard]] std::vector<std::string> Tracks() const;

 private:
  // The scalar tracks of a run as they were at a version of its recording.
  struct Listed {
    std::weak_ptr<RunTracks> of;
    std::uint64_t version = 0;
    std::vector<std::string> names;
  };
  std::vector<ShownRun> runs_;
  std::map<const RunTracks*, Listed> listed_;
};

// All that is left of what was recorded of these tracks: run,track,step,wall_time,value. Empty when
// there is nothing.
[[nodiscard]] std::string CurvesCsv(const std::vector<ShownRun>& runs,
                                    const std::vector<PlotGroup>& plots);

}  // namespace agon::viewer::curves
