// SPDX-License-Identifier: Apache-2.0
// A game in the terminal: a person types moves, a player answers. Every line that is no move is a
// command; `help` lists them.
//
// Who needs this file: `agon selfplay play`.
//
// Thread safety: one thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "selfplay/games/game_record.h"
#include "selfplay/play/player.h"

namespace agon::selfplay {

class TerminalGame {
 public:
  using Output = std::function<void(std::string_view)>;
  // `person`: 0 has the first move, 1 the second.
  TerminalGame(const Component<AnyGame>& game, std::unique_ptr<Player> player, int person,
               Output output);

  // Shows the board; the player moves when it is its turn.
  void Begin();
  // Obeys one line; false when the person has left.
  bool Handle(std::string_view line);
  // What stands before the cursor: "X, your move: ".
  [[nodiscard]] std::string Prompt() const;

  [[nodiscard]] bool Over() const { return resigned_.has_value() || state_.Over(); }
  [[nodiscard]] const GameState& state() const { return state_; }
  [[nodiscard]] GameRecord Record() const;

 private:
  void ShowBoard() const;
  void ShowMoves() const;
  void ShowEnd() const;
  void Hint();
  void Undo();
  void NewGame();
  void Save(std::string_view file) const;
  void Move(std::string_view text);
  void Answer();
  [[nodiscard]] bool PersonToMove() const { return state_.to_move() == person_; }

  GameState state_;
  std::unique_ptr<Player> player_;
  int person_;
  Output output_;
  std::optional<int> resigned_;  // who did
};

}  // namespace agon::selfplay
