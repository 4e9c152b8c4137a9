// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/recorder.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "runtime/base/clock.h"
#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/formats/event_file.h"
#include "runtime/formats/png.h"
#include "runtime/record/recording.h"

namespace agon::record {
namespace {

constexpr std::size_t kMaxQueuedItems = 256;
constexpr std::size_t kMaxQueuedBytes = std::size_t{256} << 20;
constexpr std::chrono::milliseconds kFlushEvery{1000};

bool MayBeDropped(const Item& item) {
  return !std::holds_alternative<record::Scalar>(item) &&
         !std::holds_alternative<record::Text>(item);
}

// Roughly what an item holds in memory.
std::size_t BytesOf(const Item& item) {
  if (const auto* image = std::get_if<record::Image>(&item)) return image->pixels.data.size();
  if (const auto* frame = std::get_if<record::Frame>(&item)) return frame->pixels.data.size();
  if (const auto* tree = std::get_if<record::Tree>(&item)) {
    return tree->nodes.size() * sizeof(record::Tree::Node);
  }
  if (const auto* board = std::get_if<record::Board>(&item)) {
    return board->cells.size() * (sizeof(std::string) + 1 + 4 * board->overlays.size());
  }
  return 0;
}

}  // namespace

struct Recorder::Impl {
  struct Entry {
    std::string track;
    std::int64_t step = 0;
    double wall_time = 0;
    Item item;
  };

  explicit Impl(const Path& run_folder)
      : recording(run_folder / "recording"), events(run_folder), thread([this] { Work(); }) {}

  ~Impl() {
    {
      const std::lock_guard lock(mutex);
      closed = true;
    }
    wake.notify_one();
    thread.join();
    if (error) {
      try {
        std::rethrow_exception(error);
      } catch (const std::exception& problem) {
        log::Warning("{}", problem.what());
      }
    }
  }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void Add(std::string_view track, std::int64_t step, Item item) {
    const bool bounded = MayBeDropped(item);
    const std::size_t bytes = BytesOf(item);
    Entry entry{std::string(track), step, UnixTime(), std::move(item)};
    {
      const std::lock_guard lock(mutex);
      if (bounded) {
        if (bounded_items >= kMaxQueuedItems || bounded_bytes + bytes > kMaxQueuedBytes) {
          dropped.fetch_add(1, std::memory_order_relaxed);
          return;
        }
        ++bounded_items;
        bounded_bytes += bytes;
      }
      queue.push_back(std::move(entry));
      ++added;
    }
    wake.notify_one();
  }

  void Flush() {
    std::unique_lock lock(mutex);
    const std::uint64_t wanted = added;
    flush_wanted = std::max(flush_wanted, wanted);
    wake.notify_one();
    flushed_change.wait(lock, [&] { return flushed >= wanted; });
    if (error) std::rethrow_exception(std::exchange(error, nullptr));
  }

  // The recorder's thread.
  void Work() {
    auto next_flush = std::chrono::steady_clock::now() + kFlushEvery;
    std::deque<Entry> batch;
    for (bool running = true; running;) {
      std::uint64_t taken = 0;
      {
        std::unique_lock lock(mutex);
        const auto ready = [&] { return closed || !queue.empty() || flush_wanted > flushed; };
        if (taken_so_far > flushed) {
          wake.wait_until(lock, next_flush, ready);
        } else {
          wake.wait(lock, ready);
        }
        std::swap(batch, queue);
        taken_so_far += batch.size();
        taken = taken_so_far;
        running = !closed || !batch.empty();
      }
      while (!batch.empty()) {
        WriteFront(batch);
        if (std::chrono::steady_clock::now() >= next_flush) FlushRecording(next_flush);
      }
      bool asked = !running;
      {
        const std::lock_guard lock(mutex);
        asked = asked || flush_wanted > flushed;
      }
      if (asked || std::chrono::steady_clock::now() >= next_flush) {
        FlushRecording(next_flush);
        const std::lock_guard lock(mutex);
        flushed = taken;
        flushed_change.notify_all();
      }
    }
  }

  // Removes the entry before its room in the queue is given back.
  void WriteFront(std::deque<Entry>& batch) {
    Guarded([&] { Write(batch.front()); });
    const Item item = std::move(batch.front().item);
    batch.pop_front();
    if (!MayBeDropped(item)) return;
    const std::lock_guard lock(mutex);
    --bounded_items;
    bounded_bytes -= BytesOf(item);
  }

  void Write(const Entry& entry) {
    if (const auto* scalar = std::get_if<record::Scalar>(&entry.item)) {
      recording.Append(entry.track, entry.step, entry.wall_time, entry.item);
      events.Scalar(entry.track, entry.step, scalar->value, entry.wall_time);
    } else if (const auto* image = std::get_if<record::Image>(&entry.item)) {
      const formats::Pixels& pixels = image->pixels;
      const Bytes png = formats::EncodePng(pixels);
      recording.Append(entry.track, entry.step, entry.wall_time, entry.item, png);
      events.Image(entry.track, entry.step, pixels.width, pixels.height, pixels.channels, png,
                   entry.wall_time);
    } else {
      recording.Append(entry.track, entry.step, entry.wall_time, entry.item);
    }
  }

  void FlushRecording(std::chrono::steady_clock::time_point& next_flush) {
    Guarded([&] { recording.Flush(); });
    next_flush = std::chrono::steady_clock::now() + kFlushEvery;
  }

  // Keeps the first error until somebody asks for it; the run goes on meanwhile.
  template <class Action>
  void Guarded(Action&& action) {
    try {
      action();
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!error) error = std::current_exception();
    }
  }

  RecordingWriter recording;    // of the thread
  formats::EventWriter events;  // of the thread
  std::atomic<std::int64_t> dropped{0};

  std::mutex mutex;
  std::condition_variable wake;            // of the thread
  std::condition_variable flushed_change;  // of callers of Flush
  std::deque<Entry> queue;
  std::size_t bounded_items = 0;  // queued or being written
  std::size_t bounded_bytes = 0;
  std::uint64_t added = 0;
  std::uint64_t flush_wanted = 0;
  std::uint64_t flushed = 0;
  std::uint64_t taken_so_far = 0;
  std::exception_ptr error;
  bool closed = false;

  std::thread thread;  // last: it uses everything above
};

Recorder::Recorder(const Path& run_folder) : impl_(std::make_unique<Impl>(run_folder)) {}
Recorder::Recorder() = default;
Recorder::~Recorder() = default;

void Recorder::Scalar(std::string_view track, std::int64_t step, double value) {
  if (impl_) impl_->Add(track, step, record::Scalar{value});
}
void Recorder::Text(std::string_view track, std::int64_t step, std::string text) {
  if (impl_) impl_->Add(track, step, record::Text{std::move(text)});
}
void Recorder::Image(std::string_view track, std::int64_t step, record::Image image) {
  if (impl_) impl_->Add(track, step, std::move(image));
}
void Recorder::Frame(std::string_view track, std::int64_t step, record::Frame frame) {
  if (impl_) impl_->Add(track, step, std::move(frame));
}
void Recorder::Board(std::string_view track, std::int64_t step, record::Board board) {
  if (impl_) impl_->Add(track, step, std::move(board));
}
void Recorder::Tree(std::string_view track, std::int64_t step, record::Tree tree) {
  if (impl_) impl_->Add(track, step, std::move(tree));
}

void Recorder::Flush() {
  if (impl_) impl_->Flush();
}

std::int64_t Recorder::dropped() const {
  return impl_ ? impl_->dropped.load(std::memory_order_relaxed) : 0;
}

}  // namespace agon::record
