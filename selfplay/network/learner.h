// SPDX-License-Identifier: Apache-2.0
// One step of learning: from a batch of positions with the policy a search found and how the game
// ended to better weights, and the average of the weights over the steps, which is what plays.
//
//   Learner learner(network, settings, device);
//   learner.Step(batch, done, total);              // many times; nothing waits for the device
//   const LearnerFigures figures = learner.Drain();
//   evaluator->SetWeights(learner.PlayingWeights());
//
// Loss, for each position (Silver et al. 2018 with the outcome as three classes):
//   policy_weight * -sum_a target(a) log softmax(policy)(a)  +  outcome_weight * the same of [3],
// weighted by the batch's weights and divided by their sum. Where the batch says which moves are
// legal, the softmax is over those alone, as in play. Weight decay acts on the weights of
// convolutions and linear layers, not on biases and norms.
//
// The running statistics of batch norm are averaged as the weights are, with the same factor: both
// lag by the same number of steps.
//
// Who needs this file: the trainer. Thread safety: one thread; others may read copies.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/config/fields.h"
#include "runtime/plugin/registry.h"
#include "runtime/tensor/device.h"
#include "runtime/train/averaging.h"
#include "runtime/train/optimizer.h"
#include "runtime/train/schedule.h"
#include "selfplay/network/network.h"

namespace agon::selfplay {

struct LearnerSettings {
  Component<train::Optimizer> optimizer;  // left out: {name: adamw, weight_decay: 1e-4}
  Component<train::Schedule> schedule;    // left out: constant
  train::AveragingSettings averaging{.kind = "ema", .decay = 0.995, .start = 0};
  double policy_weight = 1;
  double outcome_weight = 1;
  double gradient_clip = 0;        // largest length of the gradient; 0: no limit
  std::string precision = "auto";  // of forward and backward: float32, bf16 by autocast
  static void Describe(config::Fields<LearnerSettings>& f);
};
// Puts optimizer and schedule into a `learner: {...}` mapping that leaves them out, so that the
// resolved configuration shows them.
void FillLearnerDefaults(config::Value& learner);

struct TrainBatch {
  Tensor planes;   // [N, planes + scalars, H, W]
  Tensor policy;   // [N,A] targets, each row sums to 1
  Tensor legal;    // [N,A] bool, or undefined: all moves
  Tensor outcome;  // [N,3] targets: win, draw, loss for the side to move; each row sums to 1
  Tensor weight;   // [N], or undefined: 1 each
  [[nodiscard]] std::int64_t size() const { return planes.size(0); }
  [[nodiscard]] TrainBatch To(at::Device device) const;
};

// Weighted means over the steps since the last Drain.
struct LearnerFigures {
  std::int64_t steps = 0;
  std::int64_t positions = 0;
  double policy_loss = 0;     // cross-entropy, nats
  double target_entropy = 0;  // of the policy targets: the least policy_loss can be
  double outcome_loss = 0;
  double policy_accuracy = 0;   // the target's most likely move is the network's
  double outcome_accuracy = 0;  // the target's most likely outcome is the network's
  double gradient_norm = 0;     // before clipping
  double learning_rate = 0;     // of the last step
};

class Learner {
 public:
  // Trains `network`, which it moves to the device and keeps in training mode; the caller keeps it
  // alive.
  Learner(PolicyValueNetwork& network, const LearnerSettings& settings, const DevicePolicy& device);
  ~Learner();
  Learner(const Learner&) = delete;
  Learner& operator=(const Learner&) = delete;

  // `done` of `total`, in [0, total): how far training is, in the units of the schedule (steps,
  // generations or minutes, as the trainer counts).
  void Step(const TrainBatch& batch, double done, double total);

  // Waits for the device. Error(kModel) when a loss was not finite.
  [[nodiscard]] LearnerFigures Drain();

  // The average where it has begun, else the network's own; shared storage that the next step
  // changes: copy (SetWeights and SaveSelfplayNetwork do) before others see it.
  [[nodiscard]] NamedTensors PlayingWeights() const;
  [[nodiscard]] std::int64_t steps() const { return steps_; }  // since the beginning of training
  [[nodiscard]] const std::string& precision() const { return precision_; }  // float32 or bf16

  // Weights, optimizer, average, count of steps: continuing from it gives the same bits. Shared
  // storage. Error(kData) naming what does not fit.
  [[nodiscard]] NamedTensors State() const;
  void LoadState(const NamedTensors& state);

 private:
  void Accumulate(const TrainBatch& batch, const Tensor& log_policy, const Tensor& log_outcome,
                  const Tensor& policy_loss, const Tensor& outcome_loss,
                  const Tensor& gradient_norm);

  PolicyValueNetwork& network_;
  LearnerSettings settings_;
  at::Device device_;
  std::string precision_;
  NamedTensors weights_;  // of the network, shared storage
  std::vector<Tensor> parameters_;
  std::vector<Tensor> decayed_, others_;  // the parameters, with weight decay and without
  std::unique_ptr<train::OptimizerState> decayed_optimizer_, others_optimizer_;
  train::WeightAverage average_;
  std::int64_t steps_ = 0;
  double learning_rate_ = 0;
  std::int64_t drained_steps_ = 0, positions_ = 0;  // steps_ at the last Drain; positions since
  Tensor sums_;                                     // of the figures, on the device
};

}  // namespace agon::selfplay
