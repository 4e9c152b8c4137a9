// SPDX-License-Identifier: Apache-2.0
// The symmetries of a game as tables, so that a stored sample can be turned without the position it
// came from: where each cell goes, where each move goes.
//
// The tables of moves are the game's Transform. Those of cells are found by trial: for each
// symmetry the transformation of the grid (grid.h) under which the planes of many random positions
// become what the game's Encode says. A game that numbers its symmetries in a way of its own is
// thus right as well, and one that contradicts itself is found out.
//
// Thread safety: immutable once made.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "selfplay/games/any_game.h"

namespace agon::selfplay {

class SymmetryTables {
 public:
  // Error(kInternal) naming the symmetry when no transformation of the grid explains Encode.
  explicit SymmetryTables(const Component<AnyGame>& game);

  [[nodiscard]] int count() const { return static_cast<int>(cells_.size()); }
  [[nodiscard]] std::span<const std::uint16_t> cells(int symmetry) const {
    return cells_[static_cast<std::size_t>(symmetry)];
  }
  [[nodiscard]] std::span<const Move> moves(int symmetry) const {
    return moves_[static_cast<std::size_t>(symmetry)];
  }
  // Planes under a symmetry; `to` is overwritten.
  void TurnPlanes(std::span<const std::uint64_t> from, int symmetry,
                  std::span<std::uint64_t> to) const;

 private:
  GameShape shape_;
  std::vector<std::vector<std::uint16_t>> cells_;
  std::vector<std::vector<Move>> moves_;
};

}  // namespace agon::selfplay
