// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/video/translating_batches.h"

#include <chrono>
#include <utility>

#include "runtime/base/clock.h"
#include "runtime/base/error.h"

namespace agon::cyclegan {

bool SameSize(const media::Picture& a, const media::Picture& b) {
  return a.width == b.width && a.height == b.height && a.bits == b.bits;
}

TranslatingBatches::Batch::~Batch() {
  if (done.valid()) done.wait();
}

std::int64_t TranslatingBatches::Begin(std::vector<FramePool::LeasePtr>& frames) {
  if (frames.empty()) return 0;
  if ((**frames.front()).cut) {
    FinishAll();
    translator_.Reset();
  }
  const Stopwatch watch;
  Batch& batch = batches_.emplace_back(std::exchange(frames, {}));
  for (const FramePool::LeasePtr& lease : batch.frames) {
    batch.inputs.push_back(&(**lease).input.picture);
    batch.outputs.push_back(std::move((**lease).output.picture));  // its memory is used again
  }
  const auto count = std::ssize(batch.frames);
  batch.done = translator_.Begin(batch.inputs, batch.outputs);
  seconds_ += watch.Seconds();
  while (batches_.size() >= kMost || FirstIsDone()) Finish();
  return count;
}

void TranslatingBatches::FinishAll() {
  while (!batches_.empty()) Finish();
}

bool TranslatingBatches::FirstIsDone() const {
  return !batches_.empty() &&
         batches_.front().done.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

// Waits for the first batch and lets its frames leave.
void TranslatingBatches::Finish() {
  Batch& batch = batches_.front();
  const Stopwatch watch;
  batch.done.get();
  seconds_ += watch.Seconds();
  for (std::size_t i = 0; i < batch.frames.size(); ++i) {
    PipelineFrame& frame = **batch.frames[i];
    frame.output.picture = std::move(batch.outputs[i]);
    frame.output.pts = frame.input.pts;
    frame.output.duration = frame.input.duration;
    AGON_CHECK(SameSize(frame.input.picture, frame.output.picture));
    leave_(std::move(batch.frames[i]));
  }
  batches_.pop_front();
}

}  // namespace agon::cyclegan
