// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "runtime/base/error.h"
#include "selfplay/games/connect_four.h"
#include "selfplay/games/random.h"
#include "selfplay/search/baselines.h"
#include "selfplay/search/connect_four_solver.h"

namespace agon::selfplay {
namespace {

// Values are whole numbers inside, hundredths outside: equal moves are equal to the bit.
constexpr int kUnit = 100;
constexpr int kWin = static_cast<int>(Minimax::kDecided) * kUnit;
constexpr int kInfinite = std::numeric_limits<int>::max();

// A decided game with `depth` plies left: the more are left, the quicker it was.
int Decided(int result, int depth) { return result * (kWin + kUnit * depth); }

// ---- Connect Four ----

// The 69 windows of four cells in a line.
constexpr auto kWindows = [] {
  std::array<std::uint64_t, 69> windows{};
  std::size_t count = 0;
  constexpr std::array<std::array<int, 2>, 4> kSteps = {{{1, 0}, {0, 1}, {1, 1}, {1, -1}}};
  for (int column = 0; column < FourBoard::kColumns; ++column) {
    for (int row = 0; row < FourBoard::kRows; ++row) {
      for (const auto& [dx, dy] : kSteps) {
        const int last_column = column + 3 * dx, last_row = row + 3 * dy;
        if (last_column >= FourBoard::kColumns || last_row >= FourBoard::kRows || last_row < 0) {
          continue;
        }
        std::uint64_t window = 0;
        for (int i = 0; i < 4; ++i) window |= FourBoard::Bit(column + i * dx, row + i * dy);
        windows[count++] = window;
      }
    }
  }
  return windows;
}();

int WindowValue(const FourBoard& board) {
  constexpr std::array<int, 5> kWorth = {0, 1, 10, 100, 0};  // by stones; four end the game
  const std::uint64_t other = board.own ^ board.taken;
  int value = 0;
  for (const std::uint64_t window : kWindows) {
    const auto mine = static_cast<std::size_t>(std::popcount(board.own & window));
    const auto theirs = static_cast<std::size_t>(std::popcount(other & window));
    if (theirs == 0) value += kWorth[mine];
    if (mine == 0) value -= kWorth[theirs];
  }
  return value;
}

class FourWalk {
 public:
  explicit FourWalk(const FourBoard& board) : root_(board) {}
  int Value(Move move, int depth, int alpha, int beta) const {
    return -Search(root_.AfterColumn(move), depth - 1, -beta, -alpha);
  }

 private:
  static int Search(const FourBoard& board, int depth, int alpha, int beta) {
    if (board.IsLost()) return Decided(-1, depth);
    if (board.taken == FourBoard::kAll) return 0;
    if (depth == 0) return WindowValue(board);
    int best = -kInfinite;
    for (const int column : {3, 2, 4, 1, 5, 0, 6}) {  // from the centre, where lines cross
      if (board.IsFull(column)) continue;
      best = std::max(best, -Search(board.AfterColumn(column), depth - 1, -beta, -alpha));
      alpha = std::max(alpha, best);
      if (alpha >= beta) break;
    }
    return best;
  }
  FourBoard root_;
};

// ---- any game ----

class AnyWalk {
 public:
  AnyWalk(const GameState& state, int depth)
      : game_(state.game()),
        shape_(state.game().Shape()),
        bytes_(state.game().PositionBytes()),
        history_(state.history()),
        moves_so_far_(static_cast<int>(state.moves().size())),
        levels_(static_cast<std::size_t>(depth) + 1) {
    std::memcpy(levels_[0].position.bytes, state.position().bytes, bytes_);
  }

  int Value(Move move, int depth, int alpha, int beta) {
    return Child(0, move, depth, alpha, beta);
  }

 private:
  struct Level {
    AnyPosition position;
    std::array<Move, kMaxActions> moves;
  };

  // Of a move at a level, for the side that makes it; `depth` plies from the level to the leaves.
  int Child(int level, Move move, int depth, int alpha, int beta) {
    const AnyPosition& from = levels_[static_cast<std::size_t>(level)].position;
    AnyPosition& to = levels_[static_cast<std::size_t>(level) + 1].position;
    std::memcpy(to.bytes, from.bytes, bytes_);
    history_.Push(game_.BoardKey(from));
    game_.Play(to, move);
    const bool same_side = game_.ToMove(to) == game_.ToMove(from);
    const int value = same_side ? Search(level + 1, depth - 1, alpha, beta)
                                : -Search(level + 1, depth - 1, -beta, -alpha);
    history_.Pop();
    return value;
  }

  int Search(int level, int depth, int alpha, int beta) {
    Level& here = levels_[static_cast<std::size_t>(level)];
    const AnyPosition& position = here.position;
    const int player = game_.ToMove(position);
    if (game_.Over(position)) {
      return Decided(ValueFor(game_.Result(position), player), depth);
    }
    const std::optional<double> score = game_.Score(position);
    if (moves_so_far_ + level >= shape_.max_moves) {
      const int first = score ? (*score > 0) - (*score < 0) : 0;
      return Decided(player == 0 ? first : -first, depth);
    }
    if (depth == 0 && score) {
      const int points = static_cast<int>(std::lround(*score * kUnit));
      return player == 0 ? points : -points;
    }
    const int count = game_.LegalMoves(position, history_, here.moves);
    if (depth == 0) return count;
    int best = -kInfinite;
    for (int i = 0; i < count; ++i) {
      best =
          std::max(best, Child(level, here.moves[static_cast<std::size_t>(i)], depth, alpha, beta));
      alpha = std::max(alpha, best);
      if (alpha >= beta) break;
    }
    return best;
  }

  const AnyGame& game_;
  const GameShape shape_;
  const std::size_t bytes_;
  History history_;
  const int moves_so_far_;
  std::vector<Level> levels_;
};

// Calls visit(walk) with the fastest walk that knows the game.
template <class F>
void WithWalk(const GameState& state, int depth, F visit) {
  AGON_CHECK(!state.Over());
  if (const std::optional<FourBoard> board = FourBoard::From(state)) {
    FourWalk walk(*board);
    visit(walk);
  } else {
    AnyWalk walk(state, depth);
    visit(walk);
  }
}

}  // namespace

Minimax::Minimax(int depth) : depth_(depth) {
  if (depth < 1) {
    Fail(ErrorKind::kUsage, "minimax: depth must be at least 1, found {}; write minimax:depth=5",
         depth);
  }
}

std::vector<Minimax::MoveValue> Minimax::Values(const GameState& state) const {
  std::vector<MoveValue> values;
  WithWalk(state, depth_, [&](auto& walk) {
    for (const Move move : state.LegalMoves()) {
      const int value = walk.Value(move, depth_, -kInfinite, kInfinite);
      values.push_back({.move = move, .value = static_cast<double>(value) / kUnit});
    }
  });
  return values;
}

Move Minimax::Choose(const GameState& state, std::uint64_t& random) const {
  std::vector<Move> best_moves;
  WithWalk(state, depth_, [&](auto& walk) {
    int best = -kInfinite;
    for (const Move move : state.LegalMoves()) {
      // One below the best, so that equals are seen as equals and not as "no better".
      const int alpha = best == -kInfinite ? -kInfinite : best - 1;
      const int value = walk.Value(move, depth_, alpha, kInfinite);
      if (value < best) continue;
      if (value > best) best_moves.clear();
      best = value;
      best_moves.push_back(move);
    }
  });
  const int count = static_cast<int>(best_moves.size());
  return best_moves[static_cast<std::size_t>(RandomBelow(random, count))];
}

}  // namespace agon::selfplay
