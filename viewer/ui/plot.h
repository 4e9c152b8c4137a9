// SPDX-License-Identifier: Apache-2.0
// A plot on ImDrawList: axes with round numbers, curves, a cross-hair that reads all of them.
// Dragging moves it, the wheel zooms x (over the y axis: y), dragging with the right button zooms
// to a range, a double click shows everything again. Until y was touched at its axis it follows
// what is shown of the curves.
//
//   ui::Plot plot("loss", ImVec2(-1, 200), view_, {.x_label = "step", .log_y = log}, extent);
//   plot.Curve({.name = "run 1", .colour = theme.series[0]}, columns);
//   plot.Marker(step);
//   plot.End();
//
// Thread safety: the thread that draws.
#pragma once

#include <imgui.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "viewer/core/scalar_series.h"

namespace agon::viewer::ui {

// What a plot remembers between frames; the owner keeps one for each plot.
struct PlotView {
  bool fit = true;    // everything is shown, also what is still to come
  bool fit_y = true;  // y shows what the curves reach within the x that is shown
  double x_low = 0, x_high = 1, y_low = 0, y_high = 1;
};

struct PlotOptions {
  std::string title = {}, x_label = {}, y_label = {};
  bool log_y = false;
  bool percent_y = false;
  bool time_x = false;      // x is seconds since 1970, shown as a time of day
  bool duration_x = false;  // x is seconds, shown as "1m30s"
  bool whole_x = false;     // x is a count: steps
  bool legend = true;
  bool wheel = true;     // false: zooms with Ctrl only, as in a list that scrolls
  bool share_y = false;  // y reaches from 0 to 1
  std::optional<double> y_low = {}, y_high = {};  // fixed
};

// Of the data, for fit: low > high when there is none.
struct PlotExtent {
  double x_low = 0, x_high = 0, y_low = 0, y_high = 0;
};

struct CurveStyle {
  std::string name = {};  // empty: neither in the legend nor at the cross-hair
  ImU32 colour = 0;
  bool dim = false;  // the unsmoothed values behind the smoothed curve of this name
  bool markers = false;
  bool bars = false;  // columns from 0
};

class Plot {
 public:
  // `size`: 0 or less: what is left of the window. `data` is what fit shows (x and y extremes).
  Plot(const char* label, ImVec2 size, PlotView& view, const PlotOptions& options,
       const PlotExtent& data);
  ~Plot();
  Plot(const Plot&) = delete;
  Plot& operator=(const Plot&) = delete;

  [[nodiscard]] double x_low() const;
  [[nodiscard]] double x_high() const;
  [[nodiscard]] int columns() const;  // pixels of the x axis
  void Curve(const CurveStyle& style, std::span<const PlotColumn> columns);
  void Points(const CurveStyle& style, std::span<const double> x, std::span<const double> y);
  void Marker(double x, ImU32 colour = 0);  // a vertical line: the timeline
  void HorizontalLine(double y, ImU32 colour = 0);
  // Draws all of it. The value under the cross-hair, when the mouse is
  // inside; a click there.
  struct Pointer {
    double x = 0, y = 0;
    bool clicked = false;
  };
  std::optional<Pointer> End();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace agon::viewer::ui
