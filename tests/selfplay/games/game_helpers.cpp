// SPDX-License-Identifier: Apache-2.0
#include "tests/selfplay/games/game_helpers.h"

#include <cstdlib>
#include <mutex>

#include "examples/game/breakthrough.h"
#include "selfplay/search/game_of.h"

namespace agon::selfplay {

Component<AnyGame> MakeGame(const std::string& yaml) {
  static std::once_flag once;
  std::call_once(once, [] {
    RegisterGames(GlobalRegistry());
    AddGame<Breakthrough>(GlobalRegistry(), "breakthrough", "the game of docs/adding-a-game.md");
  });
  config::Problems problems;
  const config::Value value = config::ParseYaml(yaml, "test", ".", problems);
  config::Reader reader{problems};
  Component<AnyGame> game = GlobalRegistry().Create<AnyGame>(value, reader, "game");
  problems.ThrowIfAny();
  return game;
}

std::string Cells(const record::Board& board) {
  std::string text;
  for (std::size_t i = 0; i < board.cells.size(); ++i) {
    text += board.cells[i].empty() ? "." : board.cells[i];
    if ((i + 1) % static_cast<std::size_t>(board.width) == 0) text += '\n';
  }
  return text;
}

Path TestData() {
  const char* folder = std::getenv("AGON_TEST_DATA");
  return folder != nullptr ? Path(folder) : Path(AGON_SOURCE_DIR) / "../shared/data";
}

}  // namespace agon::selfplay
