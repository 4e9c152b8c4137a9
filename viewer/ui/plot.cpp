// SPDX-License-Identifier: Apache-2.0
// A curve is drawn as a line through the first and last value of each column, and a bar a pixel
// wide over its extremes: a million points look like all of them at the price of a column each.
#include "viewer/ui/plot.h"

#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "viewer/ui/axis.h"
#include "viewer/ui/plot_parts.h"
#include "viewer/ui/theme.h"
#include "viewer/ui/widgets.h"

namespace agon::viewer::ui {
namespace {

constexpr float kDragPixels = 4;  // less is a click

AxisKind KindOfX(const PlotOptions& options) {
  if (options.time_x) return AxisKind::kTime;
  if (options.duration_x) return AxisKind::kDuration;
  return options.whole_x ? AxisKind::kWhole : AxisKind::kNumber;
}

AxisKind KindOfY(const PlotOptions& options) {
  if (options.log_y) return AxisKind::kLog;
  return options.percent_y ? AxisKind::kPercent : AxisKind::kNumber;
}

int MostYTicks(float height) {
  constexpr float kLines = 1.8F;  // of text for a tick
  constexpr float kMost = 12;
  return static_cast<int>(std::clamp(height / (ImGui::GetFontSize() * kLines), 2.0F, kMost));
}

// [low, high] zoomed by `factor` about the share `about` of the axis.
void Zoom(const Axis& axis, double factor, double about, double& low, double& high) {
  const Axis zoomed =
      MakeAxis(axis.kind, axis.At(about - about * factor), axis.At(about + (1 - about) * factor));
  low = zoomed.low;
  high = zoomed.high;
}

}  // namespace

struct Plot::Impl {
  PlotView& view;
  PlotOptions options;
  PlotExtent data;
  std::string label;
  PlotFrame frame = {};
  std::vector<PlottedCurve> curves = {};
  std::vector<std::pair<double, ImU32>> markers = {}, levels = {};
  bool hovered = false;
  bool inside = false;  // the mouse, in the area of the curves
  bool clicked = false;
  std::optional<std::pair<float, float>> selecting = {};  // pixels of x

  void PlaceFrame(ImVec2 min, ImVec2 max);
  void TakeMouse();
  void FitY();
};

// The area of the curves: what axis labels, title and names leave.
void Plot::Impl::PlaceFrame(ImVec2 min, ImVec2 max) {
  const float line = ImGui::GetFontSize();
  const bool headed = !options.title.empty() || !options.y_label.empty();
  frame.outer_min = min;
  frame.outer_max = max;
  frame.min.y = std::floor(min.y + (headed ? line * 1.8F : line * 0.6F));
  frame.max.y = std::floor(std::max(frame.min.y + 8, max.y - line * 1.5F));
  frame.y = MakeAxis(KindOfY(options), view.y_low, view.y_high);
  frame.y_ticks = Ticks(frame.y, MostYTicks(frame.max.y - frame.min.y));
  float widest = line * 1.5F;
  for (const AxisTick& tick : frame.y_ticks) {
    widest = std::max(widest, ImGui::CalcTextSize(tick.label.c_str()).x);
  }
  frame.min.x = std::floor(min.x + widest + Px(8));
  frame.max.x = std::floor(std::max(frame.min.x + 8, max.x - line * 0.8F));
}

void Plot::Impl::TakeMouse() {
  const ImGuiIO& io = ImGui::GetIO();
  hovered = ImGui::IsItemHovered();
  const bool active = ImGui::IsItemActive();
  inside = hovered && frame.Contains(io.MousePos);
  const bool fixed_y = options.share_y || (options.y_low && options.y_high);
  const auto over_y_axis = [this](ImVec2 at) { return at.x < frame.min.x; };
  frame.x = MakeAxis(KindOfX(options), view.x_low, view.x_high);
  const double share_x = (io.MousePos.x - frame.min.x) / frame.Width();
  const double share_y = (frame.max.y - io.MousePos.y) / frame.Height();
  if (hovered && (options.wheel || io.KeyCtrl)) {
    ImGui::SetItemUsingMouseWheel();
    if (io.MouseWheel != 0) {
      const double factor = std::pow(0.8, io.MouseWheel);
      if (!over_y_axis(io.MousePos)) {
        Zoom(frame.x, factor, std::clamp(share_x, 0.0, 1.0), view.x_low, view.x_high);
        view.fit = false;
      } else if (!fixed_y) {
        Zoom(frame.y, factor, std::clamp(share_y, 0.0, 1.0), view.y_low, view.y_high);
        view.fit = view.fit_y = false;
      }
    }
  }
  const ImVec2 pressed = io.MouseClickedPos[ImGuiMouseButton_Left];
  if (active && ImGui::IsMouseDragging(ImGuiMouseButton_Left, kDragPixels) &&
      (io.MouseDelta.x != 0 || io.MouseDelta.y != 0)) {
    const double by_x = -io.MouseDelta.x / frame.Width();
    const double by_y = io.MouseDelta.y / frame.Height();
    if (over_y_axis(pressed) && !fixed_y) view.fit = view.fit_y = false;
    if (!over_y_axis(pressed)) {
      std::tie(view.x_low, view.x_high) = std::pair(frame.x.At(by_x), frame.x.At(1 + by_x));
      view.fit = false;
    }
    if (!view.fit_y && !fixed_y) {
      std::tie(view.y_low, view.y_high) = std::pair(frame.y.At(by_y), frame.y.At(1 + by_y));
    }
  }
  const ImVec2 right = io.MouseClickedPos[ImGuiMouseButton_Right];
  if (frame.Contains(right) && (active || ImGui::IsItemDeactivated())) {
    const float from = std::clamp(std::min(right.x, io.MousePos.x), frame.min.x, frame.max.x);
    const float to = std::clamp(std::max(right.x, io.MousePos.x), frame.min.x, frame.max.x);
    if (ImGui::IsMouseDown(ImGuiMouseButton_Right) && to - from > kDragPixels) {
      selecting = {from, to};
    } else if (ImGui::IsMouseReleased(ImGuiMouseButton_Right) && to - from > kDragPixels) {
      const double low = frame.XAt(from);
      const double high = frame.XAt(to);
      view.x_low = low;
      view.x_high = high;
      view.fit = false;
    }
  }
  clicked = inside && ImGui::IsMouseReleased(ImGuiMouseButton_Left) && ImGui::IsItemDeactivated() &&
            io.MouseDragMaxDistanceSqr[ImGuiMouseButton_Left] < kDragPixels * kDragPixels;
  if (hovered && ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) {
    view.fit = view.fit_y = true;
  }
}

void Plot::Impl::FitY() {
  if (view.fit || view.fit_y) {
    Reach reach(options.log_y);
    for (const PlottedCurve& curve : curves) reach.Take(curve, view.x_low, view.x_high);
    if (view.fit && data.x_low <= data.x_high && data.y_low <= data.y_high) {
      reach.Take(data.y_low);
      reach.Take(data.y_high);
    }
    std::tie(view.y_low, view.y_high) = reach.WithRoom();
  }
  if (options.share_y) {
    constexpr double kRoom = 0.03;
    view.y_low = options.log_y ? view.y_low : -kRoom;
    view.y_high = 1 + kRoom;
  }
  if (options.y_low) view.y_low = *options.y_low;
  if (options.y_high) view.y_high = *options.y_high;
  frame.y = MakeAxis(KindOfY(options), view.y_low, view.y_high);
  view.y_low = frame.y.low;
  view.y_high = frame.y.high;
  frame.y_ticks = Ticks(frame.y, MostYTicks(frame.Height()));
}

Plot::Plot(const char* label, ImVec2 size, PlotView& view, const PlotOptions& options,
           const PlotExtent& data)
    : impl_(std::make_unique<Impl>(
          Impl{.view = view, .options = options, .data = data, .label = label})) {
  const ImVec2 room = ImGui::GetContentRegionAvail();
  constexpr float kLeast = 60;
  if (size.x <= 0) size.x = room.x + size.x;
  if (size.y <= 0) size.y = room.y + size.y;
  size = {std::max(size.x, Px(kLeast)), std::max(size.y, Px(kLeast))};
  ImGui::PushID(label);
  ImGui::InvisibleButton("##plot", size,
                         ImGuiButtonFlags_MouseButtonLeft | ImGuiButtonFlags_MouseButtonRight);
  const bool known_x = data.x_low <= data.x_high;
  if (view.fit) {
    // Room for what has a width at both ends: markers and bars.
    constexpr double kRoom = 0.015;
    const Axis all =
        MakeAxis(KindOfX(options), known_x ? data.x_low : 0, known_x ? data.x_high : 1);
    view.x_low = all.At(-kRoom);
    view.x_high = all.At(1 + kRoom);
    // Where nothing was drawn before, the width of the labels is guessed from the data.
    if (view.y_low == 0 && view.y_high == 1 && data.y_low <= data.y_high) {
      view.y_low = data.y_low;
      view.y_high = data.y_high;
    }
  }
  impl_->PlaceFrame(ImGui::GetItemRectMin(), ImGui::GetItemRectMax());
  impl_->TakeMouse();
  impl_->frame.x = MakeAxis(KindOfX(options), view.x_low, view.x_high);
  view.x_low = impl_->frame.x.low;
  view.x_high = impl_->frame.x.high;
  ReportItem(label);
}

Plot::~Plot() = default;

double Plot::x_low() const { return impl_->frame.x.low; }
double Plot::x_high() const { return impl_->frame.x.high; }
int Plot::columns() const { return std::max(1, static_cast<int>(impl_->frame.Width())); }

void Plot::Curve(const CurveStyle& style, std::span<const PlotColumn> columns) {
  impl_->curves.push_back({style, {columns.begin(), columns.end()}});
}

void Plot::Points(const CurveStyle& style, std::span<const double> x, std::span<const double> y) {
  std::vector<PlotColumn> columns;
  columns.reserve(x.size());
  for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
    PlotColumn column{.x = x[i], .low = y[i], .high = y[i], .first = y[i], .last = y[i]};
    if (!std::isfinite(x[i])) continue;
    if (!std::isfinite(y[i])) {
      column.low = 1;
      column.high = 0;
    }
    columns.push_back(column);
  }
  impl_->curves.push_back({style, std::move(columns)});
}

void Plot::Marker(double x, ImU32 colour) { impl_->markers.emplace_back(x, colour); }
void Plot::HorizontalLine(double y, ImU32 colour) { impl_->levels.emplace_back(y, colour); }

std::optional<Plot::Pointer> Plot::End() {
  Impl& plot = *impl_;
  plot.FitY();
  const Theme& theme = CurrentTheme();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const PlotFrame& frame = plot.frame;
  DrawBackground(list, frame, plot.options);
  list.PushClipRect(frame.min, frame.max, true);
  const float fine = std::max(1.0F, std::floor(Scale()));
  for (const auto& [y, colour] : plot.levels) {
    const float at = std::floor(frame.ScreenY(y));
    list.AddRectFilled({frame.min.x, at}, {frame.max.x, at + fine},
                       colour == 0 ? theme.warning : colour);
  }
  DrawCurves(list, frame, plot.curves);
  for (const auto& [x, colour] : plot.markers) {
    const float at = std::floor(frame.ScreenX(x));
    list.AddRectFilled({at, frame.min.y}, {at + fine, frame.max.y},
                       colour == 0 ? WithAlpha(theme.accent, 0.9) : colour);
  }
  if (plot.selecting) {
    list.AddRectFilled({plot.selecting->first, frame.min.y}, {plot.selecting->second, frame.max.y},
                       WithAlpha(theme.accent, 0.2));
  }
  std::optional<Pointer> pointer;
  if (plot.inside) {
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    pointer = Pointer{.x = frame.XAt(mouse.x), .y = frame.YAt(mouse.y), .clicked = plot.clicked};
    DrawReadings(list, frame, plot.options, plot.curves, plot.label);
  } else if (plot.options.legend) {
    DrawLegend(list, frame, plot.curves);
  }
  list.PopClipRect();
  if (!HasValues(plot.curves, false)) {
    DrawNote(list, frame, "no values");
  } else if (plot.options.log_y && !HasValues(plot.curves, true)) {
    DrawNote(list, frame, "no positive values");
  }
  ImGui::PopID();
  return pointer;
}

}  // namespace agon::viewer::ui
