// SPDX-License-Identifier: Apache-2.0
// A game that was played, as a file: SGF for Go, a plain list of moves for every other game
// (docs/formats.md, "Game records").
//
//   const GameRecord record = ReadGameRecord(text, "game.txt");
//   GameState state(GameFromText(record.game, "game.txt"));
//   Replay(record, state, "game.txt");
//
// Who needs this file: match (writes), evaluate (analyses), the GTP server (loadsgf, printsgf).
//
// Thread safety: free functions and values.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "selfplay/games/any_game.h"
#include "selfplay/games/sgf.h"

namespace agon::selfplay {

struct RecordedMove {
  std::string text;  // as the game writes it
  int number = 0;    // in the record, from 1; 0: put in to set up the position or to keep the turns
};

struct GameRecord {
  std::string game;           // as a configuration in one line: "{name: go, size: 9}"
  std::string first, second;  // names of the players; may be empty
  std::string result = "*";   // "1-0", "0-1", "1/2-1/2", "*" (not over), as chess has them
  std::string comment;        // "resigned", "illegal move d4"; may be empty
  std::vector<RecordedMove> moves;
  std::size_t setup = 0;  // the first so many set up the position (handicap stones)
};

// "{name: go, size: 9, komi: 7}": a component's resolved configuration in one line.
[[nodiscard]] std::string GameText(const Component<AnyGame>& game);
// From a name or a mapping in one line; `place` stands in messages. Error(kConfig) with what is
// known.
[[nodiscard]] Component<AnyGame> GameFromText(std::string_view text, std::string_view place);

[[nodiscard]] std::string_view ResultText(std::optional<Outcome> outcome);

// SGF or a list of moves, as the text begins. Error(kData) with the line of what is wrong.
[[nodiscard]] GameRecord ReadGameRecord(std::string_view text, std::string_view name);
[[nodiscard]] GameRecord FromSgf(const Sgf& sgf);

// SGF when the game is Go, else a list of moves.
[[nodiscard]] std::string WriteGameRecord(const GameRecord& record);

// Plays all moves from the start, `most` of them at most. Error(kData) naming an illegal move and
// its number, or both games when the record is of another one; the state is then unchanged.
void Replay(const GameRecord& record, GameState& state, std::string_view name,
            std::size_t most = static_cast<std::size_t>(-1));

// The moves of a game so far; `setup` as above.
[[nodiscard]] GameRecord RecordOf(const GameState& state, std::size_t setup = 0);

}  // namespace agon::selfplay
