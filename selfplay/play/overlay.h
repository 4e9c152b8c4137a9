// SPDX-License-Identifier: Apache-2.0
// What a search thinks of a position, laid over the picture of its board, and the picture as JSON.
//
// Who needs this file: the GTP server (agon-board), the terminal board, recordings of training.
//
// Thread safety: free functions.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "selfplay/games/any_game.h"
#include "selfplay/search/searcher.h"

namespace agon::selfplay {

// The cell where a legal move shows: where a stone appears, or changes hands. Negative: nowhere
// (a pass).
[[nodiscard]] int CellOfMove(const GameState& state, Move move);

// The present position with legal moves, last move and, when there was a search of it, the value
// and the overlays "visits" (shares), "prior" and "value" (in [0,1], 1 is a win for the side to
// move; 0 where nothing was visited) by cell.
[[nodiscard]] record::Board BoardWithSearch(const GameState& state, const SearchResult* result);

// The fields of record::Board under their names (docs/formats.md, "agon-board").
[[nodiscard]] nlohmann::json BoardJson(const record::Board& board);

}  // namespace agon::selfplay
