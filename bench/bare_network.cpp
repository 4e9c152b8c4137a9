// SPDX-License-Identifier: Apache-2.0
#include "bench/bare_network.h"

#include <ATen/core/dispatch/Dispatcher.h>

#include "runtime/base/error.h"

namespace agon::bench {
namespace {

using selfplay::PolicyValueNetwork;
using IntList = std::vector<std::int64_t>;

constexpr double kNormEpsilon = 1e-5;

// Calls an operator that has no name in the C++ interface.
Tensor CallOperator(const char* name, const char* overload, torch::jit::Stack arguments) {
  const auto handle = c10::Dispatcher::singleton().findSchemaOrThrow(name, overload);
  handle.callBoxed(arguments);
  return arguments.front().toTensor();
}

c10::IValue NoScalars() { return c10::List<std::optional<at::Scalar>>(); }

Tensor Pool(const Tensor& x) { return at::cat({x.mean({2, 3}), x.amax({2, 3})}, 1); }

}  // namespace

std::string NameOf(BareMode mode) {
  switch (mode) {
    case BareMode::kEager:
      return "eager";
    case BareMode::kChannelsLast:
      return "eager channels-last";
    case BareMode::kFolded:
      return "folded channels-last";
    case BareMode::kFused:
      return "fused and packed";
  }
  return {};
}

BareNetwork::BareNetwork(const PolicyValueNetwork& network, BareMode mode, at::ScalarType type,
                         std::int64_t rows)
    : state_(network.State()), shape_(network.shape()), mode_(mode), type_(type), rows_(rows) {
  const c10::InferenceMode inference;
  input_ = Make("input.conv", "input.norm");
  for (std::int64_t i = 0; i < network.settings().blocks; ++i) {
    const std::string name = "blocks." + std::to_string(i);
    Block& block = blocks_.emplace_back();
    block.conv1 = Make(name + ".conv1", name + ".norm1");
    block.conv2 = Make(name + ".conv2", name + ".norm2");
    if (network.settings().Pools(i)) block.pool = Get(name + ".pool.weight");
  }
  policy_ = Make("policy.conv", "policy.norm");
  outcome_ = Make("outcome.conv", "outcome.norm");
  if (selfplay::PolicyIsMap(shape_)) {
    policy_map_.weight = Get("policy.map.weight");
    policy_map_.bias = Get("policy.map.bias");
    if (shape_.actions > shape_.cells()) {
      policy_extra_ = Get("policy.extra.weight");
      policy_extra_bias_ = Get("policy.extra.bias");
    }
  } else {
    policy_linear_ = Get("policy.linear.weight");
    policy_linear_bias_ = Get("policy.linear.bias");
  }
  hidden_ = Get("outcome.hidden.weight");
  hidden_bias_ = Get("outcome.hidden.bias");
  out_ = Get("outcome.out.weight");
  out_bias_ = Get("outcome.out.bias");
}

Tensor BareNetwork::Get(const std::string& name) const {
  for (const auto& [key, tensor] : state_) {
    if (key == name) return tensor.to(type_);
  }
  Fail(ErrorKind::kInternal, "no tensor {}", name);
}

BareNetwork::Conv BareNetwork::Make(const std::string& name, const std::string& norm) const {
  Conv conv;
  conv.weight = Get(name + ".weight");
  conv.padding = conv.weight.size(2) / 2;
  conv.scale = Get(norm + ".weight");
  conv.shift = Get(norm + ".bias");
  conv.mean = Get(norm + ".running_mean");
  conv.variance = Get(norm + ".running_var");
  if (mode_ != BareMode::kEager) {
    conv.weight = conv.weight.contiguous(at::MemoryFormat::ChannelsLast);
  }
  if (mode_ == BareMode::kEager || mode_ == BareMode::kChannelsLast) return conv;
  const Tensor factor = conv.scale * (conv.variance + kNormEpsilon).rsqrt();
  conv.weight =
      (conv.weight * factor.view({-1, 1, 1, 1})).contiguous(at::MemoryFormat::ChannelsLast);
  conv.bias = conv.shift - conv.mean * factor;
  if (mode_ == BareMode::kFused) {
    const IntList ones{1, 1};
    const IntList padding{conv.padding, conv.padding};
    const IntList input{rows_, conv.weight.size(1), shape_.height, shape_.width};
    conv.packed = CallOperator("mkldnn::_reorder_convolution_weight", "",
                               {conv.weight, padding, ones, ones, std::int64_t{1}, input});
  }
  return conv;
}

Tensor BareNetwork::Prepare(const Tensor& planes) const {
  const Tensor typed = planes.to(type_);
  return mode_ == BareMode::kEager ? typed.contiguous()
                                   : typed.contiguous(at::MemoryFormat::ChannelsLast);
}

Tensor BareNetwork::Apply(const Conv& conv, const Tensor& x, bool relu) const {
  if (mode_ == BareMode::kFused) {
    const IntList ones{1, 1};
    const IntList padding{conv.padding, conv.padding};
    return CallOperator("mkldnn::_convolution_pointwise", "",
                        {x, conv.packed, conv.bias, padding, ones, ones, std::int64_t{1},
                         std::string(relu ? "relu" : "none"), NoScalars(), c10::IValue()});
  }
  Tensor y = at::conv2d(x, conv.weight, conv.bias, /*stride=*/1, conv.padding);
  if (!conv.bias.defined()) {
    y = at::batch_norm(y, conv.scale, conv.shift, conv.mean, conv.variance, /*training=*/false,
                       /*momentum=*/0.1, kNormEpsilon, /*cudnn_enabled=*/false);
  }
  return relu ? y.relu_() : y;
}

Tensor BareNetwork::ApplyAdd(const Conv& conv, const Tensor& y, Tensor x) const {
  if (mode_ != BareMode::kFused) return Apply(conv, y, /*relu=*/false).add_(x).relu_();
  const IntList ones{1, 1};
  const IntList padding{conv.padding, conv.padding};
  return CallOperator(
      "mkldnn::_convolution_pointwise_", "binary",
      {std::move(x), y, conv.packed, conv.bias, padding, ones, ones, std::int64_t{1},
       std::string("add"), at::Scalar(1.0), std::string("relu"), NoScalars(), c10::IValue()});
}

PolicyValueNetwork::Heads BareNetwork::Forward(const Tensor& planes) const {
  Tensor x = Apply(input_, planes, /*relu=*/true);
  for (const Block& block : blocks_) {
    Tensor y = Apply(block.conv1, x, !block.pool.defined());
    if (block.pool.defined()) {
      y.add_(at::linear(Pool(x), block.pool).unsqueeze(2).unsqueeze(3)).relu_();
    }
    x = ApplyAdd(block.conv2, y, x);
  }
  PolicyValueNetwork::Heads heads;
  const Tensor policy = Apply(policy_, x, /*relu=*/true);
  if (policy_linear_.defined()) {
    heads.policy = at::linear(policy.flatten(1), policy_linear_, policy_linear_bias_);
  } else {
    heads.policy = at::conv2d(policy, policy_map_.weight, policy_map_.bias).flatten(1);
    if (policy_extra_.defined()) {
      heads.policy =
          at::cat({heads.policy, at::linear(Pool(policy), policy_extra_, policy_extra_bias_)}, 1);
    }
  }
  const Tensor outcome = Apply(outcome_, x, /*relu=*/true);
  const Tensor hidden = at::linear(outcome.flatten(1), hidden_, hidden_bias_).relu_();
  heads.outcome = at::linear(hidden, out_, out_bias_);
  return heads;
}

}  // namespace agon::bench
