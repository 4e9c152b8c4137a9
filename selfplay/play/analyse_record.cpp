// SPDX-License-Identifier: Apache-2.0
#include "selfplay/play/analyse_record.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "runtime/base/error.h"
#include "runtime/base/progress.h"
#include "runtime/base/stop.h"
#include "selfplay/play/vertex.h"

namespace agon::selfplay {
namespace {

constexpr std::size_t kLineMoves = 8;

// What the analyst thinks of one position; a finished game is worth its result.
struct Opinion {
  double value = 0;  // for the side to move
  SearchResult search;
};

Opinion Ask(Player& player, const GameState& state) {
  if (state.Over()) {
    return {.value = static_cast<double>(ValueFor(state.Result(), state.to_move())), .search = {}};
  }
  (void)player.Choose(state);
  std::optional<SearchResult> search = player.last_search();
  if (!search) {
    Fail(ErrorKind::kUsage,
         "player \"{}\" has nothing to tell about a position; use net:, mcts: or perfect",
         player.name());
  }
  return {.value = search->value, .search = std::move(*search)};
}

void Describe(const GameState& state, const SearchResult& search, Move played, MoveAnalysis& out) {
  std::int64_t visits = 0;
  for (const MoveStats& move : search.moves) visits += move.visits;
  out.best = VertexText(state, search.best);
  for (const MoveStats& move : search.moves) {
    if (move.move == played && visits > 0) {
      out.share = static_cast<double>(move.visits) / static_cast<double>(visits);
    }
    if (move.move != search.best) continue;
    for (std::size_t i = 0; i < std::min(move.line.size(), kLineMoves); ++i) {
      out.line += (i == 0 ? "" : " ") + VertexText(state, move.line[i]);
    }
  }
}

}  // namespace

GameAnalysis AnalyseRecord(const GameRecord& record, const Component<AnyGame>& game, Player& player,
                           std::string_view name) {
  GameState whole(game);
  Replay(record, whole, name);  // all of it is checked before any of it is analysed
  GameState state(game);
  Replay(record, state, name, record.setup);
  GameAnalysis analysis;
  Progress progress("analysis", static_cast<std::int64_t>(record.moves.size() - record.setup),
                    "move");
  player.NewGame(state);
  std::array<int, 2> counts{};
  Opinion before = Ask(player, state);
  for (std::size_t i = record.setup; i < record.moves.size(); ++i) {
    if (StopSignal() != 0) Fail(ErrorKind::kInterrupted, "interrupted");
    const Move played = whole.moves()[i];
    MoveAnalysis move;
    move.number = record.moves[i].number;
    move.player = state.to_move();
    move.move = VertexText(state, played);
    move.value = before.value;
    Describe(state, before.search, played, move);
    state.Play(played);
    Opinion after = Ask(player, state);
    move.value_after = state.to_move() == move.player ? after.value : -after.value;
    move.loss = std::max(0.0, move.value - move.value_after);
    const auto side = static_cast<std::size_t>(move.player);
    analysis.mean_loss[side] += move.loss;
    ++counts[side];
    before = std::move(after);
    progress.Advance(1);
    if (move.number > 0) analysis.moves.push_back(std::move(move));
  }
  for (std::size_t side = 0; side < 2; ++side) {
    if (counts[side] > 0) analysis.mean_loss[side] /= counts[side];
  }
  return analysis;
}

nlohmann::json GameAnalysis::ToJson() const {
  nlohmann::json list = nlohmann::json::array();
  for (const MoveAnalysis& move : moves) {
    list.push_back({{"number", move.number},
                    {"player", ColourText(move.player)},
                    {"move", move.move},
                    {"best", move.best},
                    {"value", move.value},
                    {"value_after", move.value_after},
                    {"loss", move.loss},
                    {"share", move.share},
                    {"line", move.line}});
  }
  return {{"moves", list}, {"mean_loss_black", mean_loss[0]}, {"mean_loss_white", mean_loss[1]}};
}

}  // namespace agon::selfplay
