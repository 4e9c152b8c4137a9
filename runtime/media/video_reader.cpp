// SPDX-License-Identifier: Apache-2.0
// Frames of a file as upright pictures with their times. It runs one decoded frame ahead: the time
// a frame is shown for is known exactly when the next one's is.
#include "runtime/media/video_reader.h"

#include <algorithm>
#include <cmath>

#include "runtime/media/picture_geometry.h"
#include "runtime/media/pixel_convert.h"
#include "runtime/media/stream_decoder.h"
#include "runtime/media/video_info.h"
#include "runtime/media/video_input.h"

namespace agon::media {
namespace {

class FileReader final : public VideoReader {
 public:
  FileReader(const Path& file, const ReadOptions& options)
      : decoder_(file, options.threads), current_(NewFrame()), next_(NewFrame()) {
    if (!decoder_.Next(*next_)) FailWithoutFrames(file);
    has_next_ = true;
    coded_ = {.width = next_->width, .height = next_->height};
    source_ = DescribeVideo(file, decoder_, *next_);
    info_ = source_.info;
    const Size upright = Upright(coded_);
    const bool even = info_.chroma != "444" && info_.chroma != "rgb" && info_.chroma != "grey";
    const Size shown = ScaledTo(options.height, upright, even);
    if (shown.width > kMaxVideoSide || shown.height > kMaxVideoSide) {
      Fail(ErrorKind::kUsage, "height {}: frames of {}x{} pixels, at most {}x{}", options.height,
           shown.width, shown.height, kMaxVideoSide, kMaxVideoSide);
    }
    info_.width = shown.width;
    info_.height = shown.height;
    wanted_ = Upright(shown);  // before it is turned
    SetTime(*next_, std::nullopt);
  }

  const VideoInfo& info() const override { return info_; }

  bool Next(VideoFrame& frame) override {
    if (!Advance(frame)) return false;
    MakePicture(frame.picture);
    return true;
  }

  bool Skip(VideoFrame& frame) override { return Advance(frame); }

  std::int64_t damaged() const override { return decoder_.damaged(); }

  std::vector<std::string> notes() const override {
    std::vector<std::string> notes = source_.notes;
    std::ranges::copy(decoder_.notes(), std::back_inserter(notes));
    NoteEarlyEnd(notes);
    if (resized_ > 0) {
      notes.push_back(fmt::format(
          "the size changes within the video: {} frames that are not {}x{} "
          "were scaled to it, the first one {}x{}",
          resized_, coded_.width, coded_.height, first_other_.width, first_other_.height));
    }
    if (out_of_order_ > 0) {
      notes.push_back(fmt::format(
          "{} frames had no time after that of the frame before; they got the next possible one",
          out_of_order_));
    }
    if (clock_jumps_ > 0) {
      notes.push_back(
          fmt::format("the clock jumped back {} time{}; what follows a jump goes on where it was",
                      clock_jumps_, clock_jumps_ == 1 ? "" : "s"));
    }
    return notes;
  }

 private:
  [[noreturn]] void FailWithoutFrames(const Path& file) const {
    if (decoder_.packets() == 0) {
      Fail(ErrorKind::kData, "{}: the video stream holds no frames", file.string());
    }
    Fail(ErrorKind::kData, "{}: none of its {} packets of pictures can be decoded", file.string(),
         decoder_.packets());
  }

  [[nodiscard]] Size Upright(const Size& size) const {
    return source_.orientation.transpose ? Size{.width = size.height, .height = size.width} : size;
  }

  // Moves on by one frame and fills in its times.
  bool Advance(VideoFrame& frame) {
    if (!has_next_) return false;
    std::swap(current_, next_);
    const std::int64_t pts = current_->pts;
    has_next_ = decoder_.Next(*next_);
    if (has_next_) SetTime(*next_, pts);
    frame.pts = pts;
    frame.duration = has_next_ ? next_->pts - pts : LastDuration(pts);
    previous_duration_ = frame.duration;
    return true;
  }

  // Makes frame.pts the time it is shown at, after `before`.
  void SetTime(AVFrame& frame, std::optional<std::int64_t> before) {
    std::int64_t pts = frame.best_effort_timestamp;
    const std::int64_t usual = std::max<std::int64_t>(UsualDuration(frame), 1);
    if (pts == AV_NOPTS_VALUE) {
      pts = before ? *before + usual : 0;
    } else {
      pts += carried_;
    }
    // A clock that begins anew, as where recordings were joined: all that follows moves with it.
    if (before && av_compare_ts(*before - pts, decoder_.stream().time_base, 1, {1, 1}) > 0) {
      carried_ += *before + usual - pts;
      pts = *before + usual;
      ++clock_jumps_;
    }
    if (before && pts <= *before) {
      pts = *before + 1;
      ++out_of_order_;
    }
    frame.pts = pts;
  }

  [[nodiscard]] std::int64_t UsualDuration(const AVFrame& frame) const {
    if (frame.pkt_duration > 0) return frame.pkt_duration;
    const double ticks = 1 / (info_.frame_rate.value() * info_.time_base.value());
    return std::isfinite(ticks) ? std::llround(ticks) : 0;
  }

  // With frames coded out of order the last one's packet knows the step to another frame; the
  // stream's end is the container's word for it.
  [[nodiscard]] std::int64_t LastDuration(std::int64_t pts) const {
    const AVStream& stream = decoder_.stream();
    const std::int64_t start = stream.start_time;
    if (decoder_.decoder().has_b_frames > 0 && decoder_.counted() > 0 && stream.duration > 0 &&
        start != AV_NOPTS_VALUE && decoder_.damaged() == 0) {
      const std::int64_t rest = start + stream.duration - pts;
      if (rest > 0) return rest;
    }
    const std::int64_t usual = UsualDuration(*current_);
    return usual > 0 ? usual : previous_duration_;
  }

  // Containers without a list of their pictures show by their length alone that the end is missing.
  void NoteEarlyEnd(std::vector<std::string>& notes) const {
    const AVFormatContext& input = decoder_.input();
    if (has_next_ || decoder_.counted() > 0 ||
        input.duration_estimation_method == AVFMT_DURATION_FROM_BITRATE) {
      return;
    }
    const std::int64_t start = input.start_time != AV_NOPTS_VALUE ? input.start_time : 0;
    const double end =
        static_cast<double>(current_->pts + previous_duration_) * info_.time_base.value() -
        static_cast<double>(start) / AV_TIME_BASE;
    if (end < info_.seconds - std::max(0.5, 0.02 * info_.seconds)) {
      notes.push_back(
          fmt::format("the pictures end after {:.1f} of the {:.1f} seconds that the file claims",
                      end, info_.seconds));
    }
  }

  void MakePicture(Picture& picture) {
    const Size size{.width = current_->width, .height = current_->height};
    if (size != coded_ && ++resized_ == 1) first_other_ = size;
    const bool resize = size != wanted_;
    const bool turn = !source_.orientation.IsUpright();
    const int bits = info_.bits > 8 ? 16 : 8;
    Picture& converted = resize ? converted_ : (turn ? scaled_ : picture);
    convert_.Convert(*current_, bits, converted);
    if (resize) Resize(converted_, wanted_, turn ? scaled_ : picture);
    if (turn) Orient(scaled_, source_.orientation, picture);
  }

  StreamDecoder decoder_;
  Frame current_, next_;
  bool has_next_ = false;
  DescribedVideo source_;
  VideoInfo info_;
  Size coded_;   // of the first frame
  Size wanted_;  // scaled, not yet upright
  FrameToPicture convert_;
  Picture converted_, scaled_;
  std::int64_t previous_duration_ = 0;
  std::int64_t resized_ = 0;
  Size first_other_;
  std::int64_t out_of_order_ = 0;
  std::int64_t carried_ = 0;  // added to all times since the source's clock began anew
  std::int64_t clock_jumps_ = 0;
};

}  // namespace

std::unique_ptr<VideoReader> OpenVideoFile(const Path& file, const ReadOptions& options) {
  return std::make_unique<FileReader>(file, options);
}

}  // namespace agon::media
