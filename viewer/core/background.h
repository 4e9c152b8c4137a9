// SPDX-License-Identifier: Apache-2.0
// Work that a frame must not wait for: reading folders and files, decoding pictures.
//
//   Pending<Table> table = background.Run<Table>([file] { return ReadTable(file); });
//   ...each frame: if (const Table* t = table.get()) Show(*t); else Note(table.error());
//
// Thread safety: Background from any thread; a Pending belongs to the thread that draws.
#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace agon::viewer {

// A result that is on its way. Copies look at the same result.
template <class T>
class Pending {
 public:
  Pending() = default;
  [[nodiscard]] bool started() const { return state_ != nullptr; }
  [[nodiscard]] bool running() const { return state_ && !state_->done.load(); }
  // Null while it runs, and when it failed.
  [[nodiscard]] const T* get() const {
    return state_ && state_->done.load() && state_->value ? &*state_->value : nullptr;
  }
  // The one line of what went wrong; empty when nothing did (yet).
  [[nodiscard]] std::string error() const {
    return state_ && state_->done.load() ? state_->error : std::string();
  }
  // Keeps the result alive beyond this Pending; null as get().
  [[nodiscard]] std::shared_ptr<const T> share() const {
    return get() == nullptr ? nullptr : std::shared_ptr<const T>(state_, &*state_->value);
  }

 private:
  friend class Background;
  struct State {
    std::atomic<bool> done = false;
    std::optional<T> value;
    std::string error;
  };
  std::shared_ptr<State> state_;
};

class Background {
 public:
  explicit Background(std::size_t threads = 4);
  ~Background();  // what runs is finished, what waits is dropped
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  // Any std::exception becomes Pending::error().
  template <class T>
  [[nodiscard]] Pending<T> Run(std::function<T()> job) {
    Pending<T> pending;
    pending.state_ = std::make_shared<typename Pending<T>::State>();
    Post([state = pending.state_, job = std::move(job)] {
      try {
        state->value.emplace(job());
      } catch (const std::exception& error) {
        state->error = error.what();
      }
      state->done.store(true);
    });
    return pending;
  }
  // The newest job comes first: it is what is looked at now. Jobs must not throw.
  void Post(std::function<void()> job);
  // Calls `job` about every `seconds` on a background thread until the owner of the returned
  // handle lets it go (which waits for a call that runs, unless it is the one that lets go). Jobs
  // must not throw.
  [[nodiscard]] std::shared_ptr<void> Every(double seconds, std::function<void()> job);

  // Nothing runs or waits (repeated jobs aside). For --png and tests.
  [[nodiscard]] bool idle() const;

 private:
  struct State;
  std::shared_ptr<State> state_;  // handles of repeated jobs hold it too
  std::vector<std::jthread> threads_;
};

}  // namespace agon::viewer
