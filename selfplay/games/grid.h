// SPDX-License-Identifier: Apache-2.0
// What games on a grid share: symmetries of the rectangle, names of cells, pictures, numbers for
// Zobrist hashing.
//
// Cells are numbered row by row from the top left. Their names are a column letter and a row number
// counted from the bottom, without the letter i (c4), as GTP writes them; Othello alone counts its
// rows from the top.
//
// Thread safety: free functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/philox.h"
#include "runtime/record/items.h"
#include "selfplay/games/game.h"

namespace agon::selfplay {

// The eight symmetries of a square: bit 0 mirrors left and right, bit 1 top and bottom, bit 2 then
// swaps rows and columns. A rectangle that is no square has the first four.
[[nodiscard]] constexpr int TransformCell(int cell, int width, int height, int symmetry) {
  int x = cell % width;
  int y = cell / width;
  if ((symmetry & 1) != 0) x = width - 1 - x;
  if ((symmetry & 2) != 0) y = height - 1 - y;
  return (symmetry & 4) != 0 ? x * width + y : y * width + x;
}
// TransformCell of one symmetry for many cells: an affine map, without divisions.
class CellMap {
 public:
  constexpr CellMap(int width, int height, int symmetry)
      : origin_(TransformCell(0, width, height, symmetry)),
        right_(width > 1 ? TransformCell(1, width, height, symmetry) - origin_ : 0),
        down_(height > 1 ? TransformCell(width, width, height, symmetry) - origin_ : 0) {}
  [[nodiscard]] constexpr int operator()(int x, int y) const {
    return origin_ + right_ * x + down_ * y;
  }

 private:
  int origin_, right_, down_;
};
[[nodiscard]] constexpr int InverseSymmetry(int symmetry) {
  if ((symmetry & 4) == 0) return symmetry;
  return 4 | (symmetry & 1) << 1 | (symmetry & 2) >> 1;  // mirrors change places with the axes
}

// Where row 1 is.
enum class FirstRow { kBottom, kTop };

// "c4"; ParseCell takes either case and gives kNoMove for anything else.
[[nodiscard]] std::string CellText(int cell, int width, int height,
                                   FirstRow first = FirstRow::kBottom);
[[nodiscard]] Move ParseCell(std::string_view text, int width, int height,
                             FirstRow first = FirstRow::kBottom);

// "pass" in any case.
[[nodiscard]] bool IsPass(std::string_view text);

[[nodiscard]] record::Board EmptyGrid(int width, int height, std::string to_move);
// Colour 1 is the first player's, 2 the second's.
void PutStone(record::Board& board, int cell, int player, std::string_view text);
// Rows with "." for empty cells, column letters and row numbers around, then who is to move.
[[nodiscard]] std::string GridText(const record::Board& board, FirstRow first = FirstRow::kBottom);

// A fixed random number for each of many features of a position (a stone of a colour on a point).
[[nodiscard]] constexpr std::uint64_t ZobristNumber(std::uint64_t feature) {
  return MixBits(MixBits(feature + 0x5e1f) ^ 0x60a2d11e5ULL);
}

}  // namespace agon::selfplay
