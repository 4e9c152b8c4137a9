// SPDX-License-Identifier: Apache-2.0
// A position of Connect Four as two bitboards seen from the side to move: what the solver and the
// minimax player walk over. The game itself: selfplay/games/connect_four.h.
//
// Thread safety: a value.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>

namespace agon::selfplay {

class GameState;

// Seven columns of six cells; cell (column, row from below) is bit 7 column + row, and the seventh
// bit of a column stays empty, so that lines do not run from one column into the next.
struct FourBoard {
  static constexpr int kColumns = 7, kRows = 6, kCells = 42, kStride = kRows + 1;

  std::uint64_t own = 0;    // of the side to move
  std::uint64_t taken = 0;  // of both

  [[nodiscard]] static constexpr std::uint64_t Bit(int column, int row) {
    return std::uint64_t{1} << (column * kStride + row);
  }
  [[nodiscard]] static constexpr std::uint64_t Column(int column) {
    return ((std::uint64_t{1} << kRows) - 1) << (column * kStride);
  }
  // The lowest cell of every column: a one in each of seven digits to the base 2^7.
  static constexpr std::uint64_t kBottom =
      ((std::uint64_t{1} << kColumns * kStride) - 1) / ((std::uint64_t{1} << kStride) - 1);
  static constexpr std::uint64_t kAll = kBottom * ((std::uint64_t{1} << kRows) - 1);

  [[nodiscard]] int stones() const { return std::popcount(taken); }
  // The cells where a stone may land.
  [[nodiscard]] std::uint64_t Landing() const { return (taken + kBottom) & kAll; }
  [[nodiscard]] bool IsFull(int column) const { return (Landing() & Column(column)) == 0; }
  // The side to move puts a stone on a landing cell; then the other is to move.
  [[nodiscard]] FourBoard After(std::uint64_t cell) const {
    return {.own = own ^ taken, .taken = taken | cell};
  }
  [[nodiscard]] FourBoard AfterColumn(int column) const {
    return After(Landing() & Column(column));
  }
  // Different positions, different keys below 2^49: in each column the sum tells both summands.
  [[nodiscard]] std::uint64_t Key() const { return own + taken; }
  // The same for a position and its mirror image.
  [[nodiscard]] std::uint64_t KeyUpToMirror() const;
  // Empty cells, reachable now or not, that complete four for the owner of `stones`.
  [[nodiscard]] static std::uint64_t Threats(std::uint64_t stones, std::uint64_t taken);
  [[nodiscard]] bool WinsAtOnce() const { return (Threats(own, taken) & Landing()) != 0; }
  // The position of a game of connect_four; nothing for another game.
  [[nodiscard]] static std::optional<FourBoard> From(const GameState& state);
  // The side that moved last has four in a row.
  [[nodiscard]] bool IsLost() const;
};

}  // namespace agon::selfplay
