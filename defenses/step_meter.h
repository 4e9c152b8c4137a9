// SPDX-License-Identifier: Apache-2.0
// Loss and accuracy of training steps, kept on the device and fetched many steps at a time, so that
// no step waits for the one before.
//
// Who needs this file: trainers. Thread safety: one thread.
#pragma once

#include <vector>

#include "runtime/tensor/types.h"

namespace agon::defenses {

class StepMeter {
 public:
  StepMeter(std::int64_t capacity, at::Device device);

  struct Entry {
    double loss = 0;
    std::int64_t correct = 0;
    std::int64_t examples = 0;
  };

  // loss [], logits [N,K], labels [N]. Does not synchronise.
  void Add(const Tensor& loss, const Tensor& logits, const Tensor& labels);
  [[nodiscard]] bool full() const {
    return static_cast<std::int64_t>(examples_.size()) == values_.size(1);
  }
  // The steps since the last call, oldest first. Waits for the device.
  [[nodiscard]] std::vector<Entry> Drain();

 private:
  Tensor values_;  // [2,capacity] float64: loss, correct
  std::vector<std::int64_t> examples_;
};

}  // namespace agon::defenses
