// SPDX-License-Identifier: Apache-2.0
// Now and then a game of a training is recorded whole, as it is played. The step of its boards is
// the learner's, so that one timeline fits curves and boards; since a game takes many boards and
// steps rise, the next game waits until the learner has come past the last.
//
// Who needs this file: training.h. Thread safety: one thread at a time.
#pragma once

#include <cstdint>

#include "runtime/base/clock.h"
#include "selfplay/learn/self_game.h"
#include "selfplay/play/game_recorder.h"

namespace agon::selfplay {

class SampleGames {
 public:
  SampleGames(record::Recorder& recorder, const Component<AnyGame>& game);

  // After each search of the watched game.
  void Searched(const SelfGame::WatchedSearch& search, std::int64_t learner_step);
  void Finished(const FinishedGame& game, const GameState& end);
  // The last one: the result of the training against itself, without noise.
  void AddLast(const std::vector<RecordedPosition>& positions, std::int64_t learner_step,
               std::string_view result);

 private:
  [[nodiscard]] bool Due(std::int64_t learner_step) const;

  GameRecorder recorder_;
  Component<AnyGame> game_;
  std::int64_t seen_ = -1;  // number of the last game whose beginning was seen
  bool any_ = false;
  double ended_ = 0;
  Stopwatch clock_;
};

}  // namespace agon::selfplay
