// SPDX-License-Identifier: Apache-2.0
// The self-play network in LibTorch's operators alone, in every way that LibTorch can compute it on
// a CPU: what our evaluator is compared with.
//
// Who needs this file: selfplay_network_bench.cpp. Thread safety: Forward from any thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "runtime/tensor/types.h"
#include "selfplay/network/inference.h"

namespace agon::bench {

enum class BareMode {
  kEager,         // as trained: convolutions and norms, in LibTorch's default layout
  kChannelsLast,  // the same, channels last
  kFolded,        // norms folded into the convolutions, channels last
  kFused,         // folded; fused oneDNN operators on weights packed for the batch
};
inline constexpr BareMode kBareModes[] = {BareMode::kEager, BareMode::kChannelsLast,
                                          BareMode::kFolded, BareMode::kFused};
[[nodiscard]] std::string NameOf(BareMode mode);

class BareNetwork {
 public:
  BareNetwork(const selfplay::PolicyValueNetwork& network, BareMode mode, at::ScalarType type,
              std::int64_t rows);
  // A batch of `rows` positions as the mode wants it.
  [[nodiscard]] Tensor Prepare(const Tensor& planes) const;
  [[nodiscard]] selfplay::PolicyValueNetwork::Heads Forward(const Tensor& planes) const;

 private:
  // A convolution with what follows it.
  struct Conv {
    Tensor weight, bias, packed;
    Tensor scale, shift, mean, variance;  // the norm, in the modes that keep it
    std::int64_t padding = 0;
  };
  struct Block {
    Conv conv1, conv2;
    Tensor pool;
  };
  [[nodiscard]] Conv Make(const std::string& conv, const std::string& norm) const;
  [[nodiscard]] Tensor Get(const std::string& name) const;
  // Without relu where a block pools.
  [[nodiscard]] Tensor Apply(const Conv& conv, const Tensor& x, bool relu) const;
  [[nodiscard]] Tensor ApplyAdd(const Conv& conv, const Tensor& y, Tensor x) const;

  NamedTensors state_;
  selfplay::GameShape shape_;
  BareMode mode_;
  at::ScalarType type_;
  std::int64_t rows_;
  Conv input_, policy_, policy_map_, outcome_;
  std::vector<Block> blocks_;
  Tensor policy_extra_, policy_extra_bias_, policy_linear_, policy_linear_bias_;
  Tensor hidden_, hidden_bias_, out_, out_bias_;
};

}  // namespace agon::bench
