// SPDX-License-Identifier: Apache-2.0
// The timeline: one bar that scrubs all panels.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>

#include "runtime/base/text.h"
#include "viewer/ui/chrome.h"
#include "viewer/ui/icons.h"
#include "viewer/ui/theme.h"
#include "viewer/ui/widgets.h"

namespace agon::viewer::chrome {
namespace {

struct Speed {
  double value;
  const char* step_label;
  const char* time_label;
};
constexpr std::array kSpeeds{
    Speed{1, "1 / s", "1 x"},    Speed{3, "3 / s", "3 x"},       Speed{10, "10 / s", "10 x"},
    Speed{30, "30 / s", "30 x"}, Speed{100, "100 / s", "100 x"}, Speed{1000, "1000 / s", "1000 x"},
};

// 1234567 as "1 234 567".
std::string Grouped(std::int64_t value) {
  const std::string digits = std::to_string(value);
  const std::size_t first = value < 0 ? 1 : 0;
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > first && (digits.size() - i) % 3 == 0) text += ' ';
    text += digits[i];
  }
  return text;
}

std::string TimeOfDay(double wall_time) {
  constexpr double kLast = 1e11;  // the year 5138: a damaged recording may hold anything
  if (!(std::abs(wall_time) < kLast)) return "?";
  const auto seconds = static_cast<std::time_t>(wall_time);
  std::tm local{};
  if (::localtime_r(&seconds, &local) == nullptr) return "?";
  return fmt::format("{:02}:{:02}:{:02}", local.tm_hour, local.tm_min, local.tm_sec);
}

std::string MomentText(const Timeline& timeline) {
  const TimelineRange& range = timeline.range();
  if (timeline.mode() == TimelineMode::kStep) {
    return fmt::format("{} / {}", Grouped(timeline.moment().step), Grouped(range.last_step));
  }
  return fmt::format("{}  +{}", TimeOfDay(timeline.moment().wall_time),
                     FormatDuration(timeline.moment().wall_time - range.first_time));
}

// The widest text a moment of this range has, so that the slider stands still.
float MomentWidth(const Timeline& timeline) {
  const TimelineRange& range = timeline.range();
  const std::string widest =
      timeline.mode() == TimelineMode::kStep
          ? fmt::format("{} / {}", Grouped(range.last_step), Grouped(range.last_step))
          : fmt::format("00:00:00  +{}  ", FormatDuration(range.last_time - range.first_time));
  return std::max(ui::Px(90), ImGui::CalcTextSize(widest.c_str()).x);
}

void DrawSlider(Timeline& timeline, float width, float height) {
  const Theme& theme = CurrentTheme();
  ImGui::InvisibleButton("##slider", ImVec2(width, height));
  const ImVec2 low = ImGui::GetItemRectMin(), high = ImGui::GetItemRectMax();
  const bool active = ImGui::IsItemActive(), hovered = ImGui::IsItemHovered();
  const float knob = ui::Px(active ? 7 : 6);
  const float left = low.x + ui::Px(8), right = std::max(left + 1, high.x - ui::Px(8));
  const auto share_at = [&](float x) { return static_cast<double>((x - left) / (right - left)); };
  if (active) {
    timeline.Play(false);
    timeline.SetShare(share_at(ImGui::GetIO().MousePos.x));
  }
  ui::ReportItem("Slider", fmt::format("{:.4f}", timeline.share()));
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const float y = std::floor((low.y + high.y) / 2);
  const float half = std::max(1.0F, std::floor(ui::Px(2)));
  const float x = left + static_cast<float>(timeline.share()) * (right - left);
  list.AddRectFilled(ImVec2(left, y - half), ImVec2(right, y + half), theme.grid, half);
  list.AddRectFilled(ImVec2(left, y - half), ImVec2(x, y + half), theme.accent, half);
  if (hovered && !active) {
    const float at = std::clamp(ImGui::GetIO().MousePos.x, left, right);
    list.AddLine(ImVec2(at, y - ui::Px(7)), ImVec2(at, y + ui::Px(7)), theme.text_dim);
    const TimelineRange& range = timeline.range();
    const double share = share_at(at);
    const std::string tip =
        timeline.mode() == TimelineMode::kStep
            ? Grouped(StepAt(range, share))
            : TimeOfDay(range.first_time + share * (range.last_time - range.first_time));
    ui::Tooltip(tip.c_str());
  }
  list.AddCircleFilled(ImVec2(x, y), knob, timeline.following() ? theme.accent : theme.text);
}

}  // namespace

float TimelineHeight() { return std::floor(ui::Px(38)); }

void DrawTimelineBar(Workspace& workspace) {
  const ui::Scope scope("Timeline");
  const Theme& theme = CurrentTheme();
  Timeline& timeline = workspace.timeline();
  const ImVec2 low = ImGui::GetWindowPos(), size = ImGui::GetWindowSize();
  const float icon = std::floor(ui::Px(24)), inset = std::floor((size.y - icon) / 2);
  float x = low.x + ui::Px(8);
  const auto next = [&](float width) {
    ImGui::SetCursorScreenPos(ImVec2(x, low.y + inset));
    x += width;
  };
  ImGui::GetWindowDrawList()->AddLine(low, ImVec2(low.x + size.x, low.y), theme.grid);
  const bool empty = !workspace.selected() || !workspace.selected()->tracks->Range().has_value();
  if (const auto run = workspace.selected()) {
    // What is shown may not be all: the recording is damaged, of another version, or not there.
    if (const std::string problem = run->tracks->problem(); !problem.empty()) {
      next(icon + ui::Px(4));
      if (ui::IconButton("Warning", ui::Icon::kWarning, problem.c_str())) {
        workspace.toasts().Info(problem);
      }
      ui::ReportItem("Problem", problem);
    }
  }
  ImGui::BeginDisabled(empty);
  next(icon);
  if (ui::IconButton("First", ui::Icon::kFirst, "to the beginning (Home)")) timeline.SetShare(0);
  next(icon);
  if (ui::IconButton("Back", ui::Icon::kStepBack, "one step back (Left)")) timeline.Move(-1);
  next(icon);
  const bool playing = timeline.playing();
  if (ui::IconButton("Play", playing ? ui::Icon::kPause : ui::Icon::kPlay,
                     playing ? "pause (Space)" : "play (Space)", playing)) {
    timeline.Play(!playing);
  }
  next(icon);
  if (ui::IconButton("Forward", ui::Icon::kStepForward, "one step on (Right)")) timeline.Move(1);
  next(icon + ui::Px(8));
  if (ui::IconButton("Follow", ui::Icon::kFollow, "stay at the end (End)", timeline.following())) {
    timeline.Follow(!timeline.following());
  }

  const float speed_width = ui::Px(96), mode_width = ui::Px(76), gap = ui::Px(8);
  const float text_width = MomentWidth(timeline);
  const float right = low.x + size.x - ui::Px(8);
  const float controls = text_width + mode_width + speed_width + 3 * gap;
  const float slider = right - controls - x;
  if (slider > ui::Px(40)) {
    next(slider + gap);
    DrawSlider(timeline, slider, icon);
  }
  const std::string text = empty ? "no steps yet" : MomentText(timeline);
  const float text_y = std::floor(low.y + (size.y - ImGui::GetFontSize()) / 2);
  ImGui::GetWindowDrawList()->AddText(ImVec2(std::floor(x), text_y),
                                      empty ? theme.text_dim : theme.text, text.c_str());
  ui::ReportRect("Moment", ImVec2(x, low.y), ImVec2(x + text_width, low.y + size.y), text);
  x += text_width + gap;
  const float frame_inset = std::floor((size.y - ImGui::GetFrameHeight()) / 2);
  ImGui::SetCursorScreenPos(ImVec2(x, low.y + frame_inset));
  ImGui::SetNextItemWidth(mode_width);
  int mode = timeline.mode() == TimelineMode::kStep ? 0 : 1;
  if (ui::Combo(
          "##Mode", mode, {"step", "time"},
          "what the timeline counts: steps, or the time of day, which all tracks share (M)")) {
    timeline.SetMode(mode == 0 ? TimelineMode::kStep : TimelineMode::kTime);
  }
  x += mode_width + gap;
  ImGui::SetCursorScreenPos(ImVec2(x, low.y + frame_inset));
  ImGui::SetNextItemWidth(speed_width);
  int speed = 0;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kSpeeds.size(); ++i) {
    names.emplace_back(mode == 0 ? kSpeeds.at(i).step_label : kSpeeds.at(i).time_label);
    if (kSpeeds.at(i).value <= timeline.speed()) speed = static_cast<int>(i);
  }
  if (ui::Combo("##Speed", speed, names, "how fast it plays")) {
    timeline.SetSpeed(kSpeeds.at(static_cast<std::size_t>(speed)).value);
  }
  ImGui::EndDisabled();
}

}  // namespace agon::viewer::chrome
