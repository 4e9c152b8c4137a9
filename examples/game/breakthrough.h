// SPDX-License-Identifier: Apache-2.0
// Breakthrough (Dan Troyka, 2000) on eight by eight. A pawn moves one step straight or diagonally
// forward, and takes diagonally only. Who reaches the last row, or takes every pawn, wins; there is
// always a move, so there are no draws.
#pragma once

#include <array>
#include <bit>

#include "selfplay/games/grid.h"

namespace agon::selfplay {

class Breakthrough {
 public:
  static constexpr bool kForbidsRepetition = false;

  // Bit 8 y + x, row 0 at the top. The first player starts at the bottom and moves up.
  struct Position {
    std::array<std::uint64_t, 2> pawns{0xFFFFULL << 48, 0xFFFFULL};
    std::uint8_t to_move = 0;
    bool won = false;  // by the player who moved last
  };

  template <class D>
  static void Describe(D& d) {
    (void)d;  // no settings
  }

  [[nodiscard]] int Width() const { return kSide; }
  [[nodiscard]] int Height() const { return kSide; }
  // A move is three times the cell of the pawn, plus 0 to the left, 1 straight, 2 to the right.
  [[nodiscard]] int Actions() const { return 3 * kSide * kSide; }
  [[nodiscard]] int Planes() const { return 2; }   // own pawns, the other's
  [[nodiscard]] int Scalars() const { return 1; }  // 1 for who moves down
  // Every move brings a pawn a row on: 8 x 5 + 8 x 6 steps for each side before one arrives.
  [[nodiscard]] int MaxMoves() const { return 2 * 88 + 1; }
  [[nodiscard]] int Symmetries() const { return 2; }  // left and right

  [[nodiscard]] Position Start() const { return {}; }
  [[nodiscard]] int ToMove(const Position& p) const { return p.to_move; }
  [[nodiscard]] bool Over(const Position& p) const { return p.won; }
  [[nodiscard]] Outcome Result(const Position& p) const {
    return p.to_move == 1 ? Outcome::kFirstWins : Outcome::kSecondWins;
  }
  [[nodiscard]] int LegalMoves(const Position& p, const History&, std::span<Move> moves) const {
    if (p.won) return 0;
    const std::uint64_t own = p.pawns[p.to_move];
    const std::uint64_t other = p.pawns[p.to_move ^ 1U];
    std::size_t count = 0;
    for (std::uint64_t left = own; left != 0; left &= left - 1) {
      const int from = std::countr_zero(left);
      for (int step = 0; step < 3; ++step) {
        const int x = from % kSide + step - 1;
        if (x < 0 || x >= kSide) continue;
        const std::uint64_t to = Bit(Target(from, step, p.to_move));
        if ((to & (step == kStraight ? own | other : own)) != 0) continue;
        moves[count++] = static_cast<Move>(3 * from + step);
      }
    }
    return static_cast<int>(count);
  }
  void Play(Position& p, Move move) const {
    const int from = move / 3;
    const int to = Target(from, move % 3, p.to_move);
    std::uint64_t& own = p.pawns[p.to_move];
    std::uint64_t& other = p.pawns[p.to_move ^ 1U];
    own ^= Bit(from) | Bit(to);
    other &= ~Bit(to);
    p.won = to / kSide == (p.to_move == 0 ? 0 : kSide - 1) || other == 0;
    p.to_move ^= 1U;
  }
  [[nodiscard]] std::uint64_t Hash(const Position& p) const {
    return MixBits(BoardKey(p) + p.to_move);
  }
  [[nodiscard]] std::uint64_t BoardKey(const Position& p) const {
    return MixBits(p.pawns[0] ^ MixBits(p.pawns[1]));
  }

  void Encode(const Position& p, int symmetry, std::span<std::uint64_t> words,
              std::span<float> scalars) const {
    for (unsigned plane = 0; plane < 2; ++plane) {
      for (std::uint64_t left = p.pawns[p.to_move ^ plane]; left != 0; left &= left - 1) {
        SetPlaneBit(words, kSide * kSide, static_cast<int>(plane),
                    TransformCell(std::countr_zero(left), kSide, kSide, symmetry));
      }
    }
    scalars[0] = p.to_move;
  }
  [[nodiscard]] Move Transform(Move move, int symmetry) const {
    const int step = symmetry == 0 ? move % 3 : 2 - move % 3;
    return static_cast<Move>(3 * TransformCell(move / 3, kSide, kSide, symmetry) + step);
  }
  [[nodiscard]] int Inverse(int symmetry) const { return symmetry; }

  // "c2l": the pawn, and whether it goes left, straight or right as the board is drawn. Where it
  // arrives depends on who moves, and a move has one text whoever does.
  [[nodiscard]] std::string MoveText(Move move) const {
    return CellText(move / 3, kSide, kSide) + kStepNames[move % 3];
  }
  [[nodiscard]] Move ParseMove(std::string_view text) const {
    if (text.size() != 3) return kNoMove;
    const Move cell = ParseCell(text.substr(0, 2), kSide, kSide);
    const std::size_t step = kStepNames.find(text[2]);
    if (cell == kNoMove || step == std::string_view::npos) return kNoMove;
    return static_cast<Move>(3 * cell + static_cast<int>(step));
  }
  [[nodiscard]] std::string Text(const Position& p) const { return GridText(Picture(p)); }
  [[nodiscard]] record::Board Picture(const Position& p) const {
    record::Board board = EmptyGrid(kSide, kSide, p.to_move == 0 ? "X" : "O");
    for (int cell = 0; cell < kSide * kSide; ++cell) {
      for (int player = 0; player < 2; ++player) {
        if ((p.pawns[static_cast<std::size_t>(player)] & Bit(cell)) == 0) continue;
        PutStone(board, cell, player, player == 0 ? "X" : "O");
      }
    }
    return board;
  }

 private:
  static constexpr int kSide = 8;
  static constexpr int kStraight = 1;
  static constexpr std::string_view kStepNames = "lsr";
  static constexpr std::uint64_t Bit(int cell) { return std::uint64_t{1} << cell; }
  static constexpr int Target(int from, int step, int player) {
    return from + (player == 0 ? -kSide : kSide) + step - 1;
  }
};

}  // namespace agon::selfplay
