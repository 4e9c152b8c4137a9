// SPDX-License-Identifier: Apache-2.0
#include "viewer/curves/curve_tree.h"

#include <fmt/format.h>

#include <functional>
#include <vector>

#include "viewer/ui/theme.h"
#include "viewer/ui/widgets.h"

namespace agon::viewer::curves {
namespace {

// What a click asks of the model, after all rows were drawn; nothing: empty.
using Request = std::function<void(CurveModel&)>;

Request DrawRow(const TreeRow& row) {
  const ui::Scope scope(row.path);
  Request request;
  const float indent = static_cast<float>(row.depth) * ui::Px(14);
  if (indent > 0) ImGui::SetCursorPosX(ImGui::GetCursorPosX() + indent);
  if (row.group) {
    bool open = row.open;
    if (ui::FoldButton("fold", open)) request = [row](CurveModel& model) { model.Fold(row); };
  } else {
    ImGui::Dummy({ImGui::GetFontSize(), ImGui::GetFrameHeight()});
  }
  ImGui::SameLine(0, ui::Px(2));
  bool shown = row.shown > 0;
  if (ui::GroupCheckbox("shown", shown, row.shown > 0 && row.shown < row.tracks)) {
    request = [row](CurveModel& model) { model.Show(row, row.shown < row.tracks); };
  }
  ImGui::SameLine(0, ui::Px(6));
  const ImU32 colour = row.shown > 0 ? CurrentTheme().text : CurrentTheme().text_dim;
  const std::string tooltip = row.path + "\nclick: only this; again: all";
  const ImVec2 at = ImGui::GetCursorScreenPos();
  if (ui::Selectable("##only", false, tooltip.c_str())) {
    request = [row](CurveModel& model) { model.Only(row); };
  }
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddText({at.x, at.y}, colour, row.label.c_str());
  if (row.group) {
    const std::string count = fmt::format("{}", row.tracks);
    const float width = ImGui::CalcTextSize(row.label.c_str()).x;
    list.AddText({at.x + width + ui::Px(8), at.y}, WithAlpha(CurrentTheme().text_dim, 0.7),
                 count.c_str());
  }
  return request;
}

Request DrawRows(const std::vector<TreeRow>& rows) {
  const ui::Scope scope("Tracks");
  Request request;
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(rows.size()));
  while (clipper.Step()) {
    for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
      const TreeRow& row = rows[static_cast<std::size_t>(i)];
      // A track may have the name of a group.
      ImGui::PushID(row.group ? 1 : 0);
      if (Request asked = DrawRow(row)) request = std::move(asked);
      ImGui::PopID();
    }
  }
  if (rows.empty()) ui::TextDim("no track has these words");
  return request;
}

}  // namespace

void DrawTree(CurveModel& model, std::string& filter) {
  ImGui::SetNextItemWidth(-1);
  if (ui::InputText("##filter", filter, "filter tracks",
                    "words that a name must have; -word: must not have")) {
    model.SetFilter(filter);
  }
  ImGui::BeginChild("tree", {0, 0}, false, ImGuiWindowFlags_HorizontalScrollbar);
  ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, {ui::Px(1), ui::Px(1)});
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {ui::Px(4), ui::Px(3)});
  const Request request = DrawRows(model.Rows());
  ImGui::PopStyleVar(2);
  ImGui::EndChild();
  if (request) request(model);
}

}  // namespace agon::viewer::curves
