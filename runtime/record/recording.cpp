// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/recording.h"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "runtime/base/error.h"
#include "runtime/record/recording_codec.h"
#include "runtime/record/recording_scan.h"

namespace agon::record {
namespace {

using codec::Kind;

constexpr std::size_t kPendingBytes = std::size_t{64} << 10;

std::string SystemReason() { return std::generic_category().message(errno); }

void Resize(const Path& file, std::uint64_t size) {
  std::error_code error;
  std::filesystem::resize_file(file, size, error);
  if (error) {
    Fail(ErrorKind::kIo, "{}: cannot cut the damaged end of the recording: {}", file.string(),
         error.message());
  }
}

}  // namespace

RecordingWriter::RecordingWriter(const Path& file) : file_(file) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(file, error);
  if (!error && size > 0) {
    RecordScanner scanner(file);
    while (const std::optional<ByteView> payload = scanner.Next()) {
      try {
        codec::PayloadReader reader(*payload);
        const codec::Prefix prefix = reader.ReadPrefix();
        // The definition of a track may be lost in damage: its number stays taken all the same.
        next_track_ = std::max(next_track_, prefix.track + 1);
        if (prefix.kind == Kind::kTrack) tracks_[reader.ReadTrackName()] = prefix.track;
      } catch (const Error&) {
        continue;  // whole but senseless: readers skip it as well
      }
    }
    end_ = scanner.end();
    if (end_ < size) Resize(file, end_);
  }
  first_pending_track_ = next_track_;
  Open();
  if (end_ == 0) {
    pending_ = RecordingHeader();
    Flush();
  }
}

void RecordingWriter::Open() {
  stream_.clear();
  stream_.open(file_, std::ios::binary | std::ios::app);
  if (!stream_) {
    Fail(ErrorKind::kIo, "{}: cannot write the recording: {}; choose a folder you may write to",
         file_.string(), SystemReason());
  }
}

std::uint32_t RecordingWriter::TrackId(std::string_view track) {
  if (const auto known = tracks_.find(track); known != tracks_.end()) return known->second;
  if (track.size() > codec::kMaxTrackNameBytes) {
    Fail(ErrorKind::kData, "{}: a track name of {} bytes is too long; use at most {}",
         file_.string(), track.size(), codec::kMaxTrackNameBytes);
  }
  if (next_track_ > codec::kMaxTrackId) {
    Fail(ErrorKind::kData, "{}: more than {} tracks; put changing numbers into the step",
         file_.string(), codec::kMaxTrackId);
  }
  const std::uint32_t id = next_track_++;
  pending_ += FrameRecord(codec::EncodeTrack(id, track));
  tracks_.emplace(track, id);
  return id;
}

void RecordingWriter::Append(std::string_view track, std::int64_t step, double wall_time,
                             const Item& item, ByteView png) {
  const std::string payload = codec::EncodeItem(TrackId(track), step, wall_time, item, png);
  if (payload.size() > kMaxRecordBytes) {
    Fail(ErrorKind::kData, "{}: an item of {} bytes on track '{}' is too large; record at most {}",
         file_.string(), payload.size(), track, kMaxRecordBytes);
  }
  pending_ += FrameRecord(payload);
  if (pending_.size() >= kPendingBytes) Flush();
}

void RecordingWriter::Flush() {
  if (pending_.empty()) return;
  const std::string batch = std::exchange(pending_, {});
  const std::uint32_t first_track = std::exchange(first_pending_track_, next_track_);
  if (!stream_.is_open()) Open();
  errno = 0;
  stream_.write(batch.data(), static_cast<std::streamsize>(batch.size()));
  stream_.flush();
  if (stream_) {
    end_ += batch.size();
    return;
  }
  // Back to the last good end. The tracks of the lost batch are unknown to the file again.
  const std::string reason = SystemReason();
  stream_.close();
  std::erase_if(tracks_, [&](const auto& track) { return track.second >= first_track; });
  Resize(file_, end_);
  Fail(ErrorKind::kIo, "{}: cannot write the recording: {}; free some space", file_.string(),
       reason);
}

RecordingReader::RecordingReader(const Path& file)
    : scanner_(std::make_unique<RecordScanner>(file)) {}
RecordingReader::~RecordingReader() = default;
RecordingReader::RecordingReader(RecordingReader&&) noexcept = default;
RecordingReader& RecordingReader::operator=(RecordingReader&&) noexcept = default;

std::int64_t RecordingReader::damaged() const { return scanner_->damaged() + undecodable_; }

std::optional<Record> RecordingReader::Next() {
  while (const std::optional<ByteView> payload = scanner_->Next()) {
    try {
      codec::PayloadReader reader(*payload);
      const codec::Prefix prefix = reader.ReadPrefix();
      if (!codec::IsKnown(prefix.kind)) continue;  // added later: not ours to read, no damage
      if (prefix.kind == Kind::kTrack) {
        tracks_[prefix.track] = reader.ReadTrackName();
        continue;
      }
      const auto track = tracks_.find(prefix.track);
      if (track == tracks_.end()) {
        ++undecodable_;  // its definition was lost
        continue;
      }
      return Record{track->second, prefix.step, prefix.wall_time, reader.ReadItem(prefix.kind)};
    } catch (const Error&) {
      ++undecodable_;
    }
  }
  return std::nullopt;
}

}  // namespace agon::record
