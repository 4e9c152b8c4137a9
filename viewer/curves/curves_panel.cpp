// SPDX-License-Identifier: Apache-2.0
// Scalars of one or several runs: a tree of tracks on the left, their plots on the right.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "runtime/base/text.h"
#include "viewer/curves/curve_model.h"
#include "viewer/curves/curve_tree.h"
#include "viewer/curves/shown_runs.h"
#include "viewer/ui/panel.h"
#include "viewer/ui/plot.h"
#include "viewer/ui/widgets.h"

namespace agon::viewer {
namespace {

using curves::CurveModel;
using curves::PlotGroup;
using curves::ShownRun;

enum class Along { kStep, kElapsed, kClock };

class CurvesView final : public PanelView {
 public:
  void Draw(PanelContext& context) override;
  [[nodiscard]] std::string Csv() override;
  bool Set(std::string_view key, std::string_view value) override;

 private:
  void DrawToolbar(Workspace& workspace);
  void DrawRunNames();
  void DrawPlots(Workspace& workspace);
  void DrawPlot(Workspace& workspace, const PlotGroup& group, ImVec2 size);
  [[nodiscard]] std::optional<double> MarkerOf(const Timeline& timeline,
                                               const std::string& track) const;
  [[nodiscard]] double Shift(const ShownRun& run) const {
    return along_ == Along::kElapsed ? run.start : 0;
  }
  [[nodiscard]] XAxis Axis() const {
    return along_ == Along::kStep ? XAxis::kStep : XAxis::kWallTime;
  }

  CurveModel model_;
  curves::ShownRuns shown_;
  std::map<std::string, ui::PlotView, std::less<>> views_;
  Along along_ = Along::kStep;
  bool log_ = false;
  bool tree_ = true;
  std::optional<double> smoothing_;  // from the settings at first
  std::string filter_;
  std::string only_;  // of --show: a track or group that alone is shown
  // Of the plot under the mouse, in the frame before: shown in all others.
  struct Hovered {
    std::string plot;
    double x = 0;
  };
  std::optional<Hovered> hovered_, hovering_;
};

void CurvesView::DrawToolbar(Workspace& workspace) {
  if (ui::Button(tree_ ? "Hide tracks" : "Show tracks", "the tree of tracks on the left")) {
    tree_ = !tree_;
  }
  const float slider = ui::Px(130);
  auto smoothing = static_cast<float>(*smoothing_);
  ui::SameLineIfRoom(slider * 2);
  ImGui::SetNextItemWidth(slider);
  constexpr float kMostSmoothing = 0.999F;
  if (ui::SliderFloat("Smoothing", smoothing, 0, kMostSmoothing, "%.3f",
                      "exponential moving average, as TensorBoard draws it; 0 draws the values "
                      "alone. Ctrl+click types a number")) {
    smoothing_ = smoothing;
    workspace.settings().smoothing = smoothing;
  }
  const float combo = ui::Px(150);
  ui::SameLineIfRoom(combo * 1.5F);
  ImGui::SetNextItemWidth(combo);
  auto along = static_cast<int>(along_);
  if (ui::Combo("x axis", along, {"step", "time since start", "time of day"},
                "what the curves are drawn along")) {
    along_ = static_cast<Along>(along);
    views_.clear();
  }
  ui::SameLineIfRoom(ui::Px(100));
  if (ui::Checkbox("Log scale", log_, "y in powers of ten; what is not positive is left out")) {
    for (auto& [title, view] : views_) view.fit_y = true;
  }
  ui::SameLineIfRoom(ui::Px(100));
  bool overlaid = model_.overlaid();
  if (ui::Checkbox("Overlay", overlaid,
                   "one plot for all tracks whose names end alike, such as all \".../loss\"")) {
    model_.SetOverlaid(overlaid);
    views_.clear();
  }
  ui::SameLineIfRoom(ui::Px(60));
  if (ui::Button(
          "Fit all",
          "show everything again in all plots (in one: double click). Dragging moves a plot, "
          "Ctrl+wheel zooms it, dragging with the right button zooms to a range")) {
    views_.clear();
  }
}

// Which colour is which run, where there is more than one.
void CurvesView::DrawRunNames() {
  if (shown_.runs().size() < 2 || model_.overlaid()) return;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const float side = std::floor(ImGui::GetFontSize() * 0.7F);
  for (std::size_t i = 0; i < shown_.runs().size(); ++i) {
    const std::string& name = shown_.runs()[i].run->name;
    const float width = side + ui::Px(6) + ImGui::CalcTextSize(name.c_str()).x;
    if (i > 0) ui::SameLineIfRoom(width);
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float top = std::floor(at.y + (ImGui::GetTextLineHeight() - side) / 2);
    list.AddRectFilled({at.x, top}, {at.x + side, top + side},
                       SeriesColour(shown_.runs()[i].colour), 2);
    ImGui::SetCursorScreenPos({at.x + side + ui::Px(6), at.y});
    ui::Text(name);
  }
}

// Where the timeline's moment lies on the axis of this plot.
std::optional<double> CurvesView::MarkerOf(const Timeline& timeline,
                                           const std::string& track) const {
  const Moment& moment = timeline.moment();
  const bool by_step = moment.mode == TimelineMode::kStep;
  if (by_step && along_ == Along::kStep) return static_cast<double>(moment.step);
  if (!by_step && along_ != Along::kStep) return moment.wall_time - Shift(shown_.runs().front());
  std::optional<double> place;
  shown_.runs().front().run->tracks->WithSeries(track, [&](const ScalarSeries* series) {
    if (series == nullptr || series->empty()) return;
    const auto sample = by_step ? series->AtStep(moment.step) : series->AtTime(moment.wall_time);
    if (!sample) return;
    place = by_step ? sample->wall_time - Shift(shown_.runs().front())
                    : static_cast<double>(sample->step);
  });
  return place;
}

void CurvesView::DrawPlot(Workspace& workspace, const PlotGroup& group, ImVec2 size) {
  // Where the curves begin and end, before anything is drawn.
  ui::PlotExtent extent{.x_low = 0, .x_high = -1, .y_low = 0, .y_high = -1};
  std::int64_t not_finite = 0;
  bool thinned = false;
  for (const ShownRun& shown : shown_.runs()) {
    for (const std::string& track : group.tracks) {
      shown.run->tracks->WithSeries(track, [&](const ScalarSeries* series) {
        if (series == nullptr || series->empty()) return;
        const ScalarSample first = series->front();
        const ScalarSample last = series->back();
        const double low = along_ == Along::kStep ? static_cast<double>(first.step)
                                                  : first.wall_time - Shift(shown);
        const double high =
            along_ == Along::kStep ? static_cast<double>(last.step) : last.wall_time - Shift(shown);
        const bool none = extent.x_low > extent.x_high;
        extent.x_low = none ? low : std::min(extent.x_low, low);
        extent.x_high = none ? high : std::max(extent.x_high, high);
        not_finite += series->not_finite();
        thinned = thinned || series->merged();
      });
    }
  }
  ui::PlotOptions options;
  options.title = group.title;
  if (group.tracks.size() > 1) options.y_label = fmt::format("{} tracks", group.tracks.size());
  if (not_finite > 0) {
    options.y_label +=
        fmt::format("{}{} not finite", options.y_label.empty() ? "" : ", ", not_finite);
  }
  if (thinned) options.y_label += options.y_label.empty() ? "thinned out" : ", thinned out";
  options.x_label = along_ == Along::kStep ? "step" : "";
  options.log_y = log_;
  options.whole_x = along_ == Along::kStep;
  options.duration_x = along_ == Along::kElapsed;
  options.time_x = along_ == Along::kClock;
  options.legend = group.tracks.size() > 1;
  options.wheel = model_.Plots().size() == 1;
  ui::Plot plot(group.title.c_str(), size, views_[group.title], options, extent);
  std::vector<PlotColumn> columns;
  std::size_t colour = 0;
  for (const ShownRun& shown : shown_.runs()) {
    for (std::size_t i = 0; i < group.tracks.size(); ++i) {
      const std::string& track = group.tracks[i];
      ui::CurveStyle style;
      style.name = group.names[i];
      if (shown_.runs().size() > 1) {
        style.name = group.tracks.size() > 1 ? fmt::format("{}: {}", shown.run->name, style.name)
                                             : shown.run->name;
      }
      shown.run->tracks->WithSeries(track, [&](const ScalarSeries* series) {
        if (series == nullptr || series->empty()) return;
        style.colour = SeriesColour(group.tracks.size() > 1 ? colour++ : shown.colour);
        const double shift = Shift(shown);
        const auto draw = [&](double smoothing) {
          series->Columns(plot.x_low() + shift, plot.x_high() + shift, plot.columns(), Axis(),
                          smoothing, columns);
          if (shift != 0) {
            for (PlotColumn& column : columns) column.x -= shift;
          }
          plot.Curve(style, columns);
        };
        constexpr std::size_t kFewest = 3;  // to smooth
        const bool smooth = *smoothing_ > 0 && series->size() >= kFewest;
        style.dim = smooth;
        draw(0);
        if (!smooth) return;
        style.dim = false;
        draw(*smoothing_);
      });
    }
  }
  if (hovered_ && hovered_->plot != group.title) {
    plot.Marker(hovered_->x, WithAlpha(CurrentTheme().text, 0.3));
  }
  if (!group.tracks.empty()) {
    if (const auto marker = MarkerOf(workspace.timeline(), group.tracks.front())) {
      plot.Marker(*marker);
    }
  }
  const auto pointer = plot.End();
  if (!pointer) return;
  hovering_ = Hovered{group.title, pointer->x};
  if (!pointer->clicked) return;
  // A click moves the timeline there, in the terms it counts in.
  const bool by_step = workspace.timeline().mode() == TimelineMode::kStep;
  if (by_step == (along_ == Along::kStep)) {
    if (by_step) {
      workspace.timeline().SetStep(std::llround(pointer->x));
    } else {
      workspace.timeline().SetWallTime(pointer->x + Shift(shown_.runs().front()));
    }
    return;
  }
  shown_.runs().front().run->tracks->WithSeries(
      group.tracks.front(), [&](const ScalarSeries* series) {
        if (series == nullptr) return;
        const auto sample = series->NearestTo(pointer->x + Shift(shown_.runs().front()), Axis());
        if (!sample) return;
        if (by_step) {
          workspace.timeline().SetStep(sample->step);
        } else {
          workspace.timeline().SetWallTime(sample->wall_time);
        }
      });
}

void CurvesView::DrawPlots(Workspace& workspace) {
  const std::vector<PlotGroup>& plots = model_.Plots();
  if (plots.empty()) {
    ui::CentredNote(filter_.empty() ? "all tracks are switched off"
                                    : "no track that is switched on has these words");
    return;
  }
  const ui::Scope scope("Plots");
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const ImVec2 gap = ImGui::GetStyle().ItemSpacing;
  const float least_width = ui::Px(380);
  const float least_height = ui::Px(190);
  const auto fitting = static_cast<std::size_t>(
      std::max(1.0F, std::floor((room.x + gap.x) / (least_width + gap.x))));
  const std::size_t across = std::min(fitting, plots.size());
  const std::size_t down = (plots.size() + across - 1) / across;
  // As many lines as fit are seen whole.
  const float lines = std::clamp(std::floor((room.y + gap.y) / (least_height + gap.y)), 1.0F,
                                 static_cast<float>(down));
  const float width =
      std::floor((room.x - gap.x * static_cast<float>(across - 1)) / static_cast<float>(across));
  const float height = std::max(least_height, std::floor((room.y - gap.y * (lines - 1)) / lines));
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(down), height + gap.y);
  while (clipper.Step()) {
    for (int line = clipper.DisplayStart; line < clipper.DisplayEnd; ++line) {
      for (std::size_t i = 0; i < across; ++i) {
        const std::size_t place = static_cast<std::size_t>(line) * across + i;
        if (place >= plots.size()) break;
        if (i > 0) ImGui::SameLine();
        DrawPlot(workspace, plots[place], {width, height});
      }
    }
  }
}

void CurvesView::Draw(PanelContext& context) {
  const ui::Scope scope("Curves");
  if (!smoothing_) smoothing_ = std::clamp(context.workspace.settings().smoothing, 0.0, 0.999);
  if (shown_.Take(context.workspace)) model_.SetTracks(shown_.Tracks());
  const std::vector<ShownRun>& runs = shown_.runs();
  if (runs.empty()) {
    ui::CentredNote("no run is open: choose one from the list");
    return;
  }
  for (const ShownRun& shown : runs) {
    const std::string problem = shown.run->tracks->problem();
    if (!problem.empty()) {
      ui::TextDim(runs.size() > 1 ? fmt::format("{}: {}", shown.run->name, problem) : problem);
    }
  }
  if (model_.tracks().empty()) {
    ui::CentredNote(runs.size() > 1 ? "these runs have recorded no curves yet"
                                    : "this run has recorded no curves yet");
    return;
  }
  if (!only_.empty()) {
    const bool group = !std::binary_search(model_.tracks().begin(), model_.tracks().end(), only_);
    model_.Only({.label = {}, .path = only_, .group = group});
    only_.clear();
  }
  if (context.pressed(Action::kZoomFit)) views_.clear();
  DrawToolbar(context.workspace);
  DrawRunNames();
  const float tree_width = ui::Px(230);
  constexpr float kMostShare = 0.4F;
  if (tree_ && ImGui::GetContentRegionAvail().x * kMostShare > tree_width / 2) {
    ImGui::BeginChild("tracks",
                      {std::min(tree_width, ImGui::GetContentRegionAvail().x * kMostShare), 0});
    curves::DrawTree(model_, filter_);
    ImGui::EndChild();
    ImGui::SameLine();
  }
  hovering_.reset();
  ImGui::BeginChild("plots");
  DrawPlots(context.workspace);
  ImGui::EndChild();
  hovered_ = hovering_;
}

std::string CurvesView::Csv() { return curves::CurvesCsv(shown_.runs(), model_.Plots()); }

bool CurvesView::Set(std::string_view key, std::string_view value) {
  const auto yes = [](std::string_view text) { return text == "1" || text == "true"; };
  if (key == "smoothing") {
    const auto number = ParseReal(value);
    if (!number || *number < 0 || *number >= 1) return false;
    smoothing_ = *number;
  } else if (key == "log") {
    log_ = yes(value);
  } else if (key == "overlay") {
    model_.SetOverlaid(yes(value));
  } else if (key == "tracks") {
    tree_ = yes(value);
  } else if (key == "filter") {
    filter_ = value;
    model_.SetFilter(filter_);
  } else if (key == "only") {
    only_ = value;
  } else if (key == "x") {
    if (value == "step") {
      along_ = Along::kStep;
    } else if (value == "elapsed") {
      along_ = Along::kElapsed;
    } else if (value == "clock") {
      along_ = Along::kClock;
    } else {
      return false;
    }
  } else {
    return false;
  }
  return true;
}

class CurvesPanel final : public Panel {
 public:
  static void Describe(Description<CurvesPanel>& d) { d.Title("Curves").Commands({"train"}); }
  [[nodiscard]] std::unique_ptr<PanelView> Open() const override {
    return std::make_unique<CurvesView>();
  }
};

}  // namespace

void RegisterCurvesPanel(Registry& registry) {
  registry.Add<Panel, CurvesPanel>("curves", "scalars of one or several runs");
}

}  // namespace agon::viewer
