// SPDX-License-Identifier: Apache-2.0
// Batches for training: shuffled and augmented by a thread of the loader's own, some batches ahead,
// so that the training loop never waits. The order of an epoch depends on the seed and the epoch's
// number alone, so training resumes anywhere.
//
// Thread safety: Next from one thread.
#pragma once

#include <memory>
#include <optional>

#include "runtime/data/dataset.h"
#include "runtime/tensor/random.h"

namespace agon::data {

struct LoaderSettings {
  std::int64_t batch_size = 128;
  bool shuffle = true;
  bool drop_last = false;
  std::int64_t pad = 0;  // random crop after zero padding by so many pixels; 0: none
  bool flip = false;     // random horizontal flip
  static void Describe(config::Fields<LoaderSettings>& f);
};

class Loader {
 public:
  // `dataset` must outlive the loader.
  Loader(const Dataset& dataset, LoaderSettings settings, RandomSource random, at::Device device);
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  [[nodiscard]] std::int64_t BatchesPerEpoch() const;
  // Starts an epoch at its `first_batch`-th batch; the thread begins at once.
  void Start(std::int64_t epoch, std::int64_t first_batch = 0);
  // Nothing at the end of the epoch. Rethrows what went wrong in the thread.
  [[nodiscard]] std::optional<Batch> Next();
  // Seconds that Next has waited in all, for the benchmark.
  [[nodiscard]] double waited() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace agon::data
