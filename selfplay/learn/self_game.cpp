// SPDX-License-Identifier: Apache-2.0
#include "selfplay/learn/self_game.h"

#include <algorithm>
#include <cmath>

#include "runtime/base/error.h"
#include "runtime/base/philox.h"
#include "selfplay/games/random.h"

namespace agon::selfplay {
namespace {

std::array<float, 3> OneHot(int value) {
  return {value > 0 ? 1.0F : 0.0F, value == 0 ? 1.0F : 0.0F, value < 0 ? 1.0F : 0.0F};
}

SearchSettings CheapSettings(SearchSettings settings) {
  settings.algorithm = "puct";
  settings.forced_playouts = false;
  return settings;
}

// Encoded under the symmetry with the smallest planes, so that positions that are mirrors of one
// another become equal ones.
Sample Encoded(const GameState& state, bool smallest) {
  const AnyGame& game = state.game();
  const GameShape shape = game.Shape();
  Sample best;
  std::vector<std::uint64_t> planes(static_cast<std::size_t>(shape.plane_words()));
  std::vector<float> scalars(static_cast<std::size_t>(shape.scalars));
  int chosen = 0;
  for (int s = 0; s < (smallest ? shape.symmetries : 1); ++s) {
    game.Encode(state.position(), s, planes, scalars);
    if (s > 0 && !(planes < best.planes)) continue;
    best.planes = planes;
    best.scalars = scalars;
    chosen = s;
  }
  for (const Move move : state.LegalMoves()) best.moves.push_back(game.Transform(move, chosen));
  // The transformed moves still stand in the order of the untransformed ones; Remember fills in the
  // policy alike and then sorts both.
  return best;
}

}  // namespace

std::optional<int> ProvenValue(const SearchResult& result) {
  int best = -2;
  bool all = !result.moves.empty();
  for (const MoveStats& move : result.moves) {
    if (move.proven == 1) return 1;
    if (move.proven == 2) {
      all = false;
    } else {
      best = std::max(best, move.proven);
    }
  }
  return all ? std::optional(best) : std::nullopt;
}

std::array<float, 3> OutcomeOfSearch(const SearchResult& result) {
  const double value = std::clamp(result.value, -1.0, 1.0);
  const double draw =
      std::clamp(static_cast<double>(result.raw_outcome[1]), 0.0, 1 - std::abs(value));
  const double win = (1 - draw + value) / 2;
  return {static_cast<float>(win), static_cast<float>(draw), static_cast<float>(1 - draw - win)};
}

std::string FinishedGame::Line(const AnyGame& game) const {
  std::string text;
  for (const Move move : moves) text += (text.empty() ? "" : " ") + game.MoveText(move);
  const nlohmann::json json = {{"game", number},
                               {"generation", generation},
                               {"moves", text},
                               {"opening", opening},
                               {"outcome", static_cast<int>(outcome)},
                               {"ending", ending},
                               {"full", full}};
  return json.dump();
}

SelfGame::SelfGame(const SelfplayConfig& config)
    : config_(config),
      shape_(config.game->Shape()),
      state_(config.game),
      searcher_(config.game->MakeSearcher(config.search, static_cast<std::uint64_t>(config.seed))) {
  if (config.selfplay.cheap_algorithm == "puct" && config.gumbel()) {
    cheap_ = config.game->MakeSearcher(CheapSettings(config.search),
                                       static_cast<std::uint64_t>(config.seed));
  }
}

double SelfGame::Uniform() { return static_cast<double>(NextRandom(random_) >> 11) * 0x1.0p-53; }

std::size_t SelfGame::tree_bytes() const {
  return searcher_->tree_bytes() + (cheap_ ? cheap_->tree_bytes() : 0);
}

void SelfGame::Start(std::int64_t number, std::int64_t generation) {
  random_ = MixBits(MixBits(static_cast<std::uint64_t>(config_.seed) ^ 0x9a3e) +
                    static_cast<std::uint64_t>(number));
  finished_ = {};
  finished_.number = number;
  finished_.generation = generation;
  pending_.clear();
  lost_moves_ = {};
  would_resign_ = -1;
  searching_ = false;
  over_ = false;
  play_out_ = Uniform() < config_.selfplay.resign.play_out;
  PlayOpening();
  searcher_->Reset();
  if (cheap_) cheap_->Reset();
}

void SelfGame::PlayOpening() {
  state_.Reset();
  if (Uniform() >= config_.selfplay.opening_share) return;
  const std::int64_t most = config_.selfplay.opening_moves;
  std::int64_t moves =
      1 + RandomBelow(random_, static_cast<int>(std::min<std::int64_t>(most, 1000)));
  // An opening that ends the game is none: one move fewer each time.
  for (; moves > 0; --moves) {
    state_.Reset();
    for (std::int64_t i = 0; i < moves && !state_.Over(); ++i) {
      const std::vector<Move> legal = state_.LegalMoves();
      state_.Play(
          legal[static_cast<std::size_t>(RandomBelow(random_, static_cast<int>(legal.size())))]);
    }
    if (!state_.Over()) break;
  }
  if (moves == 0) state_.Reset();
  finished_.opening = moves;
}

int SelfGame::Collect(EvalBatch& batch) {
  while (!over_) {
    if (!searching_) BeginMove();
    while (!active_->Done()) {
      first_row_ = batch.size();
      const int room = batch.capacity() - batch.size();
      AGON_CHECK(room > 0);
      const int count =
          active_->Collect(batch, std::min(room, static_cast<int>(config_.selfplay.leaves)));
      if (count > 0) return count;
      active_->Apply(batch, first_row_);
    }
    EndMove();
  }
  return 0;
}

void SelfGame::Apply(const EvalBatch& batch) { active_->Apply(batch, first_row_); }

void SelfGame::BeginMove() {
  full_ = Uniform() < config_.selfplay.full_share;
  active_ = full_ || !cheap_ ? searcher_.get() : cheap_.get();
  active_->Begin(state_, {.simulations = full_ ? config_.search.simulations
                                               : config_.selfplay.cheap_simulations,
                          .noise = full_,
                          .symmetry = std::nullopt,
                          .seed = NextRandom(random_)});
  searching_ = true;
}

void SelfGame::EndMove() {
  searching_ = false;
  const SearchResult result = active_->Result();
  finished_.counts.simulations += result.simulations;
  const std::optional<int> proven = ProvenValue(result);
  if (full_) Remember(result, proven);
  if (watcher_.searched) {
    watcher_.searched({.number = finished_.number,
                       .generation = finished_.generation,
                       .full = full_,
                       .state = state_,
                       .result = result,
                       .searcher = *active_});
  }
  if (GiveUp(result, proven)) return;
  const double uniform = Uniform();
  const double temperature =
      config_.temperature.At(static_cast<std::int64_t>(state_.moves().size()));
  // Gumbel's own choice is a draw already (Danihelka et al. 2022, section 3).
  const bool drawn = full_ && config_.gumbel();
  const Move move = drawn ? result.best : ChooseMove(result, temperature, uniform);
  state_.Play(move);
  searcher_->Advance(move);
  if (cheap_) cheap_->Advance(move);
  if (!state_.Over()) return;
  const bool by_rules = state_.game().Over(state_.position());
  Finish(state_.Result(), by_rules ? "rules" : "length");
}

void SelfGame::Remember(const SearchResult& result, std::optional<int> proven) {
  Pending pending;
  pending.sample = Encoded(state_, config_.replay.merge != "none");
  Sample& sample = pending.sample;
  sample.game = finished_.number;
  sample.ply = static_cast<int>(state_.moves().size());
  const std::vector<Move> legal = state_.LegalMoves();
  std::vector<std::pair<Move, float>> policy;  // the move as the network numbers it
  for (std::size_t k = 0; k < legal.size(); ++k) {
    const auto stats = std::find_if(result.moves.begin(), result.moves.end(),
                                    [&](const MoveStats& m) { return m.move == legal[k]; });
    AGON_CHECK(stats != result.moves.end());
    policy.emplace_back(sample.moves[k], static_cast<float>(stats->target));
  }
  std::sort(policy.begin(), policy.end());
  sample.moves.clear();
  for (const auto& [move, share] : policy) {
    sample.moves.push_back(move);
    sample.policy.push_back(share);
  }
  sample.surprise = static_cast<float>(std::max(0.0, result.surprise));
  pending.player = state_.to_move();
  pending.searched = OutcomeOfSearch(result);
  pending.proven = proven;
  finished_.full.push_back(sample.ply);
  pending_.push_back(std::move(pending));
}

bool SelfGame::GiveUp(const SearchResult& result, std::optional<int> proven) {
  const int player = state_.to_move();
  if (config_.selfplay.end_when_proven && proven && !play_out_) {
    Finish(static_cast<Outcome>(player == 0 ? *proven : -*proven), "proven");
    finished_.counts.proven = 1;
    return true;
  }
  const ResignSettings& resign = config_.selfplay.resign;
  if (resign.value <= 0) return false;
  std::int64_t& lost = lost_moves_[static_cast<std::size_t>(player)];
  lost = result.value < -resign.value ? lost + 1 : 0;
  if (lost < resign.moves) return false;
  if (play_out_) {
    if (would_resign_ < 0) would_resign_ = player;
    return false;
  }
  Finish(player == 0 ? Outcome::kSecondWins : Outcome::kFirstWins, "resigned");
  finished_.counts.resigned = 1;
  return true;
}

void SelfGame::Finish(Outcome outcome, std::string ending) {
  over_ = true;
  finished_.outcome = outcome;
  finished_.ending = std::move(ending);
  finished_.moves = state_.moves();
  const auto share = static_cast<float>(config_.selfplay.search_value_share);
  for (Pending& pending : pending_) {
    const std::array<float, 3> result = OneHot(ValueFor(outcome, pending.player));
    Sample& sample = pending.sample;
    if (pending.proven && config_.selfplay.proven_targets) {
      sample.outcome = OneHot(*pending.proven);
    } else {
      for (std::size_t k = 0; k < 3; ++k) {
        sample.outcome[k] = (1 - share) * result[k] + share * pending.searched[k];
      }
    }
    finished_.samples.push_back(std::move(sample));
  }
  pending_.clear();
  WeighBySurprise(finished_.samples, config_.replay.surprise_share);
  GameCounts& counts = finished_.counts;
  counts.games = 1;
  counts.moves = static_cast<std::int64_t>(finished_.moves.size());
  counts.recorded = static_cast<std::int64_t>(finished_.samples.size());
  counts.first_wins = outcome == Outcome::kFirstWins ? 1 : 0;
  counts.draws = outcome == Outcome::kDraw ? 1 : 0;
  counts.second_wins = outcome == Outcome::kSecondWins ? 1 : 0;
  if (would_resign_ >= 0) {
    counts.would_resign = 1;
    counts.wrong_resign = ValueFor(outcome, would_resign_) >= 0 ? 1 : 0;
  }
  if (watcher_.finished) watcher_.finished(finished_, state_);
}

FinishedGame SelfGame::Take() {
  AGON_CHECK(over_);
  return std::move(finished_);
}

}  // namespace agon::selfplay
