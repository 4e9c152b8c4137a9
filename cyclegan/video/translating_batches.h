// SPDX-License-Identifier: Apache-2.0
// Batches of frames inside a translator: two at a time, so that a translator with several threads
// never has one idle at the end of a batch (FrameTranslator::Begin).
//
// Who needs this file: pipeline.cpp. Thread safety: one thread.
#pragma once

#include <deque>
#include <functional>
#include <future>
#include <vector>

#include "cyclegan/video/frame_pool.h"
#include "cyclegan/video/frame_translator.h"

namespace agon::cyclegan {

[[nodiscard]] bool SameSize(const media::Picture& a, const media::Picture& b);

class TranslatingBatches {
 public:
  static constexpr std::size_t kMost = 2;
  // Called with each frame that is translated, in order, from within the members below.
  using Leave = std::function<void(FramePool::LeasePtr)>;

  TranslatingBatches(FrameTranslator& translator, Leave leave)
      : translator_(translator), leave_(std::move(leave)) {}

  // Gives consecutive frames of one size to the translator and leaves `frames` empty; a cut can
  // only be the first. Waits for the batch before the last one. The number of frames.
  std::int64_t Begin(std::vector<FramePool::LeasePtr>& frames);
  // Waits for all.
  void FinishAll();
  // So far, in the translator or waiting for it.
  [[nodiscard]] double seconds() const { return seconds_; }

 private:
  // The translator holds on to the pictures until `done` is.
  struct Batch {
    std::vector<FramePool::LeasePtr> frames;
    std::vector<const media::Picture*> inputs = {};
    std::vector<media::Picture> outputs = {};
    std::future<void> done = {};

    explicit Batch(std::vector<FramePool::LeasePtr> taken) : frames(std::move(taken)) {}
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;
    ~Batch();
  };
  [[nodiscard]] bool FirstIsDone() const;
  void Finish();

  FrameTranslator& translator_;
  const Leave leave_;
  std::deque<Batch> batches_;
  double seconds_ = 0;
};

}  // namespace agon::cyclegan
