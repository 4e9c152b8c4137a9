// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/picture_header.h"

#include <algorithm>
#include <cstdlib>

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
      header.complete = !std::ranges::search(data, kEnd).empty();
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
  } else {
    return std::nullopt;
  }
  return numbers.Little(29, 1) < 0 ? std::nullopt : std::optional(header);
}

}  // namespace

std::optional<PictureHeader> ReadPictureHeader(ByteView bytes) {
  const Numbers numbers(bytes);
  std::optional<PictureHeader> header;
  if (numbers.StartsWith("\x89PNG\r\n\x1A\n") && numbers.StartsWith("IHDR", 12)) {
    header = PictureHeader{
        .format = PictureFormat::kPng, .width = numbers.Big(16, 4), .height = numbers.Big(20, 4)};
  } else if (numbers.StartsWith("\xFF\xD8\xFF")) {
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
