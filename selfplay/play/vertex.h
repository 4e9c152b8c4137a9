// SPDX-License-Identifier: Apache-2.0
// Moves and colours as GTP writes them: for Go vertices (D4, pass), for every other game the game's
// own text. Black is whoever moves first.
//
// Who needs this file: the GTP server and client.
//
// Thread safety: free functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "selfplay/games/any_game.h"

namespace agon::selfplay {

[[nodiscard]] inline bool IsGo(const Component<AnyGame>& game) { return game.name() == "go"; }

// "D4" for Go, "d3" for Othello.
[[nodiscard]] std::string VertexText(const AnyGame& game, bool go, Move move);
[[nodiscard]] inline std::string VertexText(const GameState& state, Move move) {
  return VertexText(state.game(), IsGo(state.component()), move);
}

// "b", "black", "w", "white" in any case; nothing for other words.
[[nodiscard]] std::optional<int> ParseColour(std::string_view text);
[[nodiscard]] inline std::string_view ColourText(int player) {
  return player == 0 ? "black" : "white";
}

// Komi of a game that has one, as written in its configuration.
[[nodiscard]] std::optional<double> KomiOf(const Component<AnyGame>& game);

[[nodiscard]] std::string LowerCase(std::string_view text);

}  // namespace agon::selfplay
