// SPDX-License-Identifier: Apache-2.0
#include "selfplay/games/any_game.h"

#include <algorithm>
#include <array>
#include <utility>

#include "runtime/base/error.h"

namespace agon::selfplay {

AnyGame::~AnyGame() = default;

GameState::GameState(Component<AnyGame> game) : game_(std::move(game)) {
  AGON_CHECK(static_cast<bool>(game_));
  game_->Start(position_);
}

bool GameState::Over() const {
  return game_->Over(position_) || static_cast<int>(moves_.size()) >= game_->Shape().max_moves;
}

Outcome GameState::Result() const {
  if (game_->Over(position_)) return game_->Result(position_);
  const double score = game_->Score(position_).value_or(0);
  return score > 0 ? Outcome::kFirstWins : score < 0 ? Outcome::kSecondWins : Outcome::kDraw;
}

std::vector<Move> GameState::LegalMoves() const {
  if (Over()) return {};
  std::array<Move, kMaxActions> moves;
  const int count = game_->LegalMoves(position_, history_, moves);
  return {moves.begin(), moves.begin() + count};
}

bool GameState::IsLegal(Move move) const {
  const std::vector<Move> legal = LegalMoves();
  return std::binary_search(legal.begin(), legal.end(), move);
}

void GameState::Play(Move move) {
  const int actions = game_->Shape().actions;
  if (move >= actions) {
    Fail(ErrorKind::kUsage, "move {}: {} has the moves 0 to {}", move, game_.name(), actions - 1);
  }
  if (Over()) {
    Fail(ErrorKind::kUsage, "move {}: the game of {} is over after {} moves", game_->MoveText(move),
         game_.name(), moves_.size());
  }
  if (!IsLegal(move)) {
    Fail(ErrorKind::kUsage, "move {}: not legal in this position of {}, move {} of the game",
         game_->MoveText(move), game_.name(), moves_.size() + 1);
  }
  history_.Push(game_->BoardKey(position_));
  moves_.push_back(move);
  game_->Play(position_, move);
}

bool GameState::Undo() {
  if (moves_.empty()) return false;
  moves_.pop_back();
  history_.Pop();
  game_->Start(position_);
  for (const Move move : moves_) game_->Play(position_, move);
  return true;
}

void GameState::Reset() {
  moves_.clear();
  history_.Clear();
  game_->Start(position_);
}

record::Board GameState::Picture() const {
  record::Board board = game_->Picture(position_);
  if (!moves_.empty()) board.last_move = game_->MoveText(moves_.back());
  for (const Move move : LegalMoves()) board.legal_moves.push_back(game_->MoveText(move));
  return board;
}

}  // namespace agon::selfplay
