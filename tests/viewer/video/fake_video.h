// SPDX-License-Identifier: Apache-2.0
// Videos that are none: frame n is of the colour n throughout. They count what is done with them,
// and can be told to wait or to fail.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "runtime/base/error.h"
#include "viewer/video/video_pair.h"

namespace agon::viewer {

struct FakeVideo {
  int width = 8, height = 4, bits = 8;
  std::int64_t frames = 100;
  std::int64_t claimed = 100;   // what the container says
  std::int64_t fails_at = -1;   // Next throws there
  std::atomic<int> opened = 0;  // so often
  std::atomic<int> last_height = 0;
  std::atomic<std::int64_t> made = 0, skipped = 0;
  std::atomic<bool> held = false;  // frames wait while it is set
};

class FakeReader final : public media::VideoReader {
 public:
  FakeReader(std::shared_ptr<FakeVideo> video, int height) : video_(std::move(video)) {
    info_.width = height > 0 ? video_->width * height / video_->height : video_->width;
    info_.height = height > 0 ? height : video_->height;
    info_.frames = video_->claimed;
    info_.frame_rate = {10, 1};
    info_.time_base = {1, 10};
  }
  const media::VideoInfo& info() const override { return info_; }
  bool Next(media::VideoFrame& frame) override {
    if (!Advance(frame)) return false;
    if (frame.pts - kFirst == video_->fails_at) Fail(ErrorKind::kData, "fake.mp4: is damaged");
    ++video_->made;
    media::Picture& picture = frame.picture;
    picture.width = info_.width;
    picture.height = info_.height;
    picture.bits = video_->bits;
    const auto index = static_cast<std::uint8_t>(frame.pts - kFirst);
    // Both bytes of a sample alike: 257 times the number in 16 bits.
    picture.data.assign(picture.SampleCount() * static_cast<std::size_t>(picture.bits / 8), index);
    return true;
  }
  bool Skip(media::VideoFrame& frame) override {
    if (!Advance(frame)) return false;
    ++video_->skipped;
    return true;
  }
  std::int64_t damaged() const override { return 0; }
  std::vector<std::string> notes() const override { return {}; }

 private:
  static constexpr std::int64_t kFirst = 7;  // videos need not begin at 0
  bool Advance(media::VideoFrame& frame) {
    while (video_->held) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (next_ == video_->frames) return false;
    frame.pts = kFirst + next_++;
    return true;
  }
  std::shared_ptr<FakeVideo> video_;
  media::VideoInfo info_;
  std::int64_t next_ = 0;
};

struct FakePair {
  std::shared_ptr<FakeVideo> input = std::make_shared<FakeVideo>();
  std::shared_ptr<FakeVideo> output = std::make_shared<FakeVideo>();

  // "input" and "output" are there, nothing else.
  [[nodiscard]] VideoOpener Opener() const {
    return [input = input, output = output](const Path& file,
                                            int height) -> std::unique_ptr<media::VideoReader> {
      if (file != "input" && file != "output") {
        Fail(ErrorKind::kData, "{}: does not exist", file.string());
      }
      const auto& video = file == "input" ? input : output;
      ++video->opened;
      video->last_height = height;
      return std::make_unique<FakeReader>(video, height);
    };
  }
  // Room for so many frames of each video, when both are of one size.
  [[nodiscard]] VideoPairOptions Options(std::int64_t room) const {
    const int bytes = input->width * input->height * 3;
    return {.limit_bytes = 2 * static_cast<std::size_t>(room * bytes), .open = Opener()};
  }
};

// The view model works on a thread of its own; nothing here depends on how long that takes.
template <class Condition>
[[nodiscard]] bool Becomes(Condition&& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::chrono::steady_clock::now() < deadline) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

}  // namespace agon::viewer
