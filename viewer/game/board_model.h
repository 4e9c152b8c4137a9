// SPDX-License-Identifier: Apache-2.0
// What a recorded board means for whoever draws it or plays on it: where a move shows, which move a
// click means, whose value it is, in what style it is drawn.
//
// Who needs this file: the other files of this folder.
//
// Thread safety: free functions and values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/record/items.h"

namespace agon::viewer {

// Boards are drawn as people know them. What is no game of ours is a plain grid.
enum class BoardStyle { kGrid, kPoints, kColumns, kDiscs };

// What the name of a game ("go", "{name: go, size: 9}") says about its board.
struct GameLook {
  std::string name;  // "go"; empty: unknown
  BoardStyle style = BoardStyle::kGrid;
  bool rows_from_top = false;  // Othello alone
};
[[nodiscard]] GameLook LookOf(std::string_view game);
// "go" of "{name: go, size: 9}".
[[nodiscard]] std::string GameName(std::string_view game);

// "d4": a letter (without i) and a row number; empty when there are no such names.
[[nodiscard]] std::string CellName(const record::Board& board, int cell, const GameLook& look);

// The cell of a move's text, whatever its case: "d4", or a column "4". As the next move the stone
// falls onto the lowest empty cell of a column, as the last one it is the topmost. Negative:
// nowhere (a pass, a text of another kind).
enum class MoveTime { kNext, kLast };
[[nodiscard]] int CellOfMove(const record::Board& board, std::string_view move,
                             const GameLook& look, MoveTime time);

[[nodiscard]] bool SameMove(std::string_view a, std::string_view b);  // case ignored

struct LegalMove {
  std::string text;
  int cell = -1;  // negative: shows nowhere; offered as a button
};
[[nodiscard]] std::vector<LegalMove> LegalMovesOf(const record::Board& board, const GameLook& look);
// The move that a click on `cell` means: the one that shows there, or, where stones fall, that of
// the column. Null: none.
[[nodiscard]] const LegalMove* MoveAt(const record::Board& board,
                                      const std::vector<LegalMove>& moves, int cell);

// Whether the player that moved first is to move; nothing when the texts do not tell.
[[nodiscard]] std::optional<bool> FirstToMove(const record::Board& board);
// A recorded value, which is the side's to move, as the first player's. Nothing when the position
// was not searched.
[[nodiscard]] std::optional<double> ValueForFirst(const record::Board& board);

[[nodiscard]] const record::Board::Overlay* FindOverlay(const record::Board& board,
                                                        std::string_view name);

}  // namespace agon::viewer
