// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/video_info.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <optional>

#include "runtime/media/pixel_convert.h"
#include "runtime/media/video_input.h"
#include "runtime/media/video_reader.h"

namespace agon::media {
namespace {

Ratio RatioOf(const AVRational& rational) { return {.num = rational.num, .den = rational.den}; }

std::optional<Orientation> OrientationIn(const void* data, std::size_t size) {
  std::array<std::int32_t, 9> matrix{};
  if (data == nullptr || size < sizeof(matrix)) return std::nullopt;
  std::memcpy(matrix.data(), data, sizeof(matrix));
  return OrientationOf(matrix);
}

// The container's display matrix, or the frame's own (EXIF, H.264 and HEVC messages).
Orientation FindOrientation(const AVStream& stream, const AVFrame& frame) {
  std::size_t size = 0;
  const auto* const data = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  if (const auto found = OrientationIn(data, size)) return *found;
  const AVFrameSideData* const side = av_frame_get_side_data(&frame, AV_FRAME_DATA_DISPLAYMATRIX);
  if (side == nullptr) return {};
  return OrientationIn(side->data, side->size).value_or(Orientation{});
}

// By the list of pictures where the container has one, else by what it says of its rates.
bool IsVariable(const AVStream& stream, std::int64_t counted) {
  const int entries = avformat_index_get_entries_count(&stream);
  if (entries > 2 && counted == entries) {
    // Decoding times: a stream of constant rate is regular in them too.
    std::int64_t least = INT64_MAX;
    std::int64_t most = 0;
    for (int i = 1; i < entries; ++i) {
      // The function wants a stream that it could change; it does not.
      auto* const open = const_cast<AVStream*>(&stream);
      const std::int64_t step = avformat_index_get_entry(open, i)->timestamp -
                                avformat_index_get_entry(open, i - 1)->timestamp;
      least = std::min(least, step);
      most = std::max(most, step);
    }
    // Rounding to the clock's ticks is no variation.
    return most - least > std::max<std::int64_t>(1, most / 100);
  }
  const double average = av_q2d(stream.avg_frame_rate);
  const double base = av_q2d(stream.r_frame_rate);
  if (!(average > 0) || !(base > 0)) return false;
  // The base rate is a guess: a whole multiple of the average is the same rate, guessed too fine.
  const double multiple = std::max(1.0, std::round(base / average));
  return std::abs(average * multiple - base) > 0.01 * base;
}

Ratio FrameRate(const AVStream& stream) {
  for (const AVRational& rate : {stream.avg_frame_rate, stream.r_frame_rate}) {
    if (rate.num > 0 && rate.den > 0) return RatioOf(rate);
  }
  return {.num = kPicturesPerSecond, .den = 1};
}

// Matroska's duration is that of the longest stream; its writers say each stream's in a tag.
double TaggedSeconds(const AVStream& stream) {
  const AVDictionaryEntry* const tag = av_dict_get(stream.metadata, "DURATION", nullptr, 0);
  std::int64_t microseconds = 0;
  if (tag == nullptr || av_parse_time(&microseconds, tag->value, 1) < 0) return 0;
  return static_cast<double>(microseconds) / 1e6;
}

double Seconds(const AVFormatContext& input, const AVStream& stream) {
  if (const double tagged = TaggedSeconds(stream); tagged > 0) return tagged;
  if (stream.duration != AV_NOPTS_VALUE && stream.duration > 0) {
    return static_cast<double>(stream.duration) * av_q2d(stream.time_base);
  }
  if (input.duration != AV_NOPTS_VALUE && input.duration > 0) {
    return static_cast<double>(input.duration) / AV_TIME_BASE;
  }
  return 0;
}

Ratio SampleAspect(const AVFormatContext& input, const AVStream& stream, const AVFrame& frame,
                   bool transposed) {
  // Neither is changed; the function is older than const.
  const AVRational aspect =
      av_guess_sample_aspect_ratio(const_cast<AVFormatContext*>(&input),
                                   const_cast<AVStream*>(&stream), const_cast<AVFrame*>(&frame));
  if (aspect.num <= 0 || aspect.den <= 0) return {.num = 1, .den = 1};
  return transposed ? Ratio{.num = aspect.den, .den = aspect.num} : RatioOf(aspect);
}

void NoteWhatIsUnusual(DescribedVideo& video, const StreamDecoder& decoder, const AVFrame& frame) {
  const VideoInfo& info = video.info;
  if (video.orientation.IsMirror()) video.notes.emplace_back("the video is stored mirrored");
  if (frame.interlaced_frame != 0) {
    video.notes.emplace_back(
        "the video is interlaced: both fields of a frame are handled as one picture");
  }
  if (!IsKnownMatrix(info.colour.matrix)) {
    const char* const name = av_color_space_name(static_cast<AVColorSpace>(info.colour.matrix));
    video.notes.push_back(fmt::format("the colour matrix \"{}\" is handled as BT.601",
                                      name != nullptr ? name : "unknown"));
  }
  if (frame.color_trc == AVCOL_TRC_SMPTE2084 || frame.color_trc == AVCOL_TRC_ARIB_STD_B67) {
    video.notes.emplace_back("the video is HDR: its code values are handled as they are");
  }
  const auto videos = std::ranges::count(info.streams, "video", &StreamInfo::kind);
  if (videos > 0) {
    video.notes.push_back(
        fmt::format("of {} video streams, number {} is read", videos + 1, decoder.stream_index()));
  }
}

}  // namespace

DescribedVideo DescribeVideo(const Path& file, const StreamDecoder& decoder, const AVFrame& first) {
  const AVFormatContext& input = decoder.input();
  const AVStream& stream = decoder.stream();
  const auto format = static_cast<AVPixelFormat>(first.format);
  const PixelTraits traits = TraitsOf(format);
  DescribedVideo video;
  video.orientation = FindOrientation(stream, first);
  const bool transposed = video.orientation.transpose;
  VideoInfo& info = video.info;
  info.file = file;
  info.container = input.iformat->name;
  info.codec = avcodec_get_name(stream.codecpar->codec_id);
  info.source_width = first.width;
  info.source_height = first.height;
  info.width = transposed ? first.height : first.width;
  info.height = transposed ? first.width : first.height;
  info.rotation = video.orientation.Rotation();
  info.sample_aspect = SampleAspect(input, stream, first, transposed);
  info.frame_rate = FrameRate(stream);
  info.time_base = RatioOf(stream.time_base);
  info.variable_rate = IsVariable(stream, decoder.counted());
  info.seconds = Seconds(input, stream);
  info.frames_exact = decoder.counted() > 0;
  info.frames =
      info.frames_exact ? decoder.counted() : std::llround(info.seconds * info.frame_rate.value());
  info.bits = traits.bits;
  info.pixel_format = av_get_pix_fmt_name(format);
  info.chroma = traits.chroma;
  info.colour = ColourOf(first);
  info.streams = OtherStreams(input, decoder.stream_index());
  if (IsPictureFormat(*input.iformat)) {
    info.picture_files = true;
    info.names = {file.filename().string()};
    info.frames = 1;
    info.frames_exact = true;
  }
  NoteWhatIsUnusual(video, decoder, first);
  return video;
}

}  // namespace agon::media
