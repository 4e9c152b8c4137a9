// SPDX-License-Identifier: Apache-2.0
// A fixed number of frames that go round: what bounds the memory of the pipeline, and what makes
// its first stage wait for its last.
//
// Who needs this file: pipeline.cpp. Thread safety: all members.
#pragma once

#include <memory>
#include <utility>

#include "cyclegan/video/pipeline.h"
#include "runtime/base/bounded_queue.h"

namespace agon::cyclegan {

class FramePool {
 public:
  explicit FramePool(std::size_t frames) : free_(frames) {
    for (std::size_t i = 0; i < frames; ++i) free_.Push(std::make_unique<PipelineFrame>());
  }

  // A frame that goes back to the pool when its last user lets go of it.
  class Lease {
   public:
    Lease(std::unique_ptr<PipelineFrame> frame, FramePool& pool)
        : frame_(std::move(frame)), pool_(pool) {}
    ~Lease() { pool_.free_.Push(std::move(frame_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    [[nodiscard]] PipelineFrame& operator*() const { return *frame_; }

   private:
    std::unique_ptr<PipelineFrame> frame_;
    FramePool& pool_;
  };
  using LeasePtr = std::shared_ptr<Lease>;

  // Waits for a free frame; null once closed.
  [[nodiscard]] LeasePtr Take() {
    std::optional<std::unique_ptr<PipelineFrame>> frame = free_.Pop();
    return closed_ || !frame ? nullptr : std::make_shared<Lease>(std::move(*frame), *this);
  }
  void Close() {
    closed_ = true;
    free_.Close();
  }

 private:
  std::atomic<bool> closed_ = false;
  BoundedQueue<std::unique_ptr<PipelineFrame>> free_;
};

}  // namespace agon::cyclegan
