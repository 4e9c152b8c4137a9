// SPDX-License-Identifier: Apache-2.0
#include "selfplay/network/network.h"

#include <cmath>

#include "runtime/base/error.h"
#include "runtime/formats/array.h"
#include "runtime/tensor/random.h"
#include "selfplay/network/pooling.h"

namespace agon::selfplay {
namespace {

using formats::ShapeText;

std::string SizesText(const Tensor& tensor) {
  return ShapeText({tensor.sizes().begin(), tensor.sizes().end()});
}

// Without a bias: the norm that follows has one.
nn::LayerPtr BareConv(std::int64_t in, std::int64_t out, std::int64_t kernel) {
  return nn::Conv(in, {.out = out, .kernel = kernel, .padding = kernel / 2, .bias = false});
}

}  // namespace

void NetworkSettings::Describe(config::Fields<NetworkSettings>& f) {
  using N = NetworkSettings;
  f.Field(&N::blocks, "blocks", "residual blocks of two convolutions").Min(0).Max(100);
  f.Field(&N::channels, "channels", "of every convolution in the tower").Min(1).Max(2048);
  f.Field(&N::pool_every, "pool_every",
          "every so many blocks one sees mean and maximum of the whole board; 0: none")
      .Min(0);
  f.Field(&N::policy_channels, "policy_channels", "of the policy head's convolution")
      .Min(1)
      .Max(2048);
  f.Field(&N::outcome_channels, "outcome_channels", "of the outcome head's convolution")
      .Min(1)
      .Max(2048);
  f.Field(&N::outcome_hidden, "outcome_hidden", "of the outcome head's linear layer")
      .Min(1)
      .Max(8192);
}

PolicyValueNetwork::PolicyValueNetwork(const GameShape& shape, const NetworkSettings& settings,
                                       std::uint64_t seed)
    : shape_(shape), settings_(settings) {
  AGON_CHECK(shape.cells() > 0 && shape.actions > 0 && input_planes() > 0);
  const std::int64_t channels = settings.channels;
  input_conv_ = BareConv(input_planes(), channels, 3);
  input_norm_ = nn::BatchNorm(channels);
  for (std::int64_t i = 0; i < settings.blocks; ++i) {
    Block& block = blocks_.emplace_back();
    block.conv1 = BareConv(channels, channels, 3);
    block.norm1 = nn::BatchNorm(channels);
    // Its bias would be the norm's.
    if (settings_.Pools(i)) block.pool = nn::Linear(2 * channels, channels, /*bias=*/false);
    block.conv2 = BareConv(channels, channels, 3);
    block.norm2 = nn::BatchNorm(channels);
  }
  policy_conv_ = BareConv(channels, settings.policy_channels, 1);
  policy_norm_ = nn::BatchNorm(settings.policy_channels);
  if (PolicyIsMap(shape_)) {
    policy_map_ = nn::Conv(settings.policy_channels, {.out = 1, .kernel = 1});
    if (const int extra = shape.actions - shape.cells(); extra > 0) {
      policy_extra_ = nn::Linear(2 * settings.policy_channels, extra);
    }
  } else {
    policy_linear_ = nn::Linear(settings.policy_channels * shape.cells(), shape.actions);
  }
  outcome_conv_ = BareConv(channels, settings.outcome_channels, 1);
  outcome_norm_ = nn::BatchNorm(settings.outcome_channels);
  outcome_hidden_ = nn::Linear(settings.outcome_channels * shape.cells(), settings.outcome_hidden);
  outcome_out_ = nn::Linear(settings.outcome_hidden, 3);
  CollectSlots();
  SetTraining(false);
  Initialise(seed);
}

void PolicyValueNetwork::CollectSlots() {
  const auto collect = [this](const nn::LayerPtr& layer, const std::string& name) {
    if (layer) layer->Collect(name + ".", slots_);
  };
  collect(input_conv_, "input.conv");
  collect(input_norm_, "input.norm");
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    const std::string name = "blocks." + std::to_string(i);
    collect(blocks_[i].conv1, name + ".conv1");
    collect(blocks_[i].norm1, name + ".norm1");
    collect(blocks_[i].pool, name + ".pool");
    collect(blocks_[i].conv2, name + ".conv2");
    collect(blocks_[i].norm2, name + ".norm2");
  }
  collect(policy_conv_, "policy.conv");
  collect(policy_norm_, "policy.norm");
  collect(policy_map_, "policy.map");
  collect(policy_extra_, "policy.extra");
  collect(policy_linear_, "policy.linear");
  collect(outcome_conv_, "outcome.conv");
  collect(outcome_norm_, "outcome.norm");
  collect(outcome_hidden_, "outcome.hidden");
  collect(outcome_out_, "outcome.out");
}

// Convolutions and hidden layers as He et al. 2015 (normal, variance 2 / fan_in), which keeps the
// size of activations through relus. What the heads end with, and the pooling layers, start at a
// tenth: an untrained network then plays nearly uniformly, and its blocks begin local.
void PolicyValueNetwork::Initialise(std::uint64_t seed) {
  const at::NoGradGuard no_grad;
  const RandomSource source = RandomSource(seed).Stream("selfplay network");
  const Tensor first = at::zeros({1}, at::kLong);
  for (const nn::Slot& slot : slots_) {
    if (slot.fan_in == 0 || slot.name.ends_with(".bias")) continue;  // norms are made, biases 0
    double deviation = std::sqrt(2.0 / static_cast<double>(slot.fan_in));
    for (const char* end :
         {".pool.weight", ".map.weight", ".extra.weight", ".linear.weight", ".out.weight"}) {
      if (slot.name.ends_with(end)) deviation *= 0.1;
    }
    const Shape shape(slot.tensor->sizes().begin(), slot.tensor->sizes().end());
    slot.tensor->copy_(
        source.Stream(slot.name).For(first).Normal(shape).squeeze(0).mul_(deviation));
  }
}

PolicyValueNetwork::Heads PolicyValueNetwork::Forward(const Tensor& planes) const {
  if (planes.dim() != 4 || planes.size(1) != input_planes() || planes.size(2) != shape_.height ||
      planes.size(3) != shape_.width) {
    Fail(ErrorKind::kModel, "the network takes planes [N,{},{},{}], got {}", input_planes(),
         shape_.height, shape_.width, SizesText(planes));
  }
  Tensor x = at::relu(input_norm_->Forward(input_conv_->Forward(planes)));  // [N,C,H,W]
  for (const Block& block : blocks_) {
    Tensor y = block.norm1->Forward(block.conv1->Forward(x));
    if (block.pool) y = y + block.pool->Forward(PoolBoard(x)).unsqueeze(2).unsqueeze(3);
    y = block.norm2->Forward(block.conv2->Forward(at::relu(y)));
    x = at::relu(x + y);
  }
  Heads heads;
  const Tensor policy = at::relu(policy_norm_->Forward(policy_conv_->Forward(x)));
  if (PolicyIsMap(shape_)) {
    heads.policy = policy_map_->Forward(policy).flatten(1);
    if (policy_extra_) {
      heads.policy = at::cat({heads.policy, policy_extra_->Forward(PoolBoard(policy))}, 1);
    }
  } else {
    heads.policy = policy_linear_->Forward(policy.flatten(1));
  }
  const Tensor outcome = at::relu(outcome_norm_->Forward(outcome_conv_->Forward(x)));
  heads.outcome = outcome_out_->Forward(at::relu(outcome_hidden_->Forward(outcome.flatten(1))));
  return heads;
}

std::vector<Tensor> PolicyValueNetwork::Parameters() const {
  std::vector<Tensor> parameters;
  for (const nn::Slot& slot : slots_) {
    if (slot.trainable) parameters.push_back(*slot.tensor);
  }
  return parameters;
}

NamedTensors PolicyValueNetwork::State() const {
  NamedTensors state;
  state.reserve(slots_.size());
  for (const nn::Slot& slot : slots_) state.emplace_back(slot.name, slot.tensor->detach());
  return state;
}

void PolicyValueNetwork::LoadState(const NamedTensors& state) {
  if (state.size() != slots_.size()) {
    Fail(ErrorKind::kModel, "the network ({}) has {} tensors, the state {}", Summary(),
         slots_.size(), state.size());
  }
  // All are checked before the first is copied: a network is never half of one and half of another.
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const auto& [name, tensor] = state[i];
    const nn::Slot& slot = slots_[i];
    if (name != slot.name || tensor.sizes() != slot.tensor->sizes()) {
      Fail(ErrorKind::kModel, "the network's tensor {} {} does not take {} {}", slot.name,
           SizesText(*slot.tensor), name, SizesText(tensor));
    }
  }
  const at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < slots_.size(); ++i) slots_[i].tensor->copy_(state[i].second);
}

void PolicyValueNetwork::SetTraining(bool training) {
  const auto set = [training](const nn::LayerPtr& layer) { layer->SetTraining(training); };
  set(input_norm_);
  for (const Block& block : blocks_) {
    set(block.norm1);
    set(block.norm2);
  }
  set(policy_norm_);
  set(outcome_norm_);
}

void PolicyValueNetwork::SetRequiresGrad(bool requires_grad) {
  for (const nn::Slot& slot : slots_) {
    if (slot.trainable) slot.tensor->set_requires_grad(requires_grad);
  }
}

void PolicyValueNetwork::To(at::Device device) {
  const at::NoGradGuard no_grad;
  // Moved inside the tensor, so that an optimizer that shares it follows.
  for (const nn::Slot& slot : slots_) slot.tensor->set_data(slot.tensor->to(device));
}

std::int64_t PolicyValueNetwork::ParameterCount() const {
  std::int64_t count = 0;
  for (const nn::Slot& slot : slots_) {
    if (slot.trainable) count += slot.tensor->numel();
  }
  return count;
}

std::string PolicyValueNetwork::Summary() const {
  std::int64_t pooling = 0;
  for (std::int64_t i = 0; i < settings_.blocks; ++i) pooling += settings_.Pools(i) ? 1 : 0;
  return fmt::format("{} blocks of {} channels, {} of them pool; {} parameters", settings_.blocks,
                     settings_.channels, pooling, ParameterCount());
}

}  // namespace agon::selfplay
