// SPDX-License-Identifier: Apache-2.0
// A back end whose answers follow from the row alone, so that a test can tell whether a row got its
// own answer; it notes what it was asked.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <bit>
#include <functional>
#include <mutex>
#include <vector>

#include "runtime/base/philox.h"
#include "selfplay/search/evaluator.h"

namespace agon::selfplay {

inline constexpr GameShape kSmallShape = {
    .width = 5, .height = 5, .actions = 26, .planes = 3, .scalars = 2, .max_moves = 50};

// A row of numbers that follow from `content`; the key is free, so that tests can make keys
// collide.
inline int AddRow(EvalBatch& batch, std::uint64_t key, std::uint64_t content) {
  const int legal = 1 + static_cast<int>(MixBits(content) % 26);
  const int row = batch.Add(key, legal);
  for (std::uint64_t& word : batch.planes(row)) word = MixBits(content ^ 1);
  for (float& scalar : batch.scalars(row)) scalar = static_cast<float>(content % 1000);
  for (int k = 0; k < legal; ++k)
    batch.legal(row)[static_cast<std::size_t>(k)] = static_cast<Move>(k);
  return row;
}

inline std::uint64_t DigestOf(const EvalBatch& batch, int i) {
  std::uint64_t digest = 7;
  for (const std::uint64_t word : batch.planes(i)) digest = MixBits(digest ^ word);
  for (const float scalar : batch.scalars(i))
    digest = MixBits(digest ^ std::bit_cast<std::uint32_t>(scalar));
  for (const Move move : batch.legal(i)) digest = MixBits(digest ^ move);
  return digest;
}
inline float LogitOf(std::uint64_t digest, std::size_t k) {
  return UnitFloat(static_cast<std::uint32_t>(MixBits(digest + k)));
}

inline void ExpectOwnAnswer(const EvalBatch& batch, int i) {
  const std::uint64_t digest = DigestOf(batch, i);
  for (std::size_t k = 0; k < batch.legal(i).size(); ++k) {
    ASSERT_EQ(batch.logits(i)[k], LogitOf(digest, k)) << "row " << i << ", move " << k;
  }
  EXPECT_EQ(batch.outcome(i)[0], LogitOf(digest, 100));
  EXPECT_EQ(batch.outcome(i)[2], LogitOf(digest, 102));
}

class RowEvaluator final : public Evaluator {
 public:
  void Evaluate(EvalBatch& batch, int first) override {
    {
      const std::lock_guard lock(mutex_);
      sizes_.push_back(batch.size() - first);
      batches_.push_back(&batch);
    }
    if (before) before(batch, first);
    for (int i = first; i < batch.size(); ++i) {
      const std::uint64_t digest = DigestOf(batch, i);
      for (std::size_t k = 0; k < batch.legal(i).size(); ++k)
        batch.logits(i)[k] = LogitOf(digest, k);
      batch.outcome(i) = {LogitOf(digest, 100), LogitOf(digest, 101), LogitOf(digest, 102)};
    }
  }
  // Of every call: rows, and the batch they came in.
  std::vector<int> sizes() const {
    const std::lock_guard lock(mutex_);
    return sizes_;
  }
  std::vector<const EvalBatch*> batches() const {
    const std::lock_guard lock(mutex_);
    return batches_;
  }

  std::function<void(EvalBatch&, int first)> before;  // set before the first call

 private:
  mutable std::mutex mutex_;
  std::vector<int> sizes_;
  std::vector<const EvalBatch*> batches_;
};

}  // namespace agon::selfplay
