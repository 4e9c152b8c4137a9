// SPDX-License-Identifier: Apache-2.0
// Loss and accuracy of training steps, kept on the device and computed and fetched many steps at a
// time, so that no step waits for the one before or pays for a handful of small operators.
//
// Who needs this file: trainers. Thread safety: one thread.
#pragma once

#include <vector>

#include "runtime/tensor/types.h"

namespace agon::defenses {

class StepMeter {
 public:
  explicit StepMeter(std::size_t capacity) : capacity_(capacity) {}

  struct Entry {
    double loss = 0;
    std::int64_t correct = 0;
    std::int64_t examples = 0;
  };

  // loss [], logits [N,K], labels [N]; none of them may be changed before Drain. Runs nothing on
  // the device.
  void Add(const Tensor& loss, const Tensor& logits, const Tensor& labels);
  [[nodiscard]] bool full() const { return losses_.size() == capacity_; }
  // The steps since the last call, oldest first. Waits for the device.
  [[nodiscard]] std::vector<Entry> Drain();

 private:
  std::size_t capacity_;
  std::vector<Tensor> losses_, logits_, labels_;  // [], [N,K], [N] of a step
};

}  // namespace agon::defenses
