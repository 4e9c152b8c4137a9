// SPDX-License-Identifier: Apache-2.0
// Tic-tac-toe: three in a row on three by three. Solved: a draw. The shortest complete game; copy
// it to add one (docs/adding-a-game.md).
#pragma once

#include <array>
#include <bit>

#include "selfplay/games/grid.h"

namespace agon::selfplay {

class TicTacToe {
 public:
  static constexpr bool kForbidsRepetition = false;

  struct Position {
    std::array<std::uint16_t, 2> stones{};  // bit 3 y + x, of X and of O
    std::uint8_t to_move = 0;
    bool won = false;  // by the player who moved last
  };

  template <class D>
  static void Describe(D& d) {
    (void)d;  // no settings
  }

  [[nodiscard]] int Width() const { return kSide; }
  [[nodiscard]] int Height() const { return kSide; }
  [[nodiscard]] int Actions() const { return kSide * kSide; }
  [[nodiscard]] int Planes() const { return 2; }  // own stones, the other's
  [[nodiscard]] int Scalars() const { return 0; }
  [[nodiscard]] int MaxMoves() const { return kSide * kSide; }
  [[nodiscard]] int Symmetries() const { return 8; }

  [[nodiscard]] Position Start() const { return {}; }
  [[nodiscard]] int ToMove(const Position& p) const { return p.to_move; }
  [[nodiscard]] bool Over(const Position& p) const { return p.won || Taken(p) == kFull; }
  [[nodiscard]] Outcome Result(const Position& p) const {
    if (!p.won) return Outcome::kDraw;
    return p.to_move == 1 ? Outcome::kFirstWins : Outcome::kSecondWins;
  }
  [[nodiscard]] int LegalMoves(const Position& p, const History&, std::span<Move> moves) const {
    if (p.won) return 0;
    std::size_t count = 0;
    for (unsigned free = kFull & ~Taken(p); free != 0; free &= free - 1) {
      moves[count++] = static_cast<Move>(std::countr_zero(free));
    }
    return static_cast<int>(count);
  }
  void Play(Position& p, Move move) const {
    std::uint16_t& own = p.stones[p.to_move];
    own = static_cast<std::uint16_t>(own | (1U << move));
    p.won = kHasLine[own];
    p.to_move ^= 1;
  }
  [[nodiscard]] std::uint64_t Hash(const Position& p) const {
    return MixBits(std::uint64_t{p.stones[0]} | std::uint64_t{p.stones[1]} << 16 |
                   std::uint64_t{p.to_move} << 32);
  }
  [[nodiscard]] std::uint64_t BoardKey(const Position& p) const { return Hash(p); }

  void Encode(const Position& p, int symmetry, std::span<std::uint64_t> words,
              std::span<float>) const {
    for (int cell = 0; cell < kSide * kSide; ++cell) {
      const unsigned bit = 1U << cell;
      if ((Taken(p) & bit) == 0) continue;
      const int plane = (p.stones[p.to_move] & bit) != 0 ? 0 : 1;
      SetPlaneBit(words, kSide * kSide, plane, TransformCell(cell, kSide, kSide, symmetry));
    }
  }
  [[nodiscard]] Move Transform(Move move, int symmetry) const {
    return static_cast<Move>(TransformCell(move, kSide, kSide, symmetry));
  }
  [[nodiscard]] int Inverse(int symmetry) const { return InverseSymmetry(symmetry); }

  [[nodiscard]] std::string MoveText(Move move) const { return CellText(move, kSide, kSide); }
  [[nodiscard]] Move ParseMove(std::string_view text) const {
    return ParseCell(text, kSide, kSide);
  }
  [[nodiscard]] std::string Text(const Position& p) const { return GridText(Picture(p)); }
  [[nodiscard]] record::Board Picture(const Position& p) const {
    record::Board board = EmptyGrid(kSide, kSide, p.to_move == 0 ? "X" : "O");
    for (int cell = 0; cell < kSide * kSide; ++cell) {
      for (int player = 0; player < 2; ++player) {
        if ((p.stones[static_cast<std::size_t>(player)] >> cell & 1) == 0) continue;
        PutStone(board, cell, player, player == 0 ? "X" : "O");
      }
    }
    return board;
  }

 private:
  static constexpr int kSide = 3;
  static constexpr unsigned kFull = 0x1FF;
  static constexpr std::array<bool, 512> kHasLine = [] {
    std::array<bool, 512> table{};
    for (unsigned stones = 0; stones < 512; ++stones) {
      for (const unsigned line : {0007U, 0070U, 0700U, 0111U, 0222U, 0444U, 0421U, 0124U}) {
        if ((stones & line) == line) table[stones] = true;
      }
    }
    return table;
  }();
  static constexpr unsigned Taken(const Position& p) { return p.stones[0] | p.stones[1]; }
};

}  // namespace agon::selfplay
