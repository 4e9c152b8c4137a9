// SPDX-License-Identifier: Apache-2.0
// Playing strength against the truth: positions whose every move has a known value, and how often a
// player's move throws away what the position was worth.
//
//   const PositionSet set = ReadPositions("Test_L1_R1", game);
//   const MoveErrors errors = CountErrors(set, player->ChooseMany(set.states));
//
// Files (connect_four): lines of `moves score`, as Pascal Pons' test sets have, or the same with
// the score of every column behind (-1000: full). For a file of the first kind the scores of moves
// come from oracle_NAME.txt beside it, else from our own perfect player. Two words stand for sets
// that need no file, of games that have a perfect player: "reachable" is every position that can
// come about (tic_tac_toe), "solved" positions of random games, a third to three quarters of the
// way (connect_four).
//
// Who needs this file: the command `selfplay evaluate`, the trainer's oracle error.
//
// Thread safety: free functions; a PositionSet is read only.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/files.h"
#include "selfplay/games/any_game.h"
#include "selfplay/play/player.h"

namespace agon::selfplay {

struct ScoredMove {
  Move move = kNoMove;
  int outcome = 0;           // for who makes it: 1 wins, 0 draws, -1 loses, both playing well
  std::optional<int> score;  // exact, Pons' convention, where known
};

struct PositionSet {
  std::string name;
  std::vector<GameState> states;               // none is over
  std::vector<std::vector<ScoredMove>> moves;  // of each state, every legal move
};

struct MoveErrors {
  std::int64_t positions = 0;
  std::int64_t decidable = 0;             // positions where some legal move changes the outcome
  std::int64_t errors = 0;                // chosen moves that do
  double error_rate = 0;                  // errors / positions
  double error_rate_decidable = 0;        // errors / decidable
  std::optional<double> mean_score_loss;  // best score less the chosen move's, where all are known
  // Both sets together.
  void Add(const MoveErrors& other);
  // positions, error_rate, error_rate_decidable, mean_score_loss (null when unknown).
  [[nodiscard]] nlohmann::json ToJson() const;
};

// `most` > 0 takes as many, evenly spread over the file. Error(kData) naming file, line and cure:
// a damaged line, an illegal move, scores that contradict one another.
[[nodiscard]] PositionSet ReadPositions(const Path& file, const Component<AnyGame>& game,
                                        std::int64_t most = 0);
// Error(kUsage) when the game is not solved or has more than a million positions.
[[nodiscard]] PositionSet ReachablePositions(const Component<AnyGame>& game);
// `count` distinct positions (fewer where there are not as many), the same for the same seed.
// Error(kUsage) when the game is not solved.
[[nodiscard]] PositionSet SolvedPositions(const Component<AnyGame>& game, std::int64_t count,
                                          std::uint64_t seed = 0);

// What a configuration names: a word of the above (unless a file has that name) or a file.
// `most` as in ReadPositions; 0 means 500 of "solved".
[[nodiscard]] bool NamesPositionFile(const Path& name);
[[nodiscard]] PositionSet PositionsOf(const Path& name, const Component<AnyGame>& game,
                                      std::int64_t most);

// `chosen[i]` for states[i]. A move that is not legal counts as an error.
[[nodiscard]] MoveErrors CountErrors(const PositionSet& set, std::span<const Move> chosen);

// The moves of players of a source, by so many threads; reports progress. Error(kInterrupted) when
// asked to stop.
[[nodiscard]] std::vector<Move> ChooseMoves(const PositionSet& set, const PlayerSource& players,
                                            std::uint64_t seed, int threads);

}  // namespace agon::selfplay
