// SPDX-License-Identifier: Apache-2.0
// Batches for training, cut and mirrored by threads of their own some iterations ahead. What is in
// a batch depends on the seed and the iteration's number alone, so training resumes anywhere and
// the number of threads changes nothing.
//
// Order as the reference's: an epoch goes once through the larger domain in a new random order; the
// picture of A is that place modulo the size of A, the picture of B is drawn at random. Batches go
// on across the ends of epochs, so all have one size.
//
// Thread safety: Next from one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <vector>

#include "cyclegan/learn/domains.h"
#include "runtime/base/thread_pool.h"
#include "runtime/tensor/random.h"
#include "runtime/tensor/types.h"

namespace agon::cyclegan {

struct PictureBatch {
  Tensor a, b;  // [N,3,H,W] float32 in [-1,1]
};

struct FeedSettings {
  std::int64_t batch_size = 1;
  std::int64_t crop = 0;
  bool flip = true;
};

class Feed {
 public:
  // Batches of the iterations from `first` on. Error(kData) when pictures of several sizes would
  // have to be in one batch.
  Feed(const DomainPair& domains, const FeedSettings& settings, RandomSource random,
       at::Device device, std::int64_t first);

  // The next iteration's. Rethrows what went wrong in a thread.
  [[nodiscard]] PictureBatch Next();
  // Seconds that Next has waited in all.
  [[nodiscard]] double waited() const { return waited_; }

  // Which pictures a sample (iteration x batch_size + place) is made of.
  struct Choice {
    std::int64_t a = 0, b = 0;
  };
  [[nodiscard]] Choice Choose(std::int64_t sample);

 private:
  struct Ahead {
    PictureBatch batch;
    std::future<void> done;
  };
  void Order();
  [[nodiscard]] PictureBatch Make(std::int64_t iteration);
  [[nodiscard]] Tensor MakeDomain(const PictureSet& set, const std::vector<std::int64_t>& indices,
                                  std::int64_t first_sample, std::uint32_t domain) const;
  [[nodiscard]] std::shared_ptr<const std::vector<std::int64_t>> OrderOf(std::int64_t epoch);

  const DomainPair& domains_;
  const FeedSettings settings_;
  const RandomSource random_;
  const at::Device device_;
  const std::int64_t largest_;
  std::int64_t next_;
  double waited_ = 0;
  std::mutex order_mutex_;
  std::int64_t order_epoch_ = -1;
  std::shared_ptr<const std::vector<std::int64_t>> order_;
  std::deque<std::unique_ptr<Ahead>> ahead_;
  ThreadPool pool_;  // last: its threads use all the others
};

}  // namespace agon::cyclegan
