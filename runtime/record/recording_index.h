// SPDX-License-Identifier: Apache-2.0
// A recording without its contents: which item stands where. Pictures, boards and trees are read
// and decoded one by one, when somebody looks at them.
//
// Who needs this file: the viewer, which follows runs of any length in bounded memory. To read all
// items from front to back use RecordingReader (recording.h).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "runtime/base/files.h"
#include "runtime/record/items.h"

namespace agon::record {

class RecordScanner;

enum class ItemKind : std::uint8_t { kScalar, kText, kImage, kFrame, kBoard, kTree };

// Where the payload of a record stands in the file.
struct ItemPlace {
  std::uint64_t offset = 0;
  std::uint32_t bytes = 0;
};

struct IndexedRecord {
  std::uint32_t track = 0;       // its number in the file
  std::optional<ItemKind> kind;  // nothing: this record defines the track
  std::string name;              // of the track, where this record defines it
  std::int64_t step = 0;
  double wall_time = 0;
  ItemPlace place;
  double value = 0;  // of a scalar
};

// Goes through a recording, also one that still grows: Next() returns nothing at the end of what is
// whole so far, and may return more later. Damage is skipped and counted, kinds of later versions
// are left out. Thread safety: one thread.
class RecordingIndexer {
 public:
  // Error(kData) when FILE cannot be read, is no recording or of a newer version; Next as well,
  // when the header was not written yet.
  explicit RecordingIndexer(const Path& file);
  ~RecordingIndexer();
  RecordingIndexer(RecordingIndexer&&) noexcept;
  RecordingIndexer& operator=(RecordingIndexer&&) noexcept;
  [[nodiscard]] std::optional<IndexedRecord> Next();
  [[nodiscard]] std::int64_t damaged() const;
  // Offset behind the last whole record.
  [[nodiscard]] std::uint64_t end() const;

 private:
  std::unique_ptr<RecordScanner> scanner_;
  std::int64_t undecodable_ = 0;
};

// Reads single items. The file stays open, so that a run can be looked at after its folder was
// deleted. Thread safety: all members.
class ItemReader {
 public:
  explicit ItemReader(const Path& file);  // Error(kData)
  ~ItemReader();
  ItemReader(const ItemReader&) = delete;
  ItemReader& operator=(const ItemReader&) = delete;

  // Error(kData) when no record with this step stands there (any more), or when it is damaged.
  [[nodiscard]] Item Read(const ItemPlace& place, std::int64_t step) const;
  // The checksum before it, to see whether what stood there still does; nothing behind the end.
  [[nodiscard]] std::optional<std::uint32_t> Checksum(const ItemPlace& place) const;
  // Whether FILE is still the same file, and not another one of its name or none.
  enum class Identity { kSame, kReplaced, kGone };
  [[nodiscard]] Identity Check() const;
  [[nodiscard]] std::uint64_t size() const;  // of the file, bytes

 private:
  // `count` bytes from `offset`; nothing when they are not all there.
  [[nodiscard]] std::optional<Bytes> Range(std::uint64_t offset, std::uint64_t count) const;
  Path file_;
  int descriptor_ = -1;
};

}  // namespace agon::record
