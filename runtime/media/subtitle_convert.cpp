// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/subtitle_convert.h"

#include <cstring>

namespace agon::media {
namespace {

constexpr std::size_t kMaxText = std::size_t{1} << 20;  // of one subtitle; FFmpeg's own limit

// What avcodec_decode_subtitle2 fills.
class Subtitle {
 public:
  Subtitle() = default;
  ~Subtitle() { avsubtitle_free(&content_); }
  Subtitle(const Subtitle&) = delete;
  Subtitle& operator=(const Subtitle&) = delete;
  [[nodiscard]] AVSubtitle* get() { return &content_; }

 private:
  AVSubtitle content_{};
};

CodecContext NewContext(const AVCodec* codec) {
  CodecContext context(avcodec_alloc_context3(codec));
  if (context == nullptr) throw std::bad_alloc();
  return context;
}

}  // namespace

SubtitleConverter::SubtitleConverter(const AVStream& source, AVCodecID wanted) : text_(kMaxText) {
  const AVCodec* const decoder = avcodec_find_decoder(source.codecpar->codec_id);
  const AVCodec* const encoder = avcodec_find_encoder(wanted);
  const char* const from = avcodec_get_name(source.codecpar->codec_id);
  const char* const to = avcodec_get_name(wanted);
  if (decoder == nullptr || encoder == nullptr) {
    Fail(ErrorKind::kData, "subtitles: this FFmpeg cannot make {} of {}", to, from);
  }
  decoder_ = NewContext(decoder);
  Check(avcodec_parameters_to_context(decoder_.get(), source.codecpar), from);
  decoder_->pkt_timebase = source.time_base;
  Check(avcodec_open2(decoder_.get(), decoder, nullptr), fmt::format("subtitles of {}", from));

  encoder_ = NewContext(encoder);
  encoder_->time_base = {1, 1000};
  if (decoder_->subtitle_header_size > 0) {
    // Styles. Owned by the encoder, which wants a zero after it.
    const auto size = static_cast<std::size_t>(decoder_->subtitle_header_size);
    encoder_->subtitle_header = static_cast<std::uint8_t*>(av_mallocz(size + 1));
    if (encoder_->subtitle_header == nullptr) throw std::bad_alloc();
    std::memcpy(encoder_->subtitle_header, decoder_->subtitle_header, size);
    encoder_->subtitle_header_size = decoder_->subtitle_header_size;
  }
  Check(avcodec_open2(encoder_.get(), encoder, nullptr), fmt::format("subtitles as {}", to));
}

void SubtitleConverter::Describe(AVCodecParameters& parameters) const {
  Check(avcodec_parameters_from_context(&parameters, encoder_.get()), "subtitles");
}

bool SubtitleConverter::Convert(AVPacket& packet) {
  Subtitle subtitle;
  int found = 0;
  if (avcodec_decode_subtitle2(decoder_.get(), subtitle.get(), &found, &packet) < 0 || found == 0 ||
      subtitle.get()->num_rects == 0) {
    return false;
  }
  subtitle.get()->pts = av_rescale_q(packet.pts, decoder_->pkt_timebase, {1, AV_TIME_BASE});
  subtitle.get()->start_display_time = 0;
  subtitle.get()->end_display_time =
      static_cast<std::uint32_t>(av_rescale_q(packet.duration, decoder_->pkt_timebase, {1, 1000}));
  const int size = avcodec_encode_subtitle(encoder_.get(), text_.data(),
                                           static_cast<int>(text_.size()), subtitle.get());
  if (size <= 0) return false;
  const std::int64_t pts = packet.pts;
  const std::int64_t duration = packet.duration;
  const int stream = packet.stream_index;
  av_packet_unref(&packet);
  Check(av_new_packet(&packet, size), "subtitles", ErrorKind::kDevice);
  std::memcpy(packet.data, text_.data(), static_cast<std::size_t>(size));
  packet.pts = packet.dts = pts;
  packet.duration = duration;
  packet.stream_index = stream;
  packet.flags |= AV_PKT_FLAG_KEY;
  return true;
}

}  // namespace agon::media
