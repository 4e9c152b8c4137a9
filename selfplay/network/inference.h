// SPDX-License-Identifier: Apache-2.0
// The network with fixed weights, in the form it is evaluated in: batch norm folded, weights
// packed.
//
// Who needs this file: evaluator.cpp and the benchmark. Everybody else uses evaluator.h.
//
// Thread safety: Forward from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "selfplay/network/network.h"

namespace agon::selfplay {

struct FoldedConv {
  Tensor weight;  // [O,I,k,k], channels last
  Tensor bias;    // [O]
};

// The weights of a PolicyValueNetwork with every norm folded into the convolution before it.
struct FoldedNetwork {
  struct Block {
    FoldedConv conv1, conv2;
    Tensor pool;  // [C,2C], undefined in a block without
  };
  FoldedConv input;
  std::vector<Block> blocks;
  FoldedConv policy;
  FoldedConv policy_map;                     // of a map;
  Tensor policy_extra, policy_extra_bias;    // undefined without other moves
  Tensor policy_linear, policy_linear_bias;  // of any other policy: [A, policy channels * cells]
  FoldedConv outcome;
  Tensor outcome_hidden, outcome_hidden_bias, outcome_out, outcome_out_bias;

  // `state` as PolicyValueNetwork::State() names it.
  FoldedNetwork(const GameShape& shape, const NetworkSettings& settings, const NamedTensors& state);
  // Every tensor converted, on the device.
  void To(at::Device device, at::ScalarType type);
};

class InferenceNetwork {
 public:
  virtual ~InferenceNetwork();
  // planes [N, input_channels(), H, W], channels last, of type() on device(). Logits in float32 or
  // bfloat16, on device(). To be called in InferenceMode.
  [[nodiscard]] virtual PolicyValueNetwork::Heads Forward(const Tensor& planes) const = 0;
  [[nodiscard]] virtual bool fused() const = 0;
  // At least the network's planes; more are to be zero.
  [[nodiscard]] virtual std::int64_t input_channels() const = 0;
};

// Plain operators on folded weights: CUDA, and processors or builds without oneDNN.
[[nodiscard]] std::shared_ptr<const InferenceNetwork> MakePlainInference(
    const GameShape& shape, const NetworkSettings& settings, const NamedTensors& state,
    at::Device device, at::ScalarType type);
// Fused and packed oneDNN operators on the CPU. Null when LibTorch has them not, or not for `type`.
[[nodiscard]] std::shared_ptr<const InferenceNetwork> MakeFusedInference(
    const GameShape& shape, const NetworkSettings& settings, const NamedTensors& state,
    at::ScalarType type);

}  // namespace agon::selfplay
