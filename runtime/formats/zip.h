// SPDX-License-Identifier: Apache-2.0
// Zip archives: the central directory is read, members are stored or deflated, zip64 included.
// Limits on the count of members and on the inflated size guard against bombs; CRC-32 is checked.
#pragma once

#include <string>
#include <vector>

#include "runtime/base/files.h"

namespace agon::formats {

inline constexpr std::size_t kMaxZipMembers = 65'536;
inline constexpr std::size_t kMaxInflatedBytes = std::size_t{4} << 30;

struct ZipMember {
  std::string name;
  std::uint64_t compressed_size = 0;
  std::uint64_t size = 0;
  std::uint64_t header_offset = 0;
  std::uint32_t crc = 0;
  std::uint16_t method = 0;  // 0 stored, 8 deflated
};

class ZipReader {
 public:
  // Keeps the view: `bytes` must outlive the reader. Error(kData).
  ZipReader(ByteView bytes, std::string name);
  [[nodiscard]] const std::vector<ZipMember>& members() const { return members_; }
  [[nodiscard]] const ZipMember* Find(std::string_view name) const;
  [[nodiscard]] Bytes Read(const ZipMember& member) const;

 private:
  ByteView bytes_;
  std::string name_;
  std::vector<ZipMember> members_;
};

[[nodiscard]] bool LooksLikeZip(ByteView bytes);
// An archive of stored members. With an `alignment` the data of each begins at a multiple of it (an
// extra field "FB" of its header fills the gap, as PyTorch's files have it).
[[nodiscard]] Bytes WriteZip(const std::vector<std::pair<std::string, Bytes>>& members,
                             std::size_t alignment = 1);
// zlib inflate of a raw, zlib or gzip stream. Error(kData) naming `name` when damaged or > limit.
enum class Wrapping { kRaw, kZlib, kGzip };
[[nodiscard]] Bytes Inflate(ByteView bytes, Wrapping wrapping, std::size_t limit,
                            std::string_view name);

}  // namespace agon::formats
