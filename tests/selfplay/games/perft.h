// SPDX-License-Identifier: Apache-2.0
// Counting games, for the tests.
#pragma once

#include <gtest/gtest.h>

#include <array>

#include "selfplay/games/game.h"

namespace agon::selfplay {

// Calls visit(position) for every move's outcome.
template <Game G, class Visit>
void ForNext(const G& rules, const typename G::Position& position, const Visit& visit) {
  static const History no_history;
  std::array<Move, kMaxActions> moves;
  const int count = rules.LegalMoves(position, no_history, moves);
  for (int i = 0; i < count; ++i) {
    typename G::Position next = position;
    rules.Play(next, moves[static_cast<std::size_t>(i)]);
    visit(next);
  }
}

// Games of `depth` moves; one that ends earlier counts as well.
template <Game G>
std::uint64_t Perft(const G& rules, const typename G::Position& position, int depth) {
  if (depth == 0 || rules.Over(position)) return 1;
  std::uint64_t games = 0;
  ForNext(rules, position,
          [&](const typename G::Position& next) { games += Perft(rules, next, depth - 1); });
  return games;
}
template <Game G>
std::uint64_t Perft(const G& rules, int depth) {
  return Perft(rules, rules.Start(), depth);
}

}  // namespace agon::selfplay
