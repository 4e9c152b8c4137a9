// SPDX-License-Identifier: Apache-2.0
// The drawn parts of a plot.
//
// Who needs this file: plot.cpp. Thread safety: the thread that draws.
#pragma once

#include <imgui.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "viewer/ui/axis.h"
#include "viewer/ui/plot.h"

namespace agon::viewer::ui {

// Where what is on the screen.
struct PlotFrame {
  ImVec2 outer_min, outer_max;  // all of it
  ImVec2 min, max;              // the area of the curves, in whole pixels
  Axis x, y;
  std::vector<AxisTick> y_ticks;

  [[nodiscard]] float Width() const { return max.x - min.x; }
  [[nodiscard]] float Height() const { return max.y - min.y; }
  [[nodiscard]] bool Contains(ImVec2 at) const {
    return at.x >= min.x && at.x < max.x && at.y >= min.y && at.y < max.y;
  }
  // Beyond what floats tell apart they end far outside.
  [[nodiscard]] float ScreenX(double value) const;
  [[nodiscard]] float ScreenY(double value) const;
  [[nodiscard]] double XAt(float pixel) const { return x.At((pixel - min.x) / Width()); }
  [[nodiscard]] double YAt(float pixel) const { return y.At((max.y - pixel) / Height()); }
};

struct PlottedCurve {
  CurveStyle style;
  std::vector<PlotColumn> columns;  // x rises
};

inline constexpr double kFar = 1e6;  // pixels; floats are still exact to a tenth there

[[nodiscard]] inline bool HasValue(const PlotColumn& column) { return column.low <= column.high; }

// The extremes of values that can be shown.
class Reach {
 public:
  explicit Reach(bool only_positive) : only_positive_(only_positive) {}
  void Take(double value);
  void Take(const PlottedCurve& curve, double x_low, double x_high);
  // With some room on both sides; 0 to 1 when there was nothing.
  [[nodiscard]] std::pair<double, double> WithRoom() const;

 private:
  bool only_positive_;
  double low_ = std::numeric_limits<double>::infinity();
  double high_ = -std::numeric_limits<double>::infinity();
};

void DrawBackground(ImDrawList& list, const PlotFrame& frame, const PlotOptions& options);
void DrawCurves(ImDrawList& list, const PlotFrame& frame, const std::vector<PlottedCurve>& curves);
// In the corner that the curves leave free.
void DrawLegend(ImDrawList& list, const PlotFrame& frame, const std::vector<PlottedCurve>& curves);
// The cross-hair, and the values of all curves there as a tooltip; reported as "LABEL/values".
void DrawReadings(ImDrawList& list, const PlotFrame& frame, const PlotOptions& options,
                  const std::vector<PlottedCurve>& curves, const std::string& label);
[[nodiscard]] bool HasValues(const std::vector<PlottedCurve>& curves, bool positive);
void DrawNote(ImDrawList& list, const PlotFrame& frame, const char* text);

}  // namespace agon::viewer::ui
