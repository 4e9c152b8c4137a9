// SPDX-License-Identifier: Apache-2.0
// A fixed set of worker threads for independent jobs (decoding pictures, encoding PNG).
//
// Thread safety: Submit from any thread. The destructor finishes what was submitted.
#pragma once

#include <cstddef>
#include <functional>
#include <future>
#include <thread>
#include <vector>

#include "runtime/base/bounded_queue.h"

namespace agon {

class ThreadPool {
 public:
  explicit ThreadPool(std::size_t threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // The future carries the job's exception. Waits while 4 jobs per thread are queued.
  [[nodiscard]] std::future<void> Submit(std::function<void()> job);

 private:
  BoundedQueue<std::packaged_task<void()>> jobs_;
  std::vector<std::jthread> workers_;
};

}  // namespace agon
