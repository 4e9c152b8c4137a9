// SPDX-License-Identifier: Apache-2.0
#include "viewer/game/search_view.h"

#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>

#include "runtime/base/text.h"
#include "viewer/ui/theme.h"
#include "viewer/ui/widgets.h"

namespace agon::viewer {
namespace {

constexpr std::size_t kMostRows = 100;
constexpr std::size_t kMostChildren = 50;
constexpr std::size_t kMostLine = 12;  // moves of a line that are shown

std::string Count(std::int64_t number) {
  if (number < 10'000) return std::to_string(number);
  if (number < 10'000'000) return fmt::format("{:.1f}k", static_cast<double>(number) / 1e3);
  return fmt::format("{:.1f}M", static_cast<double>(number) / 1e6);
}

std::string LineText(const std::vector<std::string>& line) {
  std::vector<std::string> shown(
      line.begin(), line.begin() + static_cast<std::ptrdiff_t>(std::min(line.size(), kMostLine)));
  return Join(shown, " ") + (line.size() > kMostLine ? " ..." : "");
}

// A text in a cell of a table, over a bar as long as `share`.
void BarCell(double share, const std::string& text, ImU32 colour) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x;
  ImGui::GetWindowDrawList()->AddRectFilled(
      at,
      {at.x + width * static_cast<float>(std::clamp(share, 0.0, 1.0)),
       at.y + ImGui::GetTextLineHeight()},
      colour, ui::Px(2));
  ImGui::TextUnformatted(text.c_str());
}

}  // namespace

std::vector<int> CellsOfLine(const record::Board& board, const std::vector<std::string>& line,
                             const GameLook& look) {
  record::Board shown = board;
  std::vector<int> cells;
  std::uint8_t colour = FirstToMove(board).value_or(true) ? 1 : 2;
  for (const std::string& move : line) {
    const int cell = CellOfMove(shown, move, look, MoveTime::kNext);
    cells.push_back(cell);
    // Stones that fall lie on those that fell before; captures cannot be told without the rules.
    if (cell >= 0 && static_cast<std::size_t>(cell) < shown.colours.size()) {
      shown.colours[static_cast<std::size_t>(cell)] = colour;
    }
    colour = colour == 1 ? 2 : 1;
  }
  return cells;
}

void SearchView::DrawMoves(const Analysis& analysis, float height) {
  const ui::Scope scope("Moves");
  if (analysis.moves.empty()) {
    ui::TextDim("This position was not searched.");
    return;
  }
  const Theme& theme = CurrentTheme();
  constexpr ImGuiTableFlags kFlags = ImGuiTableFlags_RowBg | ImGuiTableFlags_BordersInnerV |
                                     ImGuiTableFlags_SizingStretchProp | ImGuiTableFlags_ScrollY;
  if (!ImGui::BeginTable("moves", 5, kFlags, {0, height})) return;
  ImGui::TableSetupScrollFreeze(0, 1);
  ImGui::TableSetupColumn("move", ImGuiTableColumnFlags_None, 0.9F);
  ImGui::TableSetupColumn("visits", ImGuiTableColumnFlags_None, 1.4F);
  ImGui::TableSetupColumn("prior", ImGuiTableColumnFlags_None, 1.1F);
  ImGui::TableSetupColumn("value", ImGuiTableColumnFlags_None, 0.9F);
  ImGui::TableSetupColumn("expected line", ImGuiTableColumnFlags_None, 3.2F);
  ImGui::TableHeadersRow();
  const std::size_t count = std::min(analysis.moves.size(), kMostRows);
  for (std::size_t i = 0; i < count; ++i) {
    const Candidate& move = analysis.moves[i];
    ImGui::TableNextRow();
    ImGui::TableNextColumn();
    ui::Selectable(ui::Literal(move.move).c_str(), i == 0,
                   "the line is shown on the board while the mouse is here");
    if (ImGui::IsItemHovered()) pointed_ = move.line;
    ImGui::TableNextColumn();
    const std::string share = fmt::format("{:.0f} %", 100 * move.share);
    BarCell(move.share, move.visits > 0 ? Count(move.visits) + "  " + share : share,
            WithAlpha(theme.accent, 0.35));
    ImGui::TableNextColumn();
    BarCell(move.prior, fmt::format("{:.1f} %", 100 * move.prior), WithAlpha(theme.text_dim, 0.25));
    ImGui::TableNextColumn();
    if (move.looked_at()) {
      const std::string text = ValueText(move.value, move.proven);
      ImGui::PushStyleColor(ImGuiCol_Text, move.value >= 0 ? theme.good : theme.bad);
      ImGui::TextUnformatted(text.c_str());
      ImGui::PopStyleColor();
    }
    ImGui::TableNextColumn();
    ImGui::TextUnformatted(LineText(move.line).c_str());
  }
  ImGui::EndTable();
}

void SearchView::DrawTree(const std::shared_ptr<const record::Tree>& tree) {
  const ui::Scope scope("Tree");
  if (!tree || tree->nodes.empty()) {
    ui::TextDim("No search tree here.");
    return;
  }
  if (tree != tree_) {
    tree_ = tree;
    index_ = TreeIndex(*tree);
  }
  const record::Tree::Node& root = tree->nodes.front();
  ui::TextDim(fmt::format("{} nodes of {} visits; values are of who chooses the move",
                          tree->nodes.size(), Count(root.visits)));
  Children(0, 0);
}

void SearchView::Children(int node, int depth) {
  const std::vector<int>& below = index_.children(node);
  const std::size_t count = std::min(below.size(), kMostChildren);
  for (std::size_t i = 0; i < count; ++i) {
    const int child = below[i];
    const record::Tree::Node& shown = tree_->nodes[static_cast<std::size_t>(child)];
    const std::string label =
        ui::Literal(fmt::format("{}  {} visits  {}  prior {:.1f} %", shown.move,
                                Count(shown.visits), ValueText(shown.value), 100 * shown.prior)) +
        "###node";
    const auto point = [&] {
      if (!ImGui::IsItemHovered()) return;
      pointed_ = index_.PathTo(*tree_, child);
      const std::vector<std::string> rest = index_.LineFrom(*tree_, child);
      pointed_.insert(pointed_.end(), rest.begin() + (rest.empty() ? 0 : 1), rest.end());
    };
    const ui::Scope scope(shown.move);
    if (index_.children(child).empty()) {
      ImGui::Bullet();
      ui::Selectable(label.c_str(), false);
      point();
      continue;
    }
    const bool open = ui::TreeNode(label.c_str(), depth == 0 && i == 0);
    point();
    if (!open) continue;
    Children(child, depth + 1);
    ImGui::TreePop();
  }
  if (below.size() > count) ui::TextDim(fmt::format("and {} more", below.size() - count));
}

}  // namespace agon::viewer
