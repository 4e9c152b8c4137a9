// SPDX-License-Identifier: Apache-2.0
#include "selfplay/play/match.h"

#include <fmt/format.h>

#include <atomic>
#include <exception>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>
#include <utility>

#include "runtime/base/error.h"
#include "runtime/base/hash.h"
#include "runtime/base/log.h"
#include "runtime/base/philox.h"
#include "runtime/base/progress.h"
#include "selfplay/play/overlay.h"
#include "selfplay/search/baselines.h"

namespace agon::selfplay {
namespace {

constexpr int kDrawsForANewOpening = 32;
constexpr std::int64_t kFewestPlies = 2;
// Random plies decide games that are short: tic-tac-toe gets 1, Connect Four 4 at most.
constexpr int kPliesShare = 9;
constexpr std::int64_t kMostPlies = 8;

std::uint64_t SeedOf(std::uint64_t seed, std::int64_t game, std::uint64_t side) {
  return MixBits(MixBits(seed ^ side << 62) + static_cast<std::uint64_t>(game));
}

std::uint64_t KeyOf(const PlayedGame& game) {
  std::string text = game.ending;
  for (const Move move : game.state.moves()) text += fmt::format(" {}", move);
  return Fnv1a(text);
}

class Match {
 public:
  Match(const PlayerSource& first, const PlayerSource& second, const MatchSettings& settings,
        std::vector<GameState> openings)
      : first_(first), second_(second), settings_(settings), openings_(std::move(openings)) {
    points_.resize(static_cast<std::size_t>(settings.games));
    known_.resize(points_.size());
    for (const GameSummary& game : settings.known) {
      if (game.number < 0 || game.number >= settings.games) continue;
      if (known_[static_cast<std::size_t>(game.number)]) continue;
      known_[static_cast<std::size_t>(game.number)] = true;
      Count(game);
    }
    if (settings.progress) progress_.emplace("match", settings.games, "game", result_.games);
  }

  MatchResult Play() {
    const auto threads = static_cast<int>(
        std::clamp<std::int64_t>(settings_.threads, 1, std::max<std::int64_t>(settings_.games, 1)));
    {
      std::vector<std::jthread> workers;
      for (int i = 1; i < threads; ++i) workers.emplace_back([this] { Work(); });
      Work();
    }
    if (problem_) std::rethrow_exception(problem_);
    result_.distinct_games = static_cast<std::int64_t>(seen_.size());
    if (result_.games > 0) result_.mean_moves /= static_cast<double>(result_.games);
    std::vector<double> pairs, singles;
    for (std::size_t i = 0; i + 1 < points_.size(); i += 2) {
      pairs.push_back(points_[i] + points_[i + 1]);
    }
    if (points_.size() % 2 == 1) singles.push_back(points_.back());
    result_.elo = EstimateElo(pairs, singles);
    return result_;
  }

 private:
  // Players are made for each game, so that what they draw depends on the game's number alone.
  void Work() {
    try {
      while (!failed_) {
        const std::int64_t number = next_++;
        if (number >= settings_.games) return;
        if (known_[static_cast<std::size_t>(number)]) continue;
        const bool first_moves_first = number % 2 == 0;
        const auto first = first_.Make(SeedOf(settings_.seed, number, 1));
        const auto second = second_.Make(SeedOf(settings_.seed, number, 2));
        PlayedGame game = PlayGame(
            *first, *second, first_moves_first, openings_[static_cast<std::size_t>(number / 2)],
            [this] { return failed_ || (settings_.stop && settings_.stop()); },
            settings_.pictured && settings_.pictured(number));
        game.number = number;
        game.key = KeyOf(game);
        Finish(game);
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!problem_) problem_ = std::current_exception();
      failed_ = true;
    }
  }

  void Finish(const PlayedGame& game) {
    const std::lock_guard lock(mutex_);
    Count(game);
    if (game.forfeit) {
      log::Warning("game {}: {} loses: {}", game.number + 1,
                   game.points == 0 ? first_.name() : second_.name(), game.ending);
    }
    if (settings_.finished) settings_.finished(game);
    if (progress_) {
      progress_->Advance(
          1, fmt::format("{} won, {} drawn, {} lost", result_.wins, result_.draws, result_.losses));
    }
  }

  void Count(const GameSummary& game) {
    points_[static_cast<std::size_t>(game.number)] = game.points;
    ++result_.games;
    result_.wins += game.points == 1;
    result_.losses += game.points == 0;
    result_.draws += game.points == 0.5;
    result_.wins_moving_first += game.points == 1 && game.first_moves_first;
    result_.losses_moving_first += game.points == 0 && game.first_moves_first;
    if (game.forfeit) (game.points == 0 ? result_.forfeits : result_.opponent_forfeits) += 1;
    result_.mean_moves += static_cast<double>(game.moves);
    seen_.insert(game.key);
  }

  const PlayerSource& first_;
  const PlayerSource& second_;
  const MatchSettings& settings_;
  std::vector<GameState> openings_;
  std::optional<Progress> progress_;
  std::atomic<std::int64_t> next_{0};
  std::atomic<bool> failed_{false};
  std::mutex mutex_;  // of all below
  std::vector<double> points_;
  std::vector<bool> known_;  // not changed once games are played
  std::set<std::uint64_t> seen_;
  MatchResult result_;
  std::exception_ptr problem_;
};

}  // namespace

nlohmann::json GameSummary::ToJson() const {
  return {{"number", number},   {"first_moves_first", first_moves_first},
          {"points", points},   {"ending", ending},
          {"forfeit", forfeit}, {"moves", moves},
          {"key", key}};
}

GameSummary GameSummary::FromJson(const nlohmann::json& json) {
  GameSummary game;
  json.at("number").get_to(game.number);
  json.at("first_moves_first").get_to(game.first_moves_first);
  json.at("points").get_to(game.points);
  json.at("ending").get_to(game.ending);
  json.at("forfeit").get_to(game.forfeit);
  json.at("moves").get_to(game.moves);
  json.at("key").get_to(game.key);
  return game;
}

nlohmann::json MatchResult::ToJson() const {
  return {{"games", games},
          {"wins", wins},
          {"draws", draws},
          {"losses", losses},
          {"score", score()},
          {"elo", elo.elo},
          {"elo_low", elo.low},
          {"elo_high", elo.high},
          {"wins_moving_first", wins_moving_first},
          {"losses_moving_first", losses_moving_first},
          {"distinct_games", distinct_games},
          {"forfeits", forfeits},
          {"opponent_forfeits", opponent_forfeits},
          {"mean_moves", mean_moves}};
}

PlayedGame PlayGame(Player& first, Player& second, bool first_moves_first, GameState state,
                    const std::function<bool()>& stop, bool pictured) {
  const auto mover = [&]() -> Player& {
    return (state.to_move() == 0) == first_moves_first ? first : second;
  };
  const GameState opening = state;
  first.NewGame(opening);
  second.NewGame(opening);
  PlayedGame game(state);
  game.first_moves_first = first_moves_first;
  std::optional<Outcome> outcome;
  while (!state.Over()) {
    if (stop && stop()) Fail(ErrorKind::kInterrupted, "interrupted");
    Player& player = mover();
    const Move move = player.Choose(state);
    if (pictured) {
      const std::optional<SearchResult> search = player.last_search();
      game.searched.resize(state.moves().size());
      game.searched.emplace_back(
          RecordedPosition{.board = BoardWithSearch(state, search ? &*search : nullptr),
                           .tree = player.Tree(kRecordedTreeNodes)});
    }
    if (move != kNoMove && state.IsLegal(move)) {
      state.Play(move);
      continue;
    }
    game.ending = move != kNoMove ? fmt::format("illegal move {}", move) : player.failure();
    game.forfeit = !game.ending.empty();
    if (!game.forfeit) game.ending = "resigned";
    if (stop && stop()) Fail(ErrorKind::kInterrupted, "interrupted");
    outcome = state.to_move() == 0 ? Outcome::kSecondWins : Outcome::kFirstWins;
    break;
  }
  if (!outcome) outcome = state.Result();
  const int value = ValueFor(*outcome, first_moves_first ? 0 : 1);
  game.points = 0.5 + 0.5 * value;
  game.record = RecordOf(state);
  game.record.first = first_moves_first ? first.name() : second.name();
  game.record.second = first_moves_first ? second.name() : first.name();
  game.record.result = ResultText(outcome);
  if (!game.ending.empty()) game.record.comment = game.ending;
  game.moves = static_cast<std::int64_t>(state.moves().size());
  game.state = std::move(state);
  return game;
}

std::vector<GameState> RandomOpenings(const Component<AnyGame>& game, std::int64_t pairs,
                                      std::int64_t plies, std::uint64_t seed) {
  const std::int64_t longest =
      plies >= 0 ? plies
                 : std::min<std::int64_t>(kMostPlies, game->Shape().max_moves / kPliesShare);
  std::int64_t length = plies >= 0 ? plies : std::min(kFewestPlies, longest);
  std::set<std::uint64_t> seen;
  std::vector<GameState> openings;
  std::uint64_t random = MixBits(seed);
  const auto draw = [&] {
    GameState state(game);
    for (std::int64_t i = 0; i < length && !state.Over(); ++i) {
      state.Play(RandomMove(state, random));
    }
    return state;
  };
  for (std::int64_t pair = 0; pair < pairs; ++pair) {
    // Longer openings once the short ones run out; at the longest they come again.
    while (true) {
      std::optional<GameState> found;
      for (int i = 0; i < kDrawsForANewOpening && !found; ++i) {
        GameState state = draw();
        if (state.Over()) continue;
        if (seen.insert(game->Hash(state.position())).second) found = std::move(state);
      }
      if (!found && length < longest) {
        ++length;
        continue;
      }
      for (int i = 0; i < kDrawsForANewOpening && !found; ++i) {
        GameState state = draw();
        if (!state.Over()) found = std::move(state);
      }
      if (!found) {
        Fail(ErrorKind::kUsage, "{} random moves end a game of {}; use fewer opening moves", length,
             game.name());
      }
      openings.push_back(std::move(*found));
      break;
    }
  }
  return openings;
}

MatchResult PlayMatch(const PlayerSource& first, const PlayerSource& second,
                      const Component<AnyGame>& game, const MatchSettings& settings) {
  return Match(first, second, settings,
               RandomOpenings(game, (settings.games + 1) / 2, settings.opening_moves,
                              SeedOf(settings.seed, 0, 3)))
      .Play();
}

}  // namespace agon::selfplay
