// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/thread_pool.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "runtime/base/error.h"

namespace agon {
namespace {

constexpr std::size_t kQueuedPerThread = 4;

}  // namespace

ThreadPool::ThreadPool(std::size_t threads)
    : jobs_(kQueuedPerThread * std::max<std::size_t>(threads, 1)) {
  const std::size_t count = std::max<std::size_t>(threads, 1);
  workers_.reserve(count);
  try {
    for (std::size_t i = 0; i < count; ++i) {
      workers_.emplace_back([this] {
        while (auto job = jobs_.Pop()) (*job)();
      });
    }
  } catch (const std::system_error& error) {
    jobs_.Close();  // else the workers already started would wait, and their destructor for them
    Fail(ErrorKind::kDevice, "cannot start {} threads: {}; ask for fewer", count, error.what());
  }
}

// The workers drain the closed queue; their jthread destructors wait for that.
ThreadPool::~ThreadPool() { jobs_.Close(); }

std::future<void> ThreadPool::Submit(std::function<void()> job) {
  std::packaged_task<void()> task(std::move(job));
  std::future<void> result = task.get_future();
  jobs_.Push(std::move(task));
  return result;
}

}  // namespace agon
