// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/recording_scan.h"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "runtime/base/error.h"
#include "runtime/base/hash.h"
#include "runtime/record/recording.h"
#include "runtime/record/recording_codec.h"

namespace agon::record {
namespace {

constexpr std::string_view kMagic = "AGONREC\n";
constexpr std::byte kMarker{0xA7};
constexpr std::byte kCheckSeed{0x5A};
constexpr std::size_t kMaxLengthBytes = 5;
constexpr std::size_t kMaxFrameBytes = 2 + kMaxLengthBytes + 4;
constexpr std::size_t kChunkBytes = std::size_t{256} << 10;
// A file made to waste time is full of starts of records; the search gives up after about a second.
constexpr std::uint64_t kSearchBudget = std::uint64_t{1} << 30;

void PutU32(std::string& out, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>(value >> shift));
}

std::uint32_t GetU32(ByteView bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value |= std::to_integer<std::uint32_t>(bytes[i]) << (8 * i);
  return value;
}

}  // namespace

std::string RecordingHeader() {
  std::string header(kMagic);
  PutU32(header, kRecordingVersion);
  PutU32(header, Crc32c(AsBytes(header)));
  return header;
}

std::string FrameRecord(std::string_view payload) {
  std::string length;
  std::size_t rest = payload.size();
  for (; rest >= 0x80; rest >>= 7) length.push_back(static_cast<char>(rest | 0x80));
  length.push_back(static_cast<char>(rest));

  std::byte check = kCheckSeed;
  for (const std::byte byte : AsBytes(length)) check ^= byte;

  std::string record;
  record.reserve(kMaxFrameBytes + payload.size());
  record.push_back(static_cast<char>(kMarker));
  record.push_back(static_cast<char>(check));
  record.append(length);
  PutU32(record, Crc32c(AsBytes(payload)));
  record.append(payload);
  return record;
}

RecordScanner::RecordScanner(const Path& file) : file_(file), search_budget_(kSearchBudget) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) {
    Fail(ErrorKind::kData, "{}: is a folder, not a recording; name the file 'recording' in a run",
         file.string());
  }
  stream_.open(file, std::ios::binary);
  if (!stream_) {
    Fail(ErrorKind::kData, "{}: cannot read the recording: {}; name a file that exists",
         file.string(), std::generic_category().message(errno));
  }
  file_size_ = FileSize();
  (void)ReadHeader();
}

std::uint64_t RecordScanner::FileSize() const {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(file_, error);
  return error ? 0 : size;
}

bool RecordScanner::ReadHeader() {
  if (end_ >= kHeaderBytes) return true;
  const ByteView header = View(0, kHeaderBytes);
  const ByteView magic = AsBytes(kMagic).first(std::min(header.size(), kMagic.size()));
  if (!std::equal(magic.begin(), magic.end(), header.begin())) {
    Fail(ErrorKind::kData, "{}: is no recording of Agon (it does not start with AGONREC)",
         file_.string());
  }
  if (header.size() < kHeaderBytes) {
    buffer_.clear();  // the rest may come
    return false;
  }
  const std::uint32_t version = GetU32(header.subspan(8));
  if (Crc32c(header.first(12)) != GetU32(header.subspan(12))) {
    Fail(ErrorKind::kData, "{}: the header of the recording is damaged; record again",
         file_.string());
  }
  if (version > kRecordingVersion) {
    Fail(ErrorKind::kData, "{}: recording of version {}, this program reads up to {}; update Agon",
         file_.string(), version, kRecordingVersion);
  }
  offset_ = end_ = kHeaderBytes;
  return true;
}

ByteView RecordScanner::View(std::uint64_t offset, std::size_t count) {
  if (offset >= file_size_) return {};
  count = static_cast<std::size_t>(std::min<std::uint64_t>(count, file_size_ - offset));
  const bool buffered = offset >= buffer_start_ && offset + count <= buffer_start_ + buffer_.size();
  if (!buffered) {
    const auto wanted = static_cast<std::size_t>(
        std::min<std::uint64_t>(std::max(count, kChunkBytes), file_size_ - offset));
    buffer_.resize(wanted);
    buffer_start_ = offset;
    stream_.clear();
    stream_.seekg(static_cast<std::streamoff>(offset));
    stream_.read(reinterpret_cast<char*>(buffer_.data()), static_cast<std::streamsize>(wanted));
    buffer_.resize(static_cast<std::size_t>(std::max<std::streamsize>(stream_.gcount(), 0)));
  }
  const auto at = static_cast<std::size_t>(offset - buffer_start_);
  return ByteView(buffer_).subspan(at, std::min(count, buffer_.size() - at));
}

RecordScanner::Probed RecordScanner::Probe(std::uint64_t offset) {
  const ByteView frame = View(offset, kMaxFrameBytes);
  if (frame.empty()) return {State::kCut, 0, {}};
  if (frame[0] != kMarker) return {State::kBad, 0, {}};
  if (frame.size() < 3) return {State::kCut, 0, {}};

  std::uint64_t length = 0;
  std::byte check = kCheckSeed;
  std::size_t at = 2;
  for (int shift = 0;; shift += 7) {
    if (at == 2 + kMaxLengthBytes) return {State::kBad, 0, {}};
    if (at == frame.size()) return {State::kCut, 0, {}};
    const std::byte byte = frame[at++];
    check ^= byte;
    length |= (std::to_integer<std::uint64_t>(byte) & 0x7F) << shift;
    if ((byte & std::byte{0x80}) == std::byte{0}) break;
  }
  if (check != frame[1] || length == 0 || length > kMaxRecordBytes) return {State::kBad, 0, {}};
  if (frame.size() < at + 4) return {State::kCut, 0, {}};
  const std::uint32_t crc = GetU32(frame.subspan(at));
  at += 4;
  const std::uint64_t bytes = at + length;
  if (bytes > file_size_ - offset) return {State::kCut, bytes, {}};

  const ByteView record = View(offset, static_cast<std::size_t>(bytes));
  if (record.size() < bytes) return {State::kCut, bytes, {}};  // the file shrank meanwhile
  const ByteView payload = record.subspan(at);
  if (Crc32c(payload) != crc) return {State::kBad, bytes, {}};
  return {State::kWhole, bytes, payload};
}

std::optional<std::uint64_t> RecordScanner::Search() {
  std::uint64_t position = std::max(offset_ + 1, searched_to_);
  std::optional<std::uint64_t> first_cut;  // may become whole when the file grows
  while (position < file_size_) {
    const ByteView chunk = View(position, kChunkBytes);
    if (chunk.empty()) break;
    const auto marker = std::find(chunk.begin(), chunk.end(), kMarker);
    position += static_cast<std::uint64_t>(marker - chunk.begin());
    if (marker == chunk.end()) continue;
    const Probed probed = Probe(position);
    if (probed.state == State::kWhole) return position;
    if (probed.state == State::kCut && !first_cut) first_cut = position;
    if (probed.bytes > search_budget_) {
      search_budget_ = 0;
      break;
    }
    search_budget_ -= probed.bytes;
    ++position;
  }
  searched_to_ = first_cut.value_or(position);
  return std::nullopt;
}

std::optional<ByteView> RecordScanner::Next() {
  // Within what was known of the file the system need not be asked again for every record.
  Probed probed;
  if (end_ >= kHeaderBytes && offset_ < file_size_) probed = Probe(offset_);
  if (probed.state != State::kWhole) {
    const std::uint64_t size = FileSize();
    if (size < file_size_) buffer_.clear();  // a writer cut the tail: what is buffered may be gone
    file_size_ = size;
    if (!ReadHeader()) return std::nullopt;
    probed = Probe(offset_);
  }
  if (probed.state != State::kWhole) {
    // A record that is only cut is the last one of a growing file, unless a whole one follows: then
    // its length is wrong.
    if (search_budget_ == 0) return std::nullopt;
    const std::optional<std::uint64_t> found = Search();
    if ((found || probed.state == State::kBad) && !counted_) {
      ++damaged_;
      counted_ = true;
    }
    if (!found) {
      buffer_.clear();  // the next call must see what was written meanwhile
      return std::nullopt;
    }
    offset_ = *found;
    probed = Probe(offset_);
    if (probed.state != State::kWhole) return std::nullopt;  // cut meanwhile
  }
  counted_ = false;
  searched_to_ = 0;
  offset_ += probed.bytes;
  end_ = offset_;
  return probed.payload;
}

}  // namespace agon::record
