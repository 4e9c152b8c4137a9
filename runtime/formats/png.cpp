// SPDX-License-Identifier: Apache-2.0
#include "runtime/formats/png.h"

#include <stb/stb_image.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>

#include "runtime/base/error.h"
#include "runtime/formats/byte_order.h"
#include "runtime/formats/png_write.h"

namespace agon::formats {
namespace {

constexpr int kMaxSide = 16'384;
// stb guesses the format by content and knows many; only PNG is wanted.
constexpr std::string_view kSignature = "\x89PNG\r\n\x1a\n";
// Deflate shrinks by 1032 at most, and the smallest pixel has one bit: a picture that is larger
// would only cost memory.
constexpr std::uint64_t kMaxPixelsPerByte = std::uint64_t{1032} * 8;

struct FreePixels {
  void operator()(stbi_uc* pixels) const { stbi_image_free(pixels); }
};
using StbPixels = std::unique_ptr<stbi_uc, FreePixels>;

}  // namespace

Bytes EncodePng(const Pixels& pixels) {
  const int channels = pixels.channels;
  if (pixels.width < 1 || pixels.height < 1 || pixels.width > kMaxSide ||
      pixels.height > kMaxSide || (channels != 1 && channels != 3 && channels != 4)) {
    Fail(ErrorKind::kData, "a PNG of {} x {} with {} channels cannot be written", pixels.width,
         pixels.height, channels);
  }
  const std::size_t row = static_cast<std::size_t>(pixels.width) * channels;
  if (pixels.data.size() != row * pixels.height ||
      pixels.data.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    Fail(ErrorKind::kData, "a PNG of {} x {} x {} cannot be made of {} bytes", pixels.width,
         pixels.height, channels, pixels.data.size());
  }
  return WritePng(pixels.width, pixels.height, channels, 8, pixels.data);
}

Pixels DecodePng(ByteView bytes, std::string_view name) {
  if (bytes.size() < kSignature.size() || AsText(bytes.first(kSignature.size())) != kSignature ||
      bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    Fail(ErrorKind::kData, "{}: no PNG", name);
  }
  const auto* data = reinterpret_cast<const stbi_uc*>(bytes.data());
  const int size = static_cast<int>(bytes.size());
  Pixels pixels;
  int channels = 0;
  if (stbi_info_from_memory(data, size, &pixels.width, &pixels.height, &channels) == 0) {
    Fail(ErrorKind::kData, "{}: damaged PNG: {}", name, stbi_failure_reason());
  }
  if (pixels.width < 1 || pixels.height < 1 || pixels.width > kMaxSide ||
      pixels.height > kMaxSide) {
    Fail(ErrorKind::kData, "{}: a PNG of {} x {}, at most {} x {} is read", name, pixels.width,
         pixels.height, kMaxSide, kMaxSide);
  }
  if (static_cast<std::uint64_t>(pixels.width) * pixels.height > bytes.size() * kMaxPixelsPerByte) {
    Fail(ErrorKind::kData, "{}: cut short: {} bytes for a PNG of {} x {}", name, bytes.size(),
         pixels.width, pixels.height);
  }
  pixels.channels = channels == 2 ? 4 : channels;  // grey with alpha becomes RGBA
  const StbPixels decoded(
      stbi_load_from_memory(data, size, &pixels.width, &pixels.height, &channels, pixels.channels));
  if (decoded == nullptr) {
    Fail(ErrorKind::kData, "{}: damaged PNG: {}", name, stbi_failure_reason());
  }
  const std::size_t count =
      static_cast<std::size_t>(pixels.width) * pixels.height * pixels.channels;
  pixels.data.assign(decoded.get(), decoded.get() + count);
  return pixels;
}

std::string Base64(ByteView bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      group = group << 8 | (i < count ? std::to_integer<std::uint32_t>(bytes[at + i]) : 0);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      out.push_back(i <= count ? kDigits[group >> (18 - 6 * i) & 63] : '=');
    }
  }
  return out;
}

}  // namespace agon::formats
