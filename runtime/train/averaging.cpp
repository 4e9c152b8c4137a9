// SPDX-License-Identifier: Apache-2.0
#include "runtime/train/averaging.h"

#include <ATen/ops/_foreach_lerp.h>

#include <algorithm>

#include "runtime/base/error.h"

namespace agon::train {
namespace {

constexpr const char* kPrefix = "average.";
constexpr const char* kCount = "average_count";

}  // namespace

void AveragingSettings::Describe(config::Fields<AveragingSettings>& f) {
  f.Field(&AveragingSettings::kind, "kind",
          "ema: exponential average of the weights; swa: their mean from `start` on")
      .Choices({"none", "ema", "swa"});
  f.Field(&AveragingSettings::decay, "decay", "of ema, per step").Min(0).Max(1);
  f.Field(&AveragingSettings::start, "start", "share of training before averaging starts")
      .Min(0)
      .Max(1);
}

WeightAverage::WeightAverage(const AveragingSettings& settings, const NamedTensors& weights)
    : settings_(settings) {
  if (settings_.kind == "none") return;
  for (const auto& [name, tensor] : weights) average_.emplace_back(name, tensor.detach().clone());
}

void WeightAverage::Update(const NamedTensors& weights, double progress) {
  if (settings_.kind == "none" || progress < settings_.start) return;
  AGON_CHECK(weights.size() == average_.size());
  const c10::NoGradGuard no_grad;
  // average <- average + share * (weight - average)
  const auto n = static_cast<double>(count_);
  double share = 1.0 / (n + 1);
  if (settings_.kind == "ema" && count_ > 0) {
    share = 1 - std::min(settings_.decay, (1 + n) / (10 + n));
  }
  std::vector<Tensor> averages;
  std::vector<Tensor> sources;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    Tensor& average = average_[i].second;
    // The first one is copied, which lerp does not do exactly where the average was infinite.
    if (count_ == 0 || !average.is_floating_point()) {
      average.copy_(weights[i].second);
    } else {
      averages.push_back(average);
      sources.push_back(weights[i].second.detach());
    }
  }
  if (!averages.empty()) at::_foreach_lerp_(averages, sources, share);
  ++count_;
}

NamedTensors WeightAverage::State() const {
  NamedTensors state;
  state.emplace_back(kCount, at::full({}, count_, at::kLong));
  if (active()) {
    for (const auto& [name, tensor] : average_) state.emplace_back(kPrefix + name, tensor);
  }
  return state;
}

void WeightAverage::LoadState(const NamedTensors& state) {
  const auto find = [&state](const std::string& name) -> const Tensor& {
    for (const auto& [key, tensor] : state) {
      if (key == name) return tensor;
    }
    Fail(ErrorKind::kData, "weight average: no tensor {} in the saved state", name);
  };
  const Tensor& count = find(kCount);
  if (count.numel() != 1 || count.scalar_type() != at::kLong || count.item<std::int64_t>() < 0) {
    Fail(ErrorKind::kData, "weight average: {} is not a count", kCount);
  }
  const auto updates = count.item<std::int64_t>();
  std::vector<Tensor> found;
  if (updates > 0) {
    for (const auto& [name, tensor] : average_) {
      const Tensor& saved = find(kPrefix + name);
      if (saved.sizes() != tensor.sizes() || saved.scalar_type() != tensor.scalar_type()) {
        Fail(ErrorKind::kData, "weight average: {}{} has another shape or type than the network's",
             kPrefix, name);
      }
      found.push_back(saved);
    }
  }
  // Only now, so that an error leaves everything as it was.
  for (std::size_t i = 0; i < found.size(); ++i) average_[i].second.copy_(found[i]);
  count_ = updates;
}

}  // namespace agon::train
