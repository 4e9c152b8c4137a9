// SPDX-License-Identifier: Apache-2.0
// Parts of a pipeline that need no files: each frame is a grey picture of one value.
//
// Thread safety: as the parts they stand for.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "cyclegan/video/pipeline.h"
#include "runtime/base/error.h"
#include "runtime/base/thread_pool.h"

namespace agon::cyclegan {

inline media::Picture Grey(int width, int height, std::uint8_t value) {
  media::Picture picture{width, height, 8, {}};
  picture.data.assign(picture.SampleCount(), value);
  return picture;
}

class FakeReader final : public media::VideoReader {
 public:
  using Make = std::function<media::Picture(std::int64_t index)>;
  explicit FakeReader(std::int64_t frames, Make make = nullptr) : frames_(frames) {
    make_ = make ? std::move(make) : [](std::int64_t index) {
      return Grey(8, 6, static_cast<std::uint8_t>(index % 200));
    };
    info_.file = "fake.mp4";
    info_.time_base = {1, 25};
    info_.frames = frames;
    info_.width = 8;
    info_.height = 6;
  }
  // What info() says; the frames are what `make` makes.
  void SetSize(int width, int height) {
    info_.width = width;
    info_.height = height;
  }
  [[nodiscard]] const media::VideoInfo& info() const override { return info_; }
  [[nodiscard]] bool Next(media::VideoFrame& frame) override {
    if (next_ == fail_at) Fail(ErrorKind::kData, "frame {} is unreadable", next_);
    if (next_ == frames_) return false;
    frame.picture = make_(next_);
    return Skip(frame);
  }
  [[nodiscard]] bool Skip(media::VideoFrame& frame) override {
    if (next_ == frames_) return false;
    frame.pts = next_++;
    frame.duration = 1;
    return true;
  }
  [[nodiscard]] std::int64_t damaged() const override { return 0; }
  [[nodiscard]] std::vector<std::string> notes() const override { return {}; }

  std::int64_t fail_at = -1;

 private:
  const std::int64_t frames_;
  Make make_;
  media::VideoInfo info_;
  std::int64_t next_ = 0;
};

// out_t = (out_{t-1} + in_t) / 2 in whole numbers, so that every frame depends on all before it.
class FadingTranslator final : public FrameTranslator {
 public:
  void Translate(std::span<const media::Picture* const> input,
                 std::span<media::Picture> output) override {
    batches.push_back(input.size());
    for (std::size_t i = 0; i < input.size(); ++i) {
      if (frames == fail_at) Fail(ErrorKind::kModel, "frame {} does not translate", frames);
      const int value = input[i]->data.front();
      memory_ = memory_ < 0 ? value : (memory_ + value) / 2;
      output[i] = Grey(input[i]->width, input[i]->height, static_cast<std::uint8_t>(memory_));
      if (on_frame) on_frame(frames);
      ++frames;
    }
  }
  void Reset() override {
    ++resets;
    memory_ = -1;
  }
  [[nodiscard]] Bytes State() const override { return {static_cast<std::byte>(memory_)}; }
  void LoadState(const Bytes& state) override { memory_ = static_cast<int>(state.at(0)); }
  [[nodiscard]] std::string Summary() const override { return "fading"; }

  std::vector<std::size_t> batches;
  std::int64_t frames = 0, resets = 0, fail_at = -1;
  std::function<void(std::int64_t)> on_frame;

 private:
  int memory_ = -1;
};

// The same in a thread of its own, which takes a batch at a time.
class SlowFadingTranslator final : public FrameTranslator {
 public:
  void Translate(std::span<const media::Picture* const> input,
                 std::span<media::Picture> output) override {
    Begin(input, output).get();
  }
  [[nodiscard]] std::future<void> Begin(std::span<const media::Picture* const> input,
                                        std::span<media::Picture> output) override {
    const std::size_t begun = ++begun_;
    return thread_.Submit([this, input, output, begun] {
      // Until the next batch has begun: it must be allowed to.
      for (int i = 0; i < 100 && begun_ == begun; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      if (begun_ > begun) ++joined;
      fading.Translate(input, output);
    });
  }
  void Reset() override { fading.Reset(); }
  [[nodiscard]] Bytes State() const override { return fading.State(); }
  void LoadState(const Bytes& state) override { fading.LoadState(state); }
  [[nodiscard]] std::string Summary() const override { return "slowly fading"; }

  FadingTranslator fading;
  std::atomic<std::int64_t> joined = 0;  // batches that had another one behind them

 private:
  std::atomic<std::size_t> begun_ = 0;
  ThreadPool thread_{1};
};

class KeepingSink final : public FrameSink {
 public:
  struct Closed {
    std::int64_t frames = 0;
    bool whole = false;
    friend bool operator==(const Closed&, const Closed&) = default;
  };
  void Write(const PipelineFrame& frame) override {
    if (frame.index == fail_at) Fail(ErrorKind::kIo, "disk full at frame {}", frame.index);
    indices.push_back(frame.index);
    values.push_back(frame.output.picture.data.front());
    widths.push_back(frame.output.picture.width);
    if (on_frame) on_frame(frame);
  }
  void CloseSegment(std::int64_t frames, bool whole) override { closed.push_back({frames, whole}); }

  std::vector<std::int64_t> indices;
  std::vector<int> values, widths;
  std::vector<Closed> closed;
  std::int64_t fail_at = -1;
  std::function<void(const PipelineFrame&)> on_frame;
};

class KeepingObserver final : public PipelineObserver {
 public:
  bool Tick(std::int64_t frames) override {
    if (on_tick) return on_tick(frames);
    return true;
  }
  void Border(const PipelineState& state) override {
    if (static_cast<std::int64_t>(borders.size()) == fail_at) {
      Fail(ErrorKind::kIo, "the checkpoint cannot be written");
    }
    borders.push_back(state);
  }
  std::vector<PipelineState> borders;
  std::int64_t fail_at = -1;
  std::function<bool(std::int64_t)> on_tick;
};

// Lets one thread wait for another; gives up after ten seconds, so that a test fails, not hangs.
class Signal {
 public:
  void Set() {
    const std::lock_guard lock(mutex_);
    set_ = true;
    changed_.notify_all();
  }
  [[nodiscard]] bool Wait() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [this] { return set_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool set_ = false;
};

}  // namespace agon::cyclegan
