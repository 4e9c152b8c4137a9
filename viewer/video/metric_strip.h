// SPDX-License-Identifier: Apache-2.0
// The figures of every frame below the pictures: flicker, warping error, tOF of input and output.
// A click goes to that frame.
//
// Thread safety: the thread that draws.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "viewer/core/run_tracks.h"
#include "viewer/core/scalar_series.h"
#include "viewer/ui/plot.h"
#include "viewer/video/translation_files.h"

namespace agon::viewer {

class MetricStrip {
 public:
  // What it shows: figures of a report, or curves of the recording below a label.
  void Show(const std::vector<FrameFigures>& figures);
  void Show(std::shared_ptr<RunTracks> tracks, std::string label);
  void Clear();

  // "flicker", "warp", "tof"; false: no such metric.
  bool Choose(std::string_view metric);
  // There is anything to draw.
  [[nodiscard]] bool empty() const;
  // `last`: of the frames. The frame that was clicked.
  std::optional<std::int64_t> Draw(float height, std::int64_t frame, std::int64_t last);
  // The values of one frame, "flicker 0.012, input 0.008"; empty: there are none.
  [[nodiscard]] std::string TextOf(std::int64_t frame) const;
  // All figures, a row a frame; empty: none.
  [[nodiscard]] std::string Csv() const;

 private:
  struct Curve {
    std::string name;
    ScalarSeries series;
  };
  // Calls `look` for a curve, null when there is none.
  void With(const std::string& name, const std::function<void(const ScalarSeries*)>& look) const;

  std::vector<Curve> curves_;
  std::shared_ptr<RunTracks> tracks_;
  std::string label_;
  int metric_ = 0;
  bool log_ = false;
  ui::PlotView view_;
};

}  // namespace agon::viewer
