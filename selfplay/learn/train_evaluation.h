// SPDX-License-Identifier: Apache-2.0
// How strong the network is while it learns: the oracle error on positions with exact scores, games
// against other players, Elo against the generation measured before.
//
// Who needs this file: the trainer. Thread safety: one thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/tensor/device.h"
#include "selfplay/learn/config.h"
#include "selfplay/learn/train_state.h"
#include "selfplay/play/evaluate.h"
#include "selfplay/play/match.h"
#include "selfplay/play/player.h"

namespace agon::selfplay {

class TrainEvaluation {
 public:
  // Reads the positions and makes the opponents: Error as those do.
  TrainEvaluation(const SelfplayConfig& config, const DevicePolicy& device);

  // `before` may be null. Fills in previous, oracle, opponents, simulations and seconds.
  // Error(kInterrupted) when the program was asked to stop.
  [[nodiscard]] EvaluationRow Measure(const std::shared_ptr<Evaluator>& now,
                                      const std::shared_ptr<Evaluator>& before,
                                      std::uint64_t seed) const;
  // Whether there is anything to measure.
  [[nodiscard]] bool empty() const;

  // The share of points that `candidate` gets against `current`, by the settings of the gate.
  [[nodiscard]] double GateScore(const std::shared_ptr<Evaluator>& candidate,
                                 const std::shared_ptr<Evaluator>& current,
                                 std::uint64_t seed) const;

  // The searches it measures with: without noise.
  [[nodiscard]] SearchSettings Search(std::int64_t simulations) const;

 private:
  [[nodiscard]] OracleRow Oracle(const PositionSet& set, Evaluator& now, std::uint64_t seed) const;
  [[nodiscard]] MatchResult Match(const PlayerSource& first, const PlayerSource& second,
                                  std::int64_t games, std::int64_t opening,
                                  std::uint64_t seed) const;

  const SelfplayConfig& config_;
  const int threads_;
  std::vector<PositionSet> positions_;
  std::vector<std::unique_ptr<PlayerSource>> opponents_;
};

}  // namespace agon::selfplay
