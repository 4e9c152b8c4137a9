// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/video_join.h"

extern "C" {
#include <libavutil/timecode.h>
}

#include <cmath>
#include <optional>
#include <system_error>

#include "runtime/media/containers.h"
#include "runtime/media/output_file.h"
#include "runtime/media/segment.h"
#include "runtime/media/source_packets.h"
#include "runtime/media/stream_plan.h"
#include "runtime/media/video_input.h"

namespace agon::media {
namespace {

// FFmpeg's MP4 writer counts a stream's time in at least so many parts of a second.
constexpr int kLeastTimescale = 10'000;

// The rate in which edit lists are written; with the pictures' own their times stay exact.
int MovieTimescale(AVRational time_base) {
  std::int64_t scale = time_base.den;
  while (scale < kLeastTimescale) scale *= 2;
  return static_cast<int>(scale);
}

// The source, where there is one with streams to take over.
struct Source {
  std::optional<SourcePackets> packets;
  std::vector<StreamPlan> plans;
  int pictures = -1;
};

Source OpenSource(const Path& file, const Path& output, const Container& container,
                  AVCodecID codec) {
  Source source;
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) return source;
  InputContext input = OpenInput(file);
  if (IsPictureFormat(*input->iformat)) return source;
  source.pictures = MainVideoStream(*input);
  source.plans = PlanStreams(*input, source.pictures, container, codec, file, output);
  source.packets.emplace(std::move(input), source.plans);
  return source;
}

// MP4 makes a track of a time code, and refuses the file where it cannot be one at this rate.
void DropWrongTimecode(AVDictionary*& metadata, AVRational rate) {
  const AVDictionaryEntry* const entry = av_dict_get(metadata, "timecode", nullptr, 0);
  AVTimecode timecode;
  if (entry != nullptr &&
      av_timecode_init_from_string(&timecode, rate, entry->value, nullptr) < 0) {
    av_dict_set(&metadata, "timecode", nullptr, 0);
  }
}

int AddPictures(const SegmentPackets& segments, const Source& source, OutputFile& output) {
  const SegmentNote& note = segments.note();
  AVStream& stream = output.AddStream();
  CopyParameters(segments.parameters(), *output.context().oformat, *stream.codecpar);
  AVCodecParameters& parameters = *stream.codecpar;
  parameters.color_space = static_cast<AVColorSpace>(note.colour.matrix);
  parameters.color_primaries = static_cast<AVColorPrimaries>(note.colour.primaries);
  parameters.color_trc = static_cast<AVColorTransferCharacteristic>(note.colour.transfer);
  parameters.color_range = note.colour.full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  parameters.chroma_location = static_cast<AVChromaLocation>(note.colour.chroma_location);
  parameters.sample_aspect_ratio = stream.sample_aspect_ratio = note.aspect;
  // Apple's players know HEVC by this tag only.
  const bool tagged = output.context().oformat->codec_tag != nullptr;
  parameters.codec_tag =
      tagged && parameters.codec_id == AV_CODEC_ID_HEVC ? MKTAG('h', 'v', 'c', '1') : 0;
  stream.time_base = note.time_base;
  stream.avg_frame_rate = note.rate;
  if (source.packets && source.pictures >= 0) {
    const AVStream& from = *source.packets->input().streams[source.pictures];
    stream.disposition = from.disposition;
    CopyMetadata(from.metadata, stream.metadata);
    DropWrongTimecode(stream.metadata, note.rate);
    // The brightness of the content and of the screen it was made on; not the turn, which is done.
    CopySideData(from, AV_PKT_DATA_MASTERING_DISPLAY_METADATA, stream);
    CopySideData(from, AV_PKT_DATA_CONTENT_LIGHT_LEVEL, stream);
  }
  return stream.index;
}

// The output's streams in the source's order. Returns the index of the pictures' stream.
int AddStreams(const SegmentPackets& segments, Source& source, const Container& container,
               OutputFile& output) {
  int pictures = -1;
  for (const StreamPlan& plan : source.plans) {
    if (pictures < 0 && plan.index > source.pictures) {
      pictures = AddPictures(segments, source, output);
    }
    if (plan.fate != StreamFate::kLeft) source.packets->AddTo(output, plan, container);
  }
  return pictures < 0 ? AddPictures(segments, source, output) : pictures;
}

// Both kinds of packets in order of decoding time, as a player reads them.
class Merge {
 public:
  Merge(SegmentPackets& segments, Source& source, int pictures, OutputFile& output)
      : segments_(segments), source_(source), pictures_(pictures), output_(output) {
    if (source_.packets) {
      shift_ =
          av_rescale_q(source_.packets->start(), {1, AV_TIME_BASE}, segments_.note().time_base);
    }
  }

  void Run() {
    NextPicture();
    NextOther();
    while (has_picture_ || has_other_) {
      const bool picture_first =
          has_picture_ && (!has_other_ || av_compare_ts(picture_->dts, Base(*picture_), other_->dts,
                                                        Base(*other_)) <= 0);
      output_.Write(picture_first ? *picture_ : *other_);
      picture_first ? NextPicture() : NextOther();
    }
  }

 private:
  [[nodiscard]] AVRational Base(const AVPacket& packet) const {
    return output_.stream(packet.stream_index).time_base;
  }

  void NextPicture() {
    has_picture_ = segments_.Next(*picture_);
    if (!has_picture_) return;
    picture_->pts -= shift_;
    picture_->dts -= shift_;
    picture_->stream_index = pictures_;
    av_packet_rescale_ts(picture_.get(), segments_.note().time_base, Base(*picture_));
  }

  void NextOther() { has_other_ = source_.packets && source_.packets->Next(output_, *other_); }

  SegmentPackets& segments_;
  Source& source_;
  int pictures_;
  OutputFile& output_;
  std::int64_t shift_ = 0;
  Packet picture_ = NewPacket();
  Packet other_ = NewPacket();
  bool has_picture_ = false;
  bool has_other_ = false;
};

}  // namespace

void JoinVideo(std::span<const Path> segments, const Path& source_file, const Path& output_file,
               const JoinOptions& options) {
  const Container* const container = ContainerOf(output_file);
  if (container == nullptr) {
    Fail(ErrorKind::kUsage, "{}: not a kind of video that is written; name the output .{}",
         output_file.string(), AllExtensions());
  }
  SegmentPackets pictures(segments);
  const SegmentNote& note = pictures.note();
  const AVCodecID codec = pictures.parameters().codec_id;
  if (!HoldsPictures(*container, codec)) {
    Fail(ErrorKind::kUsage, "{}: {} cannot hold {}", output_file.string(), container->extension,
         avcodec_get_name(codec));
  }
  std::error_code ignored;
  if (std::filesystem::equivalent(source_file, output_file, ignored)) {
    Fail(ErrorKind::kUsage, "{}: the output is the input itself; give it another name",
         output_file.string());
  }
  Source source;
  if (options.sound) source = OpenSource(source_file, output_file, *container, codec);

  OutputFile output(output_file, container->muxer);
  const int index = AddStreams(pictures, source, *container, output);
  if (source.packets) {
    const std::int64_t start = source.packets->start();
    std::optional<std::int64_t> end;
    if (options.seconds) {
      // Counted from the first picture.
      end = av_rescale_q(note.first, note.time_base, {1, AV_TIME_BASE}) - start +
            static_cast<std::int64_t>(std::llround(*options.seconds * AV_TIME_BASE));
      source.packets->StopAt(*end);
    }
    CopyMetadata(source.packets->input().metadata, output.context().metadata);
    DropWrongTimecode(output.context().metadata, note.rate);
    CopyChapters(source.packets->input(), start, end, output.context());
  }
  Options muxer;
  if (std::string_view(container->muxer) == "mp4" || std::string_view(container->muxer) == "mov") {
    muxer.Set("movie_timescale", std::to_string(MovieTimescale(note.time_base)));
  }
  output.Begin(muxer);
  Merge(pictures, source, index, output).Run();
  output.Commit();
}

}  // namespace agon::media
