// SPDX-License-Identifier: Apache-2.0
// Where a self-play training stands, beside the tensors and the replay files: what a checkpoint
// holds, and the history a report shows.
//
// Who needs this file: the trainer and its report. Thread safety: plain data.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "selfplay/games/game.h"

namespace agon::selfplay {

// Of finished games.
struct GameCounts {
  std::int64_t games = 0, moves = 0, recorded = 0, simulations = 0;
  std::int64_t first_wins = 0, draws = 0, second_wins = 0;
  std::int64_t resigned = 0, proven = 0;  // ended that way
  std::int64_t would_resign = 0;          // played out, and a side would have resigned
  std::int64_t wrong_resign = 0;          // of these, it did not lose

  void Add(const GameCounts& other);
  [[nodiscard]] nlohmann::json ToJson() const;
  static GameCounts FromJson(const nlohmann::json& json);
};

// One row for each generation of weights.
struct GenerationRow {
  std::int64_t generation = 0, step = 0, games = 0, positions = 0, window = 0;
  double minutes = 0;
  double policy_loss = 0, target_entropy = 0, outcome_loss = 0;
  double policy_accuracy = 0, outcome_accuracy = 0, learning_rate = 0;
  double games_per_second = 0, evaluations_per_second = 0, batch_fill = 0, cache_hits = 0;
  double mean_moves = 0;  // of the games since the last row
  std::optional<double> gate_score;
  bool accepted = true;  // its weights play

  [[nodiscard]] nlohmann::json ToJson() const;
  static GenerationRow FromJson(const nlohmann::json& json);
};

struct OracleRow {
  std::string file;
  std::int64_t positions = 0;
  double raw_error = 0, raw_error_decidable = 0;  // the network's first choice
  double error = 0, error_decidable = 0;          // after the search
  std::optional<double> mean_score_loss;          // after the search
  [[nodiscard]] nlohmann::json ToJson() const;
  static OracleRow FromJson(const nlohmann::json& json);
};

struct OpponentRow {
  std::string player;
  std::int64_t games = 0, wins = 0, draws = 0, losses = 0;
  double elo = 0, elo_low = 0, elo_high = 0;
  // Share of points, in [0,1].
  [[nodiscard]] double score() const {
    return games > 0 ? (static_cast<double>(wins) + 0.5 * static_cast<double>(draws)) /
                           static_cast<double>(games)
                     : 0.5;
  }
  [[nodiscard]] nlohmann::json ToJson() const;
  static OpponentRow FromJson(const nlohmann::json& json);
};

struct EvaluationRow {
  std::int64_t generation = 0, step = 0, games = 0, simulations = 0;
  double minutes = 0, seconds = 0;      // when, and how long it took
  std::optional<OpponentRow> previous;  // the generation measured before
  double elo = 0;                       // sum of the differences so far; 0 at the start
  std::vector<OracleRow> oracle;
  std::vector<OpponentRow> opponents;
  [[nodiscard]] nlohmann::json ToJson() const;
  static EvaluationRow FromJson(const nlohmann::json& json);
};

struct TrainingState {
  std::int64_t step = 0;        // of the learner
  std::int64_t trained = 0;     // positions trained on, repetitions included
  std::int64_t generation = 0;  // of the weights that play
  std::int64_t positions = 0;   // recorded, in shards
  bool turn_played = false;     // deterministic mode: this turn's games are played, learning is on
  GameCounts games;
  std::int64_t evaluations = 0, evaluation_slots = 0;  // rows and bucket sizes of the network
  double seconds = 0;  // of training, without pauses between resumed parts
  double evaluation_seconds = 0;
  double next_evaluation = 0;   // in seconds of training
  std::string ended;            // why training is over; empty: it is not
  GenerationRow open;           // means of the figures since the last generation,
  std::int64_t open_steps = 0;  // over as many steps
  std::vector<GenerationRow> generations;
  std::vector<EvaluationRow> evaluated;
  std::int64_t damaged_files = 0;

  [[nodiscard]] nlohmann::json ToJson() const;
  static TrainingState FromJson(const nlohmann::json& json);  // Error(kData)
};

}  // namespace agon::selfplay
