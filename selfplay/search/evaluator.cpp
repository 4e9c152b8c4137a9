// SPDX-License-Identifier: Apache-2.0
#include "selfplay/search/evaluator.h"

#include <algorithm>

#include "runtime/base/error.h"

namespace agon::selfplay {
namespace {

class UniformEvaluator final : public Evaluator {
 public:
  [[nodiscard]] bool uniform() const override { return true; }
  void Evaluate(EvalBatch& batch, int first) override {
    for (int i = first; i < batch.size(); ++i) {
      std::ranges::fill(batch.logits(i), 0.0F);
      batch.outcome(i) = kEvenOutcome;
    }
  }
};

template <class T>
auto Row(std::vector<T>& all, int row, std::size_t width, std::size_t count) {
  return std::span(all).subspan(static_cast<std::size_t>(row) * width, count);
}
template <class T>
auto Row(const std::vector<T>& all, int row, std::size_t width, std::size_t count) {
  return std::span(all).subspan(static_cast<std::size_t>(row) * width, count);
}

}  // namespace

EvalBatch::EvalBatch(const GameShape& shape, int capacity) : shape_(shape), capacity_(capacity) {
  AGON_CHECK(capacity >= 1);
  const std::size_t rows = At(capacity);
  keys_.resize(rows);
  planes_.resize(rows * At(shape.plane_words()));
  scalars_.resize(rows * At(shape.scalars));
  moves_.resize(rows * At(shape.actions));
  logits_.resize(rows * At(shape.actions));
  counts_.resize(rows);
  outcomes_.resize(rows);
}

int EvalBatch::Add(std::uint64_t key, int legal_count) {
  AGON_CHECK(size_ < capacity_ && legal_count >= 1 && legal_count <= shape_.actions);
  const int row = size_++;
  keys_[At(row)] = key;
  counts_[At(row)] = legal_count;
  std::ranges::fill(planes(row), 0);
  std::ranges::fill(scalars(row), 0.0F);
  return row;
}

std::span<std::uint64_t> EvalBatch::planes(int i) {
  return Row(planes_, i, At(shape_.plane_words()), At(shape_.plane_words()));
}
std::span<const std::uint64_t> EvalBatch::planes(int i) const {
  return Row(planes_, i, At(shape_.plane_words()), At(shape_.plane_words()));
}
std::span<float> EvalBatch::scalars(int i) {
  return Row(scalars_, i, At(shape_.scalars), At(shape_.scalars));
}
std::span<const float> EvalBatch::scalars(int i) const {
  return Row(scalars_, i, At(shape_.scalars), At(shape_.scalars));
}
std::span<Move> EvalBatch::legal(int i) {
  return Row(moves_, i, At(shape_.actions), At(counts_[At(i)]));
}
std::span<const Move> EvalBatch::legal(int i) const {
  return Row(moves_, i, At(shape_.actions), At(counts_[At(i)]));
}
std::span<float> EvalBatch::logits(int i) {
  return Row(logits_, i, At(shape_.actions), At(counts_[At(i)]));
}
std::span<const float> EvalBatch::logits(int i) const {
  return Row(logits_, i, At(shape_.actions), At(counts_[At(i)]));
}

int EvalBatch::AddCopy(const EvalBatch& other, int i) {
  AGON_CHECK(size_ < capacity_ && other.shape_ == shape_);
  const int row = size_++;
  keys_[At(row)] = other.keys_[At(i)];
  counts_[At(row)] = other.counts_[At(i)];
  std::ranges::copy(other.planes(i), planes(row).begin());
  std::ranges::copy(other.scalars(i), scalars(row).begin());
  std::ranges::copy(other.legal(i), legal(row).begin());
  std::ranges::copy(other.logits(i), logits(row).begin());
  outcomes_[At(row)] = other.outcomes_[At(i)];
  return row;
}

Evaluator::~Evaluator() = default;

std::unique_ptr<Evaluator> MakeUniformEvaluator() { return std::make_unique<UniformEvaluator>(); }

}  // namespace agon::selfplay
