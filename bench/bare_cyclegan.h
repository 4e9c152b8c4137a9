// SPDX-License-Identifier: Apache-2.0
// CycleGAN's networks and one iteration of their training written directly with LibTorch's
// operators, as somebody would who wants nothing but the numbers.
//
// Who needs this file: cyclegan_bench.cpp. Thread safety: one thread.
#pragma once

#include <string>
#include <vector>

#include "cyclegan/learn/feed.h"
#include "cyclegan/network/discriminator.h"
#include "cyclegan/network/generator.h"

namespace agon::bench {

// `weights` in the order of the generator's slots (transposed resampling). x [N,3,H,W].
[[nodiscard]] Tensor BareGenerate(const std::vector<Tensor>& weights, const Tensor& x);

// Forward, backward and Adam of both generators and both discriminators; LSGAN, cycle 10,
// identity 5. Pictures of both domains go through a generator together, as in ours; without pool,
// averages and figures.
class BareCyclegan {
 public:
  BareCyclegan(const cyclegan::GeneratorSettings& generator,
               const cyclegan::DiscriminatorSettings& discriminator, bool bf16, at::Device device);
  void Step(const cyclegan::PictureBatch& batch);

 private:
  struct Adam {
    std::vector<Tensor> weights, frozen, means, squares, steps;  // frozen: without a graph
    void Add(const Tensor& weight);
    void Step(const Tensor& loss);
  };
  std::vector<Tensor> generators_[2], discriminators_[2];
  Adam of_generators_, of_discriminators_;
  bool bf16_;
  at::Device device_;
};

}  // namespace agon::bench
