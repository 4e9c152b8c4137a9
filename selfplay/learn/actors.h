// SPDX-License-Identifier: Apache-2.0
// The threads that play: each plays many games at once, one leaf of each a round, and sends the
// leaves of all of them to the evaluator service as one batch. With server threads (a GPU) a thread
// has two halves of games and works on one while the other's batch is evaluated; without (a CPU) it
// evaluates its own batches.
//
//   Actors actors(config, service, cache, {...});
//   actors.Start(next_game);            // until Stop
//   ...
//   actors.Stop();                      // games in flight are abandoned
//
// or, in the deterministic mode, whole games of given numbers: actors.Play(first, count).
//
// Who needs this file: the trainer. Thread safety: one thread calls Start, Stop and Play; SetHold,
// SetGeneration and the counters are for any.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "selfplay/learn/self_game.h"
#include "selfplay/search/evaluation_cache.h"
#include "selfplay/search/evaluator_service.h"

namespace agon::selfplay {

struct ActorsSettings {
  int threads = 1;
  bool halves = false;
  std::int64_t max_games = 0;  // no number of a game reaches it; 0: no limit
  // Called by the playing threads for every game that ends between Start and Stop.
  std::function<void(FinishedGame&&)> finished;
  // Of one game in flight, and the next one in its place, and so on.
  SelfGame::Watcher watcher;
};

class Actors {
 public:
  // All of them must outlive the actors; `cache` may be null.
  Actors(const SelfplayConfig& config, EvaluatorService& service, EvaluationCache* cache,
         ActorsSettings settings);
  ~Actors();
  Actors(const Actors&) = delete;
  Actors& operator=(const Actors&) = delete;

  void Start(std::int64_t next_game);
  void Stop();
  // Throws what a thread threw.
  void Check();
  // True when max_games stopped all threads.
  [[nodiscard]] bool Idle() const { return running_.load() == 0; }

  // Games [first, first + count), in this order; nothing when `stop` said so meanwhile.
  [[nodiscard]] std::vector<FinishedGame> Play(std::int64_t first, std::int64_t count,
                                               const std::function<bool()>& stop);

  // So many of the threads wait from now on; 0: none.
  void SetHold(int threads);
  [[nodiscard]] int threads() const { return settings_.threads; }
  void SetGeneration(std::int64_t generation) { generation_ = generation; }
  [[nodiscard]] std::int64_t next_game() const { return next_game_; }

 private:
  struct Half;
  // Where the next game of a thread comes from and where finished ones go.
  struct Errand {
    std::function<std::int64_t()> next;  // negative: no more
    std::function<void(FinishedGame&&)> finished;
    std::function<bool()> stop;
  };
  void Work(int thread, std::int64_t games, const Errand& errand);
  void Round(Half& half, const Errand& errand);
  void Receive(Half& half);
  void Launch(const std::function<void(int)>& body);
  // Ends all threads, waiting ones too.
  void Release();
  void Join();
  void WaitWhileHeld(int thread);

  const SelfplayConfig& config_;
  EvaluatorService& service_;
  EvaluationCache* cache_;
  ActorsSettings settings_;
  std::vector<std::jthread> threads_;
  std::atomic<bool> stop_{false};
  std::atomic<int> running_{0};
  std::atomic<std::int64_t> next_game_{0}, generation_{0};
  std::mutex mutex_;
  std::condition_variable released_;
  int hold_ = 0;
  std::exception_ptr failure_;
};

}  // namespace agon::selfplay
