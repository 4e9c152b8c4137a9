// SPDX-License-Identifier: Apache-2.0
// PatchGAN: says of overlapping patches whether they are of the domain. `layers` 3 is the 70x70
// one. Names and shapes are the reference's ("model.0.weight", ... "model.11.bias"; of the
// classifier of single pixels "net.0.weight", ... "net.5.bias").
//
// Thread safety: Forward from several threads; everything else from one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cyclegan/network/parameters.h"
#include "runtime/config/fields.h"

namespace agon::cyclegan {

struct DiscriminatorSettings {
  std::int64_t width = 64;  // channels of the first convolution (ndf)
  std::int64_t layers = 3;  // with stride 2; 0: a classifier of single pixels
  static void Describe(config::Fields<DiscriminatorSettings>& f);
  friend bool operator==(const DiscriminatorSettings&, const DiscriminatorSettings&) = default;
};

class Discriminator {
 public:
  Discriminator(const DiscriminatorSettings& settings, std::uint64_t seed);
  Discriminator(const Discriminator&) = delete;
  Discriminator& operator=(const Discriminator&) = delete;
  // [N,3,H,W] in [-1,1] -> [N,1,h,w]; 256x256 gives 30x30. Error(kModel): an input too small.
  [[nodiscard]] Tensor Forward(const Tensor& x) const;
  [[nodiscard]] const DiscriminatorSettings& settings() const { return settings_; }
  [[nodiscard]] const std::vector<nn::Slot>& slots() const { return slots_; }
  [[nodiscard]] std::vector<Tensor> Parameters() const;
  [[nodiscard]] NamedTensors State() const;
  void LoadState(const NamedTensors& state);
  void SetRequiresGrad(bool requires_grad);
  void To(at::Device device);
  [[nodiscard]] std::int64_t ParameterCount() const;
  [[nodiscard]] std::int64_t PatchSize() const;  // pixels that one output sees: 70 for 3 layers
  [[nodiscard]] std::string Summary() const;

 private:
  struct Stage {
    ConvWeights conv;
    std::int64_t kernel = 4, stride = 1, padding = 1;
    bool norm = false;
  };
  DiscriminatorSettings settings_;
  std::vector<Stage> stages_;
  std::vector<nn::Slot> slots_;
};

}  // namespace agon::cyclegan
