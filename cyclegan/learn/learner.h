// SPDX-License-Identifier: Apache-2.0
// One iteration of CycleGAN (Zhu et al. 2017, arXiv:1703.10593), in the reference's order:
//   fakes, reconstructions and identities -> generators' step, discriminators frozen ->
//   discriminators' step on real pictures and on the pool's.
// Generators minimise, together,
//   gan(D_B(a2b(a))) + gan(D_A(b2a(b))) + cycle (|b2a(a2b(a)) - a| + |a2b(b2a(b)) - b|)
//   + identity (|a2b(b) - b| + |b2a(a) - a|) + consistency (|a2b(W a) - W a2b(a)| + the same of b),
// |.| the mean absolute difference; each discriminator half the sum of its two errors.
//
// A generator is given the pictures of both domains at once: InstanceNorm has statistics of each
// picture, so nothing changes but the number of calls.
//
//   CycleganLearner learner(config, device);
//   learner.Step(batch, 0.0002, share);               // many times; nothing waits for the device
//   const StepFigures figures = learner.Drain();
//
// Who needs this file: the trainer and its benchmark. Thread safety: one thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cyclegan/learn/config.h"
#include "cyclegan/learn/feed.h"
#include "cyclegan/learn/pool.h"
#include "runtime/tensor/device.h"

namespace agon::cyclegan {

// Means over iterations. [0]: of a2b and its discriminator, that of B; [1]: of b2a and that of A.
// cycle and identity: [0] of pictures of A, [1] of B.
struct StepFigures {
  std::int64_t steps = 0;
  std::array<double, 2> gan{}, discriminator{}, cycle{}, identity{}, consistency{};
  std::array<double, 2> change{};       // mean |translation - input|, of full scale
  std::array<double, 2> correlation{};  // of a translation's values with its input's
  std::array<double, 2> gap{};          // mean answer to real pictures less that to translations
  std::array<double, 2> spread{};       // standard deviation of a discriminator's answers
  void Add(const StepFigures& other);   // weighted by steps
  [[nodiscard]] bool Finite() const;
  [[nodiscard]] nlohmann::json ToJson() const;
  static StepFigures FromJson(const nlohmann::json& json);
};

class CycleganLearner {
 public:
  // Networks drawn from the seed, or the generators read from config.weights. Error(kModel) when
  // those are of another shape.
  CycleganLearner(const CycleganConfig& config, const DevicePolicy& device);
  CycleganLearner(const CycleganLearner&) = delete;
  CycleganLearner& operator=(const CycleganLearner&) = delete;

  // `share` of the training, in [0,1): for averages that begin later.
  void Step(const PictureBatch& batch, double learning_rate, double share);
  // The figures since the last Drain. Waits for the device.
  [[nodiscard]] StepFigures Drain();

  // The generators' averaged weights where averaging has begun, else their own.
  [[nodiscard]] NamedTensors Weights(std::size_t direction) const;  // 0: a2b, 1: b2a
  [[nodiscard]] bool averaged() const { return average_->active(); }
  [[nodiscard]] std::int64_t steps() const { return steps_; }
  [[nodiscard]] const std::string& precision() const { return precision_; }  // float32 or bf16
  [[nodiscard]] const Generator& generator() const { return *generators_[0]; }
  [[nodiscard]] const Discriminator& discriminator() const { return *discriminators_[0]; }

  // Everything that the next Step depends on; shared storage. Error(kData) naming what is wrong.
  [[nodiscard]] NamedTensors State() const;
  void LoadState(const NamedTensors& state);
  // The first weight that is not finite, or empty. Waits for the device.
  [[nodiscard]] std::string NotFinite() const;

 private:
  struct Translations;
  void StepGenerators(const PictureBatch& batch, Translations& made);
  void StepDiscriminators(const PictureBatch& batch, Translations& made);
  [[nodiscard]] Tensor WithNoise(const Tensor& fake, std::uint64_t which) const;
  [[nodiscard]] Tensor Consistency(std::size_t direction, const Tensor& input,
                                   const Tensor& fake) const;
  void Accumulate(const PictureBatch& batch, const Translations& made);

  const CycleganConfig& config_;
  const at::Device device_;
  const std::string precision_;
  const RandomSource random_;
  std::array<std::unique_ptr<Generator>, 2> generators_;
  std::array<std::unique_ptr<Discriminator>, 2> discriminators_;
  std::array<ImagePool, 2> pools_;  // of what a2b and b2a made
  NamedTensors weights_;            // of both generators, shared storage
  std::vector<Tensor> generator_parameters_, discriminator_parameters_;
  std::unique_ptr<train::OptimizerState> generator_optimizer_, discriminator_optimizer_;
  std::unique_ptr<train::WeightAverage> average_;
  double learning_rate_ = 0;
  std::int64_t steps_ = 0, drained_steps_ = 0;
  Tensor sums_;  // [kFigures] float64 on the device
};

// The networks that pictures are looked at with: the learner's weights as they were when taken.
class WeightSnapshot {
 public:
  WeightSnapshot(const CycleganLearner& learner, at::Device device);
  void Take(const CycleganLearner& learner);
  // Pictures of one size, in float32; a few at a time.
  [[nodiscard]] std::vector<formats::Pixels> Translate(
      std::size_t direction, const std::vector<formats::Pixels>& pictures) const;
  // [N,3,H,W] in [-1,1], without gradient.
  [[nodiscard]] Tensor Forward(std::size_t direction, const Tensor& pictures) const;

 private:
  at::Device device_;
  std::array<Generator, 2> generators_;
};

}  // namespace agon::cyclegan
