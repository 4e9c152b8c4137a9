// SPDX-License-Identifier: Apache-2.0
// Random games: every legal move alike, to the end. Pure Monte-Carlo search rests on them, and they
// measure how fast the rules are.
//
// A game may offer a faster way that draws the same: a member RandomGame(position, history, random)
// with RandomGame's meaning, as Go does, which looks only at the moves it draws.
//
// Thread safety: free functions.
#pragma once

#include <array>
#include <span>

#include "selfplay/games/game.h"
#include "selfplay/games/random.h"

namespace agon::selfplay {

// The outcome of a uniformly random game from `position`. `history` holds the boards before it, one
// for every move so far; a game that is not over at its limit of moves is counted as it stands (see
// OutcomeOf). `random` is advanced.
template <Game G>
[[nodiscard]] Outcome RandomGame(const G& rules, typename G::Position position,
                                 const History& history, std::uint64_t& random) {
  std::array<Move, kMaxActions> moves;
  const auto draw = [&](int count) {
    return moves[static_cast<std::size_t>(RandomBelow(random, count))];
  };
  if constexpr (requires { rules.RandomGame(position, history, random); }) {
    return rules.RandomGame(position, history, random);
  } else if constexpr (G::kForbidsRepetition) {
    History path = history;
    for (int left = rules.MaxMoves() - static_cast<int>(history.size()); left > 0; --left) {
      const int count = rules.LegalMoves(position, path, moves);
      if (count == 0) break;
      path.Push(rules.BoardKey(position));
      rules.Play(position, draw(count));
    }
  } else {
    // Such games end by themselves, so the moves before this position do not matter.
    for (int left = rules.MaxMoves(); left > 0; --left) {
      const int count = rules.LegalMoves(position, history, moves);
      if (count == 0) break;
      rules.Play(position, draw(count));
    }
  }
  return OutcomeOf(rules, position);
}

}  // namespace agon::selfplay
