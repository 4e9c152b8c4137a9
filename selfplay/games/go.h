// SPDX-License-Identifier: Apache-2.0
// Go by the rules of Tromp and Taylor (tromp.github.io/go.html): area scoring, two passes in a row
// end the game, all stones count as they stand, and no board may occur twice, whoever is to move
// (positional superko). A pass repeats the board and is always legal. Suicide is off by default, as
// most servers have it; with it a stone that takes its own chain off is legal, but for a single
// stone, which would repeat the board.
//
// The limit of moves ends games of players who never pass; such a game is scored as it stands.
#pragma once

#include <array>
#include <cmath>

#include "selfplay/games/go_board.h"
#include "selfplay/games/random.h"

namespace agon::selfplay {

class Go {
 public:
  static constexpr bool kForbidsRepetition = true;

  struct Position {
    GoStones stones;
    // The last two moves and the point of a ko, for the network; what is legal follows from the
    // history.
    std::array<Move, 2> last{kNoMove, kNoMove};
    Move ko = kNoMove;
    std::uint8_t to_move = 0;
    std::uint8_t passes = 0;  // in a row
    bool removed = false;     // stones were taken in this game: before that no board can come back
  };

  Go() = default;
  Go(int width, int height, double komi, bool suicide = false)
      : width_(width), height_(height), komi_(komi), suicide_(suicide) {}

  template <class D>
  static void Describe(D& d) {
    d.Field(&Go::size_, "size", "lines of a square board").Min(1).Max(kMaxGoSide);
    d.Field(&Go::width_, "width", "columns, where the board is no square; 0 takes size")
        .Min(0)
        .Max(kMaxGoSide);
    d.Field(&Go::height_, "height", "rows, where the board is no square; 0 takes size")
        .Min(0)
        .Max(kMaxGoSide);
    d.Field(&Go::komi_, "komi", "points for White").Unit("points").Min(-kMaxKomi).Max(kMaxKomi);
    d.Field(&Go::suicide_, "suicide", "a chain may take its own last liberty");
    d.Field(&Go::max_moves_, "max_moves",
            "moves, passes included, after which the board is scored; 0 takes 3 for every point")
        .Min(0)
        .Max(20000);
  }

  [[nodiscard]] int Width() const { return width_ > 0 ? width_ : size_; }
  [[nodiscard]] int Height() const { return height_ > 0 ? height_ : size_; }
  [[nodiscard]] int Actions() const { return Cells() + 1; }  // the last one passes
  [[nodiscard]] int Planes() const { return kPlanes; }
  [[nodiscard]] int Scalars() const { return 2; }  // komi, whether the last move was a pass
  [[nodiscard]] int MaxMoves() const { return max_moves_ > 0 ? max_moves_ : 3 * Cells(); }
  [[nodiscard]] int Symmetries() const { return Width() == Height() ? 8 : 4; }

  [[nodiscard]] Position Start() const { return {.stones = Board().Empty()}; }
  [[nodiscard]] int ToMove(const Position& p) const { return p.to_move; }
  [[nodiscard]] bool Over(const Position& p) const { return p.passes >= 2; }
  // Area of Black less that of White and komi.
  [[nodiscard]] double Score(const Position& p) const { return Board().Area(p.stones) - komi_; }
  [[nodiscard]] Outcome Result(const Position& p) const {
    const double score = Score(p);
    return score > 0 ? Outcome::kFirstWins : score < 0 ? Outcome::kSecondWins : Outcome::kDraw;
  }

  [[nodiscard]] int LegalMoves(const Position& p, const History& history,
                               std::span<Move> moves) const {
    if (Over(p)) return 0;
    const GoBoard board = Board();
    const int width = Width();
    const int height = Height();
    std::size_t count = 0;
    int cell = 0;
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x, ++cell) {
        const int point = board.PointAt(x, y);
        if (GoBoard::At(p.stones, point).colour != kEmpty) continue;
        if (IsLegalPoint(board, p, history, point)) moves[count++] = static_cast<Move>(cell);
      }
    }
    moves[count++] = Pass();
    return static_cast<int>(count);
  }
  void Play(Position& p, Move move) const {
    p.last = {move, p.last[0]};
    if (move == Pass()) {
      ++p.passes;
      p.ko = kNoMove;
      p.to_move ^= 1;
      return;
    }
    const GoBoard board = Board();
    const int point = board.PointOf(move);
    int taken = kNoMove;
    const int captured = PlayPoint(board, p, point, [&](int at) { taken = at; });
    // A lone stone that took a lone stone and has no liberty but its place could be retaken at
    // once.
    const GoPoint& stone = GoBoard::At(p.stones, point);
    const bool ko =
        captured == 1 && stone.stones == 1 && stone.liberties == 1 && stone.head == point;
    p.ko = ko ? board.CellOf(taken) : kNoMove;
  }
  [[nodiscard]] std::uint64_t Hash(const Position& p) const {
    return MixBits(p.stones.key ^ MixBits(std::uint64_t{p.to_move} | std::uint64_t{p.passes} << 1));
  }
  [[nodiscard]] std::uint64_t BoardKey(const Position& p) const { return p.stones.key; }

  void Encode(const Position& p, int symmetry, std::span<std::uint64_t> words,
              std::span<float> scalars) const {
    const GoBoard board = Board();
    const int width = Width();
    const int height = Height();
    const int cells = Cells();
    const GoColour own = ColourOf(p.to_move);
    std::array<std::uint8_t, kMaxGoPoints> liberties;  // by head; counted once for every chain
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const int at = board.PointAt(x, y);
        const GoPoint& point = GoBoard::At(p.stones, at);
        if (point.colour == kEmpty || point.head != at) continue;
        liberties[point.head] = static_cast<std::uint8_t>(board.Liberties(p.stones, at));
      }
    }
    const CellMap map(width, height, symmetry);
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const GoPoint& point = GoBoard::At(p.stones, board.PointAt(x, y));
        if (point.colour == kEmpty) continue;
        const int to = map(x, y);
        SetPlaneBit(words, cells, point.colour == own ? kOwnStones : kOtherStones, to);
        SetPlaneBit(words, cells, kOneLiberty + liberties[point.head] - 1, to);
      }
    }
    FillPlane(words, cells, kOnBoard);
    const auto mark = [&](int plane, Move move) {
      if (move < cells) SetPlaneBit(words, cells, plane, map(move % width, move / width));
    };
    mark(kKo, p.ko);
    mark(kLast, p.last[0]);
    mark(kBeforeLast, p.last[1]);
    scalars[0] = static_cast<float>((p.to_move == 0 ? -komi_ : komi_) / kKomiScale);
    scalars[1] = p.passes > 0 ? 1.0F : 0.0F;
  }
  [[nodiscard]] Move Transform(Move move, int symmetry) const {
    return move == Pass() ? move
                          : static_cast<Move>(TransformCell(move, Width(), Height(), symmetry));
  }
  [[nodiscard]] int Inverse(int symmetry) const { return InverseSymmetry(symmetry); }

  [[nodiscard]] std::string MoveText(Move move) const {
    return move == Pass() ? "pass" : CellText(move, Width(), Height());
  }
  [[nodiscard]] Move ParseMove(std::string_view text) const {
    return IsPass(text) ? Pass() : ParseCell(text, Width(), Height());
  }
  [[nodiscard]] std::string Text(const Position& p) const {
    static constexpr std::array<std::string_view, 3> kPasses{"", "after a pass\n", "two passes\n"};
    return GridText(Picture(p)).append(kPasses[p.passes]);
  }
  [[nodiscard]] record::Board Picture(const Position& p) const {
    record::Board picture = EmptyGrid(Width(), Height(), p.to_move == 0 ? "Black" : "White");
    const GoBoard board = Board();
    for (int cell = 0; cell < Cells(); ++cell) {
      const GoColour colour = GoBoard::At(p.stones, board.PointOf(cell)).colour;
      if (colour == kBlack) PutStone(picture, cell, 0, "X");
      if (colour == kWhite) PutStone(picture, cell, 1, "O");
    }
    return picture;
  }

  // A random game that looks only at the moves it draws: of the empty points and the pass, one
  // after another without putting back, until one is legal. Every legal move is then equally
  // likely.
  [[nodiscard]] Outcome RandomGame(Position p, const History& history,
                                   std::uint64_t& random) const {
    const GoBoard board = Board();
    History path = history;
    std::array<std::uint16_t, kMaxGoCells> empty;
    int count = 0;
    const auto add = [&](int point) {
      empty[static_cast<std::size_t>(count++)] = static_cast<std::uint16_t>(point);
    };
    for (int cell = 0; cell < Cells(); ++cell) {
      const int point = board.PointOf(cell);
      if (GoBoard::At(p.stones, point).colour == kEmpty) add(point);
    }
    for (int left = MaxMoves() - static_cast<int>(history.size()); left > 0 && !Over(p); --left) {
      int untried = count;
      for (;;) {
        const int drawn = RandomBelow(random, untried + 1);
        if (drawn == untried) {
          ++p.passes;
          p.to_move ^= 1;
          break;
        }
        std::uint16_t& place = empty[static_cast<std::size_t>(drawn)];
        const int point = place;
        if (IsLegalPoint(board, p, path, point)) {
          place = empty[static_cast<std::size_t>(--count)];
          path.Push(p.stones.key);
          PlayPoint(board, p, point, add);
          break;
        }
        std::swap(place, empty[static_cast<std::size_t>(--untried)]);
      }
    }
    return Result(p);
  }

  [[nodiscard]] Move Pass() const { return static_cast<Move>(Cells()); }

 private:
  // What the network sees, stones of either colour by their chain's liberties.
  enum Plane : int {
    kOwnStones,
    kOtherStones,
    kOneLiberty,
    kTwoLiberties,
    kMoreLiberties,
    kKo,
    kLast,
    kBeforeLast,
    kOnBoard,  // tells the edge from empty points
    kPlanes
  };
  static constexpr double kMaxKomi = 400;
  static constexpr double kKomiScale = 20;  // as KataGo's inputs have it (nninputs.cpp)

  [[nodiscard]] int Cells() const { return Width() * Height(); }
  [[nodiscard]] GoBoard Board() const { return {Width(), Height()}; }
  [[nodiscard]] static constexpr GoColour ColourOf(int player) {
    return player == 0 ? kBlack : kWhite;
  }

  [[nodiscard]] bool IsLegalPoint(const GoBoard& board, const Position& p, const History& history,
                                  int point) const {
    // Until a stone was taken every board has more stones than all before it.
    if (!p.removed && board.HasEmptyNeighbour(p.stones, point)) return true;
    const GoBoard::Prospect prospect = board.Try(p.stones, point, ColourOf(p.to_move));
    if (!prospect.lives && !suicide_) return false;
    return prospect.key != p.stones.key && !history.Contains(prospect.key);
  }

  template <class Removed>
  static int PlayPoint(const GoBoard& board, Position& p, int point, const Removed& removed) {
    p.passes = 0;
    const GoColour colour = ColourOf(p.to_move);
    p.to_move ^= 1;
    return board.Place(p.stones, point, colour, [&](int at) {
      p.removed = true;
      removed(at);
    });
  }

  int size_ = 9;
  int width_ = 0;
  int height_ = 0;
  double komi_ = 7.5;
  bool suicide_ = false;
  int max_moves_ = 0;
};

}  // namespace agon::selfplay
