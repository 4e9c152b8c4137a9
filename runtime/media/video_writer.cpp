// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/video_writer.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <optional>
#include <thread>

#include "runtime/base/bounded_queue.h"
#include "runtime/media/encoder_settings.h"
#include "runtime/media/output_file.h"
#include "runtime/media/pixel_convert.h"
#include "runtime/media/segment.h"

namespace agon::media {
namespace {

constexpr int kReorderHevc = 2;
constexpr std::size_t kFrames = 3;  // being converted, waiting, in the encoder

// The encoder has a thread of its own, which never waits for a picture to be converted: what it
// does between two frames nobody else can do.
class SegmentWriter final : public VideoWriter {
 public:
  SegmentWriter(Path file, const VideoInfo& info, const WriteOptions& options)
      : file_(std::move(file)), info_(info), options_(options) {
    codec_ = ChooseCodec(info_, options_, file_);
  }

  ~SegmentWriter() override {
    abandoned_ = true;
    EndThread();
  }
  SegmentWriter(const SegmentWriter&) = delete;
  SegmentWriter& operator=(const SegmentWriter&) = delete;

  void Write(const VideoFrame& frame) override {
    AGON_CHECK(!finished_);
    const Picture& picture = frame.picture;
    if (!output_) Begin(picture);
    if (picture.width != encoder_->width || picture.height != encoder_->height) {
      Fail(ErrorKind::kData,
           "{}: a video has frames of one size: this one is {} x {}, those before {} x {}; write "
           "pictures of several sizes to a folder, or give them one size first",
           file_.string(), picture.width, picture.height, encoder_->width, encoder_->height);
    }
    std::optional<Frame> converted = free_.Pop();
    if (!converted) Rethrow();
    if (frames_ == 0) {
      note_.first = note_.last = frame.pts;
    } else {
      note_.last = std::max(frame.pts, EarliestAfter(note_, note_.last, frame.pts));
    }
    note_.end = note_.last + (frame.duration > 0 ? frame.duration : FrameTicks(note_));
    pixels_->Convert(picture, **converted);
    (*converted)->pts = frames_++;
    (*converted)->pict_type = AV_PICTURE_TYPE_NONE;
    if (!to_encode_.Push({std::move(*converted), note_.last})) Rethrow();
  }

  void Finish() override {
    AGON_CHECK(!finished_);
    if (!output_) Fail(ErrorKind::kData, "{}: no frames to write", file_.string());
    EndThread();
    if (error_) Rethrow();
    av_dict_set(&output_->context().metadata, "comment", WriteNote(note_).c_str(), 0);
    output_->Commit();
    output_.reset();
    encoder_.reset();
    finished_ = true;
  }

 private:
  struct Job {
    Frame frame;
    std::int64_t shown;  // the time, by the source's clock
  };

  void Begin(const Picture& picture) {
    const Encoding encoding =
        ChooseEncoding(info_, options_, codec_, picture.width, picture.height);
    encoder_ = OpenEncoder(encoding, info_, options_, picture.width, picture.height);
    pixels_.emplace(encoding.format, encoding.colour);
    note_.time_base = ToRational(info_.time_base, encoder_->time_base);
    note_.rate = encoder_->framerate;
    note_.aspect = encoder_->sample_aspect_ratio;
    note_.colour = encoding.colour;
    // x265 does not say it: two, with its pyramids of B frames.
    note_.reorder = codec_ == AV_CODEC_ID_HEVC ? kReorderHevc : encoder_->has_b_frames;
    clock_ = DecodingClock(note_.reorder, FrameTicks(note_));

    // FFmpeg writes FFV1 into QuickTime only, VP9 into MP4 only.
    output_.emplace(file_, codec_ == AV_CODEC_ID_FFV1 ? "mov" : "mp4");
    AVStream& stream = output_->AddStream();
    Check(avcodec_parameters_from_context(stream.codecpar, encoder_.get()), file_.string());
    stream.time_base = note_.time_base;
    stream.avg_frame_rate = encoder_->framerate;
    stream.sample_aspect_ratio = encoder_->sample_aspect_ratio;
    Options muxer;
    muxer.Set("use_editlist", "0");  // all times in the stream's own base
    output_->Begin(muxer);
    for (std::size_t i = 0; i < kFrames; ++i) free_.Push(NewFrame());
    thread_ = std::thread([this] { EncodeAll(); });
  }

  // In the encoder's thread. After an error the caller finds the queues closed.
  void EncodeAll() {
    try {
      while (std::optional<Job> job = to_encode_.Pop()) {
        if (abandoned_) return;
        times_.emplace(job->frame->pts, job->shown);
        Encode(job->frame.get());
        free_.Push(std::move(job->frame));
      }
      if (!abandoned_) Encode(nullptr);
    } catch (...) {
      error_ = std::current_exception();
      to_encode_.Close();
      free_.Close();
    }
  }

  void EndThread() {
    to_encode_.Close();
    if (thread_.joinable()) thread_.join();
  }

  // What ended the encoder's thread.
  [[noreturn]] void Rethrow() {
    EndThread();
    AGON_CHECK(error_ != nullptr);
    std::rethrow_exception(error_);
  }

  // Gives the encoder a frame (none: the end) and writes what it has ready.
  void Encode(const AVFrame* frame) {
    const std::string what = fmt::format("{}: cannot be encoded", file_.string());
    Check(avcodec_send_frame(encoder_.get(), frame), what);
    while (true) {
      const int result = avcodec_receive_packet(encoder_.get(), packet_.get());
      if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) return;
      Check(result, what);
      const auto shown = times_.find(packet_->pts);
      AGON_CHECK(shown != times_.end());
      packet_->pts = shown->second;
      times_.erase(shown);
      packet_->dts = clock_.Next(packet_->pts);
      packet_->duration = FrameTicks(note_);
      // From zero on, decoding times included.
      const std::int64_t start = note_.first - note_.reorder * FrameTicks(note_);
      packet_->pts -= start;
      packet_->dts -= start;
      packet_->stream_index = 0;
      av_packet_rescale_ts(packet_.get(), note_.time_base, output_->stream(0).time_base);
      output_->Write(*packet_);
    }
  }

  Path file_;
  VideoInfo info_;
  WriteOptions options_;
  AVCodecID codec_ = AV_CODEC_ID_NONE;
  SegmentNote note_;
  std::int64_t frames_ = 0;
  std::map<std::int64_t, std::int64_t> times_;  // of the frames inside the encoder, by number
  bool finished_ = false;
  Packet packet_ = NewPacket();
  CodecContext encoder_;
  std::optional<PictureToFrame> pixels_;
  DecodingClock clock_{0, 1};
  std::optional<OutputFile> output_;

  BoundedQueue<Frame> free_{kFrames};
  BoundedQueue<Job> to_encode_{kFrames};
  std::atomic<bool> abandoned_ = false;
  std::exception_ptr error_;  // the thread's until it has ended
  std::thread thread_;
};

}  // namespace

std::unique_ptr<VideoWriter> CreateVideo(const Path& file, const VideoInfo& info,
                                         const WriteOptions& options) {
  return std::make_unique<SegmentWriter>(file, info, options);
}

}  // namespace agon::media
