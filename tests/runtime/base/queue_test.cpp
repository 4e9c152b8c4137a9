// SPDX-License-Identifier: Apache-2.0
// The bounded queue and the thread pool on top of it.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <thread>

#include "runtime/base/bounded_queue.h"
#include "runtime/base/thread_pool.h"

namespace agon {
namespace {

TEST(BoundedQueue, IsFirstInFirstOut) {
  BoundedQueue<int> queue(3);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(queue.Push(i));
  EXPECT_EQ(queue.size(), 3U);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(queue.Pop(), i);
}

TEST(BoundedQueue, TryPushKeepsAnItemThatDoesNotFit) {
  BoundedQueue<std::unique_ptr<int>> queue(1);
  EXPECT_TRUE(queue.TryPush(std::make_unique<int>(1)));
  auto item = std::make_unique<int>(2);
  EXPECT_FALSE(queue.TryPush(std::move(item)));
  ASSERT_NE(item, nullptr);
  EXPECT_EQ(*item, 2);
}

TEST(BoundedQueue, AClosedQueueIsDrainedAndThenEmpty) {
  BoundedQueue<int> queue(2);
  EXPECT_TRUE(queue.Push(1));
  queue.Close();
  EXPECT_FALSE(queue.Push(2));
  EXPECT_FALSE(queue.TryPush(2));
  EXPECT_EQ(queue.Pop(), 1);
  EXPECT_EQ(queue.Pop(), std::nullopt);
}

TEST(BoundedQueue, CloseWakesWhoWaits) {
  BoundedQueue<int> empty(1), full(1);
  EXPECT_TRUE(full.Push(0));
  std::jthread consumer([&] { EXPECT_EQ(empty.Pop(), std::nullopt); });
  std::jthread producer([&] { EXPECT_FALSE(full.Push(1)); });
  empty.Close();
  full.Close();
}

// Whatever the interleaving, every number arrives once.
TEST(BoundedQueue, NothingIsLostBetweenThreads) {
  constexpr std::int64_t kEach = 5000;
  BoundedQueue<std::int64_t> queue(4);
  std::atomic<std::int64_t> sum{0}, count{0};
  {
    std::vector<std::jthread> consumers;
    for (int i = 0; i < 3; ++i) {
      consumers.emplace_back([&] {
        while (const auto item = queue.Pop()) {
          sum += *item;
          ++count;
        }
      });
    }
    {
      std::vector<std::jthread> producers;
      for (int i = 0; i < 3; ++i) {
        producers.emplace_back([&] {
          for (std::int64_t n = 1; n <= kEach; ++n) queue.Push(n);
        });
      }
    }
    queue.Close();
  }
  EXPECT_EQ(count, 3 * kEach);
  EXPECT_EQ(sum, 3 * kEach * (kEach + 1) / 2);
}

TEST(ThreadPool, RunsEveryJobBeforeItEnds) {
  std::atomic<int> done{0};
  {
    ThreadPool pool(2);
    for (int i = 0; i < 100; ++i) static_cast<void>(pool.Submit([&] { ++done; }));
  }
  EXPECT_EQ(done, 100);
}

TEST(ThreadPool, TheFutureCarriesTheException) {
  ThreadPool pool(1);
  auto bad = pool.Submit([] { throw std::runtime_error("no such picture"); });
  auto good = pool.Submit([] {});
  EXPECT_THROW(bad.get(), std::runtime_error);
  EXPECT_NO_THROW(good.get());
}

TEST(ThreadPool, ZeroThreadsMeansOne) {
  ThreadPool pool(0);
  EXPECT_NO_THROW(pool.Submit([] {}).get());
}

}  // namespace
}  // namespace agon
