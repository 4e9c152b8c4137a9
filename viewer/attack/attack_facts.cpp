// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "viewer/attack/attack_panel.h"
#include "viewer/ui/widgets.h"

namespace agon::viewer {
namespace {

constexpr std::size_t kMostClasses = 10;  // of which probabilities are shown

struct Loss {
  std::string name;
  ImU32 colour = 0;
  bool dim = false;
  std::vector<PlotColumn> columns;
};

// The whole curve; losses have as many points as an attack has steps.
void AddLoss(const RunTracks& tracks, const std::string& track, Loss loss,
             std::vector<Loss>& losses, ui::PlotExtent& extent) {
  tracks.WithSeries(track, [&](const ScalarSeries* series) {
    if (series == nullptr || series->empty()) return;
    constexpr int kColumns = 2048;
    series->Columns(static_cast<double>(series->front().step),
                    static_cast<double>(series->back().step), kColumns, XAxis::kStep, 0,
                    loss.columns);
  });
  const bool first = losses.empty();
  for (const PlotColumn& column : loss.columns) {
    if (column.low > column.high) continue;
    if (first && &column == loss.columns.data()) {
      extent = {.x_low = column.x, .x_high = column.x, .y_low = column.low, .y_high = column.high};
    }
    extent.x_low = std::min(extent.x_low, column.x);
    extent.x_high = std::max(extent.x_high, column.x);
    extent.y_low = std::min(extent.y_low, column.low);
    extent.y_high = std::max(extent.y_high, column.high);
  }
  if (!loss.columns.empty()) losses.push_back(std::move(loss));
}

void Bar(ImDrawList& list, ImVec2 at, float width, float height, double share, ImU32 colour) {
  const float filled = width * static_cast<float>(std::clamp(share, 0.0, 1.0));
  list.AddRectFilled(at, {at.x + width, at.y + height}, WithAlpha(colour, 0.15));
  list.AddRectFilled(at, {at.x + filled, at.y + height}, colour);
}

}  // namespace

void AttackFacts::Steps(AttackModel& model, Workspace& workspace) {
  const AttackModel::Shown& shown = model.shown();
  if (shown.pass == nullptr) {
    ui::TextDim("The steps of this example were not recorded.");
    return;
  }
  std::vector<std::string> names;
  int choice = 0;
  for (const RecordedPass& pass : shown.entry.recorded->passes) {
    if (&pass == shown.pass) choice = static_cast<int>(names.size());
    names.push_back(pass.name);
  }
  ImGui::SetNextItemWidth(ui::Px(130));
  if (ui::Combo("##attack", choice, names, "which attack's steps are shown")) {
    model.SelectPass(names[static_cast<std::size_t>(choice)]);
  }
  ImGui::SameLine();
  const int first = static_cast<int>(shown.pass->first_step);
  const int last = std::max(static_cast<int>(shown.pass->last_step), first);
  const Timeline& timeline = workspace.timeline();
  const std::int64_t now =
      timeline.mode() == TimelineMode::kStep ? timeline.moment().step : shown.step;
  int step = static_cast<int>(std::clamp<std::int64_t>(now, first, last));
  ImGui::SetNextItemWidth(std::max(ImGui::GetContentRegionAvail().x - ui::Px(90), ui::Px(80)));
  if (ui::SliderInt("step", step, first, last,
                    "the attack's step (Left, Right); the last is what it handed in")) {
    workspace.timeline().SetMode(TimelineMode::kStep);
    workspace.timeline().SetStep(step);
  }
}

void AttackFacts::Norms(const AttackModel& model) {
  const AttackModel::Shown& shown = model.shown();
  if (!shown.distances) {
    ui::TextDim(" ");
    return;
  }
  const Distances& d = *shown.distances;
  const double used = DistanceIn(d, model.norm());
  const double budget = model.epsilon();
  const double share = budget > 0 ? used / budget : 0;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float height = ImGui::GetTextLineHeight();
  const float width = ui::Px(120);
  constexpr double kRounding = 1.0001;  // of float32; recorded images are coarser
  Bar(*ImGui::GetWindowDrawList(), {at.x, at.y + height * 0.2F}, width, height * 0.6F, share,
      shown.exact && share > kRounding ? CurrentTheme().bad : CurrentTheme().accent);
  ImGui::Dummy({width, height});
  ui::ReportItem("budget", fmt::format("{:.3f}", share));
  ui::Tooltip("how much of epsilon the change needs");
  ImGui::SameLine();
  // A recorded image has 8 bits: its distance is so far rounded.
  std::string text = fmt::format(
      "{}{:.0f} % of {} {:.4g}   linf {:.4f} = {:.1f}/255   l2 {:.3f}   "
      "l1 {:.2f}   {} values changed",
      shown.exact ? "" : "about ", 100 * share, model.norm(), budget, d.linf, 255 * d.linf, d.l2,
      d.l1, d.l0);
  if (shown.entry.row) {
    text += fmt::format("   {} queries", model.table()->rows[*shown.entry.row].queries);
  }
  ui::Text(text);
}

void AttackFacts::Draw(AttackModel& model, Workspace& workspace, float height) {
  const float gap = ImGui::GetStyle().ItemSpacing.x;
  const float width = ImGui::GetContentRegionAvail().x;
  // Side by side where there is room, else one below the other.
  const bool wide = width >= ui::Px(560);
  const ImVec2 size{wide ? std::floor((width - 2 * gap) / 3) : width, height};
  Probabilities(model, size);
  if (wide) ImGui::SameLine();
  Losses(model, workspace, size);
  if (wide) ImGui::SameLine();
  Accuracy(model, size);
}

void AttackFacts::Probabilities(const AttackModel& model, ImVec2 size) {
  const ui::Scope scope("Probabilities");
  ImGui::BeginChild("probabilities", size, true);
  const AttackModel::Shown& shown = model.shown();
  const auto classes = shown.stored == nullptr
                           ? 0
                           : std::min(shown.stored->clean_probabilities.size(),
                                      shown.stored->adversarial_probabilities.size());
  if (classes == 0) {
    ui::TextDim(shown.stored == nullptr ? "Class probabilities come with the result."
                                        : "This result has no class probabilities.");
    ImGui::EndChild();
    return;
  }
  const std::vector<float>& before = shown.stored->clean_probabilities;
  const std::vector<float>& after = shown.stored->adversarial_probabilities;
  std::vector<std::size_t> order(classes);
  std::iota(order.begin(), order.end(), 0);
  const std::size_t count = std::min(classes, kMostClasses);
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(),
                    [&](std::size_t a, std::size_t b) {
                      const float first = std::max(before[a], after[a]);
                      const float second = std::max(before[b], after[b]);
                      return first != second ? first > second : a < b;
                    });
  const Theme& theme = CurrentTheme();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const float name_width = ImGui::GetContentRegionAvail().x * 0.38F;
  const float line = ImGui::GetTextLineHeight();
  ui::TextDim("clean above, attacked below");
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t k = order[i];
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float width = ImGui::GetContentRegionAvail().x;
    const std::string name = model.ClassName(static_cast<std::int64_t>(k));
    const std::string fitted = ui::Elided(name, name_width - ui::Px(6));
    list.AddText(at, theme.text, fitted.data(), fitted.data() + fitted.size());
    const std::string numbers = fmt::format("{:.2f} {:.2f}", before[k], after[k]);
    const float bars = std::max(width - name_width - ImGui::CalcTextSize("0.00 0.00 ").x, 1.0F);
    Bar(list, {at.x + name_width, at.y + line * 0.08F}, bars, line * 0.38F, before[k],
        theme.series[0]);
    Bar(list, {at.x + name_width, at.y + line * 0.54F}, bars, line * 0.38F, after[k],
        theme.series[1]);
    const float right = at.x + width - ImGui::CalcTextSize(numbers.c_str()).x;
    list.AddText({right, at.y}, theme.text_dim, numbers.data(), numbers.data() + numbers.size());
    ImGui::Dummy({width, line});
    ui::ReportItem(ui::Literal(name), numbers);
    ui::Tooltip(name.c_str());
  }
  ImGui::EndChild();
}

void AttackFacts::Losses(const AttackModel& model, Workspace& workspace, ImVec2 size) {
  const AttackModel::Shown& shown = model.shown();
  const RunTracks& tracks = *model.run()->tracks;
  std::vector<Loss> losses;
  ui::PlotExtent extent{.x_low = 1, .x_high = 0, .y_low = 1, .y_high = 0};
  std::size_t colour = 0;
  if (const RecordedResult* const recorded = model.recorded()) {
    for (const std::string& track : recorded->loss_tracks) {
      // ".../1.pgd/loss"
      const std::string name = Path(track).parent_path().filename().string();
      const bool looked_at = shown.pass != nullptr && name == shown.pass->name;
      if (shown.pass == nullptr || looked_at) {
        AddLoss(tracks, track,
                {.name = name + ", mean of all", .colour = SeriesColour(colour), .columns = {}},
                losses, extent);
        ++colour;
      }
    }
  }
  if (shown.entry.recorded != nullptr) {
    for (const RecordedPass& pass : shown.entry.recorded->passes) {
      AddLoss(tracks, pass.track + "/loss",
              {.name = pass.name, .colour = SeriesColour(++colour), .columns = {}}, losses, extent);
    }
  }
  ui::Plot plot("loss", size, loss_view_,
                {.title = "loss by step", .x_label = "step", .whole_x = true, .wheel = false},
                extent);
  for (const Loss& loss : losses) {
    plot.Curve({.name = loss.name, .colour = loss.colour}, loss.columns);
  }
  if (workspace.timeline().mode() == TimelineMode::kStep) {
    plot.Marker(static_cast<double>(workspace.timeline().moment().step));
  }
  if (const auto pointer = plot.End(); pointer && pointer->clicked) {
    workspace.timeline().SetMode(TimelineMode::kStep);
    workspace.timeline().SetStep(std::llround(pointer->x));
  }
}

void AttackFacts::Accuracy(const AttackModel& model, ImVec2 size) {
  ui::PlotExtent extent{.x_low = 0, .x_high = 0, .y_low = 0, .y_high = 1};
  for (const AccuracyCurve& curve : model.accuracy()) {
    for (const double epsilon : curve.epsilon) extent.x_high = std::max(extent.x_high, epsilon);
  }
  ui::Plot plot("robust accuracy", size, accuracy_view_,
                {.title = "robust accuracy by epsilon",
                 .x_label = "epsilon",
                 .percent_y = true,
                 .wheel = false,
                 .share_y = true},
                extent);
  std::size_t place = 0;
  for (const AccuracyCurve& curve : model.accuracy()) {
    plot.Points({.name = curve.model, .colour = SeriesColour(place++), .markers = true},
                curve.epsilon, curve.accuracy);
  }
  plot.Marker(model.epsilon());
  (void)plot.End();
}

}  // namespace agon::viewer
