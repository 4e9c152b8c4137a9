// SPDX-License-Identifier: Apache-2.0
// The end of a run's log, with a filter.
#include <imgui.h>

#include <string_view>

#include "viewer/runs/views.h"
#include "viewer/ui/theme.h"
#include "viewer/ui/widgets.h"

namespace agon::viewer {
namespace {

constexpr std::size_t kMostShown = 2000;  // letters of a line; the rest is for Copy

// "2026-11-25T18:09:13.338Z info: ...": the colour of the level.
ImU32 ColourOf(std::string_view line) {
  const Theme& theme = CurrentTheme();
  const std::size_t blank = line.find(' ');
  const std::string_view rest = blank == std::string_view::npos ? line : line.substr(blank + 1);
  if (rest.starts_with("error")) return theme.bad;
  if (rest.starts_with("warning")) return theme.warning;
  if (rest.starts_with("debug")) return theme.text_dim;
  return theme.text;
}

// The first letters, never half of one.
std::string_view Cut(std::string_view line) {
  if (line.size() <= kMostShown) return line;
  std::size_t end = kMostShown;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U) --end;
  return line.substr(0, end);
}

}  // namespace

void LogView::Draw(PanelContext& context, OpenRun& run) {
  const ui::Scope scope("Log");
  const auto lines = run.log->Lines();
  const bool grown = lines != lines_;
  if (grown || filter != filtered_by_) {
    shown_ = FilterLines(*lines, filter);
    lines_ = lines;
    filtered_by_ = filter;
  }
  ImGui::SetNextItemWidth(ui::Px(220));
  ui::InputText("##Filter", filter, "filter: words, -without",
                "lines that have every word, and none that begins with -");
  ImGui::SameLine();
  if (ui::Button("Copy", "the lines that are shown")) {
    ui::Copy(Csv());
    context.workspace.toasts().Info("copied " + std::to_string(shown_.size()) + " lines");
  }
  ImGui::SameLine();
  ui::Checkbox("follow", follow_, "stay at the end while it grows");
  if (lines_->empty()) {
    ui::CentredNote("nothing logged yet");
    return;
  }
  if (shown_.empty()) {
    ui::CentredNote("no line has these words");
    return;
  }
  if (ImGui::BeginChild("lines", {0, 0}, true, ImGuiWindowFlags_HorizontalScrollbar)) {
    ImGuiListClipper clipper;
    clipper.Begin(static_cast<int>(shown_.size()));
    while (clipper.Step()) {
      for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
        const std::size_t place = shown_[static_cast<std::size_t>(i)];
        const std::string_view line = Cut((*lines_)[place]);
        ImGui::PushStyleColor(ImGuiCol_Text, ColourOf(line));
        ImGui::TextUnformatted(line.data(), line.data() + line.size());
        ImGui::PopStyleColor();
        ui::ReportItem("Line " + std::to_string(place + 1), line);
      }
    }
    if (ImGui::IsWindowHovered() && ImGui::GetIO().MouseWheel > 0) follow_ = false;
    if (follow_) ImGui::SetScrollHereY(1);
  }
  ImGui::EndChild();
}

// Lines, not a table: what they hold are sentences.
std::string LogView::Csv() const {
  std::string text;
  if (!lines_) return text;
  for (const std::size_t place : shown_) text += (*lines_)[place] + "\n";
  return text;
}

}  // namespace agon::viewer
