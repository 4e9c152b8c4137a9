// SPDX-License-Identifier: Apache-2.0
// A self-play training under way: the loops of trainer.h, its checkpoints, its end.
//
// Who needs this file: trainer.cpp. Thread safety: one thread; what the playing threads call is
// said where it stands.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/base/progress.h"
#include "runtime/run/checkpoint.h"
#include "selfplay/learn/actors.h"
#include "selfplay/learn/engine.h"
#include "selfplay/learn/game_log.h"
#include "selfplay/learn/replay.h"
#include "selfplay/learn/sample_games.h"
#include "selfplay/learn/symmetry.h"
#include "selfplay/learn/train_evaluation.h"
#include "selfplay/learn/trainer.h"

namespace agon::selfplay {

// The network a training begins with: drawn from the seed, or read from `weights`. Error(kModel)
// when those are of another network.
[[nodiscard]] std::unique_ptr<PolicyValueNetwork> StartingNetwork(const SelfplayConfig& config);

class Training {
 public:
  Training(const SelfplayConfig& config, run::Run& run, const DevicePolicy& device, bool resume);

  SelfplayResult Go();

 private:
  // ---- playing and learning at the same time ----

  void PlayAndLearn();

  // ---- in turn ----

  void TakeTurns();
  void PlayTurn();
  // Called by the playing threads, or in order of games by this one.
  void Receive(FinishedGame& game);
  void Watch(const SelfGame::WatchedSearch& search);

  // ---- learning ----

  [[nodiscard]] bool CanLearn() const;
  void LearnStep();
  // Half of the playing threads wait when they are `lag` positions ahead, all at twice as many.
  void HoldPlaying();
  // Adds what the learner has counted to the row of the generation to come.
  void DrainFigures();
  void NewGeneration();
  // What happened since the last row.
  void Describe(GenerationRow& row);

  // ---- measuring ----

  [[nodiscard]] bool EvaluationDue() const;
  void Measure();

  // ---- the run ----

  void Attend();
  // Saves a checkpoint when `work` was asked to stop.
  void UnlessInterrupted(const std::function<void()>& work);
  [[noreturn]] void Interrupt();

  // ---- checkpoints ----

  void Save();
  void Open(bool resume);
  ReplayMark Restore(const run::Checkpoint& checkpoint);
  void UpdateCounts();
  void SaveWeights() const;

  // ---- the end ----

  void EndTraining();
  SelfplayResult Finish();
  // The game that the result plays against itself without noise.
  [[nodiscard]] std::vector<record::Board> SampleGame();

  // ---- how far ----

  [[nodiscard]] double Seconds() const;
  [[nodiscard]] std::uint64_t Seed(std::string_view purpose, std::int64_t number) const;
  [[nodiscard]] std::int64_t Games() const;
  // In [0,1): by whichever end is nearest.
  [[nodiscard]] double Share() const;
  // What the progress line counts.
  [[nodiscard]] std::int64_t Total() const;
  [[nodiscard]] std::int64_t Done() const;
  [[nodiscard]] const char* Unit() const;

  const SelfplayConfig& config_;
  run::Run& run_;
  const int threads_;  // of a learner's step
  std::unique_ptr<PolicyValueNetwork> network_;
  Learner learner_;
  const SymmetryTables symmetries_;
  PlayingEngine engine_;
  const TrainEvaluation evaluation_;
  ReplayWindow replay_;
  std::optional<GameLog> log_;
  double max_minutes_, checkpoint_every_;
  TrainingState state_;
  NamedTensors playing_;   // the weights that play,
  NamedTensors measured_;  // and those measured last
  std::int64_t next_game_ = 0;
  mutable std::mutex counts_mutex_;
  GameCounts counts_, base_counts_;  // of this process, of those before
  GameCounts row_counts_;            // at the last generation
  double row_seconds_ = 0;
  bool over_ = false;
  Stopwatch clock_, since_checkpoint_;
  std::atomic<std::int64_t> watched_step_{0};  // state_.step for the thread that is watched
  // Of that thread alone.
  Stopwatch since_board_, since_tree_;
  std::int64_t board_step_ = -1;
  SampleGames samples_;
  Progress* progress_ = nullptr;
  std::int64_t shown_ = 0;
  std::string note_;
  std::optional<Actors> actors_;  // last: its threads use all the others
};

}  // namespace agon::selfplay
