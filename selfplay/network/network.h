// SPDX-License-Identifier: Apache-2.0
// The network of self-play: a residual tower with global pooling and two heads, policy and outcome.
//
//   PolicyValueNetwork network(game->Shape(), {.blocks = 5, .channels = 64}, seed);
//   const auto [policy, outcome] = network.Forward(planes);   // [N,A], [N,3]
//
// This form is for training and for files. To evaluate positions use selfplay/network/evaluator.h.
//
// The tower: conv 3x3, then `blocks` pre-set residual blocks (He et al. 2016: conv, norm, relu,
// conv, norm, add, relu). Every `pool_every`-th block sees the whole board: mean and maximum of
// each channel of its input go through a linear layer and are added, one number for each channel,
// before its inner relu (KataGo's global pooling, arXiv:1902.10565 section 3.3, with the pooled
// features taken from the block's input, so that the first convolution stays whole; KataGo's third
// feature, the mean scaled by the board's width, is a constant multiple on the one size a network
// is made for).
//
// The policy head depends on the shape alone. A game with a move for each cell and at most
// kMaxExtraMoves others (passes) gets a convolution 1x1 to one logit a cell, and a linear layer
// over pooled features for the others; any other game gets a linear layer over all cells.
//
// Thread safety: Forward in evaluation mode from several threads; everything else from one.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/files.h"
#include "runtime/config/fields.h"
#include "runtime/nn/layer.h"
#include "runtime/plugin/registry.h"
#include "runtime/tensor/types.h"
#include "selfplay/games/any_game.h"

namespace agon::selfplay {

struct NetworkSettings {
  std::int64_t blocks = 5;
  std::int64_t channels = 64;
  std::int64_t pool_every = 3;  // 0: no block sees the whole board at once; KataGo pools in 2 of 6
  std::int64_t policy_channels = 32;
  std::int64_t outcome_channels = 16;
  std::int64_t outcome_hidden = 128;
  static void Describe(config::Fields<NetworkSettings>& f);
  [[nodiscard]] bool Pools(std::int64_t block) const {
    return pool_every > 0 && (block + 1) % pool_every == 0;
  }
  friend bool operator==(const NetworkSettings&, const NetworkSettings&) = default;
};

inline constexpr int kMaxExtraMoves = 4;
// A logit for each cell and a few others; else the policy is a linear layer over all cells.
[[nodiscard]] inline bool PolicyIsMap(const GameShape& shape) {
  const int extra = shape.actions - shape.cells();
  return extra >= 0 && extra <= kMaxExtraMoves;
}

class PolicyValueNetwork {
 public:
  struct Heads {
    Tensor policy;   // [N,A] logits
    Tensor outcome;  // [N,3] logits of win, draw and loss for the side to move
  };

  // The draw of a parameter depends on the seed and its name only.
  PolicyValueNetwork(const GameShape& shape, const NetworkSettings& settings, std::uint64_t seed);

  // planes [N, planes + scalars, H, W] (scalars fill their plane), any layout. In training mode the
  // batch's own statistics normalise, and move the running ones.
  [[nodiscard]] Heads Forward(const Tensor& planes) const;

  [[nodiscard]] const GameShape& shape() const { return shape_; }
  [[nodiscard]] const NetworkSettings& settings() const { return settings_; }
  [[nodiscard]] std::int64_t input_planes() const { return shape_.planes + shape_.scalars; }

  [[nodiscard]] const std::vector<nn::Slot>& slots() const { return slots_; }
  [[nodiscard]] std::vector<Tensor> Parameters() const;  // trainable ones
  [[nodiscard]] NamedTensors State() const;              // parameters and buffers, shared storage
  void LoadState(const NamedTensors& state);             // copies; names and shapes must be equal
  void SetTraining(bool training);
  void SetRequiresGrad(bool requires_grad);
  void To(at::Device device);
  [[nodiscard]] std::int64_t ParameterCount() const;
  // "5 blocks of 64 channels, 2 pool globally; 389,450 parameters"
  [[nodiscard]] std::string Summary() const;

 private:
  struct Block {
    nn::LayerPtr conv1, norm1, conv2, norm2;
    nn::LayerPtr pool;  // linear, null in a block without
  };

  void CollectSlots();
  void Initialise(std::uint64_t seed);

  GameShape shape_;
  NetworkSettings settings_;
  nn::LayerPtr input_conv_, input_norm_;
  std::vector<Block> blocks_;
  nn::LayerPtr policy_conv_, policy_norm_;
  nn::LayerPtr policy_map_, policy_extra_;  // of a map; extra is null without other moves
  nn::LayerPtr policy_linear_;              // of any other policy
  nn::LayerPtr outcome_conv_, outcome_norm_, outcome_hidden_, outcome_out_;
  std::vector<nn::Slot> slots_;
};

// ---- files: safetensors with format, game and network in the metadata (docs/formats.md) ----

struct LoadedNetwork {
  std::unique_ptr<PolicyValueNetwork> network;
  Component<AnyGame> game;
  std::map<std::string, std::string> metadata;
};

// Atomic. `state` are the weights to write, named as the network's own: the averaged ones as a
// rule.
void SaveSelfplayNetwork(const Path& file, const PolicyValueNetwork& network,
                         const Component<AnyGame>& game, const NamedTensors& state,
                         const std::map<std::string, std::string>& metadata = {});
void SaveSelfplayNetwork(const Path& file, const PolicyValueNetwork& network,
                         const Component<AnyGame>& game,
                         const std::map<std::string, std::string>& metadata = {});

// Error(kModel): no such file of ours, tensors that do not fit or are not finite, or, naming both,
// a network for another game or size than `expected`. Settings that change neither (komi) may
// differ.
[[nodiscard]] LoadedNetwork LoadSelfplayNetwork(const Path& file,
                                                const Component<AnyGame>* expected = nullptr);

}  // namespace agon::selfplay
