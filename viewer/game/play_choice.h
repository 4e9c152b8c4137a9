// SPDX-License-Identifier: Apache-2.0
// What can be played against what: the games agon has, the players it knows, the networks that the
// runs of the list have trained.
//
// Thread safety: free functions and values; those that read files are for background jobs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/files.h"

namespace agon::viewer {

// The kinds of PLAYER words that are offered.
enum class PlayerKind { kNet, kMcts, kMinimax, kPerfect, kRandom, kGtp };
struct PlayerKindInfo {
  PlayerKind kind;
  std::string_view name;    // as shown
  std::string_view number;  // what its number is; empty: it has none
  std::int64_t low, high, usual;
};
[[nodiscard]] const std::vector<PlayerKindInfo>& PlayerKindInfos();

// A network that was trained, and of what game.
struct TrainedNetwork {
  std::string run;   // its name in the list
  std::string game;  // "connect_four", "{name: go, size: 7}"
  Path weights;
};

struct PlayerChoice {
  PlayerKind kind = PlayerKind::kMcts;
  std::int64_t number = 1000;
  Path weights;         // kNet
  std::string command;  // kGtp: "gnugo --mode gtp"
};
// "net:weights=W,sims=400". Empty when something is missing.
[[nodiscard]] std::string PlayerWord(const PlayerChoice& choice);

// The game in a run's config.yaml, in one line; nothing when there is none.
[[nodiscard]] std::optional<std::string> GameOfConfig(std::string_view yaml);
// Of a run folder; nothing when it has no weights of a game (yet).
[[nodiscard]] std::optional<TrainedNetwork> NetworkOf(const Path& run, std::string name);

// The answer to `agon list game --json`.
[[nodiscard]] std::vector<std::string> ReadGameList(std::string_view json);

}  // namespace agon::viewer
