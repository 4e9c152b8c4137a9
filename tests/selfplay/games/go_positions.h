// SPDX-License-Identifier: Apache-2.0
// How many positions of Go there are, for the tests: a position is legal when every chain has a
// liberty. Cells are filled one after another, so that what lies behind counts as empty: a stone
// that takes something, itself included, makes a position that no later stone can mend.
#pragma once

#include "selfplay/games/go.h"

namespace agon::selfplay {

[[nodiscard]] inline std::uint64_t LegalPositions(const Go& rules, const Go::Position& position,
                                                  int cell) {
  if (cell == rules.Width() * rules.Height()) return 1;
  std::uint64_t count = LegalPositions(rules, position, cell + 1);
  for (const std::uint8_t player : {0, 1}) {
    Go::Position next = position;
    next.to_move = player;
    rules.Play(next, static_cast<Move>(cell));
    if (!next.removed) count += LegalPositions(rules, next, cell + 1);
  }
  return count;
}
[[nodiscard]] inline std::uint64_t LegalPositions(int side) {
  const Go rules(side, side, 0);
  return LegalPositions(rules, rules.Start(), 0);
}

}  // namespace agon::selfplay
