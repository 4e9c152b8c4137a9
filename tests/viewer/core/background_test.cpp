// SPDX-License-Identifier: Apache-2.0
#include "viewer/core/background.h"

#include <gmock/gmock.h>

#include <future>
#include <latch>
#include <stdexcept>

namespace agon::viewer {
namespace {

using testing::ElementsAre;

void WaitUntil(const std::function<bool()>& done) {
  while (!done()) std::this_thread::yield();
}

TEST(Background, HandsOverResultsAndErrors) {
  Background background;
  const Pending<int> none;
  EXPECT_FALSE(none.started());
  EXPECT_EQ(none.get(), nullptr);

  const Pending<int> good = background.Run<int>([] { return 42; });
  const Pending<int> bad =
      background.Run<int>([]() -> int { throw std::runtime_error("run/recording: is a folder"); });
  WaitUntil([&] { return !good.running() && !bad.running(); });
  ASSERT_NE(good.get(), nullptr);
  EXPECT_EQ(*good.get(), 42);
  EXPECT_EQ(good.error(), "");
  EXPECT_TRUE(bad.started());
  EXPECT_EQ(bad.get(), nullptr);
  EXPECT_EQ(bad.error(), "run/recording: is a folder");
  EXPECT_EQ(bad.share(), nullptr);
}

TEST(Background, AResultOutlivesItsPending) {
  std::shared_ptr<const std::string> kept;
  {
    Background background;
    Pending<std::string> pending = background.Run<std::string>([] { return std::string("kept"); });
    WaitUntil([&] { return !pending.running(); });
    kept = pending.share();
  }
  EXPECT_EQ(*kept, "kept");
}

// What was asked for last is what somebody looks at now.
TEST(Background, TheNewestWaitingJobComesFirst) {
  Background background(1);
  std::promise<void> gate;
  std::latch started(1);
  background.Post([&] {
    started.count_down();
    gate.get_future().wait();
  });
  started.wait();
  std::vector<int> order;
  std::promise<void> done;
  for (int i = 0; i < 4; ++i) {
    background.Post([&, i] {
      order.push_back(i);
      if (order.size() == 4) done.set_value();
    });
  }
  EXPECT_FALSE(background.idle());
  gate.set_value();
  done.get_future().wait();
  EXPECT_THAT(order, ElementsAre(3, 2, 1, 0));
  WaitUntil([&] { return background.idle(); });
}

TEST(Background, TheEndFinishesWhatRunsAndDropsWhatWaits) {
  std::atomic<int> finished{0};
  const auto held = std::make_shared<int>(1);
  {
    Background background(1);
    std::latch started(1);
    background.Post([&] {
      started.count_down();
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      ++finished;
    });
    started.wait();
    background.Post([&, held] { finished += 10; });
  }
  EXPECT_EQ(finished, 1);
  EXPECT_EQ(held.use_count(), 1);  // the dropped job is gone with all it held
}

TEST(Background, RepeatsUntilTheHandleIsLetGo) {
  Background background;
  std::atomic<int> calls{0};
  const auto held = std::make_shared<int>(1);
  std::shared_ptr<void> handle = background.Every(0.0005, [&, held] { ++calls; });
  WaitUntil([&] { return calls >= 3; });
  EXPECT_TRUE(background.idle());
  handle.reset();
  const int after = calls;
  EXPECT_EQ(held.use_count(), 1);
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(calls, after);
}

// The owner of the job's captures may go as soon as the handle went.
TEST(Background, LettingGoWaitsForACallThatRuns) {
  Background background;
  std::latch started(1);
  bool finished = false;  // not atomic: the handle is what orders the two threads
  bool first = true;
  std::shared_ptr<void> handle = background.Every(0.001, [&] {
    if (!std::exchange(first, false)) return;
    started.count_down();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    finished = true;
  });
  started.wait();
  handle.reset();
  EXPECT_TRUE(finished);
}

TEST(Background, AJobMayLetItselfGo) {
  Background background;
  std::mutex mutex;
  std::shared_ptr<void> handle;
  std::atomic<int> calls{0};
  {
    const std::scoped_lock lock(mutex);
    handle = background.Every(0.0001, [&] {
      const std::scoped_lock inner(mutex);
      handle.reset();
      ++calls;
    });
  }
  WaitUntil([&] { return calls > 0; });
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  EXPECT_EQ(calls, 1);
}

// A hundred followed runs must not keep a picture from being loaded.
TEST(Background, RepeatedJobsDoNotStarveTheOthers) {
  Background background(1);
  std::vector<std::shared_ptr<void>> handles;
  handles.reserve(50);
  for (int i = 0; i < 50; ++i) {
    handles.push_back(
        background.Every(0, [] { std::this_thread::sleep_for(std::chrono::microseconds(100)); }));
  }
  for (int i = 0; i < 20; ++i) {
    const Pending<int> pending = background.Run<int>([] { return 1; });
    WaitUntil([&] { return !pending.running(); });
    EXPECT_EQ(*pending.get(), 1);
  }
}

TEST(Background, HandlesMayOutliveIt) {
  std::shared_ptr<void> handle;
  {
    Background background;
    handle = background.Every(0.001, [] {});
  }
  handle.reset();
  SUCCEED();
}

TEST(Background, ManyThreadsPostAndAsk) {
  Background background(3);
  std::atomic<int> sum{0};
  {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 200; ++i) {
          const Pending<int> pending = background.Run<int>([i] { return i; });
          while (pending.running()) std::this_thread::yield();
          sum += *pending.get();
        }
      });
    }
  }
  EXPECT_EQ(sum, 4 * 199 * 200 / 2);
}

}  // namespace
}  // namespace agon::viewer
