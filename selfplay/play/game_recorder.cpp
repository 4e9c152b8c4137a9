// SPDX-License-Identifier: Apache-2.0
#include "selfplay/play/game_recorder.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace agon::selfplay {
namespace {

constexpr std::size_t kAtOnce = 50;  // positions, of which the recorder's queue holds twice as many

}  // namespace

GameRecorder::GameRecorder(record::Recorder& recorder, std::string prefix)
    : recorder_(recorder),
      board_(prefix + "/board"),
      tree_(prefix + "/tree"),
      told_(std::move(prefix) + "/about") {}

void GameRecorder::Tell(std::string_view result, std::string_view ending) {
  const nlohmann::json json = {{"title", about_->title}, {"game", about_->game},
                               {"first", about_->first}, {"second", about_->second},
                               {"result", result},       {"ending", ending}};
  recorder_.Text(told_, first_, json.dump());
}

void GameRecorder::Begin(RecordedGameAbout about, std::int64_t step) {
  about_ = std::move(about);
  next_ = first_ = std::max(step, next_);
  Tell("*", "");
}

void GameRecorder::Add(RecordedPosition position) {
  if (!recording()) return;
  recorder_.Board(board_, next_, std::move(position.board));
  if (position.tree) recorder_.Tree(tree_, next_, std::move(*position.tree));
  ++next_;
}

void GameRecorder::Add(const std::vector<RecordedPosition>& positions) {
  for (std::size_t i = 0; i < positions.size(); ++i) {
    Add(positions[i]);
    if (i % kAtOnce == kAtOnce - 1) recorder_.Flush();
  }
}

void GameRecorder::End(std::string_view result, std::string_view ending) {
  if (!recording()) return;
  Tell(result, ending);
  about_.reset();
}

std::vector<RecordedPosition> WholeGame(
    const GameState& end, const std::vector<std::optional<RecordedPosition>>& searched) {
  std::vector<RecordedPosition> positions;
  GameState state(end.component());
  for (std::size_t ply = 0; ply <= end.moves().size(); ++ply) {
    if (ply > 0) state.Play(end.moves()[ply - 1]);
    if (ply < searched.size() && searched[ply]) {
      positions.push_back(*searched[ply]);
    } else {
      positions.push_back({.board = state.Picture(), .tree = std::nullopt});
    }
  }
  return positions;
}

}  // namespace agon::selfplay
