// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/video/pipeline.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "cyclegan/video/cut_detector.h"
#include "cyclegan/video/frame_pool.h"
#include "cyclegan/video/side_by_side.h"
#include "cyclegan/video/translating_batches.h"
#include "runtime/base/clock.h"
#include "runtime/base/error.h"

namespace agon::cyclegan {
namespace {

constexpr auto kTick = std::chrono::milliseconds(100);
// Beside four batches (being filled, two being translated, on the way out): in the filter, being
// written, being measured, and what is decoded ahead.
constexpr std::int64_t kBatches = 4;
constexpr std::int64_t kFewestBetween = 6;
// An encoder takes its frames in bursts: x264 looks forty ahead before the first one of a segment
// leaves it. What was decoded while it was busy then keeps it from waiting for the decoder.
constexpr std::int64_t kMostBetween = 40;
constexpr std::int64_t kBytesBetween = std::int64_t{128} << 20;

// Frames on their way at once, with what comes in and what goes out of each.
std::size_t FramesInFlight(const media::VideoInfo& info, std::int64_t batch) {
  const std::int64_t channels = 3, bytes = info.bits > 8 ? 2 : 1;
  const std::int64_t frame = 2 * channels * bytes * info.width * info.height;
  const std::int64_t between =
      std::clamp(kBytesBetween / std::max<std::int64_t>(frame, 1), kFewestBetween, kMostBetween);
  return static_cast<std::size_t>(kBatches * batch + between);
}

// Closes a segment in every stage it passes.
struct Border {
  PipelineState state;
  bool whole = true;        // false: the work was stopped before
  std::atomic<int> stages;  // that have not passed it yet: write and, where it is, measure
};

// What goes through the queues: a frame, or a border behind the frames before it.
struct Packet {
  FramePool::LeasePtr frame;
  std::shared_ptr<Border> border;
};
using Queue = BoundedQueue<Packet>;

class Pipeline {
 public:
  Pipeline(const PipelineParts& parts, const PipelineSettings& settings, const PipelineState& start)
      : parts_(parts),
        settings_(settings),
        start_(start),
        in_flight_(FramesInFlight(parts.reader.info(), settings.batch)),
        pool_(in_flight_),
        decoded_(2 * in_flight_),  // never full: the pool is what bounds
        translated_(2 * in_flight_),
        to_write_(2 * in_flight_),
        to_measure_(2 * in_flight_),
        translating_(parts.translator,
                     [this](FramePool::LeasePtr frame) {
                       Leave({std::move(frame), nullptr});
                     }),
        written_(start.frames) {
    result_.end = start.end;
    result_.cuts = start.cut_count;
    result_.unmeasured_from = start.unmeasured_from;
  }

  PipelineResult Run(PipelineObserver& observer) {
    LoadState();
    std::vector<Stage> stages{&Pipeline::Decode, &Pipeline::Translate, &Pipeline::Write};
    if (parts_.steady != nullptr) stages.push_back(&Pipeline::Steady);
    if (Measures()) stages.push_back(&Pipeline::Measure);
    running_ = stages.size();
    std::vector<std::jthread> threads;
    try {
      for (const Stage stage : stages) threads.emplace_back([this, stage] { RunStage(stage); });
      Watch(observer);
    } catch (...) {  // of the observer
      Abort(std::current_exception());
    }
    threads.clear();
    result_.seconds.translate = translating_.seconds();
    if (error_) std::rethrow_exception(error_);
    result_.frames = written_;
    result_.stopped = !Complete();
    return result_;
  }

 private:
  using Stage = void (Pipeline::*)();
  [[nodiscard]] bool Complete() const { return at_end_ && !dropped_; }
  [[nodiscard]] bool Measures() const { return parts_.metrics != nullptr || parts_.tap; }
  [[nodiscard]] std::shared_ptr<Border> MakeBorder(std::int64_t frames, double end) const {
    auto border = std::make_shared<Border>();
    border->state.frames = frames;
    border->state.end = end;
    border->stages = Measures() ? 2 : 1;
    return border;
  }

  void LoadState() {
    if (start_.frames == 0) return;
    if (settings_.find_cuts) cuts_.LoadState(start_.cuts);
    parts_.translator.LoadState(start_.translator);
    if (parts_.steady != nullptr) parts_.steady->LoadState(start_.steady);
    if (parts_.metrics != nullptr) parts_.metrics->LoadState(start_.metrics);
  }

  void RunStage(Stage stage) {
    try {
      (this->*stage)();
    } catch (...) {
      Abort(std::current_exception());
    }
    const std::lock_guard lock(mutex_);
    --running_;
    changed_.notify_one();
  }

  // The first error wins; everybody who waits is woken and finds the queues closed.
  void Abort(std::exception_ptr error) {
    {
      const std::lock_guard lock(mutex_);
      if (!error_) error_ = std::move(error);
      failed_ = true;
      changed_.notify_one();
    }
    pool_.Close();
    for (Queue* const queue : {&decoded_, &translated_, &to_write_, &to_measure_}) queue->Close();
  }

  // In the caller's thread, until all stages have ended.
  void Watch(PipelineObserver& observer) {
    std::unique_lock lock(mutex_);
    while (running_ > 0 || !borders_.empty()) {
      changed_.wait_for(lock, kTick, [&] { return running_ == 0 || failed_ || !borders_.empty(); });
      std::deque<std::shared_ptr<Border>> closed;
      closed.swap(borders_);
      if (failed_) return;
      lock.unlock();
      for (const auto& border : closed) observer.Border(border->state);
      if (!observer.Tick(written_)) stop_ = true;
      lock.lock();
    }
  }

  // The queue's next packet; nothing at the end and after a failure.
  std::optional<Packet> Next(Queue& queue) {
    std::optional<Packet> packet = queue.Pop();
    if (failed_) return std::nullopt;
    return packet;
  }

  void Decode() {
    const Stopwatch skipping;
    for (std::int64_t i = 0; i < start_.frames; ++i) {
      media::VideoFrame skipped;
      if (!parts_.reader.Skip(skipped)) {
        Fail(ErrorKind::kData, "{}: ends after {} frames, but {} were translated before",
             parts_.reader.info().file.string(), i, start_.frames);
      }
      if (i == 0) first_pts_ = skipped.pts;
      if (failed_ || stop_) return decoded_.Close();
    }
    result_.seconds.decode += skipping.Seconds();
    for (std::int64_t index = start_.frames; !stop_; ++index) {
      FramePool::LeasePtr lease = pool_.Take();
      if (!lease) return;
      PipelineFrame& frame = **lease;
      const Stopwatch watch;
      frame.index = index;
      if (!parts_.reader.Next(frame.input)) {
        at_end_ = true;
        break;
      }
      if (index == 0) first_pts_ = frame.input.pts;
      frame.seconds = static_cast<double>(frame.input.pts - first_pts_) *
                      parts_.reader.info().time_base.value();
      frame.cut = settings_.find_cuts ? cuts_.Next(frame.input.picture) : index == 0;
      if (frame.cut && index > 0) ++result_.cuts;
      result_.seconds.decode += watch.Seconds();
      const double end = EndOf(frame);
      decoded_.Push({std::move(lease), nullptr});  // from here on others use the frame
      if ((index + 1) % settings_.segment == 0) {
        auto border = MakeBorder(index + 1, end);
        border->state.cut_count = result_.cuts;
        if (settings_.find_cuts) border->state.cuts = cuts_.State();
        decoded_.Push({nullptr, std::move(border)});
      }
    }
    decoded_.Close();
  }

  [[nodiscard]] double EndOf(const PipelineFrame& frame) const {
    return frame.seconds +
           static_cast<double>(frame.input.duration) * parts_.reader.info().time_base.value();
  }

  void Translate() {
    std::vector<FramePool::LeasePtr> batch;
    std::int64_t done = start_.frames, border_at = start_.frames;
    double end = start_.end;
    while (std::optional<Packet> packet = NextDecoded()) {
      if (stop_) {  // what is not translated yet is dropped, so that its frames are free again
        dropped_ = true;
        batch.clear();
        continue;
      }
      if (packet->border) {
        done += translating_.Begin(batch);
        translating_.FinishAll();
        packet->border->state.translator = parts_.translator.State();
        border_at = done;
        Leave(std::move(*packet));
        continue;
      }
      const PipelineFrame& frame = **packet->frame;
      // A batch is of one size, and nothing is carried across a cut.
      if (!batch.empty() &&
          (frame.cut || !SameSize(frame.input.picture, (**batch.back()).input.picture))) {
        done += translating_.Begin(batch);
      }
      end = EndOf(frame);
      batch.push_back(std::move(packet->frame));
      if (std::ssize(batch) == settings_.batch) done += translating_.Begin(batch);
    }
    if (failed_) return;
    done += translating_.Begin(batch);
    translating_.FinishAll();
    if (done > border_at) {  // what is left behind the last border is a segment too
      auto border = MakeBorder(done, end);
      border->whole = Complete();
      border->state.cut_count = result_.cuts;  // the decoder has ended
      border->state.translator = parts_.translator.State();
      Leave({nullptr, std::move(border)});
    }
    if (parts_.steady != nullptr) return translated_.Close();
    CloseOutputs();
  }

  // Nothing is held back while there is nothing to translate.
  std::optional<Packet> NextDecoded() {
    if (decoded_.size() == 0) translating_.FinishAll();
    return Next(decoded_);
  }

  // On from the translator.
  void Leave(Packet packet) {
    if (parts_.steady != nullptr) {
      translated_.Push(std::move(packet));
    } else {
      Output(std::move(packet));
    }
  }

  void Output(Packet packet) {
    if (Measures()) to_measure_.Push(packet);
    to_write_.Push(std::move(packet));
  }
  void CloseOutputs() {
    to_measure_.Close();
    to_write_.Close();
  }

  void Steady() {
    while (std::optional<Packet> packet = Next(translated_)) {
      const Stopwatch watch;
      if (packet->border) {
        packet->border->state.steady = parts_.steady->State();
      } else {
        PipelineFrame& frame = **packet->frame;
        if (frame.cut) parts_.steady->Reset();
        parts_.steady->Apply(frame.input.picture, frame.output.picture);
      }
      result_.seconds.steady += watch.Seconds();
      Output(std::move(*packet));
    }
    CloseOutputs();
  }

  void Write() {
    PipelineFrame beside;
    while (std::optional<Packet> packet = Next(to_write_)) {
      const Stopwatch watch;
      if (packet->border) {
        parts_.sink.CloseSegment(packet->border->state.frames, packet->border->whole);
      } else if (settings_.side_by_side) {
        const PipelineFrame& frame = **packet->frame;
        beside.index = frame.index;
        beside.seconds = frame.seconds;
        beside.output.pts = frame.output.pts;
        beside.output.duration = frame.output.duration;
        PutBeside(frame.input.picture, frame.output.picture, beside.output.picture);
        parts_.sink.Write(beside);
      } else {
        parts_.sink.Write(**packet->frame);
      }
      result_.seconds.write += watch.Seconds();
      if (packet->border) {
        Pass(packet->border);
      } else {
        result_.end = EndOf(**packet->frame);
        ++written_;
      }
    }
  }

  void Measure() {
    bool measures = parts_.metrics != nullptr && !start_.unmeasured_from;
    media::Picture first;  // only its size is kept
    first.width = start_.measured_width;
    first.height = start_.measured_height;
    if (start_.measured_bits > 0) first.bits = start_.measured_bits;
    while (std::optional<Packet> packet = Next(to_measure_)) {
      const Stopwatch watch;
      if (packet->border) {
        PipelineState& state = packet->border->state;
        if (parts_.metrics != nullptr) state.metrics = parts_.metrics->State();
        state.measured_width = first.width;
        state.measured_height = first.height;
        state.measured_bits = first.bits;
        state.unmeasured_from = result_.unmeasured_from;
      } else {
        measures = MeasureFrame(**packet->frame, first, measures);
      }
      result_.seconds.measure += watch.Seconds();
      if (packet->border) Pass(packet->border);
    }
  }

  // Whether the next one can still be measured.
  bool MeasureFrame(const PipelineFrame& frame, media::Picture& first, bool measures) {
    const media::Picture& picture = frame.input.picture;
    if (first.width == 0) {
      first.width = picture.width;
      first.height = picture.height;
      first.bits = picture.bits;
    }
    if (measures && !SameSize(first, picture)) {
      measures = false;
      result_.unmeasured_from = frame.index;
    }
    const TemporalRow* row = nullptr;
    if (measures) {
      parts_.metrics->Add(picture, frame.output.picture, frame.seconds);
      const std::vector<TemporalRow>& rows = parts_.metrics->rows();
      if (!rows.empty() && rows.back().frame == frame.index) row = &rows.back();
    }
    if (parts_.tap) parts_.tap(frame, row);
    return measures;
  }

  void Pass(const std::shared_ptr<Border>& border) {
    if (--border->stages > 0 || !border->whole) return;
    const std::lock_guard lock(mutex_);
    borders_.push_back(border);
    changed_.notify_one();
  }

  const PipelineParts& parts_;
  const PipelineSettings& settings_;
  const PipelineState& start_;
  const std::size_t in_flight_;
  FramePool pool_;  // before the queues, which hold its frames
  Queue decoded_, translated_, to_write_, to_measure_;

  // Each of the following is one stage's own until all have ended.
  CutDetector cuts_;
  std::int64_t first_pts_ = 0;
  TranslatingBatches translating_;
  PipelineResult result_;

  std::atomic<bool> stop_ = false, at_end_ = false, dropped_ = false, failed_ = false;
  std::atomic<std::int64_t> written_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t running_ = 0;  // stages
  std::deque<std::shared_ptr<Border>> borders_;
  std::exception_ptr error_;
};

}  // namespace

PipelineResult RunPipeline(const PipelineParts& parts, const PipelineSettings& settings,
                           PipelineObserver& observer, const PipelineState& start) {
  AGON_CHECK(settings.batch >= 1 && settings.segment >= 1);
  Pipeline pipeline(parts, settings, start);
  return pipeline.Run(observer);
}

}  // namespace agon::cyclegan
