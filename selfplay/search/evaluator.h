// SPDX-License-Identifier: Apache-2.0
// Positions in, policy and value out, in batches; everything that plays depends on this alone.
// A network is one evaluator; others wrap it (cache, batching over many games, recording,
// comparing) or need none (uniform, rollouts).
//
// Thread safety: Evaluate may be called from several threads unless a class says otherwise.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "selfplay/games/any_game.h"

namespace agon::selfplay {

// Leaves to be evaluated, in one block that is allocated once and reused. Rows are what the network
// sees: encoded under a symmetry of the caller's choice, moves transformed alike; an evaluator
// knows nothing of symmetries.
class EvalBatch {
 public:
  EvalBatch(const GameShape& shape, int capacity);

  [[nodiscard]] int size() const { return size_; }
  [[nodiscard]] int capacity() const { return capacity_; }
  [[nodiscard]] const GameShape& shape() const { return shape_; }
  void Clear() { size_ = 0; }
  // Adds a row of `legal_count` moves and returns its number; its planes and scalars are zeroed.
  // There must be room.
  int Add(std::uint64_t key, int legal_count);

  // Of row i. The key identifies planes, scalars and legal moves together, symmetry included.
  [[nodiscard]] std::uint64_t& key(int i) { return keys_[At(i)]; }
  [[nodiscard]] std::uint64_t key(int i) const { return keys_[At(i)]; }
  [[nodiscard]] std::span<std::uint64_t> planes(int i);
  [[nodiscard]] std::span<const std::uint64_t> planes(int i) const;
  [[nodiscard]] std::span<float> scalars(int i);
  [[nodiscard]] std::span<const float> scalars(int i) const;
  [[nodiscard]] std::span<Move> legal(int i);
  [[nodiscard]] std::span<const Move> legal(int i) const;

  // The answer: log-probabilities up to a constant over legal(i), in its order, and the chances of
  // a win, a draw and a loss for the side to move.
  [[nodiscard]] std::span<float> logits(int i);
  [[nodiscard]] std::span<const float> logits(int i) const;
  [[nodiscard]] std::array<float, 3>& outcome(int i) { return outcomes_[At(i)]; }
  [[nodiscard]] const std::array<float, 3>& outcome(int i) const { return outcomes_[At(i)]; }

  // Back to the first `size` rows.
  void Truncate(int size) { size_ = size; }

  // Copies a row of another batch of the same shape, answer included, to the end of this one.
  int AddCopy(const EvalBatch& other, int i);

 private:
  [[nodiscard]] static std::size_t At(int i) { return static_cast<std::size_t>(i); }
  GameShape shape_;
  int capacity_ = 0;
  int size_ = 0;
  std::vector<std::uint64_t> keys_, planes_;  // [capacity], [capacity, plane_words]
  std::vector<float> scalars_;                // [capacity, scalars]
  std::vector<Move> moves_;                   // [capacity, actions]
  std::vector<float> logits_;                 // [capacity, actions]
  std::vector<int> counts_;                   // [capacity]
  std::vector<std::array<float, 3>> outcomes_;
};

inline constexpr std::array<float, 3> kEvenOutcome = {1.0F / 3, 1.0F / 3, 1.0F / 3};

class Evaluator {
 public:
  virtual ~Evaluator();
  // True when every answer is: all moves alike, kEvenOutcome. A search then asks nobody.
  [[nodiscard]] virtual bool uniform() const { return false; }
  // Fills in the answers of rows [first, batch.size()).
  virtual void Evaluate(EvalBatch& batch, int first = 0) = 0;
};

// All moves alike, an even outcome: the constant evaluator of benchmarks and of untrained play.
[[nodiscard]] std::unique_ptr<Evaluator> MakeUniformEvaluator();

}  // namespace agon::selfplay
