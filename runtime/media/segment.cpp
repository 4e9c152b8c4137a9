// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/segment.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>
#include <optional>

#include "runtime/base/text.h"
#include "runtime/media/video_input.h"

namespace agon::media {
namespace {

constexpr std::string_view kNotePrefix = "agon segment 1:";

using Fields = std::map<std::string, std::string, std::less<>>;

// "1/24" or "1/1/2/0/5" as numbers; nothing for anything else.
std::optional<std::vector<std::int64_t>> Numbers(const Fields& fields, std::string_view key,
                                                 std::size_t count) {
  const auto found = fields.find(key);
  if (found == fields.end()) return std::nullopt;
  std::vector<std::int64_t> numbers;
  for (const std::string& part : Split(found->second, '/')) {
    const std::optional<std::int64_t> number = ParseInteger(part);
    if (!number) return std::nullopt;
    numbers.push_back(*number);
  }
  if (numbers.size() != count) return std::nullopt;
  return numbers;
}

std::optional<AVRational> Fraction(const Fields& fields, std::string_view key) {
  constexpr std::int64_t kMost = std::numeric_limits<int>::max();
  const auto numbers = Numbers(fields, key, 2);
  if (!numbers) return std::nullopt;
  const std::int64_t num = (*numbers)[0];
  const std::int64_t den = (*numbers)[1];
  if (num < 0 || num > kMost || den < 1 || den > kMost) return std::nullopt;
  return AVRational{static_cast<int>(num), static_cast<int>(den)};
}

std::optional<SegmentNote> ParseNote(std::string_view text) {
  if (!text.starts_with(kNotePrefix)) return std::nullopt;
  Fields fields;
  for (const std::string& word : Split(text.substr(kNotePrefix.size()), ' ')) {
    const std::size_t equals = word.find('=');
    if (equals != std::string::npos) fields[word.substr(0, equals)] = word.substr(equals + 1);
  }
  const auto base = Fraction(fields, "time_base");
  const auto rate = Fraction(fields, "rate");
  const auto aspect = Fraction(fields, "aspect");
  const auto first = Numbers(fields, "first", 1);
  const auto last = Numbers(fields, "last", 1);
  const auto end = Numbers(fields, "end", 1);
  const auto reorder = Numbers(fields, "reorder", 1);
  const auto colour = Numbers(fields, "colour", 5);
  if (!base || base->num < 1 || !rate || !aspect || !first || !last || !end || !reorder ||
      !colour) {
    return std::nullopt;
  }
  if (last->front() < first->front() || end->front() <= last->front()) return std::nullopt;
  if (reorder->front() < 0 || reorder->front() > 64) return std::nullopt;
  SegmentNote note;
  note.time_base = *base;
  note.rate = *rate;
  note.aspect = *aspect;
  note.first = first->front();
  note.last = last->front();
  note.end = end->front();
  note.reorder = static_cast<int>(reorder->front());
  note.colour = {.matrix = static_cast<int>((*colour)[0]),
                 .primaries = static_cast<int>((*colour)[1]),
                 .transfer = static_cast<int>((*colour)[2]),
                 .full_range = (*colour)[3] != 0,
                 .chroma_location = static_cast<int>((*colour)[4])};
  return note;
}

bool SameCoding(const AVCodecParameters& one, const AVCodecParameters& other) {
  return one.codec_id == other.codec_id && one.width == other.width && one.height == other.height &&
         one.format == other.format && one.extradata_size == other.extradata_size &&
         (one.extradata_size == 0 ||
          std::memcmp(one.extradata, other.extradata,
                      static_cast<std::size_t>(one.extradata_size)) == 0);
}

bool SameTiming(const SegmentNote& one, const SegmentNote& other) {
  return av_cmp_q(one.time_base, other.time_base) == 0 && one.reorder == other.reorder &&
         one.colour == other.colour;
}

}  // namespace

std::string WriteNote(const SegmentNote& note) {
  const ColourCoding& c = note.colour;
  return fmt::format(
      "{} time_base={}/{} first={} last={} end={} reorder={} rate={}/{} aspect={}/{} "
      "colour={}/{}/{}/{}/{}",
      kNotePrefix, note.time_base.num, note.time_base.den, note.first, note.last, note.end,
      note.reorder, note.rate.num, note.rate.den, note.aspect.num, note.aspect.den, c.matrix,
      c.primaries, c.transfer, c.full_range ? 1 : 0, c.chroma_location);
}

SegmentNote ReadNote(const AVFormatContext& input, const Path& file) {
  const AVDictionaryEntry* const entry = av_dict_get(input.metadata, "comment", nullptr, 0);
  const std::optional<SegmentNote> note =
      entry != nullptr && input.nb_streams == 1 ? ParseNote(entry->value) : std::nullopt;
  if (!note) {
    Fail(ErrorKind::kData,
         "{}: not a segment of a translated video; only what this program wrote can be joined",
         file.string());
  }
  return *note;
}

std::int64_t DecodingClock::Next(std::int64_t pts) {
  if (count_ == 0) first_ = pts;
  waiting_.push(pts);
  const std::int64_t ahead = reorder_ - count_++;
  if (ahead > 0) return first_ - ahead * tick_;
  const std::int64_t time = waiting_.top();
  AGON_CHECK(ahead == 0 || time > last_);  // else `reorder` was too small
  waiting_.pop();
  return last_ = time;
}

SegmentPackets::SegmentPackets(std::span<const Path> segments) : segments_(segments) {
  if (segments_.empty()) Fail(ErrorKind::kData, "no segments to join: no frames were written");
  Open(segments_[next_++]);
  note_ = current_;
  parameters_.reset(avcodec_parameters_alloc());
  if (parameters_ == nullptr) throw std::bad_alloc();
  Check(avcodec_parameters_copy(parameters_.get(), input_->streams[0]->codecpar),
        segments_[0].string());
  clock_ = DecodingClock(note_.reorder, FrameTicks(note_));
}

void SegmentPackets::Open(const Path& file) {
  input_ = OpenInput(file);
  current_ = ReadNote(*input_, file);
  shift_known_ = false;
}

bool SegmentPackets::Next(AVPacket& packet) {
  while (true) {
    const Path& file = segments_[next_ - 1];
    const int result = av_read_frame(input_.get(), &packet);
    if (result >= 0) break;
    if (result != AVERROR_EOF || !shift_known_) {
      Fail(ErrorKind::kData, "{}: the segment is damaged: {}", file.string(), ErrorText(result));
    }
    if (next_ == segments_.size()) return false;
    last_shown_ = current_.last + shift_;
    any_ = true;
    Open(segments_[next_++]);
    if (!SameCoding(*parameters_, *input_->streams[0]->codecpar) || !SameTiming(note_, current_)) {
      Fail(ErrorKind::kData,
           "{}: coded with other settings than {}; resume with those the job was begun with",
           segments_[next_ - 1].string(), segments_[0].string());
    }
  }
  const AVRational from = input_->streams[0]->time_base;
  const std::int64_t own = av_rescale_q(packet.pts, from, note_.time_base);
  if (!shift_known_) {
    // A closed segment shows the frame first that it decodes first.
    base_ = current_.first - own;
    shift_ = 0;
    if (any_) {
      const std::int64_t earliest = EarliestAfter(note_, last_shown_, current_.first);
      shift_ = std::max<std::int64_t>(0, earliest - current_.first);
    }
    shift_known_ = true;
  }
  const std::int64_t shown = own + base_;  // in the source's times
  // FFmpeg gives the length of a packet only where all of a file are alike.
  const std::int64_t length = packet.duration > 0
                                  ? av_rescale_q(packet.duration, from, note_.time_base)
                                  : FrameTicks(note_);
  packet.duration = shown >= current_.last
                        ? current_.end - current_.last
                        : std::clamp<std::int64_t>(length, 1, current_.last - shown);
  packet.pts = shown + shift_;
  packet.dts = clock_.Next(packet.pts);
  packet.stream_index = 0;
  packet.pos = -1;
  return true;
}

std::int64_t FrameTicks(const SegmentNote& note) {
  if (note.rate.num < 1) return 1;
  return std::max<std::int64_t>(1, av_rescale_q(1, av_inv_q(note.rate), note.time_base));
}

std::int64_t EarliestAfter(const SegmentNote& note, std::int64_t last, std::int64_t wanted) {
  const bool jumped = av_compare_ts(last - wanted, note.time_base, 1, {1, 1}) > 0;
  return last + (jumped ? FrameTicks(note) : 1);
}

}  // namespace agon::media
