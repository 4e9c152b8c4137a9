// SPDX-License-Identifier: Apache-2.0
// What the commands of `agon selfplay` share: the game of --game as a part of a configuration.
//
// Thread safety: free functions.
#pragma once

#include <string>

#include "cli/commands/session.h"
#include "selfplay/play/player.h"

namespace agon::cli {

// {game: {name: ..., settings}} of --game, so that --set game.size=9 finds a mapping.
// Error(kConfig).
[[nodiscard]] config::Value GameRoot(const SelfplayOptions& options);

// What gtp and play take: the game, one player, the seed. Without --seed the clock gives one.
struct InteractiveConfig {
  std::int64_t seed = 0;
  std::vector<Path> plugins;
  Component<selfplay::AnyGame> game;
  static void Describe(config::Fields<InteractiveConfig>& f);
};

}  // namespace agon::cli
