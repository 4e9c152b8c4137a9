// SPDX-License-Identifier: Apache-2.0
// A board on the screen: stones as people know them, a heat map, the last move, a line of moves to
// come, a value bar. Clicks and hovering come back as cells.
//
// Thread safety: the thread that draws.
#pragma once

#include <imgui.h>

#include <optional>
#include <string>
#include <vector>

#include "viewer/game/search_model.h"

namespace agon::viewer {

struct BoardScene {
  const record::Board* board = nullptr;
  GameLook look = {};
  std::vector<float> heat = {};       // in [0,1] by cell; empty: none
  std::vector<LegalMove> legal = {};  // where a click means something, when `playable`
  bool playable = false;
  int last_cell = -1;
  std::vector<int> line = {};          // moves to come, the next first; negative: nowhere
  const Analysis* analysis = nullptr;  // for the tooltip of a cell
};

struct BoardPointer {
  std::optional<int> hovered, clicked;  // cells
};

// As large as fits into `size`. Each cell is "LABEL/d4" to the probe ("LABEL/1.2", column and row
// from the top left, where cells have no names), its value the stone's text or, in percent, the
// heat.
[[nodiscard]] BoardPointer DrawBoard(const char* label, const BoardScene& scene, ImVec2 size);

// A bar that is filled from below as far as the first player is likely to win. `value` of it.
void ValueBar(const char* label, std::optional<double> value, const GameLook& look, ImVec2 size);

// The colour of a player's stones.
[[nodiscard]] ImU32 StoneColour(const GameLook& look, bool first);

}  // namespace agon::viewer
