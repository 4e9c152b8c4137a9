// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/recording_index.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "runtime/base/error.h"
#include "runtime/base/hash.h"
#include "runtime/record/recording.h"
#include "runtime/record/recording_codec.h"
#include "runtime/record/recording_scan.h"

namespace agon::record {
namespace {

using codec::Kind;

constexpr std::size_t kChecksumBytes = 4;  // right before the payload

// Items follow the definition in the file's numbers, in the same order here.
ItemKind ToItemKind(Kind kind) {
  return static_cast<ItemKind>(static_cast<int>(kind) - static_cast<int>(Kind::kScalar));
}
static_assert(static_cast<int>(ItemKind::kTree) ==
              static_cast<int>(Kind::kTree) - static_cast<int>(Kind::kScalar));

std::uint32_t GetU32(ByteView bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value |= std::to_integer<std::uint32_t>(bytes[i]) << (8 * i);
  return value;
}

}  // namespace

RecordingIndexer::RecordingIndexer(const Path& file)
    : scanner_(std::make_unique<RecordScanner>(file)) {}
RecordingIndexer::~RecordingIndexer() = default;
RecordingIndexer::RecordingIndexer(RecordingIndexer&&) noexcept = default;
RecordingIndexer& RecordingIndexer::operator=(RecordingIndexer&&) noexcept = default;

std::int64_t RecordingIndexer::damaged() const { return scanner_->damaged() + undecodable_; }
std::uint64_t RecordingIndexer::end() const { return scanner_->end(); }

std::optional<IndexedRecord> RecordingIndexer::Next() {
  while (const std::optional<ByteView> payload = scanner_->Next()) {
    try {
      codec::PayloadReader reader(*payload);
      const codec::Prefix prefix = reader.ReadPrefix();
      if (!codec::IsKnown(prefix.kind)) continue;
      IndexedRecord record;
      record.track = prefix.track;
      if (prefix.kind == Kind::kTrack) {
        record.name = reader.ReadTrackName();
        return record;
      }
      record.kind = ToItemKind(prefix.kind);
      record.step = prefix.step;
      record.wall_time = prefix.wall_time;
      record.place = {scanner_->end() - payload->size(),
                      static_cast<std::uint32_t>(payload->size())};
      if (prefix.kind == Kind::kScalar) {
        record.value = std::get<Scalar>(reader.ReadItem(prefix.kind)).value;
      }
      return record;
    } catch (const Error&) {
      ++undecodable_;
    }
  }
  return std::nullopt;
}

ItemReader::ItemReader(const Path& file)
    : file_(file), descriptor_(open(file.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (descriptor_ < 0) {
    Fail(ErrorKind::kData, "{}: cannot read the recording: {}; name a file that exists",
         file.string(), std::generic_category().message(errno));
  }
}

ItemReader::~ItemReader() { close(descriptor_); }

std::optional<Bytes> ItemReader::Range(std::uint64_t offset, std::uint64_t count) const {
  const std::uint64_t there = size();  // before memory is taken for it
  if (count > there || offset > there - count) return std::nullopt;
  Bytes bytes(count);
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = pread(descriptor_, bytes.data() + done, bytes.size() - done,
                              static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return std::nullopt;
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

std::optional<std::uint32_t> ItemReader::Checksum(const ItemPlace& place) const {
  if (place.offset < kHeaderBytes) return std::nullopt;
  const std::optional<Bytes> bytes = Range(place.offset - kChecksumBytes, kChecksumBytes);
  return bytes ? std::optional(GetU32(*bytes)) : std::nullopt;
}

Item ItemReader::Read(const ItemPlace& place, std::int64_t step) const {
  std::optional<Bytes> bytes;
  if (place.offset >= kHeaderBytes && place.bytes > 0 && place.bytes <= kMaxRecordBytes) {
    bytes = Range(place.offset - kChecksumBytes, std::uint64_t{place.bytes} + kChecksumBytes);
  }
  if (bytes) {
    const ByteView payload = ByteView(*bytes).subspan(kChecksumBytes);
    if (Crc32c(payload) == GetU32(*bytes)) {
      codec::PayloadReader reader(payload);
      const codec::Prefix prefix = reader.ReadPrefix();
      if (prefix.step == step && prefix.kind != Kind::kTrack) return reader.ReadItem(prefix.kind);
    }
  }
  Fail(ErrorKind::kData, "{}: the item of step {} is not there any more; open the run again",
       file_.string(), step);
}

ItemReader::Identity ItemReader::Check() const {
  struct stat named {};
  struct stat opened {};
  if (stat(file_.c_str(), &named) != 0) return Identity::kGone;
  if (fstat(descriptor_, &opened) != 0) return Identity::kReplaced;
  return named.st_ino == opened.st_ino && named.st_dev == opened.st_dev ? Identity::kSame
                                                                        : Identity::kReplaced;
}

std::uint64_t ItemReader::size() const {
  struct stat status {};
  return fstat(descriptor_, &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

}  // namespace agon::record
