// SPDX-License-Identifier: Apache-2.0
#include "selfplay/learn/actors.h"

#include <algorithm>
#include <memory>
#include <numeric>

#include "runtime/base/error.h"

namespace agon::selfplay {

struct Actors::Half {
  Half(const GameShape& shape, int capacity) : batch(shape, capacity), misses(shape, capacity) {}
  std::vector<std::unique_ptr<SelfGame>> games;
  std::vector<bool> active;   // the game is being played
  std::vector<bool> waiting;  // it has rows in the batch
  EvalBatch batch;
  CacheMisses misses;
  EvaluatorService::Ticket ticket;
  bool sent = false;
};

Actors::Actors(const SelfplayConfig& config, EvaluatorService& service, EvaluationCache* cache,
               ActorsSettings settings)
    : config_(config), service_(service), cache_(cache), settings_(std::move(settings)) {
  AGON_CHECK(settings_.threads >= 1);
}

Actors::~Actors() {
  Release();
  Join();
}

void Actors::Launch(const std::function<void(int)>& body) {
  stop_ = false;
  running_ = settings_.threads;
  for (int i = 0; i < settings_.threads; ++i) {
    threads_.emplace_back([this, body, i] {
      try {
        body(i);
      } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!failure_) failure_ = std::current_exception();
        stop_ = true;
      }
      --running_;
    });
  }
}

void Actors::Join() { threads_.clear(); }

void Actors::Start(std::int64_t next_game) {
  next_game_ = next_game;
  const std::int64_t all = std::max<std::int64_t>(config_.selfplay.games_in_flight, 1);
  const Errand errand{.next = [this]() -> std::int64_t {
                        if (settings_.max_games > 0 && next_game_.load() >= settings_.max_games)
                          return -1;
                        const std::int64_t number = next_game_++;
                        return settings_.max_games > 0 && number >= settings_.max_games ? -1
                                                                                        : number;
                      },
                      .finished = settings_.finished,
                      .stop = [this] { return stop_.load(); }};
  Launch([this, all, errand](int thread) {
    const std::int64_t share = (all + settings_.threads - 1 - thread) / settings_.threads;
    Work(thread, std::max<std::int64_t>(1, share), errand);
  });
}

void Actors::Release() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    hold_ = 0;
  }
  released_.notify_all();
}

void Actors::Stop() {
  Release();
  Join();
  Check();
}

void Actors::Check() {
  const std::lock_guard lock(mutex_);
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void Actors::SetHold(int threads) {
  {
    const std::lock_guard lock(mutex_);
    if (hold_ == threads) return;
    hold_ = threads;
  }
  released_.notify_all();
}

void Actors::WaitWhileHeld(int thread) {
  std::unique_lock lock(mutex_);
  released_.wait(lock, [this, thread] { return thread >= hold_ || stop_; });
}

std::vector<FinishedGame> Actors::Play(std::int64_t first, std::int64_t count,
                                       const std::function<bool()>& stop) {
  std::vector<FinishedGame> all(static_cast<std::size_t>(count));
  // Each thread has games of its own: what it plays next never depends on another thread's speed.
  std::vector<std::int64_t> next(static_cast<std::size_t>(settings_.threads));
  std::iota(next.begin(), next.end(), first);
  const std::int64_t share =
      (config_.selfplay.games_in_flight + settings_.threads - 1) / settings_.threads;
  Launch([&](int thread) {
    const Errand errand{.next = [&, thread]() -> std::int64_t {
                          std::int64_t& number = next[static_cast<std::size_t>(thread)];
                          if (number >= first + count) return -1;
                          return std::exchange(number, number + settings_.threads);
                        },
                        .finished =
                            [&](FinishedGame&& game) {
                              const auto at = static_cast<std::size_t>(game.number - first);
                              all[at] = std::move(game);
                            },
                        .stop = [this] { return stop_.load(); }};
    Work(thread, share, errand);
  });
  while (!Idle()) {
    if (stop()) stop_ = true;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  const bool stopped = stop_;
  Join();
  Check();
  if (stopped) all.clear();
  return all;
}

void Actors::Work(int thread, std::int64_t games, const Errand& errand) {
  const GameShape shape = config_.game->Shape();
  const std::int64_t halves = settings_.halves && games > 1 ? 2 : 1;
  std::vector<std::unique_ptr<Half>> parts;
  for (std::int64_t h = 0; h < halves; ++h) {
    const std::int64_t here = (games + halves - 1 - h) / halves;
    auto half = std::make_unique<Half>(shape, static_cast<int>(here * config_.selfplay.leaves));
    for (std::int64_t i = 0; i < here; ++i) {
      half->games.push_back(std::make_unique<SelfGame>(config_));
      half->active.push_back(false);
      half->waiting.push_back(false);
    }
    parts.push_back(std::move(half));
  }
  if (thread == 0) parts[0]->games[0]->SetWatcher(settings_.watcher);
  for (bool working = true; working && !errand.stop();) {
    WaitWhileHeld(thread);
    working = false;
    for (const auto& half : parts) {
      Receive(*half);
      Round(*half, errand);
      working = working || half->sent;
    }
  }
  for (const auto& half : parts) half->ticket.Wait();
}

void Actors::Receive(Half& half) {
  if (!half.sent) return;
  half.ticket.Wait();
  half.sent = false;
  if (cache_ != nullptr) cache_->End(half.batch, half.misses);
  for (std::size_t i = 0; i < half.games.size(); ++i) {
    if (half.waiting[i]) half.games[i]->Apply(half.batch);
  }
}

void Actors::Round(Half& half, const Errand& errand) {
  half.batch.Clear();
  for (std::size_t i = 0; i < half.games.size(); ++i) {
    SelfGame& game = *half.games[i];
    half.waiting[i] = false;
    while (!errand.stop()) {
      if (!half.active[i]) {
        const std::int64_t number = errand.next();
        if (number < 0) break;
        game.Start(number, generation_);
        half.active[i] = true;
      }
      if (game.Collect(half.batch) > 0) {
        half.waiting[i] = true;
        break;
      }
      half.active[i] = false;
      errand.finished(game.Take());
    }
  }
  if (half.batch.size() == 0) return;
  if (cache_ != nullptr) {
    cache_->Begin(half.batch, 0, half.misses);
    half.ticket = service_.Submit(half.misses.batch);
  } else {
    half.ticket = service_.Submit(half.batch);
  }
  half.sent = true;
}

}  // namespace agon::selfplay
