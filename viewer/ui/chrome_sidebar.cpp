// SPDX-License-Identifier: Apache-2.0
// The list of runs at the left.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include "runtime/base/text.h"
#include "viewer/ui/chrome.h"
#include "viewer/ui/icons.h"
#include "viewer/ui/theme.h"
#include "viewer/ui/widgets.h"

namespace agon::viewer::chrome {
namespace {

constexpr std::size_t kMonths = 12;
constexpr float kSmall = 0.88F;  // of the second line

// "2026-11-25T21:05:32Z" as "25 Nov 21:05"; anything else as it is.
std::string ShortTime(const std::string& utc) {
  static constexpr std::array<const char*, kMonths> kNames{
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  constexpr std::size_t kWhole = 16;
  if (utc.size() < kWhole) return utc;
  const int tens = utc[5] - '0', ones = utc[6] - '0';
  const int month = tens * 10 + ones;
  if (tens < 0 || ones < 0 || ones > 9 || month < 1 || month > static_cast<int>(kMonths))
    return utc;
  return fmt::format("{} {} {}", utc.substr(8, 2), kNames.at(static_cast<std::size_t>(month - 1)),
                     utc.substr(11, 5));
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) {
    return c < 0x80 ? static_cast<char>(std::tolower(c)) : static_cast<char>(c);
  });
  return lower;
}

bool Matches(const RunEntry& entry, const std::string& filter) {
  return filter.empty() || Lower(entry.name).find(filter) != std::string::npos ||
         Lower(entry.manifest.command).find(filter) != std::string::npos ||
         NameOf(entry.state).find(filter) != std::string_view::npos;
}

bool IsAlive(const RunEntry& entry) {
  return entry.state == RunState::kRunning || entry.state == RunState::kPaused;
}

// What is done of a run that goes on, from 0 to 1; negative: unknown.
double ShareDone(const RunEntry& entry) {
  const auto& progress = entry.manifest.progress;
  if (!IsAlive(entry) || !progress || progress->total <= 0) return -1;
  return std::clamp(static_cast<double>(progress->done) / static_cast<double>(progress->total), 0.0,
                    1.0);
}

std::string SecondLine(const RunEntry& entry) {
  if (entry.state == RunState::kUnreadable) return entry.problem;
  if (const double share = ShareDone(entry); share >= 0) {
    constexpr double kPercent = 100;
    std::string line =
        fmt::format("{}  {:.0f} %", entry.manifest.command, std::floor(share * kPercent));
    const double left = entry.manifest.progress->seconds_left;
    if (left >= 0) line += fmt::format("  {} left", FormatDuration(left));
    return line;
  }
  std::string line = entry.manifest.command;
  const std::string when = ShortTime(entry.manifest.started);
  if (!when.empty()) line += (line.empty() ? "" : "  ") + when;
  return line;
}

// The small square at the right of a row: the run's curves are shown beside the selected one's.
void DrawCompareMark(ImDrawList& list, ImVec2 low, float side, bool on, bool hovered) {
  const Theme& theme = CurrentTheme();
  const ImVec2 high(low.x + side, low.y + side);
  if (on) {
    list.AddRectFilled(low, high, theme.accent, ui::Px(2));
  } else if (hovered) {
    list.AddRect(low, high, theme.text_dim, ui::Px(2));
  }
}

void DrawRow(Workspace& workspace, const RunEntry& entry, float height) {
  const Theme& theme = CurrentTheme();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const auto selected = workspace.selected();
  const bool is_selected = selected && selected->folder == entry.folder;
  const bool compared = workspace.IsCompared(entry.folder);
  const std::string id = entry.folder.string();
  ImGui::PushID(id.c_str());
  const float width = ImGui::GetContentRegionAvail().x;
  const float mark = std::floor(ui::Px(10)), mark_area = ui::Px(26);
  const bool pressed =
      ImGui::InvisibleButton("##run", ImVec2(std::max(1.0F, width - mark_area), height));
  const bool row_hovered = ImGui::IsItemHovered();
  const ImVec2 low = ImGui::GetItemRectMin();
  const ImVec2 high(low.x + width, low.y + height);
  ui::ReportItem(entry.name, is_selected ? "1" : "0");
  ImGui::SetCursorScreenPos(ImVec2(high.x - mark_area, low.y));
  const bool mark_pressed = ImGui::InvisibleButton("##compare", ImVec2(mark_area, height));
  const bool mark_hovered = ImGui::IsItemHovered();
  ui::ReportItem("Compare " + entry.name, compared ? "1" : "0");
  if (mark_hovered) {
    ui::Tooltip(compared ? "curves are shown beside the selected run's"
                         : "show its curves beside the selected run's");
  }
  ImGui::SetCursorScreenPos(ImVec2(low.x, high.y));
  const bool hovered = row_hovered || mark_hovered;
  if (is_selected) {
    list.AddRectFilled(low, high, WithAlpha(theme.accent, 0.16));
    list.AddRectFilled(low, ImVec2(low.x + ui::Px(3), high.y), theme.accent);
  } else if (hovered) {
    list.AddRectFilled(low, high, WithAlpha(theme.text, 0.05));
  }
  const float line = ImGui::GetFontSize();
  const float top = low.y + std::floor((height - 2 * line - ui::Px(3)) / 2);
  const float radius = ui::Px(3.5F);
  const ImU32 colour = ColourOf(entry.state);
  const ImVec2 centre(low.x + ui::Px(15), top + line / 2);
  if (IsAlive(entry)) {
    list.AddCircleFilled(centre, radius, colour);
  } else {
    list.AddCircle(centre, radius - 0.5F, colour, 0, std::max(1.0F, ui::Px(1.5F)));
  }
  const float text_x = low.x + ui::Px(27);
  const float text_width = width - ui::Px(27) - mark_area;
  ui::DrawFitted(list, ImVec2(text_x, top), text_width, theme.text, entry.name);
  ui::DrawFitted(list, ImVec2(text_x, top + line + ui::Px(3)), width - ui::Px(27 + 8),
                 entry.state == RunState::kUnreadable ? theme.bad : theme.text_dim,
                 SecondLine(entry), kSmall);
  if (const double share = ShareDone(entry); share >= 0) {
    const float bar = std::max(1.0F, std::floor(ui::Px(2)));
    const ImVec2 from(text_x, high.y - bar - ui::Px(2)),
        to(high.x - ui::Px(12), high.y - ui::Px(2));
    list.AddRectFilled(from, to, theme.grid, bar / 2);
    list.AddRectFilled(from, ImVec2(from.x + (to.x - from.x) * static_cast<float>(share), to.y),
                       colour, bar / 2);
  }
  DrawCompareMark(list, ImVec2(high.x - ui::Px(18), top + std::floor((line - mark) / 2)), mark,
                  compared, hovered);
  if (row_hovered) {
    const std::string tip =
        fmt::format("{}\n{}{}{}", entry.folder.string(), NameOf(entry.state),
                    entry.manifest.message.empty() ? "" : ": ", entry.manifest.message);
    ui::Tooltip(tip.c_str());
  }
  ImGui::PopID();
  if (pressed) workspace.Select(entry.folder);
  if (mark_pressed) workspace.Compare(entry.folder, !compared);
}

}  // namespace

ImU32 ColourOf(RunState state) {
  const Theme& theme = CurrentTheme();
  switch (state) {
    case RunState::kRunning:
      return theme.accent;
    case RunState::kDone:
      return theme.good;
    case RunState::kPaused:
    case RunState::kInterrupted:
      return theme.warning;
    case RunState::kFailed:
    case RunState::kDead:
    case RunState::kUnreadable:
      return theme.bad;
    case RunState::kGone:
      break;
  }
  return theme.text_dim;
}

void DrawSidebar(Workspace& workspace, std::string& filter) {
  const ui::Scope scope("Sidebar");
  const Theme& theme = CurrentTheme();
  const auto runs = workspace.runs().Runs();
  const std::string wanted = Lower(filter);
  std::vector<const RunEntry*> rows;
  for (const RunEntry& entry : *runs) {
    if (Matches(entry, wanted)) rows.push_back(&entry);
  }
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const ImVec2 low = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x;
  const std::string count = rows.size() == runs->size()
                                ? fmt::format("{}", runs->size())
                                : fmt::format("{} of {}", rows.size(), runs->size());
  const float line = ImGui::GetFontSize();
  list.AddText(ImVec2(low.x + ui::Px(12), low.y + ui::Px(9)), theme.text_dim, "Runs");
  list.AddText(
      ImVec2(low.x + width - ui::Px(12) - ImGui::CalcTextSize(count.c_str()).x, low.y + ui::Px(9)),
      theme.text_dim, count.c_str());
  ui::ReportRect("Count", low, ImVec2(low.x + width, low.y + line + ui::Px(18)), count);
  ImGui::SetCursorScreenPos(ImVec2(low.x + ui::Px(10), low.y + line + ui::Px(16)));
  ImGui::SetNextItemWidth(width - ui::Px(20));
  ui::InputText("##Filter", filter, "filter", "runs whose name, command or state has this text");
  ImGui::SetCursorScreenPos(ImVec2(low.x, ImGui::GetItemRectMax().y + ui::Px(8)));
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(0, 0));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0, 0));
  if (ImGui::BeginChild("##list", ImVec2(0, 0), false, ImGuiWindowFlags_NoSavedSettings)) {
    const float height = std::floor(2 * line + ui::Px(15));
    ImGuiListClipper clipper;
    clipper.Begin(static_cast<int>(rows.size()), height);
    while (clipper.Step()) {
      for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
        DrawRow(workspace, *rows[static_cast<std::size_t>(i)], height);
      }
    }
    if (rows.empty()) {
      ImGui::SetCursorPos(ImVec2(ui::Px(12), ui::Px(6)));
      ImGui::PushStyleColor(ImGuiCol_Text, theme.text_dim);
      ImGui::PushTextWrapPos(width - ui::Px(12));
      ImGui::TextUnformatted(!workspace.runs().looked() ? "looking for runs"
                             : runs->empty()            ? "no runs yet: agon demo makes some"
                                                        : "no run has this text");
      ImGui::PopTextWrapPos();
      ImGui::PopStyleColor();
    }
  }
  ImGui::EndChild();
  ImGui::PopStyleVar(2);
}

}  // namespace agon::viewer::chrome
