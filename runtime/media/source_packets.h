// SPDX-License-Identifier: Apache-2.0
// The streams of a source that a joined file takes over, packet for packet: sound, subtitles,
// attachments, and with them metadata and chapters. Private to this folder.
//
// Thread safety: one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "runtime/media/ffmpeg.h"
#include "runtime/media/output_file.h"
#include "runtime/media/stream_plan.h"
#include "runtime/media/subtitle_convert.h"
#include "runtime/media/video.h"

namespace agon::media {

class SourcePackets {
 public:
  // Only streams that `plans` keep are read.
  SourcePackets(InputContext input, std::span<const StreamPlan> plans);

  [[nodiscard]] const AVFormatContext& input() const { return *input_; }
  // What is taken off every time of the source, in microseconds: transport streams begin anywhere.
  [[nodiscard]] std::int64_t start() const { return start_; }

  // Makes the output's stream for stream `plan.index`.
  void AddTo(OutputFile& output, const StreamPlan& plan, const Container& container);
  // No packet that begins after this time, in microseconds of the output.
  void StopAt(std::int64_t end) { end_ = end; }

  // The next packet for `output`, in its stream's time base. False at the end; a source that cannot
  // be read further ends there too.
  [[nodiscard]] bool Next(OutputFile& output, AVPacket& packet);

 private:
  struct Stream {
    int output = 0;
    std::unique_ptr<SubtitleConverter> converter;
    std::optional<std::int64_t> last;     // decoding time written, in the output's time base
    std::int64_t delta = AV_NOPTS_VALUE;  // what av_rescale_delta carries on
    std::int64_t carry = 0;               // where the source's clock jumped back
    bool sparse = false;                  // subtitles, attachments
    bool ended = false;                   // all that is wanted was read
    bool passed = false;                  // so far beyond the end that sparse streams are, too
  };

  [[nodiscard]] bool IsDone() const;
  void Rescale(Stream& stream, const AVStream& from, const AVStream& to, AVPacket& packet) const;

  InputContext input_;
  std::int64_t start_ = 0;
  std::optional<std::int64_t> end_;
  std::map<int, Stream> streams_;  // by index in the source
};

// Title, place, date, ... without what belongs to the old file (its brand, its encoder).
void CopyMetadata(const AVDictionary* from, AVDictionary*& to);
// What a stream's container says beside its codec, where it says it.
void CopySideData(const AVStream& from, AVPacketSideDataType kind, AVStream& to);
// Chapters of the first `end` microseconds (none: all), moved `start` microseconds back.
void CopyChapters(const AVFormatContext& from, std::int64_t start, std::optional<std::int64_t> end,
                  AVFormatContext& to);

}  // namespace agon::media
