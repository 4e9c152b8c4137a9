// SPDX-License-Identifier: Apache-2.0
// What the tests of games share.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "runtime/base/files.h"
#include "selfplay/games/any_game.h"

namespace agon::selfplay {

// "othello", or "{name: othello, size: 6}"; all games are registered first.
[[nodiscard]] Component<AnyGame> MakeGame(const std::string& yaml);

// The cells row by row, "." where empty, a line for every row.
[[nodiscard]] std::string Cells(const record::Board& board);

// Where the real data lies; see the README there.
[[nodiscard]] Path TestData();

}  // namespace agon::selfplay
