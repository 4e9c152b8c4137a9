// SPDX-License-Identifier: Apache-2.0
// A CycleGAN training under way: the loop of trainer.h, its checkpoints, its end.
//
// Who needs this file: trainer.cpp. Thread safety: one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cyclegan/learn/feed.h"
#include "cyclegan/learn/trainer.h"
#include "runtime/base/clock.h"
#include "runtime/base/progress.h"
#include "runtime/run/checkpoint.h"

namespace agon::cyclegan {

class Training {
 public:
  Training(const CycleganConfig& config, const DomainPair& domains, run::Run& run,
           const DevicePolicy& device, const CycleganTrainOptions& options);

  CycleganResult Go();

 private:
  // ---- learning ----
  void Learn();  // until state_.ended says why no more
  void Step();
  // The figures of the iterations since the last call: recorded, judged, booked.
  void CloseWindow();
  void CloseRow();
  void WatchForCollapse(const StepFigures& window);
  [[noreturn]] void Diverged(const std::string& what) const;

  // ---- looking ----
  [[nodiscard]] bool SampleDue() const;
  [[nodiscard]] bool JudgeDue() const;
  void Sample();
  void Judge();
  // Of domain `from`: 0: A, 1: B.
  [[nodiscard]] std::vector<SampleRow> SamplesOf(std::size_t from) const;

  // ---- the run ----
  void Attend();
  [[noreturn]] void Interrupt();
  void Record(const std::string& track, double value);
  void RecordPicture(const std::string& track, formats::Pixels pixels, const char* caption);

  // ---- checkpoints and the end ----
  void Save();
  void Restore();
  void SaveWeights() const;
  CycleganResult Finish();

  [[nodiscard]] double Seconds() const;
  [[nodiscard]] double Share() const;  // of training, in [0,1]
  [[nodiscard]] double Epochs() const;
  [[nodiscard]] double LearningRate(std::int64_t step) const;

  const CycleganConfig& config_;
  const DomainPair& domains_;
  const CycleganTrainOptions& options_;
  run::Run& run_;
  const Path folder_;
  const at::Device device_;
  const std::int64_t largest_;  // pictures of the larger domain
  const std::int64_t total_;    // iterations
  const std::int64_t window_;   // iterations between two looks at the figures
  const std::int64_t row_;      // of the history, a multiple of the window
  CycleganLearner learner_;
  WeightSnapshot snapshot_;
  TrainingState state_;
  std::optional<Feed> feed_;
  double max_minutes_, checkpoint_every_;
  bool over_ = false;
  Stopwatch clock_, since_checkpoint_;
  Progress* progress_ = nullptr;
  std::string note_;
};

}  // namespace agon::cyclegan
