// SPDX-License-Identifier: Apache-2.0
#include "selfplay/network/inference.h"

#include "runtime/base/error.h"
#include "selfplay/network/pooling.h"

namespace agon::selfplay {
namespace {

constexpr double kNormEpsilon = 1e-5;  // nn::BatchNorm's

class Weights {
 public:
  explicit Weights(const NamedTensors& state) : state_(state) {}
  [[nodiscard]] const Tensor& operator[](const std::string& name) const {
    for (const auto& [key, tensor] : state_) {
      if (key == name) return tensor;
    }
    Fail(ErrorKind::kModel, "no tensor {} among the weights of the self-play network", name);
  }
  // y = (conv(x) - mean) / sqrt(variance + epsilon) * weight + bias, as one convolution.
  [[nodiscard]] FoldedConv Fold(const std::string& conv, const std::string& norm) const {
    const auto& self = *this;
    const Tensor scale =
        self[norm + ".weight"] * (self[norm + ".running_var"] + kNormEpsilon).rsqrt();  // [O]
    return {.weight = self[conv + ".weight"] * scale.view({-1, 1, 1, 1}),
            .bias = self[norm + ".bias"] - self[norm + ".running_mean"] * scale};
  }

 private:
  const NamedTensors& state_;
};

}  // namespace

FoldedNetwork::FoldedNetwork(const GameShape& shape, const NetworkSettings& settings,
                             const NamedTensors& state) {
  const at::NoGradGuard no_grad;
  const Weights w(state);
  input = w.Fold("input.conv", "input.norm");
  for (std::int64_t i = 0; i < settings.blocks; ++i) {
    const std::string name = "blocks." + std::to_string(i);
    Block& block = blocks.emplace_back();
    block.conv1 = w.Fold(name + ".conv1", name + ".norm1");
    block.conv2 = w.Fold(name + ".conv2", name + ".norm2");
    if (settings.Pools(i)) block.pool = w[name + ".pool.weight"];
  }
  policy = w.Fold("policy.conv", "policy.norm");
  if (PolicyIsMap(shape)) {
    policy_map = {.weight = w["policy.map.weight"], .bias = w["policy.map.bias"]};
    if (shape.actions > shape.cells()) {
      policy_extra = w["policy.extra.weight"];
      policy_extra_bias = w["policy.extra.bias"];
    }
  } else {
    policy_linear = w["policy.linear.weight"];
    policy_linear_bias = w["policy.linear.bias"];
  }
  outcome = w.Fold("outcome.conv", "outcome.norm");
  outcome_hidden = w["outcome.hidden.weight"];
  outcome_hidden_bias = w["outcome.hidden.bias"];
  outcome_out = w["outcome.out.weight"];
  outcome_out_bias = w["outcome.out.bias"];
}

void FoldedNetwork::To(at::Device device, at::ScalarType type) {
  // Always a copy: the state may be trained on.
  const auto move = [&](Tensor& tensor) {
    if (!tensor.defined()) return;
    tensor = tensor.detach().to(device, type, /*non_blocking=*/false, /*copy=*/true);
    if (tensor.dim() == 4) tensor = tensor.contiguous(at::MemoryFormat::ChannelsLast);
  };
  const auto move_conv = [&](FoldedConv& conv) {
    move(conv.weight);
    move(conv.bias);
  };
  move_conv(input);
  for (Block& block : blocks) {
    move_conv(block.conv1);
    move_conv(block.conv2);
    move(block.pool);
  }
  for (FoldedConv* conv : {&policy, &policy_map, &outcome}) move_conv(*conv);
  for (Tensor* tensor : {&policy_extra, &policy_extra_bias, &policy_linear, &policy_linear_bias,
                         &outcome_hidden, &outcome_hidden_bias, &outcome_out, &outcome_out_bias}) {
    move(*tensor);
  }
}

InferenceNetwork::~InferenceNetwork() = default;

namespace {

class PlainInference final : public InferenceNetwork {
 public:
  PlainInference(const GameShape& shape, const NetworkSettings& settings, const NamedTensors& state,
                 at::Device device, at::ScalarType type)
      : weights_(shape, settings, state), channels_(shape.planes + shape.scalars) {
    weights_.To(device, type);
  }
  bool fused() const override { return false; }
  std::int64_t input_channels() const override { return channels_; }

  PolicyValueNetwork::Heads Forward(const Tensor& planes) const override {
    Tensor x = Conv(planes, weights_.input).relu_();  // [N,C,H,W]
    for (const FoldedNetwork::Block& block : weights_.blocks) {
      Tensor y = Conv(x, block.conv1);
      if (block.pool.defined()) {
        y.add_(at::linear(PoolBoard(x), block.pool).unsqueeze(2).unsqueeze(3));
      }
      x = Conv(y.relu_(), block.conv2).add_(x).relu_();
    }
    PolicyValueNetwork::Heads heads;
    const Tensor policy = Conv(x, weights_.policy).relu_();
    if (weights_.policy_linear.defined()) {
      heads.policy =
          at::linear(policy.flatten(1), weights_.policy_linear, weights_.policy_linear_bias);
    } else {
      heads.policy = Conv(policy, weights_.policy_map).flatten(1);
      if (weights_.policy_extra.defined()) {
        const Tensor extra =
            at::linear(PoolBoard(policy), weights_.policy_extra, weights_.policy_extra_bias);
        heads.policy = at::cat({heads.policy, extra}, 1);
      }
    }
    const Tensor outcome = Conv(x, weights_.outcome).relu_();
    const Tensor hidden =
        at::linear(outcome.flatten(1), weights_.outcome_hidden, weights_.outcome_hidden_bias)
            .relu_();
    heads.outcome = at::linear(hidden, weights_.outcome_out, weights_.outcome_out_bias);
    return heads;
  }

 private:
  static Tensor Conv(const Tensor& x, const FoldedConv& conv) {
    const std::int64_t padding = conv.weight.size(2) / 2;
    return at::conv2d(x, conv.weight, conv.bias, /*stride=*/1, padding);
  }
  FoldedNetwork weights_;
  std::int64_t channels_;
};

}  // namespace

std::shared_ptr<const InferenceNetwork> MakePlainInference(const GameShape& shape,
                                                           const NetworkSettings& settings,
                                                           const NamedTensors& state,
                                                           at::Device device, at::ScalarType type) {
  return std::make_shared<PlainInference>(shape, settings, state, device, type);
}

}  // namespace agon::selfplay
