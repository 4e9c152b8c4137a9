// SPDX-License-Identifier: Apache-2.0
// Finds the whole records of a recording's file, also behind damage and while it grows.
//
// Who needs this file: recording.cpp (the reader, and the writer when it reopens a file).
// Thread safety: one thread.
#pragma once

#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/files.h"

namespace agon::record {

// The first bytes of every file: magic 8, version u32, CRC-32C of these twelve.
inline constexpr std::size_t kHeaderBytes = 16;
[[nodiscard]] std::string RecordingHeader();

// Marker, check byte, length, CRC-32C and payload as they stand in the file.
[[nodiscard]] std::string FrameRecord(std::string_view payload);

class RecordScanner {
 public:
  // Error(kData) when FILE cannot be read, is no recording or of a newer version. A header that is
  // still being written is waited for.
  explicit RecordScanner(const Path& file);

  // The payload of the next whole record, valid until the next call; nothing at the end of what is
  // whole so far. Error(kData) as above, once the header is there.
  [[nodiscard]] std::optional<ByteView> Next();
  // Places where records were skipped or a tail is no start of a record.
  [[nodiscard]] std::int64_t damaged() const { return damaged_; }
  // Offset behind the last whole record; 0 as long as the header is not whole.
  [[nodiscard]] std::uint64_t end() const { return end_; }

 private:
  enum class State { kWhole, kCut, kBad };
  struct Probed {
    State state = State::kBad;
    std::uint64_t bytes = 0;  // of the record, with its frame
    ByteView payload;
  };

  [[nodiscard]] std::uint64_t FileSize() const;
  [[nodiscard]] bool ReadHeader();
  // Up to `count` bytes from `offset`, fewer at the end of the file.
  [[nodiscard]] ByteView View(std::uint64_t offset, std::size_t count);
  [[nodiscard]] Probed Probe(std::uint64_t offset);
  // Looks for a whole record behind `offset_`.
  [[nodiscard]] std::optional<std::uint64_t> Search();

  Path file_;
  std::ifstream stream_;
  Bytes buffer_;
  std::uint64_t buffer_start_ = 0;
  std::uint64_t file_size_ = 0;  // when last asked
  std::uint64_t offset_ = 0;
  std::uint64_t end_ = 0;
  std::uint64_t searched_to_ = 0;  // no whole record starts between offset_ and here
  std::uint64_t search_budget_;    // bytes that may still be hashed in searches
  std::int64_t damaged_ = 0;
  bool counted_ = false;  // the damage at offset_
};

}  // namespace agon::record
