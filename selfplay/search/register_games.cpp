// SPDX-License-Identifier: Apache-2.0
// The games that every command knows. A new one is one line here (docs/adding-a-game.md).
#include "selfplay/games/connect_four.h"
#include "selfplay/games/go.h"
#include "selfplay/games/othello.h"
#include "selfplay/games/tic_tac_toe.h"
#include "selfplay/search/game_of.h"

namespace agon::selfplay {

void RegisterGames(Registry& registry) {
  AddGame<ConnectFour>(registry, "connect_four", "four in a row on seven by six, stones fall");
  AddGame<Go>(registry, "go", "territory by Tromp and Taylor's rules, positional superko");
  AddGame<Othello>(registry, "othello", "discs between two of the other colour change sides");
  AddGame<TicTacToe>(registry, "tic_tac_toe", "three in a row on three by three");
}

}  // namespace agon::selfplay
