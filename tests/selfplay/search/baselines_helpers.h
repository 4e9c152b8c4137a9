// SPDX-License-Identifier: Apache-2.0
// What the tests of baselines and oracles share.
#pragma once

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "selfplay/games/random.h"
#include "tests/selfplay/games/game_helpers.h"

namespace agon::selfplay {

// A game with these moves played: "4453" are columns of Connect Four, "a1b2" cells of the others.
inline GameState Play(const std::string& game, std::string_view moves) {
  GameState state(MakeGame(game));
  const std::size_t length = game == "connect_four" ? 1 : 2;
  for (; !moves.empty(); moves.remove_prefix(length)) {
    state.Play(state.game().ParseMove(moves.substr(0, length)));
  }
  return state;
}

inline GameState After(const GameState& state, Move move) {
  GameState next = state;
  next.Play(move);
  return next;
}

// `plies` random moves from the start, and again when the game is over by then.
inline GameState RandomPosition(const std::string& game, int plies, std::uint64_t& random) {
  for (;;) {
    GameState state(MakeGame(game));
    while (!state.Over() && static_cast<int>(state.moves().size()) < plies) {
      const std::vector<Move> moves = state.LegalMoves();
      state.Play(
          moves[static_cast<std::size_t>(RandomBelow(random, static_cast<int>(moves.size())))]);
    }
    if (!state.Over()) return state;
  }
}

// For the side to move, by looking at all games.
inline int BruteForceOutcome(const GameState& state) {
  const int player = state.to_move();
  if (state.Over()) return ValueFor(state.Result(), player);
  int best = -1;
  for (const Move move : state.LegalMoves()) {
    const GameState next = After(state, move);
    const int value = BruteForceOutcome(next);
    best = std::max(best, next.to_move() == player ? value : -value);
    if (best == 1) break;
  }
  return best;
}

// Positions of ../shared/data/connect4 with the score of every column.
struct FourCase {
  std::string moves;
  int score = 0;
  std::vector<int> columns;  // -1000 where full
};
inline std::vector<FourCase> ReadFourCases(const Path& file) {
  std::vector<FourCase> cases;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    FourCase read;
    words >> read.moves >> read.score;
    for (int score = 0; words >> score;) read.columns.push_back(score);
    cases.push_back(std::move(read));
  }
  return cases;
}

}  // namespace agon::selfplay
