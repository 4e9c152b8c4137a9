// SPDX-License-Identifier: Apache-2.0
// Whole games in a run's recording, move by move, for the viewer: PREFIX/board, PREFIX/tree and
// PREFIX/about (docs/formats.md, "Games in a recording").
//
// Who needs this file: training and match.
//
// Thread safety: one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/record/recorder.h"
#include "selfplay/games/any_game.h"

namespace agon::selfplay {

inline constexpr int kRecordedTreeNodes = 100;  // of each move's search

struct RecordedGameAbout {
  std::string title;          // "game 18870 of generation 14"
  std::string game;           // as GameText has it
  std::string first, second;  // players; may be empty
};

// A position as it is recorded, with the search that was made of it.
struct RecordedPosition {
  record::Board board;
  std::optional<record::Tree> tree;
};

class GameRecorder {
 public:
  GameRecorder(record::Recorder& recorder, std::string prefix);

  // A new game; its first board has the step `step`, or the one after the last that was recorded
  // where that is greater.
  void Begin(RecordedGameAbout about, std::int64_t step);
  // The next position; nothing when no game is recorded.
  void Add(RecordedPosition position);
  // Many at once. Waits now and then, since the recorder drops what comes faster than it writes:
  // for games that are over. Error(kIo).
  void Add(const std::vector<RecordedPosition>& positions);
  // `result` as in game records; `ending` empty: by the rules.
  void End(std::string_view result, std::string_view ending);

  [[nodiscard]] bool recording() const { return about_.has_value(); }
  // The step of the next board.
  [[nodiscard]] std::int64_t next_step() const { return next_; }

 private:
  void Tell(std::string_view result, std::string_view ending);

  record::Recorder& recorder_;
  std::string board_, tree_, told_;
  std::int64_t first_ = 0, next_ = 0;
  std::optional<RecordedGameAbout> about_;
};

// All positions of a game from its start: those that were not searched get their picture alone.
// `searched` are positions by ply.
[[nodiscard]] std::vector<RecordedPosition> WholeGame(
    const GameState& end, const std::vector<std::optional<RecordedPosition>>& searched);

}  // namespace agon::selfplay
