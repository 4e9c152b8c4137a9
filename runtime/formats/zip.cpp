// SPDX-License-Identifier: Apache-2.0
#include "runtime/formats/zip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <unordered_set>

#include "runtime/base/error.h"
#include "runtime/base/hash.h"
#include "runtime/formats/byte_order.h"

namespace agon::formats {
namespace {

// PKWARE APPNOTE 6.3.10: section 4.3.7 (local header), 4.3.12 (central directory), 4.3.14 to 4.3.16
// (ends).
constexpr std::uint32_t kLocalMagic = 0x04034b50;
constexpr std::uint32_t kCentralMagic = 0x02014b50;
constexpr std::uint32_t kEndMagic = 0x06054b50;
constexpr std::uint32_t kEnd64Magic = 0x06064b50;
constexpr std::uint32_t kLocator64Magic = 0x07064b50;
constexpr std::size_t kLocalSize = 30;
constexpr std::size_t kCentralSize = 46;
constexpr std::size_t kEndSize = 22;
constexpr std::size_t kEnd64Size = 56;
constexpr std::size_t kLocator64Size = 20;
constexpr std::size_t kMaxComment = 65'535;
constexpr std::uint16_t kZip64Extra = 0x0001;
constexpr std::uint16_t kEncrypted = 0x0001;
constexpr std::uint32_t kSeeZip64 = 0xffffffffU;
constexpr std::uint16_t kStored = 0;
constexpr std::uint16_t kDeflated = 8;
constexpr std::size_t kMaxName = 4096;

struct Directory {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint64_t count = 0;
};

// The end record is the last one whose comment reaches exactly to the end of the file.
std::size_t FindEnd(ByteView bytes, std::string_view name) {
  if (bytes.size() >= kEndSize) {
    const std::size_t last = bytes.size() - kEndSize;
    const std::size_t first = last > kMaxComment ? last - kMaxComment : 0;
    for (std::size_t at = last + 1; at-- > first;) {
      if (LoadLe<std::uint32_t>(bytes, at) == kEndMagic &&
          LoadLe<std::uint16_t>(bytes, at + 20) == bytes.size() - at - kEndSize) {
        return at;
      }
    }
  }
  Fail(ErrorKind::kData, "{}: no zip directory at the end; the file is cut short or no zip", name);
}

Directory ReadEnd(ByteView bytes, std::string_view name) {
  const std::size_t end = FindEnd(bytes, name);
  Directory directory{.offset = LoadLe<std::uint32_t>(bytes, end + 16),
                      .size = LoadLe<std::uint32_t>(bytes, end + 12),
                      .count = LoadLe<std::uint16_t>(bytes, end + 10)};
  if (LoadLe<std::uint16_t>(bytes, end + 4) != 0 || LoadLe<std::uint16_t>(bytes, end + 6) != 0) {
    Fail(ErrorKind::kData, "{}: zip archives of several volumes are not supported", name);
  }
  std::uint64_t limit = end;
  if (end >= kLocator64Size &&
      LoadLe<std::uint32_t>(bytes, end - kLocator64Size) == kLocator64Magic) {
    const auto at = LoadLe<std::uint64_t>(bytes, end - kLocator64Size + 8);
    const std::uint64_t room = end - kLocator64Size;
    if (room < kEnd64Size || at > room - kEnd64Size ||
        LoadLe<std::uint32_t>(bytes, static_cast<std::size_t>(at)) != kEnd64Magic) {
      Fail(ErrorKind::kData, "{}: damaged zip64 directory", name);
    }
    const auto record = static_cast<std::size_t>(at);
    directory = {.offset = LoadLe<std::uint64_t>(bytes, record + 48),
                 .size = LoadLe<std::uint64_t>(bytes, record + 40),
                 .count = LoadLe<std::uint64_t>(bytes, record + 32)};
    limit = at;
  }
  if (directory.count > kMaxZipMembers) {
    Fail(ErrorKind::kData, "{}: zip archive with {} members, at most {} are read", name,
         directory.count, kMaxZipMembers);
  }
  if (directory.offset > limit || directory.size > limit - directory.offset ||
      directory.count > directory.size / kCentralSize) {
    Fail(ErrorKind::kData, "{}: the zip directory lies outside the file", name);
  }
  return directory;
}

// Sizes that do not fit 32 bits stand in an extra field, in this order, each only when needed.
void ApplyZip64(ByteView extra, ZipMember& member, std::string_view name) {
  std::size_t at = 0;
  while (extra.size() - at >= 4) {
    const auto id = LoadLe<std::uint16_t>(extra, at);
    const std::size_t size = LoadLe<std::uint16_t>(extra, at + 2);
    at += 4;
    if (size > extra.size() - at) {
      break;  // Padding of other writers; sizes that are still missing are found below.
    }
    if (id == kZip64Extra) {
      ByteView field = extra.subspan(at, size);
      for (std::uint64_t* value : {&member.size, &member.compressed_size, &member.header_offset}) {
        if (*value != kSeeZip64) {
          continue;
        }
        if (field.size() < 8) {
          Fail(ErrorKind::kData, "{}: damaged zip64 field of member \"{}\"", name, member.name);
        }
        *value = LoadLe<std::uint64_t>(field, 0);
        field = field.subspan(8);
      }
      return;
    }
    at += size;
  }
}

ByteView StoredBytes(ByteView archive, const ZipMember& member, std::string_view name) {
  const auto damaged = [&](std::string_view what) {
    Fail(ErrorKind::kData, "{}: zip member \"{}\": {}", name, member.name, what);
  };
  if (archive.size() < kLocalSize || member.header_offset > archive.size() - kLocalSize) {
    damaged("its header lies outside the file");
  }
  const auto header = static_cast<std::size_t>(member.header_offset);
  if (LoadLe<std::uint32_t>(archive, header) != kLocalMagic) {
    damaged("no local header where the directory says");
  }
  const std::size_t skip = kLocalSize + LoadLe<std::uint16_t>(archive, header + 26) +
                           LoadLe<std::uint16_t>(archive, header + 28);
  const std::size_t left = archive.size() - header;
  if (skip > left || member.compressed_size > left - skip) {
    damaged("its data reaches beyond the end of the file");
  }
  return archive.subspan(header + skip, static_cast<std::size_t>(member.compressed_size));
}

// Ends zlib's stream whatever happens.
class InflateStream {
 public:
  InflateStream(int window_bits, std::string_view name) {
    if (inflateInit2(&stream_, window_bits) != Z_OK) {
      Fail(ErrorKind::kInternal, "{}: zlib cannot start", name);
    }
  }
  InflateStream(const InflateStream&) = delete;
  InflateStream& operator=(const InflateStream&) = delete;
  ~InflateStream() { inflateEnd(&stream_); }
  z_stream* operator->() { return &stream_; }
  z_stream* get() { return &stream_; }

 private:
  z_stream stream_{};
};

// An extra field that carries what follows `at` to a multiple of `alignment`; nothing when it is
// there already.
Bytes Filler(std::size_t at, std::size_t alignment) {
  constexpr std::size_t kHead = 4;
  std::size_t gap = (alignment - at % alignment) % alignment;
  if (gap == 0) return {};
  while (gap < kHead) gap += alignment;
  Bytes field;
  AppendLe<std::uint16_t>(field, 0x4246);  // "FB"
  AppendLe<std::uint16_t>(field, static_cast<std::uint16_t>(gap - kHead));
  field.resize(gap, std::byte{'Z'});
  return field;
}

}  // namespace

ZipReader::ZipReader(ByteView bytes, std::string name) : bytes_(bytes), name_(std::move(name)) {
  const Directory directory = ReadEnd(bytes_, name_);
  ByteView left = bytes_.subspan(static_cast<std::size_t>(directory.offset),
                                 static_cast<std::size_t>(directory.size));
  members_.reserve(static_cast<std::size_t>(directory.count));
  std::unordered_set<std::string> seen;
  for (std::uint64_t index = 0; index < directory.count; ++index) {
    if (left.size() < kCentralSize || LoadLe<std::uint32_t>(left, 0) != kCentralMagic) {
      Fail(ErrorKind::kData, "{}: damaged zip directory at member {}", name_, index);
    }
    const std::size_t name_size = LoadLe<std::uint16_t>(left, 28);
    const std::size_t extra_size = LoadLe<std::uint16_t>(left, 30);
    const std::size_t comment_size = LoadLe<std::uint16_t>(left, 32);
    const std::size_t size = kCentralSize + name_size + extra_size + comment_size;
    if (size > left.size() || name_size > kMaxName) {
      Fail(ErrorKind::kData, "{}: damaged zip directory at member {}", name_, index);
    }
    ZipMember member{.name = std::string(AsText(left.subspan(kCentralSize, name_size))),
                     .compressed_size = LoadLe<std::uint32_t>(left, 20),
                     .size = LoadLe<std::uint32_t>(left, 24),
                     .header_offset = LoadLe<std::uint32_t>(left, 42),
                     .crc = LoadLe<std::uint32_t>(left, 16),
                     .method = LoadLe<std::uint16_t>(left, 10)};
    ApplyZip64(left.subspan(kCentralSize + name_size, extra_size), member, name_);
    if ((LoadLe<std::uint16_t>(left, 8) & kEncrypted) != 0) {
      Fail(ErrorKind::kData, "{}: zip member \"{}\" is encrypted", name_, member.name);
    }
    if (!seen.insert(member.name).second) {
      Fail(ErrorKind::kData, "{}: two zip members are named \"{}\"", name_, member.name);
    }
    members_.push_back(std::move(member));
    left = left.subspan(size);
  }
}

const ZipMember* ZipReader::Find(std::string_view name) const {
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [&](const ZipMember& member) { return member.name == name; });
  return found == members_.end() ? nullptr : &*found;
}

Bytes ZipReader::Read(const ZipMember& member) const {
  const std::string what = fmt::format("{}: zip member \"{}\"", name_, member.name);
  const ByteView stored = StoredBytes(bytes_, member, name_);
  Bytes data;
  if (member.method == kStored) {
    if (member.size != member.compressed_size) {
      Fail(ErrorKind::kData, "{}: a stored member with two different sizes", what);
    }
    data.assign(stored.begin(), stored.end());
  } else if (member.method == kDeflated) {
    if (member.size > kMaxInflatedBytes) {
      Fail(ErrorKind::kData, "{}: {} bytes unpacked, at most {} are read", what, member.size,
           kMaxInflatedBytes);
    }
    data = Inflate(stored, Wrapping::kRaw, static_cast<std::size_t>(member.size), what);
    if (data.size() != member.size) {
      Fail(ErrorKind::kData, "{}: {} bytes unpacked where {} are announced", what, data.size(),
           member.size);
    }
  } else {
    Fail(ErrorKind::kData, "{}: compression method {} is not supported (stored and deflated are)",
         what, member.method);
  }
  if (Crc32(data) != member.crc) {
    Fail(ErrorKind::kData, "{}: wrong checksum, the file is damaged", what);
  }
  return data;
}

bool LooksLikeZip(ByteView bytes) {
  return bytes.size() >= 4 && (LoadLe<std::uint32_t>(bytes, 0) == kLocalMagic ||
                               LoadLe<std::uint32_t>(bytes, 0) == kEndMagic);
}

Bytes WriteZip(const std::vector<std::pair<std::string, Bytes>>& members, std::size_t alignment) {
  if (members.size() >= kMaxZipMembers) {
    Fail(ErrorKind::kIo, "a zip archive takes fewer than {} members, {} were given", kMaxZipMembers,
         members.size());
  }
  Bytes out;
  Bytes central;
  const auto checked = [](std::uint64_t value) {
    // Zip64 is read but not written: what we write this way are small arrays.
    if (value >= kSeeZip64) {
      Fail(ErrorKind::kIo, "a zip archive of 4 GiB or more is not written; use safetensors");
    }
    return static_cast<std::uint32_t>(value);
  };
  for (const auto& [name, data] : members) {
    if (name.empty() || name.size() > kMaxName) {
      Fail(ErrorKind::kIo, "zip member name of {} bytes", name.size());
    }
    const std::uint32_t offset = checked(out.size());
    const std::uint32_t size = checked(data.size());
    Bytes common;  // what both headers share, from "version needed" to "name length"
    AppendLe<std::uint16_t>(common, 20);
    AppendLe<std::uint16_t>(common, 0x0800);  // names are UTF-8
    AppendLe<std::uint16_t>(common, kStored);
    AppendLe<std::uint16_t>(common, 0);
    AppendLe<std::uint16_t>(common, 0x0021);  // 1 January 1980: equal arrays give equal files
    AppendLe<std::uint32_t>(common, Crc32(data));
    AppendLe<std::uint32_t>(common, size);
    AppendLe<std::uint32_t>(common, size);
    AppendLe<std::uint16_t>(common, static_cast<std::uint16_t>(name.size()));

    const Bytes filler = Filler(out.size() + kLocalSize + name.size(), alignment);
    AppendLe<std::uint32_t>(out, kLocalMagic);
    Append(out, common);
    AppendLe<std::uint16_t>(out, static_cast<std::uint16_t>(filler.size()));
    Append(out, AsBytes(name));
    Append(out, filler);
    Append(out, data);

    AppendLe<std::uint32_t>(central, kCentralMagic);
    AppendLe<std::uint16_t>(central, 20);  // version made by
    Append(central, common);
    AppendLe<std::uint16_t>(central, 0);  // extra field
    AppendLe<std::uint16_t>(central, 0);  // comment
    AppendLe<std::uint16_t>(central, 0);  // volume
    AppendLe<std::uint16_t>(central, 0);  // internal attributes
    AppendLe<std::uint32_t>(central, 0);  // external attributes
    AppendLe<std::uint32_t>(central, offset);
    Append(central, AsBytes(name));
  }
  const std::uint32_t directory = checked(out.size());
  const std::uint32_t directory_size = checked(central.size());
  const auto count = static_cast<std::uint16_t>(members.size());
  Append(out, central);
  AppendLe<std::uint32_t>(out, kEndMagic);
  AppendLe<std::uint32_t>(out, 0);  // volumes
  AppendLe<std::uint16_t>(out, count);
  AppendLe<std::uint16_t>(out, count);
  AppendLe<std::uint32_t>(out, directory_size);
  AppendLe<std::uint32_t>(out, directory);
  AppendLe<std::uint16_t>(out, 0);
  return out;
}

Bytes Inflate(ByteView bytes, Wrapping wrapping, std::size_t limit, std::string_view name) {
  constexpr int kWindow = 15;
  const int bits = wrapping == Wrapping::kRaw    ? -kWindow
                   : wrapping == Wrapping::kZlib ? kWindow
                                                 : kWindow + 16;
  InflateStream stream(bits, name);
  Bytes out;
  std::size_t filled = 0;
  std::size_t consumed = 0;
  // Grows with what was really unpacked, so that an announced size alone costs no memory.
  while (true) {
    if (stream->avail_in == 0) {
      const std::size_t take =
          std::min<std::size_t>(bytes.size() - consumed, std::numeric_limits<uInt>::max());
      stream->next_in =
          reinterpret_cast<z_const Bytef*>(const_cast<std::byte*>(bytes.data() + consumed));
      stream->avail_in = static_cast<uInt>(take);
      consumed += take;
    }
    if (filled == out.size()) {
      // One byte above the limit tells "too large" from "exactly full".
      const std::size_t more = std::clamp<std::size_t>(out.size(), 64 << 10, 64 << 20);
      out.resize(std::min(out.size() + more, limit + 1));
    }
    const std::size_t room =
        std::min<std::size_t>(out.size() - filled, std::numeric_limits<uInt>::max());
    stream->next_out = reinterpret_cast<Bytef*>(out.data() + filled);
    stream->avail_out = static_cast<uInt>(room);
    const int status = inflate(stream.get(), Z_NO_FLUSH);
    filled += room - stream->avail_out;
    if (filled > limit) {
      Fail(ErrorKind::kData, "{}: unpacks to more than {} bytes", name, limit);
    }
    if (status == Z_STREAM_END) {
      const std::size_t unread = stream->avail_in + (bytes.size() - consumed);
      if (wrapping == Wrapping::kGzip && unread != 0) {
        // A gzip file may be several streams one after the other (RFC 1952, section 2.2).
        if (inflateReset(stream.get()) != Z_OK) {
          Fail(ErrorKind::kInternal, "{}: zlib cannot start again", name);
        }
        continue;
      }
      break;
    }
    const bool starved = stream->avail_in == 0 && consumed == bytes.size();
    if ((status != Z_OK && status != Z_BUF_ERROR) || (starved && stream->avail_out != 0)) {
      Fail(ErrorKind::kData, "{}: damaged or cut compressed data", name);
    }
  }
  out.resize(filled);
  return out;
}

}  // namespace agon::formats
