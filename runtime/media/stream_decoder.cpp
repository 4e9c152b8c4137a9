// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/stream_decoder.h"

#include <algorithm>

#include "runtime/media/video_input.h"

namespace agon::media {
namespace {

// Errors in a row after which a file has ended for us: a cut-off file with a long index gives one
// for each picture that is not there.
constexpr int kMostErrors = 100'000;

[[noreturn]] void FailWithoutVideo(const Path& file, const AVFormatContext& input) {
  std::string list;
  for (unsigned i = 0; i < input.nb_streams; ++i) {
    const AVStream& stream = *input.streams[i];
    const char* const kind = av_get_media_type_string(stream.codecpar->codec_type);
    const bool cover = (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
    if (i == 8) {
      list += ", ...";
      break;
    }
    if (!list.empty()) list += ", ";
    list += fmt::format("{} ({})", cover ? "cover picture" : (kind != nullptr ? kind : "data"),
                        avcodec_get_name(stream.codecpar->codec_id));
  }
  if (list.empty()) {
    Fail(ErrorKind::kData, "{}: holds no streams; it is cut off, or was never finished",
         file.string());
  }
  Fail(ErrorKind::kData, "{}: has no video, only {}", file.string(), list);
}

}  // namespace

StreamDecoder::StreamDecoder(const Path& file, int threads)
    : file_(file), input_(OpenInput(file)), packet_(NewPacket()) {
  index_ = MainVideoStream(*input_);
  if (index_ < 0) FailWithoutVideo(file, *input_);
  for (unsigned i = 0; i < input_->nb_streams; ++i) {
    if (static_cast<int>(i) != index_) input_->streams[i]->discard = AVDISCARD_ALL;
  }
  const std::string_view container = input_->iformat->name;
  if (container.starts_with("mov") || container == "gif") counted_ = stream().nb_frames;
  OpenDecoder(threads);
}

void StreamDecoder::CheckSize(int width, int height) const {
  if (width > kMaxVideoSide || height > kMaxVideoSide ||
      std::int64_t{width} * height > kMaxVideoPixels) {
    Fail(ErrorKind::kData,
         "{}: frames of {}x{} pixels; at most {} on a side and {} in all are read", file_.string(),
         width, height, kMaxVideoSide, kMaxVideoPixels);
  }
}

void StreamDecoder::OpenDecoder(int threads) {
  const AVCodecParameters& parameters = *stream().codecpar;
  CheckSize(parameters.width, parameters.height);
  const AVCodec* const codec = avcodec_find_decoder(parameters.codec_id);
  if (codec == nullptr) {
    Fail(ErrorKind::kData, "{}: the video is coded as \"{}\", which this FFmpeg cannot decode",
         file_.string(), avcodec_get_name(parameters.codec_id));
  }
  decoder_.reset(avcodec_alloc_context3(codec));
  if (decoder_ == nullptr) throw std::bad_alloc();
  Check(avcodec_parameters_to_context(decoder_.get(), &parameters), file_.string());
  decoder_->pkt_timebase = stream().time_base;
  decoder_->thread_count = std::max(threads, 0);  // 0: FFmpeg takes the cores there are
  decoder_->thread_type = FF_THREAD_FRAME | FF_THREAD_SLICE;
  // Frames with guessed parts come out too: the count of frames is kept.
  decoder_->flags |= AV_CODEC_FLAG_OUTPUT_CORRUPT;
  Options options;
  options.Set("max_pixels", std::to_string(kMaxVideoPixels));
  const int code = avcodec_open2(decoder_.get(), codec, &options.get_ref());
  if (code < 0) {
    Fail(ErrorKind::kData, "{}: the decoder of \"{}\" does not take the stream: {}", file_.string(),
         codec->name, ErrorText(code));
  }
}

bool StreamDecoder::Next(AVFrame& frame) {
  for (int errors = 0; errors < kMostErrors;) {
    const int code = avcodec_receive_frame(decoder_.get(), &frame);
    if (code == AVERROR_EOF) {
      CountSwallowed();
      return false;
    }
    if (code == AVERROR(EAGAIN)) {
      Feed();
      continue;
    }
    if (code == AVERROR(ENOMEM)) throw std::bad_alloc();
    if (code < 0) {
      ++damaged_;
      ++errors;
      continue;
    }
    CheckSize(frame.width, frame.height);
    constexpr int kGuessed = AV_FRAME_FLAG_CORRUPT;
    if ((frame.flags & kGuessed) != 0 || frame.decode_error_flags != 0) ++concealed_;
    ++frames_;
    return true;
  }
  return false;
}

void StreamDecoder::Feed() {
  AGON_CHECK(!draining_);
  for (int errors = 0;;) {
    av_packet_unref(packet_.get());
    const int code = av_read_frame(input_.get(), packet_.get());
    if (code == AVERROR(EAGAIN)) continue;
    if (code == AVERROR(ENOMEM)) throw std::bad_alloc();
    if (code < 0 && code != AVERROR_EOF) {
      read_error_ = ErrorText(code);
      if (++errors < kMostErrors && code == AVERROR_INVALIDDATA) continue;
    }
    if (code < 0) break;
    if (packet_->stream_index != index_) continue;
    ++packets_;
    if ((packet_->flags & AV_PKT_FLAG_DISCARD) != 0) ++hidden_;
    const int sent = avcodec_send_packet(decoder_.get(), packet_.get());
    if (sent == AVERROR(ENOMEM)) throw std::bad_alloc();
    if (sent < 0) {
      ++damaged_;
      continue;
    }
    return;
  }
  EndOfFile();
}

void StreamDecoder::EndOfFile() {
  draining_ = true;
  if (counted_ > packets_) missing_ = counted_ - packets_;
  const int code = avcodec_send_packet(decoder_.get(), nullptr);
  if (code == AVERROR(ENOMEM)) throw std::bad_alloc();
}

void StreamDecoder::CountSwallowed() {
  // Only where each packet listed is a frame shown; other streams lack more than threads hold.
  const std::int64_t lacking = packets_ - hidden_ - frames_ - damaged_;
  const bool in_flight = lacking <= std::max(decoder_->thread_count, 1);
  if (counted_ > 0 && lacking > 0 && in_flight) damaged_ += lacking;
}

std::vector<std::string> StreamDecoder::notes() const {
  std::vector<std::string> notes;
  if (damaged_ > 0) {
    notes.push_back(
        fmt::format("damaged packets of pictures, left out: {} of {}", damaged_, packets_));
  }
  if (missing_ > 0) {
    notes.push_back(fmt::format(
        "the file stops in the middle, pictures that are not there: {} of {}", missing_, counted_));
  } else if (!read_error_.empty()) {
    notes.push_back(fmt::format("parts of the file cannot be read: {}", read_error_));
  }
  if (concealed_ > 0) {
    notes.push_back(fmt::format("damaged frames, decoded with parts guessed: {}", concealed_));
  }
  return notes;
}

}  // namespace agon::media
