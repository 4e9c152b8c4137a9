// SPDX-License-Identifier: Apache-2.0
#include "viewer/video/metric_strip.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "viewer/ui/theme.h"
#include "viewer/ui/widgets.h"

namespace agon::viewer {
namespace {

struct Metric {
  const char* name;  // as Choose takes it
  const char* title;
  const char* tooltip;
  std::array<const char*, 2> curves;  // of the input, of the output; null: there is none
};
constexpr std::array<Metric, 3> kMetrics{
    {{"flicker",
      "flicker",
      "mean change from frame to frame, of full scale; motion counts too",
      {"flicker_input", "flicker_output"}},
     {"warp",
      "warping error",
      "mean square of this frame moved back along the input's motion, less the one before",
      {"warp_input", "warp_output"}},
     {"tof", "tOF", "pixels between the motions of input and output", {nullptr, "tof"}}}};
constexpr std::array<const char*, 2> kSides{"input", "output"};

// Room beside the first and the last frame.
constexpr double kHalfFrame = 0.5;
constexpr int kParts = 256;  // of a curve, for its extremes

}  // namespace

void MetricStrip::Show(const std::vector<FrameFigures>& figures) {
  Clear();
  for (const FrameFigures& column : figures) {
    Curve& curve = curves_.emplace_back();
    curve.name = column.name;
    for (std::size_t i = 0; i < column.frames.size(); ++i) {
      curve.series.Append({.step = column.frames[i], .wall_time = 0, .value = column.values[i]});
    }
  }
}

void MetricStrip::Show(std::shared_ptr<RunTracks> tracks, std::string label) {
  Clear();
  tracks_ = std::move(tracks);
  label_ = std::move(label);
}

void MetricStrip::Clear() {
  curves_.clear();
  tracks_.reset();
  label_.clear();
  view_ = {};
}

bool MetricStrip::Choose(std::string_view metric) {
  for (std::size_t i = 0; i < kMetrics.size(); ++i) {
    if (metric != kMetrics[i].name) continue;
    metric_ = static_cast<int>(i);
    view_ = {};
    return true;
  }
  return false;
}

void MetricStrip::With(const std::string& name,
                       const std::function<void(const ScalarSeries*)>& look) const {
  if (tracks_) {
    tracks_->WithSeries(label_ + "/" + name, look);
    return;
  }
  const auto found = std::find_if(curves_.begin(), curves_.end(),
                                  [&](const Curve& curve) { return curve.name == name; });
  look(found == curves_.end() || found->series.empty() ? nullptr : &found->series);
}

bool MetricStrip::empty() const {
  bool none = true;
  for (const Metric& metric : kMetrics) {
    With(metric.curves[1], [&](const ScalarSeries* series) { none = none && series == nullptr; });
  }
  return none;
}

std::string MetricStrip::TextOf(std::int64_t frame) const {
  const Metric& metric = kMetrics[static_cast<std::size_t>(metric_)];
  std::string text;
  for (std::size_t side = 0; side < 2; ++side) {
    if (metric.curves[side] == nullptr) continue;
    With(metric.curves[side], [&](const ScalarSeries* series) {
      if (series == nullptr) return;
      const auto sample = series->AtStep(frame);
      if (!sample || sample->step != frame) return;
      text += fmt::format("{}{} {:.4g}", text.empty() ? std::string(metric.title) + ": " : ", ",
                          kSides[side], sample->value);
    });
  }
  return text;
}

std::optional<std::int64_t> MetricStrip::Draw(float height, std::int64_t frame, std::int64_t last) {
  std::vector<std::string> titles;
  titles.reserve(kMetrics.size());
  for (const Metric& metric : kMetrics) titles.emplace_back(metric.title);
  const Metric& metric = kMetrics[static_cast<std::size_t>(metric_)];
  ImGui::SetNextItemWidth(ui::Px(130));
  if (ui::Combo("##Metric", metric_, titles, metric.tooltip)) view_ = {};
  ImGui::SameLine();
  if (ui::Checkbox("log", log_, "logarithmic: small values beside the jumps of cuts")) view_ = {};
  ImGui::SameLine();
  const std::string values = TextOf(frame);
  ui::TextDim(values.empty() ? "not measured at this frame" : values);

  std::array<std::vector<PlotColumn>, 2> columns;
  std::array<bool, 2> sparse{};
  double high = 0;
  double low = std::numeric_limits<double>::infinity();
  for (std::size_t side = 0; side < 2; ++side) {
    if (metric.curves[side] == nullptr) continue;
    With(metric.curves[side], [&](const ScalarSeries* series) {
      if (series == nullptr) return;
      last = std::max(last, series->back().step);
      sparse[side] = static_cast<double>(series->size()) <
                     0.5 * static_cast<double>(series->back().step - series->front().step);
      std::vector<PlotColumn> all;
      series->Columns(static_cast<double>(series->front().step),
                      static_cast<double>(series->back().step), kParts, XAxis::kStep, 0, all);
      for (const PlotColumn& column : all) {
        if (column.low > column.high) continue;
        high = std::max(high, column.high);
        if (column.low > 0) low = std::min(low, column.low);
      }
    });
  }
  const bool logarithmic = log_ && low < high;
  const ui::PlotExtent extent{
      .x_low = -kHalfFrame,
      .x_high = static_cast<double>(std::max<std::int64_t>(last, 1)) + kHalfFrame,
      .y_low = logarithmic ? low : 0,
      .y_high = high > 0 ? high : 1};
  ui::PlotOptions options;
  options.x_label = "frame";
  options.whole_x = true;
  options.log_y = logarithmic;
  if (!logarithmic) options.y_low = 0;
  ui::Plot plot("Metric of frames", ImVec2(-1, height), view_, options, extent);
  const Theme& theme = CurrentTheme();
  for (std::size_t side = 0; side < 2; ++side) {
    if (metric.curves[side] == nullptr) continue;
    With(metric.curves[side], [&](const ScalarSeries* series) {
      if (series != nullptr) {
        series->Columns(plot.x_low(), plot.x_high(), plot.columns(), XAxis::kStep, 0,
                        columns[side]);
      }
    });
    plot.Curve({.name = kSides[side], .colour = theme.series[side], .markers = sparse[side]},
               columns[side]);
  }
  plot.Marker(static_cast<double>(frame));
  const auto pointer = plot.End();
  if (!pointer || !pointer->clicked) return std::nullopt;
  return std::llround(std::clamp(pointer->x, 0.0, static_cast<double>(last)));
}

std::string MetricStrip::Csv() const {
  std::vector<const char*> names;
  std::map<std::int64_t, std::map<std::size_t, double>> rows;
  for (const Metric& metric : kMetrics) {
    for (const char* const name : metric.curves) {
      if (name == nullptr) continue;
      With(name, [&](const ScalarSeries* series) {
        if (series == nullptr) return;
        for (const ScalarSample& sample : series->Samples()) {
          rows[sample.step][names.size()] = sample.value;
        }
        names.push_back(name);
      });
    }
  }
  if (rows.empty()) return {};
  std::string text = "frame";
  for (const char* const name : names) text += fmt::format(",{}", name);
  text += '\n';
  for (const auto& [frame, values] : rows) {
    text += fmt::format("{}", frame);
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto value = values.find(i);
      text += value == values.end() ? "," : fmt::format(",{:.8g}", value->second);
    }
    text += '\n';
  }
  return text;
}

}  // namespace agon::viewer
