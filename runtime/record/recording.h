// SPDX-License-Identifier: Apache-2.0
// The recording of a run: one append-only file of tracks, which the viewer follows while the run
// writes it. Byte layout: docs/formats.md, "recording".
//
// Who needs this file: the Recorder (writer side), the viewer and reports (reader side). Commands
// use runtime/record/recorder.h.
#pragma once

#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "runtime/record/items.h"

namespace agon::record {

class RecordScanner;

inline constexpr std::uint32_t kRecordingVersion = 1;
inline constexpr std::size_t kMaxRecordBytes = std::size_t{256} << 20;

// Thread safety: one thread.
class RecordingWriter {
 public:
  // Appends to FILE; a damaged tail left by a kill is cut off first. Error(kIo); Error(kData) when
  // FILE is no recording or of a newer version (it is then left as it was).
  explicit RecordingWriter(const Path& file);
  // Error(kIo) when the disk is full; the file stays valid up to the last whole record.
  // Error(kData) when the name or the item is beyond the limits of the format, Error(kInternal)
  // when the item contradicts itself; the file is then as before. `png` is the encoded picture of
  // an image or frame where the caller has it already.
  void Append(std::string_view track, std::int64_t step, double wall_time, const Item& item,
              ByteView png = {});
  // Hands everything to the operating system: it then survives the death of this process.
  void Flush();

 private:
  void Open();
  std::uint32_t TrackId(std::string_view track);
  Path file_;
  std::ofstream stream_;
  std::uint64_t end_ = 0;  // of what is surely in the file
  std::string pending_;    // whole records, not yet handed to the system
  std::map<std::string, std::uint32_t, std::less<>> tracks_;
  std::uint32_t next_track_ = 0;
  std::uint32_t first_pending_track_ = 0;
};

struct Record {
  std::string track;
  std::int64_t step = 0;
  double wall_time = 0;
  Item item;
};

// Reads a recording, also one that still grows: Next() returns nothing at the end of what is whole
// so far, and may return more later. Damage in the middle is skipped and counted.
// Error(kData) when the file is no recording or of a newer version. Thread safety: one thread.
class RecordingReader {
 public:
  explicit RecordingReader(const Path& file);
  ~RecordingReader();
  RecordingReader(RecordingReader&&) noexcept;
  RecordingReader& operator=(RecordingReader&&) noexcept;
  [[nodiscard]] std::optional<Record> Next();
  // Stretches and records that could not be read.
  [[nodiscard]] std::int64_t damaged() const;

 private:
  std::unique_ptr<RecordScanner> scanner_;
  std::unordered_map<std::uint32_t, std::string> tracks_;
  std::int64_t undecodable_ = 0;
};

}  // namespace agon::record
