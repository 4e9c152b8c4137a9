// SPDX-License-Identifier: Apache-2.0
// What a search found out about a position: its moves with visits, priors and values, and the tree
// to walk in. Read from a program's agon-analyze and agon-tree, or from a recorded tree.
//
// Who needs this file: game_session.h, the panel.
//
// Thread safety: free functions and values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/record/items.h"
#include "viewer/game/board_model.h"

namespace agon::viewer {

struct Candidate {
  std::string move;
  std::int64_t visits = 0;
  double share = 0;  // of all visits
  double prior = 0;
  double value = 0;                    // in [-1,1], for the side to move
  std::optional<int> proven = {};      // 1 won, 0 drawn, -1 lost for it
  std::vector<std::string> line = {};  // what is expected next, this move first
  [[nodiscard]] bool looked_at() const { return visits > 0 || share > 0 || proven.has_value(); }
};

struct Analysis {
  std::optional<bool> black;  // to move: the first player
  double value = 0;           // for the side to move
  std::int64_t visits = 0;
  std::vector<Candidate> moves;  // best first
};

// One line of agon-analyze; nothing when it is none.
[[nodiscard]] std::optional<Analysis> ReadAnalysis(std::string_view json);
// The answer to agon-tree; nothing when it is none.
[[nodiscard]] std::optional<record::Tree> ReadTree(std::string_view json);
// The answer to agon-board.
struct ServedBoard {
  record::Board board;
  std::string game;
  std::int64_t move_number = 0;
  bool over = false;
  std::string result;  // "1-0", "0-1", "1/2-1/2", "*"
  std::vector<LegalMove> legal;
  int last_cell = -1;
};
[[nodiscard]] std::optional<ServedBoard> ReadBoard(std::string_view json);

// A tree with its children at hand; walks down lines.
class TreeIndex {
 public:
  TreeIndex() = default;
  explicit TreeIndex(const record::Tree& tree);

  // Most visited first.
  [[nodiscard]] const std::vector<int>& children(int node) const;
  // Moves from the root to this node.
  [[nodiscard]] std::vector<std::string> PathTo(const record::Tree& tree, int node) const;
  // From this node (its own move first) along the most visited moves, the first hundred of them.
  [[nodiscard]] std::vector<std::string> LineFrom(const record::Tree& tree, int node) const;
  [[nodiscard]] std::size_t size() const { return children_.size(); }

 private:
  std::vector<std::vector<int>> children_;
};

// The root's moves. Values are of whoever chose a move, so a child of the root has that of the side
// to move.
[[nodiscard]] Analysis AnalysisOf(const record::Tree& tree);

// From a recorded board's overlays, where no tree was recorded: shares instead of visits, no lines.
[[nodiscard]] Analysis AnalysisOf(const record::Board& board, const GameLook& look);

// What the heat map of a board shows.
enum class HeatKind { kNone, kVisits, kPrior, kValue };
// In [0,1] by cell: shares of visits, priors, or chances to win (half for a draw); empty when there
// is nothing. `legal` says where moves show.
[[nodiscard]] std::vector<float> HeatOf(const record::Board& board, const Analysis& analysis,
                                        const std::vector<LegalMove>& legal, HeatKind heat);
// The same from a recorded board's overlays.
[[nodiscard]] std::vector<float> HeatOf(const record::Board& board, HeatKind heat);

// "+0.42", "won", "lost", "draw".
[[nodiscard]] std::string ValueText(double value, std::optional<int> proven = std::nullopt);

}  // namespace agon::viewer
