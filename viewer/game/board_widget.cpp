// SPDX-License-Identifier: Apache-2.0
#include "viewer/game/board_widget.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "viewer/ui/theme.h"
#include "viewer/ui/widgets.h"

namespace agon::viewer {
namespace {

constexpr int kMostSide = 64;          // cells; a larger board is not drawn
constexpr float kLeastShare = 0.005F;  // of heat; below it nothing is shown
constexpr float kLeastText = 0.1F;     // of the largest share; below it there is no number
constexpr float kTextCell = 26;        // cells below it have no numbers
constexpr ImU32 kFirstDisc = IM_COL32(0xE5, 0x4B, 0x4B, 0xFF);  // Connect Four
constexpr ImU32 kSecondDisc = IM_COL32(0xF3, 0xC8, 0x46, 0xFF);
constexpr ImU32 kFrame = IM_COL32(0x2C, 0x5A, 0xA0, 0xFF);
constexpr ImU32 kHole = IM_COL32(0x1D, 0x3E, 0x70, 0xFF);
constexpr ImU32 kCloth = IM_COL32(0x2F, 0x7D, 0x52, 0xFF);  // Othello
constexpr ImU32 kClothLine = IM_COL32(0x1C, 0x55, 0x36, 0xFF);

// Where cells lie on the screen.
struct Grid {
  ImVec2 origin;  // of the first cell
  float cell = 0;
  int width = 0, height = 0;

  [[nodiscard]] ImVec2 Min(int at) const {
    const int column = at % width, row = at / width;
    return {origin.x + cell * static_cast<float>(column),
            origin.y + cell * static_cast<float>(row)};
  }
  [[nodiscard]] ImVec2 Max(int at) const {
    const ImVec2 min = Min(at);
    return {min.x + cell, min.y + cell};
  }
  [[nodiscard]] ImVec2 Centre(int at) const {
    const ImVec2 min = Min(at);
    return {min.x + cell / 2, min.y + cell / 2};
  }
  [[nodiscard]] ImVec2 End() const {
    return {origin.x + cell * static_cast<float>(width),
            origin.y + cell * static_cast<float>(height)};
  }
  [[nodiscard]] std::optional<int> At(ImVec2 point) const {
    const auto x = static_cast<int>(std::floor((point.x - origin.x) / cell));
    const auto y = static_cast<int>(std::floor((point.y - origin.y) / cell));
    if (x < 0 || y < 0 || x >= width || y >= height) return std::nullopt;
    return y * width + x;
  }
};

void TextAt(ImDrawList& list, ImVec2 centre, ImU32 colour, const std::string& text,
            float scale = 1) {
  const float size = ImGui::GetFontSize() * scale;
  const ImVec2 extent = ImGui::GetFont()->CalcTextSizeA(size, FLT_MAX, 0, text.c_str());
  list.AddText(ImGui::GetFont(), size,
               {std::floor(centre.x - extent.x / 2), std::floor(centre.y - extent.y / 2)}, colour,
               text.c_str());
}

void Background(ImDrawList& list, const Grid& grid, BoardStyle style) {
  const Theme& theme = CurrentTheme();
  const ImVec2 min = grid.origin, max = grid.End();
  const float round = ui::Px(4);
  ImU32 ground = theme.plot_background, line = theme.grid;
  if (style == BoardStyle::kPoints) {
    ground = theme.board;
    line = theme.board_line;
  } else if (style == BoardStyle::kColumns) {
    ground = kFrame;
  } else if (style == BoardStyle::kDiscs) {
    ground = kCloth;
    line = kClothLine;
  }
  list.AddRectFilled(min, max, ground, round);
  if (style == BoardStyle::kColumns) {
    for (int at = 0; at < grid.width * grid.height; ++at) {
      list.AddCircleFilled(grid.Centre(at), grid.cell * 0.41F, kHole);
    }
    return;
  }
  const float thick = std::max(1.0F, ui::Px(1));
  if (style == BoardStyle::kPoints) {
    const float half = grid.cell / 2;
    for (int x = 0; x < grid.width; ++x) {
      const float at = std::floor(min.x + half + grid.cell * static_cast<float>(x)) + 0.5F;
      list.AddLine({at, min.y + half}, {at, max.y - half}, line, thick);
    }
    for (int y = 0; y < grid.height; ++y) {
      const float at = std::floor(min.y + half + grid.cell * static_cast<float>(y)) + 0.5F;
      list.AddLine({min.x + half, at}, {max.x - half, at}, line, thick);
    }
    const auto edge = [](int side) { return side < 13 ? 2 : 3; };
    if (grid.width < 7 || grid.height < 7) return;
    for (const int y : {edge(grid.height), grid.height / 2, grid.height - 1 - edge(grid.height)}) {
      for (const int x : {edge(grid.width), grid.width / 2, grid.width - 1 - edge(grid.width)}) {
        const bool middle = x == grid.width / 2 || y == grid.height / 2;
        if (middle && (grid.width % 2 == 0 || grid.height % 2 == 0)) continue;
        list.AddCircleFilled(grid.Centre(y * grid.width + x), std::max(2.0F, grid.cell * 0.09F),
                             line);
      }
    }
    return;
  }
  for (int x = 1; x < grid.width; ++x) {
    const float at = std::floor(min.x + grid.cell * static_cast<float>(x)) + 0.5F;
    list.AddLine({at, min.y}, {at, max.y}, line, thick);
  }
  for (int y = 1; y < grid.height; ++y) {
    const float at = std::floor(min.y + grid.cell * static_cast<float>(y)) + 0.5F;
    list.AddLine({min.x, at}, {max.x, at}, line, thick);
  }
  list.AddRect(min, max, line, round, 0, thick);
}

void Names(ImDrawList& list, const Grid& grid, const BoardScene& scene) {
  const Theme& theme = CurrentTheme();
  const bool columns = scene.look.style == BoardStyle::kColumns;
  const float gap = ImGui::GetFontSize() * 0.75F;
  for (int x = 0; x < grid.width; ++x) {
    std::string name = std::to_string(x + 1);
    if (!columns) name = CellName(*scene.board, x, scene.look).substr(0, 1);
    const ImVec2 below = {grid.Centre(x).x, grid.End().y + gap};
    TextAt(list, below, theme.text_dim, name, 0.9F);
  }
  if (columns) return;
  for (int y = 0; y < grid.height; ++y) {
    const std::string name = CellName(*scene.board, y * grid.width, scene.look);
    if (name.empty()) continue;
    TextAt(list, {grid.origin.x - gap, grid.Centre(y * grid.width).y}, theme.text_dim,
           name.substr(1), 0.9F);
  }
}

void Stone(ImDrawList& list, const Grid& grid, int at, const BoardScene& scene, bool first,
           const std::string& text, double alpha) {
  const Theme& theme = CurrentTheme();
  const ImVec2 centre = grid.Centre(at);
  const ImU32 colour = WithAlpha(StoneColour(scene.look, first), alpha);
  if (scene.look.style == BoardStyle::kGrid && (text == "X" || text == "O")) {
    const float reach = grid.cell * 0.3F, thick = std::max(2.0F, grid.cell * 0.09F);
    if (text == "O") {
      list.AddCircle(centre, reach, colour, 0, thick);
      return;
    }
    list.AddLine({centre.x - reach, centre.y - reach}, {centre.x + reach, centre.y + reach}, colour,
                 thick);
    list.AddLine({centre.x - reach, centre.y + reach}, {centre.x + reach, centre.y - reach}, colour,
                 thick);
    return;
  }
  const float radius = grid.cell * (scene.look.style == BoardStyle::kPoints ? 0.46F : 0.41F);
  list.AddCircleFilled(centre, radius, colour);
  list.AddCircle(centre, radius, WithAlpha(theme.board_line, alpha), 0, std::max(1.0F, ui::Px(1)));
  if (scene.look.style == BoardStyle::kGrid && grid.cell >= ui::Px(kTextCell)) {
    TextAt(list, centre, first ? theme.stone_light : theme.stone_dark, text);
  }
}

// `most`: the largest share of the board, which gets the brightest colour.
void HeatCell(ImDrawList& list, const Grid& grid, int at, const BoardScene& scene, float most) {
  const float share = scene.heat[static_cast<std::size_t>(at)];
  if (share < kLeastShare) return;
  // The root of the share: small ones are seen as well.
  const double strength = std::sqrt(static_cast<double>(share / std::max(most, share)));
  const ImU32 colour = Heat(strength, 0.35 + 0.55 * strength);
  const ImVec2 min = grid.Min(at), max = grid.Max(at);
  const float inset = std::max(1.0F, grid.cell * 0.04F);
  if (scene.look.style == BoardStyle::kColumns) {
    list.AddCircleFilled(grid.Centre(at), grid.cell * 0.41F, colour);
  } else {
    list.AddRectFilled({min.x + inset, min.y + inset}, {max.x - inset, max.y - inset}, colour,
                       ui::Px(3));
  }
  if (grid.cell < ui::Px(kTextCell) || share < kLeastText * most) return;
  const std::string text = fmt::format("{:.0f}", 100 * share);
  const ImU32 ink = strength > 0.6 ? IM_COL32(20, 20, 24, 255) : IM_COL32(245, 245, 245, 255);
  TextAt(list, grid.Centre(at), ink, text, grid.cell < ui::Px(34) ? 0.8F : 1.0F);
}

std::string NameOfCell(const BoardScene& scene, const Grid& grid, int at) {
  const std::string name = CellName(*scene.board, at, scene.look);
  return name.empty() ? fmt::format("{}.{}", at % grid.width + 1, at / grid.width + 1) : name;
}

void Report(const Grid& grid, const BoardScene& scene, const std::string& text, int at) {
  const std::string value =
      !text.empty() ? text
      : scene.heat.empty()
          ? std::string()
          : fmt::format("{:.0f} %", 100 * scene.heat[static_cast<std::size_t>(at)]);
  ui::ReportRect(NameOfCell(scene, grid, at), grid.Min(at), grid.Max(at), value);
}

// "d4: 312 visits (31 %), prior 12.5 %, value +0.21".
std::string CellTip(const BoardScene& scene, const Grid& grid, int at) {
  std::string tip = NameOfCell(scene, grid, at);
  if (scene.analysis != nullptr) {
    for (const LegalMove& move : scene.legal) {
      if (move.cell != at) continue;
      for (const Candidate& known : scene.analysis->moves) {
        if (!SameMove(known.move, move.text)) continue;
        tip += fmt::format(": {} visits ({:.0f} %), prior {:.1f} %", known.visits,
                           100 * known.share, 100 * known.prior);
        if (known.looked_at()) tip += ", value " + ValueText(known.value, known.proven);
        return tip;
      }
    }
    return tip;
  }
  const auto add = [&](const char* name, const char* text) {
    const record::Board::Overlay* const overlay = FindOverlay(*scene.board, name);
    if (overlay == nullptr) return;
    const float share = overlay->values[static_cast<std::size_t>(at)];
    if (share > 0)
      tip += fmt::format("{} {:.1f} % {}", tip.ends_with('%') ? "," : ":", 100 * share, text);
  };
  if (scene.board->colours[static_cast<std::size_t>(at)] != 0) return tip;
  add("visits", "of visits");
  add("prior", "prior");
  add("value", "to win");
  return tip;
}

}  // namespace

ImU32 StoneColour(const GameLook& look, bool first) {
  const Theme& theme = CurrentTheme();
  if (look.style == BoardStyle::kColumns) return first ? kFirstDisc : kSecondDisc;
  if (look.style == BoardStyle::kGrid) return first ? theme.series[0] : theme.series[1];
  return first ? theme.stone_dark : theme.stone_light;
}

BoardPointer DrawBoard(const char* label, const BoardScene& scene, ImVec2 size) {
  BoardPointer pointer;
  const record::Board& board = *scene.board;
  size = {std::max(size.x, 1.0F), std::max(size.y, 1.0F)};
  const auto cells = static_cast<std::size_t>(std::max(board.width, 0)) *
                     static_cast<std::size_t>(std::max(board.height, 0));
  if (cells == 0 || board.width > kMostSide || board.height > kMostSide ||
      board.cells.size() != cells || board.colours.size() != cells) {
    ui::TextDim(fmt::format("a board of {} x {} cells is not drawn", board.width, board.height));
    return pointer;
  }
  const ui::Scope scope(label);
  const ImVec2 corner = ImGui::GetCursorScreenPos();
  const bool pressed = ImGui::InvisibleButton("board", size);
  ui::ReportItem("board");
  const bool hovered = ImGui::IsItemHovered();
  const float margin = ImGui::GetFontSize() * 1.5F;
  Grid grid{.origin = {}, .cell = 0, .width = board.width, .height = board.height};
  grid.cell = std::floor(std::min((size.x - 2 * margin) / static_cast<float>(grid.width),
                                  (size.y - 1.5F * margin) / static_cast<float>(grid.height)));
  if (grid.cell < 2) return pointer;
  grid.origin = {
      std::floor(corner.x + (size.x - grid.cell * static_cast<float>(grid.width)) / 2),
      std::floor(corner.y + (size.y - margin - grid.cell * static_cast<float>(grid.height)) / 2)};

  ImDrawList& list = *ImGui::GetWindowDrawList();
  Background(list, grid, scene.look.style);
  if (grid.cell >= ui::Px(12)) Names(list, grid, scene);
  const bool heat = scene.heat.size() == cells;
  const float most = heat ? *std::max_element(scene.heat.begin(), scene.heat.end()) : 0;
  for (int at = 0; at < static_cast<int>(cells); ++at) {
    const std::uint8_t colour = board.colours[static_cast<std::size_t>(at)];
    const std::string& text = board.cells[static_cast<std::size_t>(at)];
    if (colour == 0 && heat) HeatCell(list, grid, at, scene, most);
    if (colour != 0) Stone(list, grid, at, scene, colour == 1, text, 1);
    Report(grid, scene, text, at);
  }
  const Theme& theme = CurrentTheme();
  if (scene.last_cell >= 0 && scene.last_cell < static_cast<int>(cells)) {
    const ImVec2 centre = grid.Centre(scene.last_cell);
    if (scene.look.style == BoardStyle::kGrid) {
      list.AddRect(grid.Min(scene.last_cell), grid.Max(scene.last_cell), theme.accent, ui::Px(3), 0,
                   ui::Px(2));
    } else {
      list.AddCircle(centre, grid.cell * 0.22F, theme.accent, 0, std::max(2.0F, grid.cell * 0.06F));
    }
  }
  bool first = FirstToMove(board).value_or(true);
  int number = 0;
  for (const int at : scene.line) {
    ++number;
    const bool shown =
        at >= 0 && at < static_cast<int>(cells) && board.colours[static_cast<std::size_t>(at)] == 0;
    if (shown) {
      list.AddCircleFilled(grid.Centre(at), grid.cell * 0.36F,
                           WithAlpha(StoneColour(scene.look, first), 0.85));
      list.AddCircle(grid.Centre(at), grid.cell * 0.36F, theme.accent, 0, ui::Px(1.5F));
      const bool dark =
          scene.look.style == BoardStyle::kPoints || scene.look.style == BoardStyle::kDiscs;
      const ImU32 ink = dark && first ? theme.stone_light : IM_COL32(20, 20, 24, 255);
      if (grid.cell >= ui::Px(16)) TextAt(list, grid.Centre(at), ink, std::to_string(number));
    }
    first = !first;
  }
  if (!hovered) return pointer;
  pointer.hovered = grid.At(ImGui::GetIO().MousePos);
  if (pointer.hovered) ui::Tooltip(CellTip(scene, grid, *pointer.hovered).c_str());
  if (!pointer.hovered || !scene.playable) return pointer;
  const LegalMove* const move = MoveAt(board, scene.legal, *pointer.hovered);
  if (move == nullptr) return pointer;
  ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
  Stone(list, grid, move->cell, scene, FirstToMove(board).value_or(true), board.to_move, 0.5);
  if (pressed) pointer.clicked = pointer.hovered;
  return pointer;
}

void ValueBar(const char* label, std::optional<double> value, const GameLook& look, ImVec2 size) {
  const Theme& theme = CurrentTheme();
  const ImVec2 min = ImGui::GetCursorScreenPos();
  const ImVec2 max = {min.x + size.x, min.y + size.y};
  ImGui::Dummy(size);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  ui::ReportRect(label, min, max, value ? fmt::format("{:+.2f}", *value) : std::string());
  if (!value) {
    list.AddRect(min, max, theme.grid, ui::Px(3));
    return;
  }
  const double share = 0.5 + 0.5 * std::clamp(*value, -1.0, 1.0);
  const float edge = max.y - static_cast<float>(share) * size.y;
  list.AddRectFilled(min, max, StoneColour(look, false), ui::Px(3));
  list.AddRectFilled({min.x, edge}, max, StoneColour(look, true), ui::Px(3));
  list.AddRect(min, max, theme.axis, ui::Px(3));
  const float middle = (min.y + max.y) / 2;
  list.AddLine({min.x, middle}, {max.x, middle}, theme.accent, ui::Px(1));
}

}  // namespace agon::viewer
