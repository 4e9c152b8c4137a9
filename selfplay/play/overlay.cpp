// SPDX-License-Identifier: Apache-2.0
#include "selfplay/play/overlay.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace agon::selfplay {

int CellOfMove(const GameState& state, Move move) {
  const record::Board before = state.game().Picture(state.position());
  AnyPosition position = state.position();
  state.game().Play(position, move);
  const record::Board after = state.game().Picture(position);
  int changed = -1;
  for (std::size_t cell = 0; cell < after.colours.size(); ++cell) {
    if (after.colours[cell] == 0 || after.colours[cell] == before.colours[cell]) continue;
    if (before.colours[cell] == 0) return static_cast<int>(cell);
    if (changed < 0) changed = static_cast<int>(cell);
  }
  return changed;
}

record::Board BoardWithSearch(const GameState& state, const SearchResult* result) {
  record::Board board = state.Picture();
  if (result == nullptr) return board;
  board.value = std::clamp(result->value, -1.0, 1.0);
  const std::vector<float> nothing(board.cells.size());
  record::Board::Overlay visits{"visits", nothing}, prior{"prior", nothing},
      value{"value", nothing};
  std::int64_t total = 0;
  for (const MoveStats& move : result->moves) total += move.visits;
  for (const MoveStats& move : result->moves) {
    const int cell = CellOfMove(state, move.move);
    if (cell < 0) continue;
    const auto at = static_cast<std::size_t>(cell);
    if (total > 0) {
      visits.values[at] += static_cast<float>(move.visits) / static_cast<float>(total);
    }
    prior.values[at] += static_cast<float>(move.prior);
    if (move.visits > 0 || move.proven != 2) {
      const auto good = static_cast<float>(0.5 + 0.5 * std::clamp(move.value, -1.0, 1.0));
      value.values[at] = std::max(value.values[at], good);
    }
  }
  board.overlays = {std::move(visits), std::move(prior), std::move(value)};
  return board;
}

nlohmann::json BoardJson(const record::Board& board) {
  nlohmann::json overlays = nlohmann::json::array();
  for (const record::Board::Overlay& overlay : board.overlays) {
    overlays.push_back({{"name", overlay.name}, {"values", overlay.values}});
  }
  return {{"width", board.width},     {"height", board.height},
          {"cells", board.cells},     {"colours", board.colours},
          {"overlays", overlays},     {"legal_moves", board.legal_moves},
          {"to_move", board.to_move}, {"last_move", board.last_move},
          {"value", board.value}};
}

}  // namespace agon::selfplay
