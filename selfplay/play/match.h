// SPDX-License-Identifier: Apache-2.0
// Games between two players, counted: every opening is played twice with colours exchanged, several
// games at the same time, Elo with its interval.
//
// Openings are random: a few plies of legal moves drawn from the seed, a different position for
// each pair as long as the game has enough of them. So two deterministic players do not play the
// same two games again and again; how many different games there were is counted all the same.
//
// We are the referee. A player that gives no answer in time, dies, or answers with an illegal move
// loses that game, and the reason is logged and kept in the record.
//
// Who needs this file: the command `selfplay match`, the trainer's gate and Elo.
//
// Thread safety: PlayMatch starts threads of its own; several may run at once.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "selfplay/games/game_record.h"
#include "selfplay/play/elo.h"
#include "selfplay/play/game_recorder.h"
#include "selfplay/play/player.h"

namespace agon::selfplay {

// A finished game as a match counts it, and as RUN/games.jsonl keeps it.
struct GameSummary {
  std::int64_t number = 0;        // from 0; games 2k and 2k+1 share an opening
  bool first_moves_first = true;  // the first player had the first move (Black, X)
  double points = 0;              // of the first player: 1, 1/2, 0
  std::string ending;             // "" by the rules; "resigned", "illegal move d4", ...
  bool forfeit = false;           // ended by a player's failure
  std::int64_t moves = 0;         // plies, those of the opening included
  std::uint64_t key = 0;          // equal for equal games
  [[nodiscard]] nlohmann::json ToJson() const;
  static GameSummary FromJson(const nlohmann::json& json);
};

struct PlayedGame : GameSummary {
  explicit PlayedGame(GameState at) : state(std::move(at)) {}
  GameState state;  // at the end
  GameRecord record;
  // By ply, what the players found out, of games that are pictured.
  std::vector<std::optional<RecordedPosition>> searched;
};

struct MatchSettings {
  std::int64_t games = 100;
  std::int64_t opening_moves = -1;  // random plies; negative: as few as give different openings
  std::uint64_t seed = 0;
  int threads = 1;
  bool progress = false;  // report to the progress sink
  // Called for every finished game, one at a time, in order of finishing.
  std::function<void(const PlayedGame&)> finished;
  // Asked before each game, by its number: whether PlayedGame::searched is filled. From any thread.
  std::function<bool(std::int64_t)> pictured;
  // Games of an earlier attempt, which are counted and not played again.
  std::vector<GameSummary> known;
  // Asked between moves: true ends the match early with Error(kInterrupted).
  std::function<bool()> stop;
};

struct MatchResult {
  std::int64_t games = 0, wins = 0, draws = 0, losses = 0;      // of the first player
  std::int64_t wins_moving_first = 0, losses_moving_first = 0;  // of the first player
  std::int64_t distinct_games = 0;
  std::int64_t forfeits = 0;           // games ended by a failure: of the first player,
  std::int64_t opponent_forfeits = 0;  // and of the second
  double mean_moves = 0;
  EloEstimate elo;
  [[nodiscard]] double score() const {
    return games > 0 ? (static_cast<double>(wins) + 0.5 * static_cast<double>(draws)) /
                           static_cast<double>(games)
                     : 0.5;
  }
  // games, wins, draws, losses, elo, elo_low, elo_high, and the rest.
  [[nodiscard]] nlohmann::json ToJson() const;
};

[[nodiscard]] MatchResult PlayMatch(const PlayerSource& first, const PlayerSource& second,
                                    const Component<AnyGame>& game, const MatchSettings& settings);

// One game from where `state` stands, already played moves being the opening.
[[nodiscard]] PlayedGame PlayGame(Player& first, Player& second, bool first_moves_first,
                                  GameState state, const std::function<bool()>& stop = {},
                                  bool pictured = false);

// Openings for so many pairs. `plies` negative: as above. A position that is over is no opening.
[[nodiscard]] std::vector<GameState> RandomOpenings(const Component<AnyGame>& game,
                                                    std::int64_t pairs, std::int64_t plies,
                                                    std::uint64_t seed);

}  // namespace agon::selfplay
