// SPDX-License-Identifier: Apache-2.0
#include "selfplay/learn/append_file.h"

#include <cstdint>
#include <cstring>

#include "runtime/base/error.h"
#include "runtime/base/hash.h"
#include "runtime/base/kill_point.h"

namespace agon::selfplay {
namespace {

constexpr std::size_t kFrame = 8;                              // length and checksum
constexpr std::uint32_t kMaxRecord = std::uint32_t{64} << 20;  // a game is far below it

std::uint32_t Word(ByteView bytes, std::size_t at) {
  std::uint32_t word = 0;
  std::memcpy(&word, bytes.data() + at, sizeof(word));
  return word;
}

}  // namespace

AppendFile::AppendFile(const Path& file)
    : file_(file), stream_(file, std::ios::binary | std::ios::app) {
  if (!stream_) Fail(ErrorKind::kIo, "{}: cannot be opened for writing", file.string());
}

void AppendFile::Append(ByteView record) {
  AGON_CHECK(record.size() <= kMaxRecord);
  const auto length = static_cast<std::uint32_t>(record.size());
  const std::uint32_t checksum = Crc32c(record);
  std::string out(kFrame + record.size(), '\0');
  std::memcpy(out.data(), &length, sizeof(length));
  std::memcpy(out.data() + sizeof(length), &checksum, sizeof(checksum));
  if (!record.empty()) std::memcpy(out.data() + kFrame, record.data(), record.size());
  KillPoint();
  stream_.write(out.data(), static_cast<std::streamsize>(out.size()));
  stream_.flush();
  if (!stream_) Fail(ErrorKind::kIo, "{}: cannot be written; is the disk full?", file_.string());
  KillPoint();
}

AppendFile::Contents AppendFile::Read(const Path& file, bool repair) {
  Contents contents;
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return contents;
  const Bytes bytes = ReadFileBytes(file);
  const ByteView all(bytes);
  std::size_t at = 0;
  while (all.size() - at >= kFrame) {
    const std::uint32_t length = Word(all, at);
    if (length > kMaxRecord || length > all.size() - at - kFrame) break;
    const ByteView record = all.subspan(at + kFrame, length);
    if (Crc32c(record) != Word(all, at + 4)) break;
    contents.records.emplace_back(record.begin(), record.end());
    at += kFrame + length;
  }
  contents.damaged = at < all.size();
  if (contents.damaged && repair) {
    std::filesystem::resize_file(file, at, error);
    if (error) Fail(ErrorKind::kIo, "{}: cannot be cut: {}", file.string(), error.message());
  }
  return contents;
}

}  // namespace agon::selfplay
