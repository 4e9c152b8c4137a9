// SPDX-License-Identifier: Apache-2.0
// What the tests of the network share: shapes, networks whose norms do something, random rows.
#pragma once

#include <string>

#include "selfplay/games/any_game.h"
#include "selfplay/network/network.h"
#include "selfplay/search/evaluator.h"

namespace agon::selfplay {

// The three kinds of policy: a linear layer, a map, a map with a pass.
inline constexpr GameShape kColumns{.width = 7,
                                    .height = 6,
                                    .actions = 7,
                                    .planes = 2,
                                    .scalars = 0,
                                    .symmetries = 2,
                                    .max_moves = 42};
inline constexpr GameShape kCells{.width = 3,
                                  .height = 3,
                                  .actions = 9,
                                  .planes = 2,
                                  .scalars = 0,
                                  .symmetries = 8,
                                  .max_moves = 9};
inline constexpr GameShape kWithPass{.width = 5,
                                     .height = 4,
                                     .actions = 21,
                                     .planes = 5,
                                     .scalars = 2,
                                     .symmetries = 4,
                                     .max_moves = 100};

// Running statistics and biases drawn at random: a fold that forgets one shows.
[[nodiscard]] std::unique_ptr<PolicyValueNetwork> SeasonedNetwork(const GameShape& shape,
                                                                  const NetworkSettings& settings);

// `rows` random positions with some moves of each legal, in a random order.
[[nodiscard]] EvalBatch RandomRows(const GameShape& shape, int rows, std::uint64_t seed);

// A game of the registry, from "connect_four" or "{name: go, width: 5}".
[[nodiscard]] Component<AnyGame> GameOfName(const std::string& yaml);

}  // namespace agon::selfplay
