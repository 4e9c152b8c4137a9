// SPDX-License-Identifier: Apache-2.0
#include "selfplay/learn/train_evaluation.h"

#include <algorithm>

#include "runtime/base/clock.h"
#include "runtime/base/error.h"
#include "runtime/base/philox.h"
#include "runtime/base/stop.h"

namespace agon::selfplay {
namespace {

// Positions between two looks at whether to stop.
constexpr std::size_t kChunk = 64;

void CheckStop() {
  if (StopSignal() != 0) Fail(ErrorKind::kInterrupted, "stopped while the network was measured");
}

std::vector<Move> Choose(const PositionSet& set, Evaluator& evaluator,
                         const SearchSettings& settings, std::uint64_t seed) {
  std::vector<Move> chosen;
  for (std::size_t first = 0; first < set.states.size(); first += kChunk) {
    CheckStop();
    const std::size_t count = std::min(kChunk, set.states.size() - first);
    const auto part = SearchMany(std::span(set.states).subspan(first, count), evaluator, settings,
                                 MixBits(seed + first));
    chosen.insert(chosen.end(), part.begin(), part.end());
  }
  return chosen;
}

OpponentRow RowOf(const std::string& name, const MatchResult& match) {
  return {.player = name,
          .games = match.games,
          .wins = match.wins,
          .draws = match.draws,
          .losses = match.losses,
          .elo = match.elo.elo,
          .elo_low = match.elo.low,
          .elo_high = match.elo.high};
}

}  // namespace

TrainEvaluation::TrainEvaluation(const SelfplayConfig& config, const DevicePolicy& device)
    : config_(config), threads_(std::max(1, device.threads)) {
  const TrainEvaluationSettings& evaluate = config.evaluate;
  for (const Path& file : evaluate.positions) {
    positions_.push_back(PositionsOf(file, config.game, evaluate.max_positions));
  }
  for (const std::string& word : evaluate.opponents) {
    opponents_.push_back(
        MakePlayerSource(word, config.game, {.device = &device, .threads = threads_}));
  }
}

bool TrainEvaluation::empty() const {
  return positions_.empty() && (opponents_.empty() || config_.evaluate.games == 0) &&
         config_.evaluate.elo_games == 0;
}

SearchSettings TrainEvaluation::Search(std::int64_t simulations) const {
  SearchSettings search = config_.search;
  if (simulations > 0) search.simulations = simulations;
  search.noise_fraction = 0;
  search.forced_playouts = false;
  search.gumbel_scale = 0;
  return search;
}

OracleRow TrainEvaluation::Oracle(const PositionSet& set, Evaluator& now,
                                  std::uint64_t seed) const {
  SearchSettings raw = Search(0);
  raw.simulations = 0;  // the first choice of the policy
  const MoveErrors first = CountErrors(set, Choose(set, now, raw, seed));
  const MoveErrors searched =
      CountErrors(set, Choose(set, now, Search(config_.evaluate.simulations), seed));
  return {.file = set.name,
          .positions = first.positions,
          .raw_error = first.error_rate,
          .raw_error_decidable = first.error_rate_decidable,
          .error = searched.error_rate,
          .error_decidable = searched.error_rate_decidable,
          .mean_score_loss = searched.mean_score_loss};
}

MatchResult TrainEvaluation::Match(const PlayerSource& first, const PlayerSource& second,
                                   std::int64_t games, std::int64_t opening,
                                   std::uint64_t seed) const {
  MatchSettings settings;
  settings.games = games;
  settings.opening_moves = opening;
  settings.seed = seed;
  settings.threads = threads_;
  settings.stop = [] { return StopSignal() != 0; };
  return PlayMatch(first, second, config_.game, settings);
}

EvaluationRow TrainEvaluation::Measure(const std::shared_ptr<Evaluator>& now,
                                       const std::shared_ptr<Evaluator>& before,
                                       std::uint64_t seed) const {
  const TrainEvaluationSettings& evaluate = config_.evaluate;
  const Stopwatch clock;
  EvaluationRow row;
  row.simulations = Search(evaluate.simulations).simulations;
  for (const PositionSet& set : positions_) row.oracle.push_back(Oracle(set, *now, seed));
  const SearchPlayerSettings settings{.search = Search(evaluate.simulations)};
  const auto players = MakeSearchPlayers("this generation", config_.game, now, settings);
  for (const auto& opponent : opponents_) {
    if (evaluate.games == 0) break;
    row.opponents.push_back(RowOf(
        opponent->name(),
        Match(*players, *opponent, evaluate.games, evaluate.opening_moves, MixBits(seed ^ 0xa))));
  }
  if (before != nullptr && evaluate.elo_games > 0) {
    const auto others = MakeSearchPlayers("the one before", config_.game, before, settings);
    row.previous = RowOf(others->name(), Match(*players, *others, evaluate.elo_games,
                                               evaluate.opening_moves, MixBits(seed ^ 0xb)));
  }
  row.seconds = clock.Seconds();
  return row;
}

double TrainEvaluation::GateScore(const std::shared_ptr<Evaluator>& candidate,
                                  const std::shared_ptr<Evaluator>& current,
                                  std::uint64_t seed) const {
  const SearchPlayerSettings settings{.search = Search(config_.gate.simulations)};
  const auto first = MakeSearchPlayers("candidate", config_.game, candidate, settings);
  const auto second = MakeSearchPlayers("current", config_.game, current, settings);
  return Match(*first, *second, config_.gate.games, config_.gate.opening_moves, seed).score();
}

}  // namespace agon::selfplay
