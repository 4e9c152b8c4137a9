// SPDX-License-Identifier: Apache-2.0
// A game of Go with its history, set up from a picture, for the tests.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "selfplay/games/go.h"

namespace agon::selfplay {

struct GoGame {
  Go rules;
  Go::Position position = rules.Start();
  History history;

  explicit GoGame(const Go& go) : rules(go) {}

  // Stones as in a picture, rows apart by "/": x Black, o White. Black is to move, nothing has been
  // played. The picture must be a legal position.
  static GoGame From(const std::string& picture, bool suicide = false, double komi = 0.5) {
    const auto width = static_cast<int>(std::min(picture.find('/'), picture.size()));
    const auto height = static_cast<int>(std::count(picture.begin(), picture.end(), '/')) + 1;
    GoGame game(Go(width, height, komi, suicide));
    int cell = 0;
    for (const char c : picture) {
      if (c == 'x' || c == 'o') {
        game.position.to_move = c == 'x' ? 0 : 1;
        game.rules.Play(game.position, static_cast<Move>(cell));
      }
      if (c != '/') ++cell;
    }
    game.position.to_move = 0;
    game.position.last = {kNoMove, kNoMove};
    game.position.ko = kNoMove;
    EXPECT_EQ(game.Picture(), picture);
    return game;
  }

  [[nodiscard]] Move At(int x, int y) const { return static_cast<Move>(y * rules.Width() + x); }
  [[nodiscard]] std::vector<Move> LegalMoves() const {
    std::vector<Move> moves(static_cast<std::size_t>(rules.Actions()));
    moves.resize(static_cast<std::size_t>(rules.LegalMoves(position, history, moves)));
    return moves;
  }
  [[nodiscard]] bool IsLegal(Move move) const {
    const std::vector<Move> moves = LegalMoves();
    return std::find(moves.begin(), moves.end(), move) != moves.end();
  }
  [[nodiscard]] bool IsLegal(int x, int y) const { return IsLegal(At(x, y)); }
  void Play(Move move) {
    ASSERT_TRUE(IsLegal(move)) << rules.MoveText(move) << "\n" << rules.Text(position);
    history.Push(rules.BoardKey(position));
    rules.Play(position, move);
  }
  void Play(int x, int y) { Play(At(x, y)); }
  void Pass() { Play(rules.Pass()); }

  [[nodiscard]] std::string Picture() const {
    const record::Board board = rules.Picture(position);
    std::string picture;
    for (std::size_t i = 0; i < board.cells.size(); ++i) {
      if (i > 0 && i % static_cast<std::size_t>(board.width) == 0) picture += '/';
      picture += board.cells[i] == "X" ? 'x' : board.cells[i] == "O" ? 'o' : '.';
    }
    return picture;
  }
};

}  // namespace agon::selfplay
