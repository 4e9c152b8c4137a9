// SPDX-License-Identifier: Apache-2.0
// Perfect play, for the games that can be solved here: tic_tac_toe and connect_four. The measure of
// everything else.
//
// Who needs this file: the player "perfect", tests, and whoever wants positions labelled.
//
// Connect Four is solved while it is played: exact scores where that is a matter of a fraction of a
// second, and win, draw or loss alone before. No book of openings is carried. What a move costs,
// all columns together, from random positions on one core: 27 s after 3 stones, 9 s after 4, 1 s
// after 6, 0.7 s after 8, 0.2 s after 10 (outcomes); 0.2 s after 12 (scores). After one or two
// stones it is minutes. The first move is known, and what was found out is kept: give the players
// of one match a PerfectMemory in common, and each of them a table of its own.
//
// Thread safety: a PerfectPlayer is used by one thread; a PerfectMemory by any number.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "selfplay/games/any_game.h"

namespace agon::selfplay {

struct PerfectMove {
  Move move = kNoMove;
  // For the side to move: > 0 wins, 0 draws, < 0 loses.
  int outcome = 0;
  // Exact, when asked for. connect_four, Pons' convention: k > 0 wins with the k-th last stone that
  // the winner could put (so 1 is the last of all), k < 0 loses to such a stone, of the position
  // before the move. tic_tac_toe: likewise. Nothing when only the outcome is known.
  std::optional<int> score;
};

// Outcomes of early positions of connect_four, at most a million.
class PerfectMemory {
 public:
  [[nodiscard]] std::optional<int> Find(std::uint64_t key) const;
  void Keep(std::uint64_t key, int outcome);

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, int> outcomes_;
};

struct PerfectSettings {
  std::int64_t table_bytes = 64 << 20;  // of the transposition table of connect_four
  // connect_four: positions with fewer stones get outcomes only, no exact scores (a first move is
  // a matter of minutes otherwise).
  int exact_from = 12;
  // Called before every column that may take long: what is being solved.
  std::function<void(const std::string& what)> progress = nullptr;
  // Shared by several players; empty: the player's own.
  std::shared_ptr<PerfectMemory> memory = nullptr;
};

class PerfectPlayer {
 public:
  // Error(kUsage) naming the games it knows when this is none of them.
  PerfectPlayer(const Component<AnyGame>& game, std::uint64_t seed, PerfectSettings settings = {});
  ~PerfectPlayer();
  PerfectPlayer(PerfectPlayer&&) noexcept;
  PerfectPlayer& operator=(PerfectPlayer&&) noexcept;

  [[nodiscard]] static bool Knows(const std::string& game);

  // Every legal move with its outcome and score; `exact` insists on scores however long it takes.
  // The game must not be over.
  [[nodiscard]] std::vector<PerfectMove> Moves(const GameState& state, bool exact = false);
  // One of the best moves, all alike: of best score where scores are exact, else of best outcome.
  [[nodiscard]] Move Choose(const GameState& state);

 private:
  class Solver;
  class TicTacToeSolver;
  class ConnectFourSolver;
  std::unique_ptr<Solver> solver_;
  std::uint64_t random_ = 0;
};

}  // namespace agon::selfplay
