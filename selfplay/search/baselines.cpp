// SPDX-License-Identifier: Apache-2.0
#include "selfplay/search/baselines.h"

#include <algorithm>
#include <tuple>

#include "runtime/base/error.h"
#include "selfplay/games/random.h"

namespace agon::selfplay {

Move RandomMove(const GameState& state, std::uint64_t& random) {
  const std::vector<Move> moves = state.LegalMoves();
  AGON_CHECK(!moves.empty());
  return moves[static_cast<std::size_t>(RandomBelow(random, static_cast<int>(moves.size())))];
}

std::vector<RolloutMove> RolloutSearch(const GameState& state, const RolloutSettings& settings,
                                       std::uint64_t& random) {
  AGON_CHECK(!state.Over() && settings.simulations >= 1);
  std::vector<RolloutMove> moves =
      state.game().SearchByRollouts(state.position(), state.history(), settings, random);
  // A win before all, a loss after all: 1, 0, -1, where a draw that is proven is a move like
  // others.
  const auto rank = [](const RolloutMove& move) {
    const int certain = move.proven == 1 ? 1 : move.proven == -1 ? -1 : 0;
    return std::tuple(certain, move.visits, move.value);
  };
  std::ranges::stable_sort(
      moves, [&](const RolloutMove& a, const RolloutMove& b) { return rank(a) > rank(b); });
  return moves;
}

}  // namespace agon::selfplay
