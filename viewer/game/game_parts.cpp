// SPDX-License-Identifier: Apache-2.0
// What both halves of the Game panel draw.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "viewer/game/game_views.h"
#include "viewer/ui/widgets.h"

namespace agon::viewer {
namespace {

constexpr std::size_t kMostCurves = 6;

struct HeatName {
  HeatKind heat;
  const char* label;
  const char* value;
  const char* help;
};
constexpr std::array kHeats = {
    HeatName{HeatKind::kVisits, "visits", "visits",
             "where the search looked, in percent of its visits"},
    HeatName{HeatKind::kPrior, "priors", "prior", "what the network expected before the search"},
    HeatName{HeatKind::kValue, "values", "value", "chance to win after each move, in percent"},
    HeatName{HeatKind::kNone, "none", "none", "stones alone"}};

// "oracle/solved/raw_error_rate" as "solved, no search".
std::string CurveName(const std::string& track) {
  std::string name = track.substr(track.find('/') == std::string::npos ? 0 : track.find('/') + 1);
  const auto replace = [&](std::string_view end, std::string_view by) {
    if (!name.ends_with(end)) return false;
    name.replace(name.size() - end.size(), end.size(), by);
    return true;
  };
  if (!replace("/raw_error_rate", ", no search")) (void)replace("/error_rate", ", with search");
  return name;
}

}  // namespace

void HeatChoice::Draw() {
  const ui::Scope scope("Heat");
  bool first = true;
  for (const HeatName& name : kHeats) {
    if (!first) ui::SameLineIfRoom(ImGui::CalcTextSize(name.label).x + ImGui::GetFrameHeight());
    first = false;
    if (ui::RadioButton(name.label, heat == name.heat, name.help)) heat = name.heat;
  }
}

bool HeatChoice::Set(std::string_view value) {
  const auto found = std::find_if(kHeats.begin(), kHeats.end(),
                                  [&](const HeatName& name) { return value == name.value; });
  if (found == kHeats.end()) return false;
  heat = found->heat;
  return true;
}

std::optional<std::size_t> ValueHistory::Draw(const std::vector<std::optional<double>>& values,
                                              std::size_t present, ImVec2 size) {
  std::vector<double> x, y;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i]) continue;
    x.push_back(static_cast<double>(i));
    y.push_back(*values[i]);
  }
  const double last = std::max<double>(1, static_cast<double>(values.size()) - 1);
  ui::Plot plot("Value", size, view_,
                {.title = "value for the first player",
                 .x_label = "move",
                 .whole_x = true,
                 .legend = false,
                 .y_low = -1.05,
                 .y_high = 1.05},
                {.x_low = 0, .x_high = last, .y_low = -1, .y_high = 1});
  plot.HorizontalLine(0);
  plot.Points({.name = "value", .colour = CurrentTheme().accent, .markers = true}, x, y);
  plot.Marker(static_cast<double>(present));
  const auto pointer = plot.End();
  if (!pointer || !pointer->clicked || values.empty()) return std::nullopt;
  return static_cast<std::size_t>(
      std::clamp(std::round(pointer->x), 0.0, static_cast<double>(values.size() - 1)));
}

void StrengthCurves::Draw(Workspace& workspace) {
  const ui::Scope scope("Strength");
  const std::shared_ptr<OpenRun> run = workspace.selected();
  if (!run) return;
  std::vector<std::string> elo, error, score;
  for (const TrackInfo& info : run->tracks->Tracks()) {
    if (info.kind != TrackKind::kScalar) continue;
    if (info.name == "elo") elo.push_back(info.name);
    if (info.name.starts_with("oracle/")) error.push_back(info.name);
    if (info.name.starts_with("match/") || info.name == "gate/score") score.push_back(info.name);
  }
  const std::size_t plots =
      (elo.empty() ? 0 : 1) + (error.empty() ? 0 : 1) + (score.empty() ? 0 : 1);
  if (plots == 0) {
    ui::TextDim(
        "Nothing was measured yet: Elo, errors against the truth and scores come with "
        "evaluations.");
    return;
  }
  const float height =
      std::max(ui::Px(110), ImGui::GetContentRegionAvail().y / static_cast<float>(plots) -
                                ImGui::GetStyle().ItemSpacing.y);
  if (!elo.empty()) DrawOne(workspace, "Elo", elo, false, elo_, height);
  if (!error.empty())
    DrawOne(workspace, "Moves that throw away the outcome", error, true, error_, height);
  if (!score.empty()) DrawOne(workspace, "Points a game", score, false, score_, height);
}

void StrengthCurves::DrawOne(Workspace& workspace, const char* label,
                             const std::vector<std::string>& tracks, bool percent,
                             ui::PlotView& view, float height) {
  const RunTracks& source = *workspace.selected()->tracks;
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  const bool by_time = workspace.timeline().mode() == TimelineMode::kTime;
  const XAxis axis = by_time ? XAxis::kWallTime : XAxis::kStep;
  ui::PlotExtent extent{
      .x_low = kInfinite, .x_high = -kInfinite, .y_low = kInfinite, .y_high = -kInfinite};
  std::vector<std::vector<PlotColumn>> curves(std::min(tracks.size(), kMostCurves));
  constexpr int kColumns = 1000;
  for (std::size_t i = 0; i < curves.size(); ++i) {
    source.WithSeries(tracks[i], [&](const ScalarSeries* series) {
      if (series == nullptr || series->empty()) return;
      const auto x = [&](const ScalarSample& sample) {
        return by_time ? sample.wall_time : static_cast<double>(sample.step);
      };
      const double from = x(series->front()), to = x(series->back());
      series->Columns(from, to, kColumns, axis, 0, curves[i]);
      extent.x_low = std::min(extent.x_low, from);
      extent.x_high = std::max(extent.x_high, to);
      for (const PlotColumn& column : curves[i]) {
        if (column.low > column.high) continue;
        extent.y_low = std::min(extent.y_low, column.low);
        extent.y_high = std::max(extent.y_high, column.high);
      }
    });
  }
  ui::Plot plot(label, {-1, height}, view,
                {.title = label,
                 .x_label = by_time ? "" : "step",
                 .percent_y = percent,
                 .time_x = by_time,
                 .whole_x = !by_time},
                extent);
  for (std::size_t i = 0; i < curves.size(); ++i) {
    plot.Curve({.name = CurveName(tracks[i]), .colour = SeriesColour(i), .markers = true},
               curves[i]);
  }
  const Moment& moment = workspace.timeline().moment();
  plot.Marker(by_time ? moment.wall_time : static_cast<double>(moment.step));
  (void)plot.End();
}

BoardPointer DrawPosition(const BoardScene& scene, std::optional<double> value, ImVec2 size) {
  const float bar = ui::Px(14);
  ValueBar("Value bar", value, scene.look, {bar, size.y});
  ui::Tooltip(
      value ? fmt::format("value for the first player: {:+.2f} (1 won, -1 lost)", *value).c_str()
            : "this position was not searched");
  ImGui::SameLine();
  return DrawBoard("Board", scene, {size.x - bar - ImGui::GetStyle().ItemSpacing.x, size.y});
}

}  // namespace agon::viewer
