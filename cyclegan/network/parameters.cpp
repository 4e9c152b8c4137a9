// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/network/parameters.h"

#include <map>

#include "runtime/base/error.h"
#include "runtime/formats/array.h"
#include "runtime/tensor/random.h"

namespace agon::cyclegan {

void MakeConv(ConvWeights& conv, const Shape& weight, std::int64_t out, const std::string& name,
              std::vector<nn::Slot>& slots) {
  conv.weight = at::zeros(weight, at::kFloat);
  conv.bias = at::zeros({out}, at::kFloat);
  const std::int64_t fan_in = conv.weight.numel() / out;
  slots.push_back({name + ".weight", &conv.weight, true, fan_in});
  slots.push_back({name + ".bias", &conv.bias, true, fan_in});
}

void DrawWeights(const std::vector<nn::Slot>& slots, std::uint64_t seed, std::string_view stream) {
  constexpr double kDeviation = 0.02;  // Zhu et al. 2017, section 4
  const at::NoGradGuard no_grad;
  const RandomSource source = RandomSource(seed).Stream(stream);
  const Tensor first = at::zeros({1}, at::kLong);
  for (const nn::Slot& slot : slots) {
    if (slot.name.ends_with(".bias")) {
      slot.tensor->zero_();
      continue;
    }
    const Shape shape(slot.tensor->sizes().begin(), slot.tensor->sizes().end());
    slot.tensor->copy_(
        source.Stream(slot.name).For(first).Normal(shape).squeeze(0).mul_(kDeviation));
  }
}

std::vector<Tensor> TensorsOf(const std::vector<nn::Slot>& slots) {
  std::vector<Tensor> tensors;
  tensors.reserve(slots.size());
  for (const nn::Slot& slot : slots) tensors.push_back(*slot.tensor);
  return tensors;
}

NamedTensors StateOf(const std::vector<nn::Slot>& slots) {
  NamedTensors state;
  state.reserve(slots.size());
  for (const nn::Slot& slot : slots) state.emplace_back(slot.name, slot.tensor->detach());
  return state;
}

void CopyState(const std::vector<nn::Slot>& slots, const NamedTensors& state,
               const std::string& network) {
  std::map<std::string, const Tensor*> by_name;
  for (const auto& [name, tensor] : state) by_name[name] = &tensor;
  std::vector<const Tensor*> found;
  found.reserve(slots.size());
  for (const nn::Slot& slot : slots) {
    const auto item = by_name.find(slot.name);
    if (item == by_name.end()) {
      Fail(ErrorKind::kModel, "{}: no tensor {} {} among the {} given", network, slot.name,
           SizesText(*slot.tensor), state.size());
    }
    if (item->second->sizes() != slot.tensor->sizes()) {
      Fail(ErrorKind::kModel, "{}: its tensor {} is {}, not {}", network, slot.name,
           SizesText(*slot.tensor), SizesText(*item->second));
    }
    found.push_back(item->second);
    by_name.erase(item);
  }
  if (!by_name.empty()) {
    Fail(ErrorKind::kModel, "{}: tensor {} {} has no place in it", network, by_name.begin()->first,
         SizesText(*by_name.begin()->second));
  }
  const at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < slots.size(); ++i) slots[i].tensor->copy_(*found[i]);
}

void SetRequiresGradOf(const std::vector<nn::Slot>& slots, bool requires_grad) {
  for (const nn::Slot& slot : slots) slot.tensor->set_requires_grad(requires_grad);
}

void MoveTo(const std::vector<nn::Slot>& slots, at::Device device) {
  const at::NoGradGuard no_grad;
  for (const nn::Slot& slot : slots) slot.tensor->set_data(slot.tensor->to(device));
}

std::int64_t CountOf(const std::vector<nn::Slot>& slots) {
  std::int64_t count = 0;
  for (const nn::Slot& slot : slots) count += slot.tensor->numel();
  return count;
}

std::string SizesText(const Tensor& tensor) {
  return formats::ShapeText({tensor.sizes().begin(), tensor.sizes().end()});
}

std::string WithCommas(std::int64_t number) {
  if (number < 1000) return std::to_string(number);
  return fmt::format("{},{:03}", WithCommas(number / 1000), number % 1000);
}

}  // namespace agon::cyclegan
