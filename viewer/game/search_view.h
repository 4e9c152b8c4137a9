// SPDX-License-Identifier: Apache-2.0
// What a search found out, beside the board: its moves as a table, the expected line, the tree to
// open and close. What is pointed at is shown on the board.
//
// Thread safety: the thread that draws.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "viewer/game/search_model.h"

namespace agon::viewer {

class SearchView {
 public:
  // Fills what is left of the window. Labels below "Moves" and "Tree".
  void DrawMoves(const Analysis& analysis, float height);
  void DrawTree(const std::shared_ptr<const record::Tree>& tree);
  // Moves to come, of what the mouse points at in this frame; empty: nothing.
  [[nodiscard]] const std::vector<std::string>& pointed() const { return pointed_; }
  void BeginFrame() { pointed_.clear(); }

 private:
  void Children(int node, int depth);

  std::shared_ptr<const record::Tree> tree_;
  TreeIndex index_;
  std::vector<std::string> pointed_;
};

// The moves of a line as cells of `board`: where each shows at the time it is played, as far as
// that can be told.
[[nodiscard]] std::vector<int> CellsOfLine(const record::Board& board,
                                           const std::vector<std::string>& line,
                                           const GameLook& look);

}  // namespace agon::viewer
