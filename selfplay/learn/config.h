// SPDX-License-Identifier: Apache-2.0
// The configuration of `agon selfplay train`: one declaration of every key.
//
// Who needs this file: the trainer, the commands selfplay train, check and describe.
//
// Thread safety: values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/config/fields.h"
#include "runtime/plugin/registry.h"
#include "selfplay/games/any_game.h"
#include "selfplay/learn/replay.h"
#include "selfplay/network/learner.h"
#include "selfplay/network/network.h"
#include "selfplay/search/settings.h"

namespace agon::selfplay {

// Giving up lost games. A share of them is played out all the same: there it shows how often the
// side that would have resigned did not lose.
struct ResignSettings {
  double value = 0;        // of the search, for the side to move, in (0,1]: below minus this for
  std::int64_t moves = 3;  // as many of a side's moves in a row, it resigns; value 0: never
  double play_out = 0.1;   // share of games that are not given up
  static void Describe(config::Fields<ResignSettings>& f);
};

struct SelfplaySettings {
  std::int64_t games_in_flight = 128;  // played at the same time by all threads
  std::int64_t threads = 0;            // that play; 0: one a core
  std::int64_t leaves = 1;             // gathered in one tree before the network is asked
  // Playout-cap randomisation (Wu 2019): `search.simulations` with noise for a share of the moves,
  // which are learnt from, and few without noise for the others, which only carry the game on.
  double full_share = 0.25;
  std::int64_t cheap_simulations = 20;
  std::string cheap_algorithm = "same";  // of cheap searches: same (as search.algorithm), puct
  double opening_share = 0;              // of games that begin with random moves,
  std::int64_t opening_moves = 8;        // 1 to as many
  ResignSettings resign;
  bool end_when_proven = false;       // a game whose value the search has proven is over
  bool proven_targets = true;         // a proven value replaces the game's result as target
  double search_value_share = 0;      // of the search's own value in the outcome target
  std::int64_t cache_megabytes = 64;  // of remembered evaluations; 0: none
  std::int64_t batch = 128;           // largest that the network is asked at once
  std::int64_t servers = -1;  // threads that ask it; 0: those that play; -1: 0 on a CPU, else 2
  std::string precision = "auto";  // of the network that plays
  static void Describe(config::Fields<SelfplaySettings>& f);
};

// How learning keeps step with playing.
struct PaceSettings {
  std::int64_t batch_size = 256;  // positions a step
  double passes = 2;              // times a new position is trained on, on average
  double lag = 20000;             // positions that playing may be ahead before half of it waits
  std::int64_t generation_steps = 100;  // steps after which new weights play
  std::int64_t threads = 1;             // of a step on the CPU; 0: all
  static void Describe(config::Fields<PaceSettings>& f);
};

// New weights play only when they win a match against those that play.
struct GateSettings {
  std::int64_t games = 0;          // a match; 0: new weights always play
  double score = 0.5;              // share of points that is enough
  std::int64_t simulations = 0;    // 0: those of search
  std::int64_t opening_moves = 4;  // random ones, the same with both colours
  static void Describe(config::Fields<GateSettings>& f);
};

// What is measured while training goes on.
struct TrainEvaluationSettings {
  double every_minutes = 0;            // 0: only at the end
  std::int64_t every_generations = 0;  // instead of minutes (always so in the deterministic mode)
  double budget = 0.15;                // longest share of the training's time; else it is put off
  std::vector<Path> positions;         // files of positions with exact scores: the oracle error
  std::int64_t max_positions = 300;    // of each file, evenly spread; 0: all
  std::int64_t simulations = 0;        // of the network's searches; 0: those of search
  std::vector<std::string> opponents;  // PLAYER words: random, mcts:sims=1000, minimax:depth=5
  std::int64_t games = 20;             // against each opponent
  std::int64_t elo_games = 20;         // against the generation measured before; 0: no Elo
  std::int64_t opening_moves = 4;      // random ones, the same with both colours
  static void Describe(config::Fields<TrainEvaluationSettings>& f);
};

struct SelfplayConfig {
  std::int64_t seed = 0;
  std::vector<Path> plugins;
  Component<AnyGame> game;
  NetworkSettings network;
  Path weights;  // to start from; empty: from nothing
  SearchSettings search;
  TemperatureSettings temperature;
  SelfplaySettings selfplay;
  ReplaySettings replay;
  LearnerSettings learner;
  PaceSettings pace;
  GateSettings gate;
  TrainEvaluationSettings evaluate;
  double max_minutes = 0;
  std::int64_t max_games = 0;
  std::int64_t max_steps = 0;
  double checkpoint_every = 60;
  bool deterministic = false;
  std::int64_t games_per_turn = 64;  // of the deterministic mode
  static void Describe(config::Fields<SelfplayConfig>& f);

  [[nodiscard]] std::vector<Path> InputFiles() const;  // for the manifest
  [[nodiscard]] bool gumbel() const { return search.algorithm != "puct"; }
};

// Reads a whole configuration and writes out what depends on several keys (optimiser and schedule
// where the file names none). Error(kConfig) with every problem.
[[nodiscard]] SelfplayConfig ReadSelfplayConfig(const config::Value& value);

}  // namespace agon::selfplay
