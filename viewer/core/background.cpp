// SPDX-License-Identifier: Apache-2.0
#include "viewer/core/background.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>

namespace agon::viewer {
namespace {

using Clock = std::chrono::steady_clock;

struct Repeated {
  std::function<void()> job;
  Clock::duration period{};
  Clock::time_point due;
  bool running = false;
  std::thread::id runner;
};

}  // namespace

struct Background::State {
  mutable std::mutex mutex;
  std::condition_variable wake;   // there is something to do
  std::condition_variable ended;  // a call of a repeated job returned
  std::deque<std::function<void()>> jobs;
  std::vector<std::shared_ptr<Repeated>> repeated;
  std::size_t running = 0;
  bool stopping = false;

  void Work();
  void RunRepeated(std::unique_lock<std::mutex>& lock,
                   const std::shared_ptr<Repeated>& repeated_job);
  void End(const std::shared_ptr<Repeated>& repeated_job);
};

void Background::State::RunRepeated(std::unique_lock<std::mutex>& lock,
                                    const std::shared_ptr<Repeated>& repeated_job) {
  repeated_job->running = true;
  repeated_job->runner = std::this_thread::get_id();
  lock.unlock();
  repeated_job->job();
  lock.lock();
  repeated_job->running = false;
  repeated_job->due = Clock::now() + repeated_job->period;
  ended.notify_all();
  wake.notify_one();  // the others did not wait for this one while it ran
}

void Background::State::Work() {
  std::unique_lock lock(mutex);
  bool job_first = false;  // so that many repeated jobs cannot keep the others waiting
  while (!stopping) {
    const Clock::time_point now = Clock::now();
    std::shared_ptr<Repeated> next;
    for (const auto& one : repeated) {
      if (!one->running && (!next || one->due < next->due)) next = one;
    }
    const bool due = next && next->due <= now;
    if (!jobs.empty() && (job_first || !due)) {
      std::function<void()> job = std::move(jobs.back());
      jobs.pop_back();
      ++running;
      lock.unlock();
      job();
      job = nullptr;  // what it holds goes before it counts as done
      lock.lock();
      --running;
      job_first = false;
    } else if (due) {
      RunRepeated(lock, next);
      job_first = true;
    } else if (next) {
      wake.wait_until(lock, next->due);
    } else {
      wake.wait(lock);
    }
  }
}

void Background::State::End(const std::shared_ptr<Repeated>& repeated_job) {
  std::function<void()> gone;  // destroyed without the lock
  std::unique_lock lock(mutex);
  std::erase(repeated, repeated_job);
  ended.wait(lock, [&] {
    return !repeated_job->running || repeated_job->runner == std::this_thread::get_id();
  });
  if (!repeated_job->running) gone.swap(repeated_job->job);
}

Background::Background(std::size_t threads) : state_(std::make_shared<State>()) {
  for (std::size_t i = 0; i < std::max<std::size_t>(threads, 1); ++i) {
    threads_.emplace_back([state = state_] { state->Work(); });
  }
}

Background::~Background() {
  std::deque<std::function<void()>> dropped;  // destroyed without the lock
  {
    const std::scoped_lock lock(state_->mutex);
    state_->stopping = true;
    dropped.swap(state_->jobs);
  }
  state_->wake.notify_all();
  threads_.clear();
}

void Background::Post(std::function<void()> job) {
  {
    const std::scoped_lock lock(state_->mutex);
    if (state_->stopping) return;
    state_->jobs.push_back(std::move(job));
  }
  state_->wake.notify_one();
}

std::shared_ptr<void> Background::Every(double seconds, std::function<void()> job) {
  auto repeated = std::make_shared<Repeated>();
  repeated->job = std::move(job);
  repeated->period =
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  repeated->due = Clock::now();
  {
    const std::scoped_lock lock(state_->mutex);
    state_->repeated.push_back(repeated);
  }
  state_->wake.notify_one();
  return {repeated.get(), [state = state_, repeated](void*) { state->End(repeated); }};
}

bool Background::idle() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->jobs.empty() && state_->running == 0;
}

}  // namespace agon::viewer
