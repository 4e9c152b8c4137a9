// SPDX-License-Identifier: Apache-2.0
// Randomness that belongs to the example: what an example draws depends on the seed, the stream's
// name, and the example's index, never on the batch it is in, its order, or the device.
//
//   RandomSource source(seed);
//   ExampleRandom random = source.Stream("pgd", /*restart=*/0).For(batch.indices);
//   Tensor noise = random.Uniform({1, 28, 28}, -1, 1);   // [N,1,28,28]
//
// Thread safety: RandomSource is a value; an ExampleRandom belongs to one thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/tensor/types.h"

namespace agon {

class ExampleRandom;

class RandomSource {
 public:
  explicit RandomSource(std::uint64_t seed) : key_(seed) {}
  // A source of its own for a named purpose.
  [[nodiscard]] RandomSource Stream(std::string_view name, std::uint64_t number = 0) const;
  [[nodiscard]] std::uint64_t key() const { return key_; }
  // `indices`: int64 [N], the examples' places in the dataset; draws go to the device of `indices`.
  [[nodiscard]] ExampleRandom For(const Tensor& indices) const;
  // The reference implementations' habit instead: one mt19937 generator on the CPU, seeded with the
  // key's seed, draws for the batch as a whole. For parity only.
  [[nodiscard]] static ExampleRandom PerBatch(std::uint64_t seed, const Tensor& indices);
  // A permutation of 0..n-1 (int64, CPU), for shuffling.
  [[nodiscard]] Tensor Permutation(std::int64_t n) const;

 private:
  std::uint64_t key_;
};

class ExampleRandom {
 public:
  // Each call is a new draw. `shape` is per example; result [N, shape...] float32.
  [[nodiscard]] Tensor Uniform(const Shape& shape, double low, double high);
  [[nodiscard]] Tensor Normal(const Shape& shape);  // Box-Muller on the counter stream
  // int64 [N], uniform in [0, bound).
  [[nodiscard]] Tensor Integers(std::int64_t bound);
  // The same streams for fewer examples: rows is int64 [M] or bool [N].
  [[nodiscard]] ExampleRandom Select(const Tensor& rows) const;
  [[nodiscard]] bool per_batch() const { return per_batch_; }

 private:
  friend class RandomSource;
  ExampleRandom() = default;
  std::uint64_t key_ = 0;
  std::uint32_t draw_ = 0;
  Tensor indices_;
  bool per_batch_ = false;
  at::Generator generator_;
};

}  // namespace agon
