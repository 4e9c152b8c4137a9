// SPDX-License-Identifier: Apache-2.0
// Othello (Reversi) on a square of four, six or eight. Black moves first; who cannot move passes,
// and has to move otherwise; the game ends when neither can. More discs win. Six by six is solved:
// White wins by four (Feinstein 1993).
//
// Cells are written as Othello writes them, row 1 at the top.
#pragma once

#include <array>
#include <bit>

#include "selfplay/games/grid.h"

namespace agon::selfplay {

class Othello {
 public:
  static constexpr bool kForbidsRepetition = false;

  // Bit 8 y + x, whatever the size. The moves are kept because playing one has to know anyway
  // whether the other side can move.
  struct Position {
    std::array<std::uint64_t, 2> discs{};
    std::uint64_t moves = 0;  // of the side to move; none: a pass, unless the game is over
    std::uint8_t to_move = 0;
    bool over = false;
  };

  Othello() = default;
  explicit Othello(int size) : size_(size) {}

  template <class D>
  static void Describe(D& d) {
    d.Field(&Othello::size_, "size", "rows and columns: 4, 6 or 8").Min(4).Max(8);
    d.Check([](const Othello& othello) -> std::string {
      if (othello.size_ % 2 == 0) return {};
      return "size: the four discs of the start need an even number; write 6 or 8";
    });
  }

  [[nodiscard]] int Width() const { return size_; }
  [[nodiscard]] int Height() const { return size_; }
  [[nodiscard]] int Actions() const { return size_ * size_ + 1; }  // the last one passes
  [[nodiscard]] int Planes() const { return 3; }  // own discs, the other's, own legal moves
  [[nodiscard]] int Scalars() const { return 0; }
  // A pass is always followed by a disc.
  [[nodiscard]] int MaxMoves() const { return 2 * (size_ * size_ - 4); }
  [[nodiscard]] int Symmetries() const { return 8; }

  [[nodiscard]] Position Start() const {
    const int low = size_ / 2 - 1;
    Position p;
    p.discs[0] = Bit(low + 1, low) | Bit(low, low + 1);
    p.discs[1] = Bit(low, low) | Bit(low + 1, low + 1);
    p.moves = Moves(p.discs[0], p.discs[1]);
    return p;
  }
  [[nodiscard]] int ToMove(const Position& p) const { return p.to_move; }
  [[nodiscard]] bool Over(const Position& p) const { return p.over; }
  [[nodiscard]] Outcome Result(const Position& p) const {
    const int lead = std::popcount(p.discs[0]) - std::popcount(p.discs[1]);
    return lead > 0 ? Outcome::kFirstWins : lead < 0 ? Outcome::kSecondWins : Outcome::kDraw;
  }
  [[nodiscard]] int LegalMoves(const Position& p, const History&, std::span<Move> moves) const {
    if (p.over) return 0;
    if (p.moves == 0) {
      moves[0] = Pass();
      return 1;
    }
    std::size_t count = 0;
    for (std::uint64_t left = p.moves; left != 0; left &= left - 1) {
      moves[count++] = static_cast<Move>(CellOf(std::countr_zero(left)));
    }
    return static_cast<int>(count);
  }
  void Play(Position& p, Move move) const {
    const auto own = static_cast<std::size_t>(p.to_move);
    const std::size_t other = own ^ 1;
    p.to_move ^= 1;
    if (move != Pass()) {
      const std::uint64_t disc = std::uint64_t{1} << BitOf(move);
      const std::uint64_t flipped = Flips(disc, p.discs[own], p.discs[other]);
      p.discs[own] |= disc | flipped;
      p.discs[other] &= ~flipped;
    }
    p.moves = Moves(p.discs[other], p.discs[own]);
    p.over = p.moves == 0 && Moves(p.discs[own], p.discs[other]) == 0;
  }
  [[nodiscard]] std::uint64_t Hash(const Position& p) const {
    return MixBits(BoardKey(p) + p.to_move);
  }
  [[nodiscard]] std::uint64_t BoardKey(const Position& p) const {
    return MixBits(p.discs[0] ^ MixBits(p.discs[1]));
  }

  void Encode(const Position& p, int symmetry, std::span<std::uint64_t> words,
              std::span<float>) const {
    const std::array<std::uint64_t, 3> planes{p.discs[p.to_move], p.discs[p.to_move ^ 1U], p.moves};
    const int cells = size_ * size_;
    int first = 0;  // bit of the plane
    for (const std::uint64_t plane : planes) {
      const std::uint64_t bits = Packed(Transformed(plane, symmetry));
      words[static_cast<std::size_t>(first / 64)] |= bits << (first % 64);
      if (first % 64 + cells > 64) {
        words[static_cast<std::size_t>(first / 64) + 1] |= bits >> (64 - first % 64);
      }
      first += cells;
    }
  }
  [[nodiscard]] Move Transform(Move move, int symmetry) const {
    return move == Pass() ? move : static_cast<Move>(TransformCell(move, size_, size_, symmetry));
  }
  [[nodiscard]] int Inverse(int symmetry) const { return InverseSymmetry(symmetry); }

  [[nodiscard]] std::string MoveText(Move move) const {
    return move == Pass() ? "pass" : CellText(move, size_, size_, FirstRow::kTop);
  }
  [[nodiscard]] Move ParseMove(std::string_view text) const {
    return IsPass(text) ? Pass() : ParseCell(text, size_, size_, FirstRow::kTop);
  }
  [[nodiscard]] std::string Text(const Position& p) const {
    return GridText(Picture(p), FirstRow::kTop);
  }
  [[nodiscard]] record::Board Picture(const Position& p) const {
    record::Board board = EmptyGrid(size_, size_, p.to_move == 0 ? "Black" : "White");
    for (int cell = 0; cell < size_ * size_; ++cell) {
      for (int player = 0; player < 2; ++player) {
        if ((p.discs[static_cast<std::size_t>(player)] >> BitOf(cell) & 1) == 0) continue;
        PutStone(board, cell, player, player == 0 ? "X" : "O");
      }
    }
    return board;
  }

  [[nodiscard]] Move Pass() const { return static_cast<Move>(size_ * size_); }

 private:
  static constexpr std::uint64_t kInnerColumns = 0x7E7E7E7E7E7E7E7EULL;
  static constexpr std::uint64_t Bit(int x, int y) { return std::uint64_t{1} << (8 * y + x); }
  [[nodiscard]] int BitOf(int cell) const {
    return size_ == 8 ? cell : cell / size_ * 8 + cell % size_;
  }
  [[nodiscard]] int CellOf(int bit) const { return bit - (8 - size_) * (bit / 8); }
  [[nodiscard]] std::uint64_t Board() const {
    const std::uint64_t row = (std::uint64_t{1} << size_) - 1;
    return size_ == 8 ? ~std::uint64_t{0}
                      : (row * 0x0101010101010101ULL) & ((std::uint64_t{1} << (8 * size_)) - 1);
  }

  // The discs of `through` that lie in a row from a bit of `from` on, in the direction of a shift.
  // Six at most fit between two ends.
  template <bool kUp>
  static constexpr std::uint64_t Runs(std::uint64_t from, std::uint64_t through, int step) {
    const auto shift = [step](std::uint64_t x) { return kUp ? x << step : x >> step; };
    std::uint64_t run = shift(from) & through;
    for (int i = 0; i < 5; ++i) run |= shift(run) & through;
    return run;
  }
  // Sideways and diagonal runs never pass a disc of the first or last column: what a shift carries
  // round the edge stops there.
  static constexpr std::uint64_t Through(std::uint64_t other, int step) {
    return step == 8 ? other : other & kInnerColumns;
  }
  static constexpr std::array<int, 4> kSteps{1, 7, 8, 9};

  [[nodiscard]] std::uint64_t Moves(std::uint64_t own, std::uint64_t other) const {
    std::uint64_t ends = 0;
    for (const int step : kSteps) {
      const std::uint64_t through = Through(other, step);
      ends |= Runs<true>(own, through, step) << step;
      ends |= Runs<false>(own, through, step) >> step;
    }
    return ends & ~(own | other) & Board();
  }
  static std::uint64_t Flips(std::uint64_t disc, std::uint64_t own, std::uint64_t other) {
    std::uint64_t flipped = 0;
    for (const int step : kSteps) {
      const std::uint64_t through = Through(other, step);
      const std::uint64_t up = Runs<true>(disc, through, step);
      const std::uint64_t down = Runs<false>(disc, through, step);
      // All or nothing, without a branch: minus one is all ones.
      flipped |= up & -static_cast<std::uint64_t>((up << step & own) != 0);
      flipped |= down & -static_cast<std::uint64_t>((down >> step & own) != 0);
    }
    return flipped;
  }

  // TransformCell for all bits at once: mirrors and the transposition of an 8x8 bit matrix in
  // logarithmic steps (Warren, Hacker's Delight, section 7-3).
  [[nodiscard]] std::uint64_t Transformed(std::uint64_t x, int symmetry) const {
    const auto swap = [&x](std::uint64_t mask, int distance) {
      x = (x >> distance & mask) | (x & mask) << distance;
    };
    if ((symmetry & 1) != 0) {
      swap(0x5555555555555555ULL, 1);
      swap(0x3333333333333333ULL, 2);
      swap(0x0F0F0F0F0F0F0F0FULL, 4);
      x >>= 8 - size_;
    }
    if ((symmetry & 2) != 0) {
      swap(0x00FF00FF00FF00FFULL, 8);
      swap(0x0000FFFF0000FFFFULL, 16);
      swap(0x00000000FFFFFFFFULL, 32);
      x >>= 8 * (8 - size_);
    }
    if ((symmetry & 4) != 0) {
      const auto exchange = [&x](std::uint64_t mask, int distance) {
        const std::uint64_t moved = (x ^ x >> distance) & mask;
        x ^= moved ^ moved << distance;
      };
      exchange(0x00AA00AA00AA00AAULL, 7);
      exchange(0x0000CCCC0000CCCCULL, 14);
      exchange(0x00000000F0F0F0F0ULL, 28);
    }
    return x;
  }
  // From eight bits a row to `size` bits a row.
  [[nodiscard]] std::uint64_t Packed(std::uint64_t x) const {
    if (size_ == 8) return x;
    std::uint64_t packed = 0;
    for (int y = 0; y < size_; ++y) {
      packed |= (x >> (8 * y) & ((std::uint64_t{1} << size_) - 1)) << (size_ * y);
    }
    return packed;
  }

  int size_ = 8;
};

}  // namespace agon::selfplay
