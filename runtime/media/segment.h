// SPDX-License-Identifier: Apache-2.0
// Segments: pieces of a video's pictures, coded, each complete in itself, that are joined packet
// for packet. Private to this folder.
//
// A segment is an MP4 file (QuickTime for FFV1) with one stream, in the source's own time base
// and beginning at zero. What such a file cannot say exactly stands in its comment (SegmentNote):
// where it begins, when its last frame ends, colours, shape of a pixel, rate.
//
// Thread safety: one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <span>
#include <string>
#include <vector>

#include "runtime/media/ffmpeg.h"
#include "runtime/media/video.h"

namespace agon::media {

struct SegmentNote {
  AVRational time_base{1, 1};
  std::int64_t first = 0;  // time of the first frame, in time_base
  std::int64_t last = 0;   // of the last one shown
  std::int64_t end = 0;    // when that one ends
  int reorder = 0;         // how many frames a frame may be decoded ahead of its place
  AVRational rate{0, 1};
  AVRational aspect{0, 1};
  ColourCoding colour;
};

[[nodiscard]] std::string WriteNote(const SegmentNote& note);
// Error(kData) naming the file when it has none of ours.
[[nodiscard]] SegmentNote ReadNote(const AVFormatContext& input, const Path& file);

// The time from one frame to the next at the note's rate, at least 1 unit of its time base.
[[nodiscard]] std::int64_t FrameTicks(const SegmentNote& note);

// The earliest time a frame may be shown at after one shown at `last`: players and encoders need
// times that grow. A clock that stands still, or steps back a little, is nudged on by one unit; one
// that jumped back is carried on at the note's rate.
[[nodiscard]] std::int64_t EarliestAfter(const SegmentNote& note, std::int64_t last,
                                         std::int64_t wanted);

// Decoding times for packets in decoding order, from their presentation times alone: the i-th
// packet is decoded when the (i - reorder)-th frame is shown. That never is after its own
// presentation, and increases even where segments meet and rates vary, which encoders' own times
// do not.
class DecodingClock {
 public:
  // `tick`: how far apart the first decoding times are, before the first frame is shown.
  DecodingClock(int reorder, std::int64_t tick) : reorder_(reorder), tick_(tick) {}
  // The decoding time of the next packet, which is shown at `pts`.
  [[nodiscard]] std::int64_t Next(std::int64_t pts);

 private:
  int reorder_;
  std::int64_t tick_;
  std::int64_t first_ = 0;
  std::int64_t last_ = 0;  // decoding time that was given
  std::int64_t count_ = 0;
  std::priority_queue<std::int64_t, std::vector<std::int64_t>, std::greater<>> waiting_;
};

// The packets of some segments, one after the other, as if they were of one stream.
class SegmentPackets {
 public:
  // Error(kData) naming the segment: missing, damaged, not a segment.
  explicit SegmentPackets(std::span<const Path> segments);

  // Of the first segment; all others are coded alike.
  [[nodiscard]] const SegmentNote& note() const { return note_; }
  [[nodiscard]] const AVCodecParameters& parameters() const { return *parameters_; }

  // False at the end. Times are in note().time_base. Error(kData): a segment that does not go
  // with the first one.
  [[nodiscard]] bool Next(AVPacket& packet);

 private:
  void Open(const Path& file);

  std::span<const Path> segments_;
  std::size_t next_ = 0;  // segment to open
  InputContext input_;
  SegmentNote note_;
  SegmentNote current_;
  CodecParameters parameters_;
  std::int64_t base_ = 0;        // from the file's times to the source's
  std::int64_t shift_ = 0;       // where the source's clock stood still
  bool shift_known_ = false;     // both, from a segment's first packet on
  std::int64_t last_shown_ = 0;  // of the segment before, as it was placed
  bool any_ = false;             // segment before
  DecodingClock clock_{0, 1};
};

}  // namespace agon::media
