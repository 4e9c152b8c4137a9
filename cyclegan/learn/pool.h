// SPDX-License-Identifier: Apache-2.0
// The image pool (Shrivastava et al. 2017, as the reference has it): discriminators are shown
// translations of some time ago as well, so that a generator cannot win by changing its manner.
//
// Thread safety: one thread.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/tensor/random.h"
#include "runtime/tensor/types.h"

namespace agon::cyclegan {

class ImagePool {
 public:
  // `size` 0: Query gives back what it gets.
  ImagePool(std::int64_t size, RandomSource random) : size_(size), random_(random) {}

  // fakes [N,C,H,W] without gradient. For each picture in turn: as long as the pool is not full, it
  // is kept and given back; then, half of the time, it takes the place of one of the pool, chosen
  // evenly, which is given back instead. What is drawn depends on the random source and on how many
  // pictures came before.
  [[nodiscard]] Tensor Query(const Tensor& fakes);

  [[nodiscard]] std::int64_t count() const { return static_cast<std::int64_t>(pictures_.size()); }
  [[nodiscard]] NamedTensors State() const;                      // shared storage
  void LoadState(const NamedTensors& state, at::Device device);  // Error(kData)

 private:
  std::int64_t size_;
  RandomSource random_;
  std::vector<Tensor> pictures_;  // [C,H,W] each
  std::int64_t queries_ = 0;      // pictures that came
};

}  // namespace agon::cyclegan
