// SPDX-License-Identifier: Apache-2.0
// The generator of CycleGAN (Zhu et al. 2017, Johnson et al. 2016): convolutions down, residual
// blocks, convolutions up, InstanceNorm without parameters after all but the last.
//
//   Generator generator({.width = 64, .blocks = 9}, seed);
//   Tensor zebra = generator.Forward(horse);            // [N,3,H,W] in [-1,1], H and W of 4
//
// Parameter names and shapes are those of the reference ("model.1.weight", ...,
// "model.10.conv_block.5.bias", "model.26.bias" for 9 blocks), so its files load and ours load
// there. Table: docs/cyclegan.md.
//
// Two kinds of `resampling`: transposed (the reference) and antialias (as CUT, Park et al. 2020:
// plain convolutions, a [1,2,1] blur with stride 2 after those down, bilinear enlargement before
// those up), which has no checkerboard. The second has the names of CUT's files, less the constant
// filters ("model.7.filt").
//
// Two kinds of `output`: picture (the reference: the last convolution's tanh is the result) and
// blend, which adds a mask m in (0,1) from a convolution 3x3 of its own ("mask.weight",
// "mask.bias") on the same features and gives m * picture + (1 - m) * x. What is not to change is
// then copied, sharp and without the hidden signal of the cycle, instead of being painted again
// (Mejjati et al. 2018 and Tang et al. 2019 guide CycleGAN by such masks; here one head of one
// convolution is all of it).
//
// Statistics over time: with a StatisticsMemory the mean and variance of every InstanceNorm are
// smoothed over the frames of a video before they normalise, which takes away the flicker they
// cause.
//
// Thread safety: Forward without a memory from several threads; everything else from one.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "cyclegan/network/parameters.h"
#include "runtime/config/fields.h"
#include "runtime/nn/layer.h"
#include "runtime/tensor/types.h"

namespace agon::cyclegan {

struct GeneratorSettings {
  std::int64_t width = 64;  // channels of the first convolution (ngf)
  std::int64_t blocks = 9;  // residual blocks
  std::string resampling = "transposed";
  std::string output = "picture";
  static void Describe(config::Fields<GeneratorSettings>& f);
  friend bool operator==(const GeneratorSettings&, const GeneratorSettings&) = default;
};

class StatisticsLine;

// Smoothed statistics, one entry a norm, in order. The frames of a batch are consecutive:
//   s_t = decay s_{t-1} + (1 - decay) x_t, s_0 = x_0, for mean and variance alike.
struct StatisticsMemory {
  double decay = 0;               // 0: nothing is smoothed, nothing remembered
  std::vector<Tensor> mean = {};  // [C] float32 each; empty at the start of a video
  std::vector<Tensor> variance = {};
  StatisticsLine* line = nullptr;  // set by StatisticsLine: it remembers, for frame `frame`
  std::int64_t frame = 0;
  void Reset();
};
// The statistics [N,C] of norm number `norm`, smoothed in place; `memory` goes on from the last
// frame. For the generator and its form for inference.
void Smooth(StatisticsMemory& memory, std::size_t norm, Tensor& mean, Tensor& variance);

// Frames that go through the generator at the same time, each in a thread of its own, with the bits
// they have one after the other: at each norm a frame waits for the one before it.
//
//   StatisticsLine line(memory);
//   StatisticsMemory place = line.Place();   // in the frames' order; one Forward for each place
//
// Thread safety: Place and Mend from one thread, the rest from any. `memory` is the line's own
// while frames are on their way.
class StatisticsLine {
 public:
  explicit StatisticsLine(StatisticsMemory& memory) : memory_(memory) {}
  [[nodiscard]] StatisticsMemory Place();
  // Called by Smooth. Error(kInternal) once broken.
  void Smooth(std::int64_t frame, std::size_t norm, Tensor& mean, Tensor& variance);
  // A frame has failed on its way: those behind it fail too instead of waiting for ever.
  void Break();
  // With no frame on its way: after a failure, and when `memory` was changed.
  void Mend();

 private:
  StatisticsMemory& memory_;
  std::int64_t next_ = 0;
  std::mutex mutex_;  // guards what follows, and memory_
  std::condition_variable passed_one_;
  std::vector<std::int64_t> passed_;  // frames, by norm
  bool broken_ = false;
};

// Error(kModel) unless x is [N,3,H,W] with H and W multiples of 4 of at least 16.
void RequireGeneratorInput(const Tensor& x);

// What `output: blend` does with the last features [N,C,H+6,W+6] (in a frame of three pixels), the
// painted picture and the input, both [N,3,H,W] float32.
[[nodiscard]] Tensor Blend(const Tensor& features, const Tensor& mask_weight,
                           const Tensor& mask_bias, const Tensor& painted, const Tensor& x);

class Generator {
 public:
  // Weights normal(0, 0.02), biases 0; the draw of a parameter depends on the seed and its name.
  // Two generators of one training need two seeds.
  Generator(const GeneratorSettings& settings, std::uint64_t seed);
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  // x [N,3,H,W] in [-1,1]; H and W multiples of 4, at least 16. Error(kModel) otherwise.
  [[nodiscard]] Tensor Forward(const Tensor& x, StatisticsMemory* memory = nullptr) const;

  [[nodiscard]] const GeneratorSettings& settings() const { return settings_; }
  [[nodiscard]] const std::vector<nn::Slot>& slots() const { return slots_; }  // reference's order
  [[nodiscard]] std::vector<Tensor> Parameters() const;
  [[nodiscard]] NamedTensors State() const;   // shared storage
  void LoadState(const NamedTensors& state);  // copies; Error(kModel) naming what does not fit
  void SetRequiresGrad(bool requires_grad);
  void To(at::Device device);
  [[nodiscard]] std::int64_t ParameterCount() const;
  [[nodiscard]] std::int64_t MacCount(std::int64_t height, std::int64_t width) const;
  [[nodiscard]] std::string Summary()
      const;  // "resnet, 9 blocks of 64, transposed; 11,378,179 parameters"

 private:
  [[nodiscard]] bool antialias() const { return settings_.resampling == "antialias"; }
  [[nodiscard]] bool blends() const { return settings_.output == "blend"; }

  GeneratorSettings settings_;
  ConvWeights first_, down_[2], up_[2], last_, mask_;  // mask_ is empty unless it blends
  std::vector<ConvWeights> blocks_;                    // two each
  std::vector<nn::Slot> slots_;
};

}  // namespace agon::cyclegan
