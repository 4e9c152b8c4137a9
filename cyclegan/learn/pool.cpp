// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/learn/pool.h"

#include "runtime/base/error.h"
#include "runtime/base/philox.h"

namespace agon::cyclegan {
namespace {

constexpr const char* kQueries = "queries";
constexpr const char* kPrefix = "picture.";

}  // namespace

Tensor ImagePool::Query(const Tensor& fakes) {
  if (size_ == 0) return fakes;
  std::vector<Tensor> shown;
  for (std::int64_t i = 0; i < fakes.size(0); ++i, ++queries_) {
    Tensor fake = fakes[i];
    if (count() < size_) {
      pictures_.push_back(fake.clone());
      shown.push_back(std::move(fake));
      continue;
    }
    const PhiloxBlock draw = Philox4x32(
        random_.key(),
        {{static_cast<std::uint32_t>(queries_), static_cast<std::uint32_t>(queries_ >> 32), 0, 0}});
    if (UnitFloat(draw.word[0]) > 0.5F) {
      const auto place = static_cast<std::size_t>(
          std::uint64_t{draw.word[1]} * static_cast<std::uint64_t>(size_) >> 32);
      shown.push_back(std::exchange(pictures_[place], fake.clone()));
    } else {
      shown.push_back(std::move(fake));
    }
  }
  // Pictures of other sizes may come back only where batches hold one picture.
  return shown.size() == 1 ? shown.front().unsqueeze(0) : at::stack(shown);
}

NamedTensors ImagePool::State() const {
  NamedTensors state;
  state.emplace_back(kQueries, at::full({}, queries_, at::kLong));
  for (std::size_t i = 0; i < pictures_.size(); ++i) {
    state.emplace_back(kPrefix + std::to_string(i), pictures_[i]);
  }
  return state;
}

void ImagePool::LoadState(const NamedTensors& state, at::Device device) {
  std::int64_t queries = -1;
  std::vector<Tensor> pictures(state.empty() ? 0 : state.size() - 1);
  for (const auto& [name, tensor] : state) {
    if (name == kQueries && tensor.numel() == 1 && tensor.scalar_type() == at::kLong) {
      queries = tensor.item<std::int64_t>();
      continue;
    }
    // The order of a file is another one than ours.
    for (std::size_t i = 0; i < pictures.size(); ++i) {
      if (name == kPrefix + std::to_string(i)) pictures[i] = tensor.to(device).clone();
    }
  }
  const bool whole = std::all_of(pictures.begin(), pictures.end(), [](const Tensor& picture) {
    return picture.defined() && picture.dim() == 3 && picture.scalar_type() == at::kFloat;
  });
  if (queries < 0 || !whole || static_cast<std::int64_t>(pictures.size()) > size_) {
    Fail(ErrorKind::kData, "image pool: the saved state is not that of a pool of {} pictures",
         size_);
  }
  pictures_ = std::move(pictures);
  queries_ = queries;
}

}  // namespace agon::cyclegan
