// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/source_packets.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace agon::media {
namespace {

// What is true of the old file alone. Matroska's statistics (BPS-eng, NUMBER_OF_FRAMES, ...) count
// packets that may not all be there.
bool IsOfTheFile(std::string_view key) {
  constexpr std::array<std::string_view, 8> kKeys = {
      "encoder",   "major_brand", "minor_version", "compatible_brands",
      "vendor_id", "rotate",      "duration",      "DURATION"};
  constexpr std::array<std::string_view, 3> kBeginnings = {"BPS", "NUMBER_OF_", "_STATISTICS_"};
  return std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end() ||
         std::any_of(kBeginnings.begin(), kBeginnings.end(),
                     [&](std::string_view beginning) { return key.starts_with(beginning); });
}

constexpr AVRational kMicroseconds = {1, AV_TIME_BASE};
// Packets of different streams that belong to one moment are not further apart in a file.
constexpr std::int64_t kInterleaving = std::int64_t{2} * AV_TIME_BASE;

}  // namespace

void CopyMetadata(const AVDictionary* from, AVDictionary*& to) {
  const AVDictionaryEntry* entry = nullptr;
  while ((entry = av_dict_get(from, "", entry, AV_DICT_IGNORE_SUFFIX)) != nullptr) {
    if (!IsOfTheFile(entry->key)) av_dict_set(&to, entry->key, entry->value, 0);
  }
}

void CopySideData(const AVStream& from, AVPacketSideDataType kind, AVStream& to) {
  std::size_t size = 0;
  const std::uint8_t* const data = av_stream_get_side_data(&from, kind, &size);
  if (data == nullptr) return;
  std::uint8_t* const copy = av_stream_new_side_data(&to, kind, size);
  if (copy == nullptr) throw std::bad_alloc();
  std::copy_n(data, size, copy);
}

void CopyChapters(const AVFormatContext& from, std::int64_t start, std::optional<std::int64_t> end,
                  AVFormatContext& to) {
  std::vector<const AVChapter*> kept;
  for (unsigned i = 0; i < from.nb_chapters; ++i) {
    const AVChapter& chapter = *from.chapters[i];
    const std::int64_t begins = av_rescale_q(chapter.start, chapter.time_base, kMicroseconds);
    if (!end || begins - start < *end) kept.push_back(&chapter);
  }
  if (kept.empty()) return;
  // Owned by the output's context, which frees them.
  to.chapters = static_cast<AVChapter**>(av_calloc(kept.size(), sizeof(AVChapter*)));
  if (to.chapters == nullptr) throw std::bad_alloc();
  for (const AVChapter* const chapter : kept) {
    auto* const copy = static_cast<AVChapter*>(av_mallocz(sizeof(AVChapter)));
    if (copy == nullptr) throw std::bad_alloc();
    to.chapters[to.nb_chapters++] = copy;
    const std::int64_t offset = av_rescale_q(start, kMicroseconds, chapter->time_base);
    copy->id = chapter->id;
    copy->time_base = chapter->time_base;
    copy->start = std::max<std::int64_t>(0, chapter->start - offset);
    copy->end = std::max(copy->start, chapter->end - offset);
    if (end) copy->end = std::min(copy->end, av_rescale_q(*end, kMicroseconds, copy->time_base));
    av_dict_copy(&copy->metadata, chapter->metadata, 0);
  }
}

SourcePackets::SourcePackets(InputContext input, std::span<const StreamPlan> plans)
    : input_(std::move(input)) {
  const bool starts_anywhere = (input_->iformat->flags & AVFMT_TS_DISCONT) != 0;
  if (starts_anywhere && input_->start_time != AV_NOPTS_VALUE) start_ = input_->start_time;
  for (unsigned i = 0; i < input_->nb_streams; ++i) input_->streams[i]->discard = AVDISCARD_ALL;
  for (const StreamPlan& plan : plans) {
    if (plan.fate != StreamFate::kLeft) input_->streams[plan.index]->discard = AVDISCARD_DEFAULT;
  }
}

void SourcePackets::AddTo(OutputFile& output, const StreamPlan& plan, const Container& container) {
  const AVStream& from = *input_->streams[plan.index];
  AVStream& to = output.AddStream();
  Stream stream;
  stream.output = to.index;
  to.time_base = from.time_base;
  if (plan.fate == StreamFate::kBecomes) {
    stream.converter = std::make_unique<SubtitleConverter>(from, container.text);
    stream.converter->Describe(*to.codecpar);
  } else {
    CopyParameters(*from.codecpar, *output.context().oformat, *to.codecpar);
  }
  stream.sparse = from.codecpar->codec_type == AVMEDIA_TYPE_SUBTITLE;
  to.disposition = from.disposition;
  for (int i = 0; i < from.nb_side_data; ++i) CopySideData(from, from.side_data[i].type, to);
  CopyMetadata(from.metadata, to.metadata);
  if (from.codecpar->codec_type == AVMEDIA_TYPE_ATTACHMENT) {
    stream.sparse = stream.ended = true;  // it has no packets
  }
  streams_.emplace(plan.index, std::move(stream));
}

bool SourcePackets::IsDone() const {
  // The next subtitle may be an hour away: sound says when the end was passed.
  const bool sound = std::any_of(streams_.begin(), streams_.end(),
                                 [](const auto& entry) { return !entry.second.sparse; });
  return std::all_of(streams_.begin(), streams_.end(), [&](const auto& entry) {
    const Stream& stream = entry.second;
    return stream.sparse ? sound || stream.ended : stream.passed;
  });
}

bool SourcePackets::Next(OutputFile& output, AVPacket& packet) {
  while (!IsDone()) {
    if (av_read_frame(input_.get(), &packet) < 0) return false;
    const auto found = streams_.find(packet.stream_index);
    if (found == streams_.end()) {
      av_packet_unref(&packet);
      continue;
    }
    Stream& stream = found->second;
    const AVStream& from = *input_->streams[found->first];
    if (packet.pts == AV_NOPTS_VALUE) packet.pts = packet.dts;
    if (packet.dts == AV_NOPTS_VALUE) packet.dts = packet.pts;
    const std::int64_t offset = av_rescale_q(start_, kMicroseconds, from.time_base);
    if (packet.pts != AV_NOPTS_VALUE) {
      packet.pts -= offset;
      packet.dts -= offset;
      if (end_) {
        // Sound and subtitles are decoded in the order in which they are presented.
        const auto is_after = [&](std::int64_t time) {
          return av_compare_ts(packet.pts, from.time_base, time, kMicroseconds) >= 0;
        };
        stream.ended = stream.ended || is_after(*end_);
        stream.passed = stream.passed || is_after(*end_ + kInterleaving);
      }
    }
    if (stream.ended || (stream.converter != nullptr && !stream.converter->Convert(packet))) {
      av_packet_unref(&packet);
      continue;
    }
    AVStream& to = output.stream(stream.output);
    Rescale(stream, from, to, packet);
    packet.stream_index = stream.output;
    packet.pos = -1;
    return true;
  }
  return false;
}

void SourcePackets::Rescale(Stream& stream, const AVStream& from, const AVStream& to,
                            AVPacket& packet) const {
  const AVRational old_base = from.time_base;
  const AVRational new_base = to.time_base;
  if (packet.pts == AV_NOPTS_VALUE) {
    // A packet without a time follows the one before.
    packet.pts = packet.dts = 0;
    av_packet_rescale_ts(&packet, old_base, new_base);
    packet.pts = packet.dts = stream.last ? *stream.last + 1 : 0;
    stream.last = packet.dts;
    return;
  }
  const AVCodecParameters& codec = *from.codecpar;
  int samples = 0;
  if (codec.codec_type == AVMEDIA_TYPE_AUDIO && codec.sample_rate > 0 &&
      av_cmp_q(new_base, old_base) < 0) {
    samples = av_get_audio_frame_duration2(from.codecpar, packet.size);
    if (samples == 0) samples = codec.frame_size;
  }
  if (samples > 0 && packet.pts == packet.dts) {
    // Times in milliseconds (Matroska) cannot say where a packet of 1024 samples ends; its length
    // can. Without this the sound of an MP4 file would stutter by half a millisecond.
    const std::int64_t exact = av_rescale_delta(old_base, packet.dts, {1, codec.sample_rate},
                                                samples, &stream.delta, new_base);
    av_packet_rescale_ts(&packet, old_base, new_base);
    packet.pts = packet.dts = exact;
  } else {
    av_packet_rescale_ts(&packet, old_base, new_base);
  }
  packet.pts += stream.carry;
  packet.dts += stream.carry;
  if (stream.last && packet.dts <= *stream.last) {
    // As for pictures (EarliestAfter): a step back is nudged on, a jump back carried on.
    const bool jumped = av_compare_ts(*stream.last - packet.dts, new_base, 1, {1, 1}) > 0;
    const std::int64_t earliest =
        *stream.last + std::max<std::int64_t>(1, jumped ? packet.duration : 1);
    if (jumped) stream.carry += earliest - packet.dts;
    const std::int64_t step = earliest - packet.dts;
    packet.dts += step;
    packet.pts = jumped ? packet.pts + step : std::max(packet.pts, packet.dts);
  }
  stream.last = packet.dts;
}

}  // namespace agon::media
