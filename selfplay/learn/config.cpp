// SPDX-License-Identifier: Apache-2.0
#include "selfplay/learn/config.h"

#include "runtime/base/text.h"
#include "selfplay/play/evaluate.h"

namespace agon::selfplay {

void ResignSettings::Describe(config::Fields<ResignSettings>& f) {
  using R = ResignSettings;
  f.Field(&R::value, "value",
          "a side resigns when the search's value for it, in [-1,1], is below minus this; 0: never")
      .Min(0)
      .Max(1);
  f.Field(&R::moves, "moves", "at as many of its moves in a row").Min(1);
  f.Field(&R::play_out, "play_out",
          "share of games that are played out all the same, which shows how often resigning would "
          "have been wrong")
      .Min(0)
      .Max(1);
}

void SelfplaySettings::Describe(config::Fields<SelfplaySettings>& f) {
  using S = SelfplaySettings;
  f.Field(&S::games_in_flight, "games_in_flight", "played at the same time, by all threads").Min(1);
  f.Field(&S::threads, "threads", "that play; 0: one a core").Min(0);
  f.Field(&S::leaves, "leaves", "gathered in one tree before the network is asked; 1 is exact")
      .Min(1);
  f.Field(&S::full_share, "full_share",
          "share of moves searched in full, with noise, and learnt from (KataGo's playout-cap "
          "randomisation); 1: all")
      .Above(0)
      .Max(1);
  f.Field(&S::cheap_simulations, "cheap_simulations", "of the other moves, without noise").Min(1);
  f.Field(&S::cheap_algorithm, "cheap_algorithm",
          "of the other moves: same (as search.algorithm), or puct with a tree of its own")
      .Choices({"same", "puct"});
  f.Field(&S::opening_share, "opening_share", "share of games that begin with random moves")
      .Min(0)
      .Max(1);
  f.Field(&S::opening_moves, "opening_moves", "random moves of such a game, at most").Min(1);
  f.Field(&S::resign, "resign", "giving up lost games");
  f.Field(&S::end_when_proven, "end_when_proven",
          "a game ends when the search has proven its result; resign.play_out applies");
  f.Field(&S::proven_targets, "proven_targets",
          "learn the proven value of a position rather than how its game ended");
  f.Field(&S::search_value_share, "search_value_share",
          "part of the search's own value in the outcome that is learnt; the rest is the result")
      .Min(0)
      .Max(1);
  f.Field(&S::cache_megabytes, "cache_megabytes", "of remembered evaluations; 0: none")
      .Min(0)
      .Unit("MiB");
  f.Field(&S::batch, "batch", "positions the network is asked at once, at most").Min(1).Max(4096);
  f.Field(
       &S::servers, "servers",
       "threads that ask the network for all; 0: the playing threads do, each for its own games; "
       "-1: 0 on a CPU, 2 on a GPU")
      .Min(-1);
  f.Field(&S::precision, "precision", "of the network that plays; auto: bf16 where it is fast")
      .Choices({"auto", "float32", "bf16"});
}

void PaceSettings::Describe(config::Fields<PaceSettings>& f) {
  using P = PaceSettings;
  f.Field(&P::batch_size, "batch_size", "positions a step").Min(1);
  f.Field(&P::passes, "passes", "times a new position is trained on, on average").Above(0);
  f.Field(
       &P::lag, "lag",
       "positions that playing may be ahead of learning before half of its threads wait; all do at "
       "twice as many")
      .Min(1);
  f.Field(&P::generation_steps, "generation_steps", "steps after which new weights play").Min(1);
  f.Field(&P::threads, "threads", "of a step on the CPU; 0: all").Min(0);
}

void GateSettings::Describe(config::Fields<GateSettings>& f) {
  using G = GateSettings;
  f.Field(&G::games, "games",
          "of a match that new weights must win before they play, each opening with both colours; "
          "0: none")
      .Min(0);
  f.Field(&G::score, "score", "share of points that is enough").Min(0).Max(1);
  f.Field(&G::simulations, "simulations", "a move; 0: as in search").Min(0);
  f.Field(&G::opening_moves, "opening_moves", "random moves every pair of games begins with")
      .Min(0);
}

void TrainEvaluationSettings::Describe(config::Fields<TrainEvaluationSettings>& f) {
  using E = TrainEvaluationSettings;
  f.Field(&E::every_minutes, "every_minutes",
          "from one measurement to the next; 0: at the end only")
      .Min(0)
      .Unit("minutes");
  f.Field(&E::every_generations, "every_generations", "the same in generations; 0: by minutes")
      .Min(0);
  f.Field(&E::budget, "budget",
          "largest share of the time that measuring may take; else it is put off")
      .Min(0)
      .Max(1);
  f.Field(&E::positions, "positions",
          "files of positions with exact scores, which give the oracle error; `reachable`: all "
          "positions of a game that is small enough; `solved`: random ones, solved at the start");
  f.Field(&E::max_positions, "max_positions", "of each file, evenly spread; 0: all").Min(0);
  f.Field(&E::simulations, "simulations", "of the network's searches; 0: as in search").Min(0);
  f.Field(&E::opponents, "opponents", "players to be measured against, as in selfplay match");
  f.Field(&E::games, "games", "against each opponent").Min(0);
  f.Field(&E::elo_games, "elo_games", "against the generation measured before; 0: no Elo").Min(0);
  f.Field(&E::opening_moves, "opening_moves", "random moves every pair of games begins with")
      .Min(0);
}

void SelfplayConfig::Describe(config::Fields<SelfplayConfig>& f) {
  using S = SelfplayConfig;
  f.Field(&S::seed, "seed", "of all random numbers").Min(0);
  f.Field(&S::plugins, "plugins", "plug-in libraries to load");
  f.Field(&S::game, "game", "what is learnt").Required();
  f.Field(&S::network, "network", "residual tower with global pooling, policy and outcome");
  f.Field(&S::weights, "weights", "to start from; left out: from nothing");
  f.Field(&S::search, "search", "of the moves that are searched in full");
  f.Field(&S::temperature, "temperature", "with which moves are drawn from the searches");
  f.Field(&S::selfplay, "selfplay", "how games are played");
  f.Field(&S::replay, "replay", "the positions that are learnt from");
  f.Field(&S::learner, "learner", "how the weights follow them");
  f.Field(&S::pace, "pace", "how learning keeps step with playing");
  f.Field(&S::gate, "gate", "a match that new weights must win before they play");
  f.Field(&S::evaluate, "evaluate", "what is measured meanwhile");
  f.Field(&S::max_minutes, "max_minutes",
          "ends training cleanly after this time, resumed parts included; 0: no limit")
      .Min(0)
      .Unit("minutes")
      .Live();
  f.Field(&S::max_games, "max_games", "ends it after as many games; 0: no limit").Min(0);
  f.Field(&S::max_steps, "max_steps", "ends it after as many steps of learning; 0: no limit")
      .Min(0);
  f.Field(&S::checkpoint_every, "checkpoint_every", "time between checkpoints")
      .Min(0)
      .Unit("seconds")
      .Live();
  f.Field(&S::deterministic, "deterministic",
          "playing and learning in turn: one seed gives the same games and weights whatever the "
          "number of playing threads; slower");
  f.Field(&S::games_per_turn, "games_per_turn",
          "of the deterministic mode, between two of learning")
      .Min(1);
  f.Check([](const S& s) -> std::string {
    if (s.max_minutes == 0 && s.max_games == 0 && s.max_steps == 0) {
      return "nothing ends this training: give max_minutes, max_games or max_steps";
    }
    if (s.deterministic && s.max_games == 0 && s.max_steps == 0) {
      return "deterministic training ends after max_games or max_steps, not by the clock";
    }
    if (s.deterministic && s.max_minutes > 0) {
      return "deterministic training knows no max_minutes: give max_games or max_steps alone";
    }
    return {};
  });
}

std::vector<Path> SelfplayConfig::InputFiles() const {
  std::vector<Path> files;
  if (!weights.empty()) files.push_back(weights);
  for (const Path& path : evaluate.positions) {
    if (NamesPositionFile(path)) files.push_back(path);
  }
  return files;
}

SelfplayConfig ReadSelfplayConfig(const config::Value& value) {
  config::Problems problems;
  config::Reader reader{problems, nullptr};
  config::Value root = value;
  if (root.IsMapping()) {
    if (root.Find("learner") == nullptr || root.Find("learner")->IsNull()) {
      root.Set("learner", config::Value::Mapping());
    }
    if (root.Find("learner")->IsMapping()) FillLearnerDefaults(*root.Find("learner"));
  }
  auto config = config::Read<SelfplayConfig>(root, reader);
  problems.ThrowIfAny();
  return config;
}

}  // namespace agon::selfplay
