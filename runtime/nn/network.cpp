// SPDX-License-Identifier: Apache-2.0
#include "runtime/nn/network.h"

#include <cmath>

#include "runtime/base/error.h"
#include "runtime/formats/array.h"
#include "runtime/tensor/random.h"

namespace agon::nn {
namespace {

using formats::ShapeText;

Tensor ChannelValues(const std::vector<double>& values, const NetworkInfo& info,
                     std::string_view what) {
  if (values.size() != 1 && values.size() != static_cast<std::size_t>(info.input[0])) {
    Fail(ErrorKind::kModel, "model {}: {} has {} values; write one, or one for each of {} channels",
         info.name, what, values.size(), info.input[0]);
  }
  Shape shape(info.input.size() + 1, 1);
  shape[1] = static_cast<std::int64_t>(values.size());
  return at::tensor(values, at::kDouble).to(at::kFloat).view(shape);
}

std::string SizesText(const Tensor& tensor) {
  return ShapeText({tensor.sizes().begin(), tensor.sizes().end()});
}

}  // namespace

Network::Network(NetworkInfo info, LayerPtr layers)
    : info_(std::move(info)), layers_(std::move(layers)) {
  AGON_CHECK(layers_ != nullptr);
  for (const std::int64_t size : info_.input) {
    if (size < 1) {
      Fail(ErrorKind::kModel, "model {}: input {} has an empty dimension", info_.name,
           ShapeText(info_.input));
    }
  }
  if (info_.input.empty()) Fail(ErrorKind::kModel, "model {}: input has no dimension", info_.name);
  Shape output;
  try {
    output = layers_->OutputShape(info_.input);
  } catch (const Error& error) {
    Fail(error.kind(), "model {} on input {}: {}", info_.name, ShapeText(info_.input),
         error.what());
  }
  if (output != Shape{info_.classes}) {
    Fail(ErrorKind::kModel,
         "model {} on input {} gives {} for each example, expected [{}] classes (classes: of "
         "the model, else of the dataset{})",
         info_.name, ShapeText(info_.input), ShapeText(output), info_.classes,
         info_.classes_from.empty() ? "" : "; here from " + info_.classes_from);
  }
  layers_->Collect("", slots_);
  layers_->SetTraining(false);
  if (!info_.mean.empty() || !info_.std.empty()) {
    for (const double deviation : info_.std) {
      if (!(deviation > 0)) {
        Fail(ErrorKind::kModel, "model {}: std must be positive, found {}", info_.name, deviation);
      }
    }
    mean_ = ChannelValues(info_.mean.empty() ? std::vector{0.0} : info_.mean, info_, "mean");
    std_ = ChannelValues(info_.std.empty() ? std::vector{1.0} : info_.std, info_, "std");
  }
}

Tensor Network::Forward(const Tensor& images) {
  if (images.sizes().slice(1) != at::IntArrayRef(info_.input)) {
    Fail(ErrorKind::kModel, "model {} takes images {}, got a batch {}", info_.name,
         ShapeText(info_.input), SizesText(images));
  }
  const Tensor output = layers_->Forward(mean_.defined() ? (images - mean_) / std_ : images);
  if (info_.output == OutputKind::kLogits) return output;
  constexpr double kSmallestProbability = 1e-12;
  return output.clamp_min(kSmallestProbability).log();
}

std::vector<Tensor> Network::Parameters() const {
  std::vector<Tensor> parameters;
  for (const Slot& slot : slots_) {
    if (slot.trainable) parameters.push_back(*slot.tensor);
  }
  return parameters;
}

NamedTensors Network::State() const {
  NamedTensors state;
  state.reserve(slots_.size());
  for (const Slot& slot : slots_) state.emplace_back(slot.name, slot.tensor->detach());
  return state;
}

void Network::LoadState(const NamedTensors& state) {
  if (state.size() != slots_.size()) {
    Fail(ErrorKind::kModel, "model {} has {} tensors, the state has {}", info_.name, slots_.size(),
         state.size());
  }
  // All are checked before the first is copied: a network is never half of one and half of another.
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const auto& [name, tensor] = state[i];
    const Slot& slot = slots_[i];
    if (name != slot.name || tensor.sizes() != slot.tensor->sizes()) {
      Fail(ErrorKind::kModel, "model {}: tensor {} {} does not take {} {}", info_.name, slot.name,
           SizesText(*slot.tensor), name, SizesText(tensor));
    }
  }
  const at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < slots_.size(); ++i) slots_[i].tensor->copy_(state[i].second);
}

void Network::SetTraining(bool training) { layers_->SetTraining(training); }

void Network::SetRequiresGrad(bool requires_grad) {
  for (const Slot& slot : slots_) {
    if (slot.trainable) slot.tensor->set_requires_grad(requires_grad);
  }
}

void Network::To(at::Device device) {
  const at::NoGradGuard no_grad;
  // Moved inside the tensor, so that optimizers and TorchScript modules that share it follow.
  for (const Slot& slot : slots_) slot.tensor->set_data(slot.tensor->to(device));
  if (mean_.defined()) {
    mean_ = mean_.to(device);
    std_ = std_.to(device);
  }
}

std::int64_t Network::ParameterCount() const {
  std::int64_t count = 0;
  for (const Slot& slot : slots_) {
    if (slot.trainable) count += slot.tensor->numel();
  }
  return count;
}

std::string Network::Summary() const { return layers_->Summary(); }

void Initialise(Network& network, std::uint64_t seed) {
  const at::NoGradGuard no_grad;
  const RandomSource source = RandomSource(seed).Stream("initialise");
  const Tensor first = at::zeros({1}, at::kLong);
  for (const Slot& slot : network.slots()) {
    if (slot.fan_in == 0) continue;  // batch norm is made with 1 and 0
    const double bound = 1.0 / std::sqrt(static_cast<double>(slot.fan_in));
    const Shape shape(slot.tensor->sizes().begin(), slot.tensor->sizes().end());
    const Tensor drawn = source.Stream(slot.name).For(first).Uniform(shape, -bound, bound);
    slot.tensor->copy_(drawn.squeeze(0));
  }
}

}  // namespace agon::nn
