// SPDX-License-Identifier: Apache-2.0
// Opponents that know nothing but the rules: a random player, pure Monte Carlo tree search with
// random play-outs, and minimax of a fixed depth. They measure what learning is worth.
//
// Who needs this file: players of matches and evaluations (selfplay/play). Perfect play:
// perfect.h. Search with a network: searcher.h.
//
// Random numbers are a 64-bit state that the caller keeps; the same state gives the same moves.
//
// Thread safety: functions and immutable settings; a Minimax may be used by several threads.
#pragma once

#include <cstdint>
#include <vector>

#include "selfplay/games/any_game.h"

namespace agon::selfplay {

// A legal move, all alike. The game must not be over.
[[nodiscard]] Move RandomMove(const GameState& state, std::uint64_t& random);

// UCT (Kocsis & Szepesvari 2006): mean value + uct_c * sqrt(log N / n); unvisited moves first, in
// random order; one random game from every new leaf. Values lie in [-1,1].
struct RolloutSettings {
  std::int64_t simulations = 1000;
  double uct_c = 1.4;  // OpenSpiel's default for values in [-1,1]
  bool solver = true;  // carry proven results up the tree (Winands et al. 2008), as OpenSpiel
};

struct RolloutMove {
  Move move = kNoMove;
  std::int64_t visits = 0;
  double value = 0;  // mean for the side to move
  int proven = 2;    // +1, 0, -1 for the side to move; 2 unknown
};

// Every legal move, the one to play first: a proven win, else the most visited that is not a proven
// loss, then of higher value. The game must not be over.
[[nodiscard]] std::vector<RolloutMove> RolloutSearch(const GameState& state,
                                                     const RolloutSettings& settings,
                                                     std::uint64_t& random);

// Alpha-beta of fixed depth; random among equals. A leaf that is not decided is worth:
//   connect_four: what windows of four cells hold. One that only one side has stones in counts
//     10^(stones - 3) for it: three of four 1, two 0.1, one 0.01 (the customary heuristic);
//   games that count points (go): the score if the game ended here;
//   others: the mobility of the side to move.
// Decided games are worth more than any of it, quick wins and slow losses most.
class Minimax {
 public:
  explicit Minimax(int depth);  // plies, at least 1; Error(kUsage) below
  [[nodiscard]] int depth() const { return depth_; }
  [[nodiscard]] Move Choose(const GameState& state, std::uint64_t& random) const;

  struct MoveValue {
    Move move = kNoMove;
    double value = 0;  // for the side to move; beyond +-kDecided the result is certain
  };
  static constexpr double kDecided = 1e6;
  // Of every legal move, exact for this depth and heuristic.
  [[nodiscard]] std::vector<MoveValue> Values(const GameState& state) const;

 private:
  int depth_;
};

}  // namespace agon::selfplay
