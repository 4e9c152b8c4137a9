// SPDX-License-Identifier: Apache-2.0
#include "selfplay/learn/sample_games.h"

#include <fmt/format.h>

#include <algorithm>

#include "selfplay/games/game_record.h"
#include "selfplay/play/overlay.h"

namespace agon::selfplay {
namespace {

// Seconds between two games: the longer a training lasts, the more slowly it changes.
constexpr double kLeastGap = 2;
constexpr double kGapShare = 0.05;

RecordedPosition Seen(const GameState& state, const SearchResult& result,
                      const Searcher& searcher) {
  return {.board = BoardWithSearch(state, &result), .tree = searcher.Picture(kRecordedTreeNodes)};
}

}  // namespace

SampleGames::SampleGames(record::Recorder& recorder, const Component<AnyGame>& game)
    : recorder_(recorder, "selfplay/game"), game_(game) {}

bool SampleGames::Due(std::int64_t learner_step) const {
  if (!any_) return true;
  const double now = clock_.Seconds();
  return learner_step >= recorder_.next_step() &&
         now - ended_ >= std::max(kLeastGap, kGapShare * now);
}

void SampleGames::Searched(const SelfGame::WatchedSearch& search, std::int64_t learner_step) {
  if (search.number != seen_) {
    seen_ = search.number;
    if (recorder_.recording()) recorder_.End("*", "");  // its thread was stopped
    if (!Due(learner_step)) return;
    any_ = true;
    recorder_.Begin(
        {.title = fmt::format("game {} of generation {}", search.number, search.generation),
         .game = GameText(game_),
         .first = {},
         .second = {}},
        learner_step);
    // The opening's moves were drawn, not searched.
    GameState state(game_);
    for (const Move move : search.state.moves()) {
      recorder_.Add({.board = state.Picture(), .tree = std::nullopt});
      state.Play(move);
    }
  }
  if (recorder_.recording()) recorder_.Add(Seen(search.state, search.result, search.searcher));
}

void SampleGames::Finished(const FinishedGame& game, const GameState& end) {
  if (game.number != seen_ || !recorder_.recording()) return;
  recorder_.Add({.board = end.Picture(), .tree = std::nullopt});
  recorder_.End(ResultText(game.outcome), game.ending == "rules" ? "" : game.ending);
  ended_ = clock_.Seconds();
}

void SampleGames::AddLast(const std::vector<RecordedPosition>& positions, std::int64_t learner_step,
                          std::string_view result) {
  recorder_.Begin({.title = "the trained network against itself",
                   .game = GameText(game_),
                   .first = {},
                   .second = {}},
                  learner_step);
  recorder_.Add(positions);
  recorder_.End(result, "");
}

}  // namespace agon::selfplay
