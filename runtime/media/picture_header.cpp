// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/picture_header.h"

#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>

namespace agon::media {
namespace {

// Bounds-checked numbers; -1 beyond the end.
class Numbers {
 public:
  explicit Numbers(ByteView bytes) : bytes_(bytes) {}
  [[nodiscard]] std::int64_t Big(std::size_t at, std::size_t count) const {
    if (!Holds(at, count)) return -1;
    std::int64_t value = 0;
    for (std::size_t i = 0; i < count; ++i) value = value << 8 | Byte(at + i);
    return value;
  }
  [[nodiscard]] std::int64_t Little(std::size_t at, std::size_t count) const {
    if (!Holds(at, count)) return -1;
    std::int64_t value = 0;
    for (std::size_t i = count; i-- > 0;) value = value << 8 | Byte(at + i);
    return value;
  }
  [[nodiscard]] bool StartsWith(std::string_view text, std::size_t at = 0) const {
    return Holds(at, text.size()) &&
           std::ranges::equal(bytes_.subspan(at, text.size()), AsBytes(text));
  }

 private:
  [[nodiscard]] bool Holds(std::size_t at, std::size_t count) const {
    return at <= bytes_.size() && count <= bytes_.size() - at;
  }
  [[nodiscard]] std::int64_t Byte(std::size_t at) const {
    return std::to_integer<std::int64_t>(bytes_[at]);
  }
  ByteView bytes_;
};

// ITU-T T.81: segments of marker, length, content; SOFn has height and width, SOS starts the data.
std::optional<PictureHeader> ReadJpeg(ByteView bytes) {
  const Numbers numbers(bytes);
  PictureHeader header{.format = PictureFormat::kJpeg};
  std::size_t at = 2;
  while (numbers.Big(at, 1) == 0xFF) {
    const std::int64_t marker = numbers.Big(at + 1, 1);
    if (marker == 0xFF) {  // padding
      ++at;
      continue;
    }
    const std::int64_t length = numbers.Big(at + 2, 2);
    if (marker < 0 || length < 2) return std::nullopt;
    const bool frame =
        marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (frame) {
      header.height = numbers.Big(at + 5, 2);
      header.width = numbers.Big(at + 7, 2);
    }
    at += 2 + static_cast<std::size_t>(length);
    if (marker == 0xDA) {
      // In the data every other 0xFF is followed by 0 or a restart marker.
      constexpr std::byte kEnd[] = {std::byte{0xFF}, std::byte{0xD9}};
      const ByteView data = bytes.subspan(std::min(at, bytes.size()));
      header.complete =
          std::search(data.begin(), data.end(), std::begin(kEnd), std::end(kEnd)) != data.end();
      return header;
    }
  }
  return std::nullopt;
}

std::optional<PictureHeader> ReadWebp(const Numbers& numbers) {
  PictureHeader header{.format = PictureFormat::kWebp};
  if (numbers.StartsWith("VP8 ", 12)) {
    header.width = numbers.Little(26, 2) & 0x3FFF;
    header.height = numbers.Little(28, 2) & 0x3FFF;
  } else if (numbers.StartsWith("VP8L", 12)) {
    const std::int64_t packed = numbers.Little(21, 4);
    header.width = (packed & 0x3FFF) + 1;
    header.height = (packed >> 14 & 0x3FFF) + 1;
  } else if (numbers.StartsWith("VP8X", 12)) {
    header.width = numbers.Little(24, 3) + 1;
    header.height = numbers.Little(27, 3) + 1;
    header.animated = (numbers.Little(20, 1) & 2) != 0;
  } else {
    return std::nullopt;
  }
  return numbers.Little(29, 1) < 0 ? std::nullopt : std::optional(header);
}

// ISO/IEC 15948: chunks are length, name, content, and the checksum of name and content. The last
// is IEND; APNG has a chunk acTL. libpng would tell the user what is wrong on standard error.
void WalkPng(ByteView bytes, PictureHeader& header) {
  const Numbers numbers(bytes);
  header.complete = false;
  for (std::size_t at = 8; !header.complete;) {
    const std::int64_t length = numbers.Big(at, 4);
    const std::int64_t checksum =
        length < 0 ? -1 : numbers.Big(at + 8 + static_cast<std::size_t>(length), 4);
    if (checksum < 0) return;
    const ByteView content = bytes.subspan(at + 4, 4 + static_cast<std::size_t>(length));
    const auto actual = crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size());
    const bool critical = (numbers.Big(at + 4, 1) & 0x20) == 0;
    if (critical && static_cast<std::int64_t>(actual) != checksum) header.intact = false;
    if (numbers.StartsWith("acTL", at + 4)) header.animated = true;
    header.complete = numbers.StartsWith("IEND", at + 4);
    at += 12 + static_cast<std::size_t>(length);
  }
}

constexpr std::string_view kPng = "\x89PNG\r\n\x1A\n";
constexpr std::string_view kJpeg = "\xFF\xD8\xFF";

}  // namespace

bool LooksLikePicture(ByteView beginning) {
  const Numbers numbers(beginning);
  return numbers.StartsWith(kPng) || numbers.StartsWith(kJpeg) ||
         (numbers.StartsWith("BM") && numbers.Little(6, 4) == 0) ||
         (numbers.StartsWith("RIFF") && numbers.StartsWith("WEBP", 8));
}

std::optional<PictureHeader> ReadPictureHeader(ByteView bytes) {
  const Numbers numbers(bytes);
  std::optional<PictureHeader> header;
  if (numbers.StartsWith(kPng) && numbers.StartsWith("IHDR", 12)) {
    header = PictureHeader{
        .format = PictureFormat::kPng, .width = numbers.Big(16, 4), .height = numbers.Big(20, 4)};
    WalkPng(bytes, *header);
  } else if (numbers.StartsWith(kJpeg)) {
    header = ReadJpeg(bytes);
  } else if (numbers.StartsWith("BM") && numbers.Little(14, 4) >= 40) {
    // Rows may run top to bottom: then the height is negative.
    const auto height = static_cast<std::int32_t>(numbers.Little(22, 4));
    header = PictureHeader{.format = PictureFormat::kBmp,
                           .width = numbers.Little(18, 4),
                           .height = std::abs(std::int64_t{height})};
  } else if (numbers.StartsWith("RIFF") && numbers.StartsWith("WEBP", 8)) {
    header = ReadWebp(numbers);
  }
  if (header && (header->width <= 0 || header->height <= 0)) return std::nullopt;
  return header;
}

}  // namespace agon::media
