// SPDX-License-Identifier: Apache-2.0
// Connect Four on seven columns and six rows. Solved by Allen and Allis, 1988: the first player
// wins. A move is a column, written 1 to 7.
#pragma once

#include <array>

#include "selfplay/games/grid.h"

namespace agon::selfplay {

class ConnectFour {
 public:
  static constexpr bool kForbidsRepetition = false;
  static constexpr int kColumns = 7;
  static constexpr int kRows = 6;

  // Bit 7 x + y is the stone in column x, row y from the bottom. The seventh bit of a column stays
  // empty, so that no line runs from the top of one into the next.
  struct Position {
    std::array<std::uint64_t, 2> stones{};
    std::uint8_t to_move = 0;
    bool won = false;  // by the player who moved last
  };

  template <class D>
  static void Describe(D& d) {
    (void)d;  // no settings
  }

  [[nodiscard]] int Width() const { return kColumns; }
  [[nodiscard]] int Height() const { return kRows; }
  [[nodiscard]] int Actions() const { return kColumns; }
  [[nodiscard]] int Planes() const { return 2; }  // own stones, the other's
  [[nodiscard]] int Scalars() const { return 0; }
  [[nodiscard]] int MaxMoves() const { return kColumns * kRows; }
  [[nodiscard]] int Symmetries() const { return 2; }

  [[nodiscard]] Position Start() const { return {}; }
  [[nodiscard]] int ToMove(const Position& p) const { return p.to_move; }
  [[nodiscard]] bool Over(const Position& p) const { return p.won || Taken(p) == kBoard; }
  [[nodiscard]] Outcome Result(const Position& p) const {
    if (!p.won) return Outcome::kDraw;
    return p.to_move == 1 ? Outcome::kFirstWins : Outcome::kSecondWins;
  }
  [[nodiscard]] int LegalMoves(const Position& p, const History&, std::span<Move> moves) const {
    if (p.won) return 0;
    const std::uint64_t full = Taken(p) >> (kRows - 1);
    std::size_t count = 0;
    for (int x = 0; x < kColumns; ++x) {
      moves[count] = static_cast<Move>(x);  // without a branch: which columns are full is chance
      count += 1 - (full >> (kStride * x) & 1);
    }
    return static_cast<int>(count);
  }
  void Play(Position& p, Move move) const {
    // Adding to the column's lowest bit carries to its first free cell.
    const std::uint64_t column = kColumn << (kStride * move);
    const std::uint64_t lowest = std::uint64_t{1} << (kStride * move);
    std::uint64_t& own = p.stones[p.to_move];
    own |= (Taken(p) + lowest) & column;
    p.won = HasLine(own);
    p.to_move ^= 1;
  }
  [[nodiscard]] std::uint64_t Hash(const Position& p) const {
    return MixBits(p.stones[0] ^ MixBits(p.stones[1]));  // who is to move follows from the stones
  }
  [[nodiscard]] std::uint64_t BoardKey(const Position& p) const { return Hash(p); }

  void Encode(const Position& p, int symmetry, std::span<std::uint64_t> words,
              std::span<float>) const {
    for (int plane = 0; plane < 2; ++plane) {
      const std::uint64_t stones = p.stones[static_cast<std::size_t>(p.to_move ^ plane)];
      std::uint64_t bits = 0;
      for (int x = 0; x < kColumns; ++x) {
        // Six bits from the bottom up, spread to one in every row from the top down.
        const std::uint64_t column = kSpread[stones >> (kStride * x) & 0x3F];
        bits |= column << (symmetry == 0 ? x : kColumns - 1 - x);
      }
      words[0] |= plane == 0 ? bits : bits << (kColumns * kRows);
      if (plane == 1) words[1] |= bits >> (64 - kColumns * kRows);
    }
  }
  [[nodiscard]] Move Transform(Move move, int symmetry) const {
    return symmetry == 0 ? move : static_cast<Move>(kColumns - 1 - move);
  }
  [[nodiscard]] int Inverse(int symmetry) const { return symmetry; }

  [[nodiscard]] std::string MoveText(Move move) const { return std::to_string(move + 1); }
  [[nodiscard]] Move ParseMove(std::string_view text) const {
    if (text.size() != 1 || text[0] < '1' || text[0] > '0' + kColumns) return kNoMove;
    return static_cast<Move>(text[0] - '1');
  }
  [[nodiscard]] std::string Text(const Position& p) const {
    const record::Board board = Picture(p);
    std::string text;
    for (std::size_t cell = 0; cell < board.cells.size(); ++cell) {
      text += board.cells[cell].empty() ? "." : board.cells[cell];
      text += (cell + 1) % kColumns == 0 ? '\n' : ' ';
    }
    return text + "1 2 3 4 5 6 7\n" + board.to_move + " to move\n";
  }
  [[nodiscard]] record::Board Picture(const Position& p) const {
    record::Board board = EmptyGrid(kColumns, kRows, p.to_move == 0 ? "X" : "O");
    for (int cell = 0; cell < kColumns * kRows; ++cell) {
      const int bit = kStride * (cell % kColumns) + kRows - 1 - cell / kColumns;
      for (int player = 0; player < 2; ++player) {
        if ((p.stones[static_cast<std::size_t>(player)] >> bit & 1) == 0) continue;
        PutStone(board, cell, player, player == 0 ? "X" : "O");
      }
    }
    return board;
  }

  [[nodiscard]] static constexpr bool HasLine(std::uint64_t stones) {
    for (const int step : {1, kStride, kStride - 1, kStride + 1}) {
      const std::uint64_t pairs = stones & stones >> step;
      if ((pairs & pairs >> (2 * step)) != 0) return true;
    }
    return false;
  }

 private:
  static constexpr int kStride = kRows + 1;
  static constexpr std::uint64_t kColumn = (std::uint64_t{1} << kRows) - 1;
  static constexpr std::uint64_t kBoard = [] {
    std::uint64_t board = 0;
    for (int x = 0; x < kColumns; ++x) board |= kColumn << (kStride * x);
    return board;
  }();
  static constexpr std::array<std::uint64_t, 64> kSpread = [] {
    std::array<std::uint64_t, 64> table{};
    for (std::size_t column = 0; column < table.size(); ++column) {
      for (int y = 0; y < kRows; ++y) {
        if ((column >> y & 1) != 0) {
          table[column] |= std::uint64_t{1} << (kColumns * (kRows - 1 - y));
        }
      }
    }
    return table;
  }();
  static constexpr std::uint64_t Taken(const Position& p) { return p.stones[0] | p.stones[1]; }
};

}  // namespace agon::selfplay
