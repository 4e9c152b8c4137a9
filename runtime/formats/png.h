// SPDX-License-Identifier: Apache-2.0
// PNG in memory: for reports, recordings and tests. Pictures from users' files go through
// runtime/media (OpenCV) instead.
#pragma once

#include "runtime/base/files.h"

namespace agon::formats {

// 8 bits a channel, rows top to bottom, interleaved; channels 1 (grey), 3 (RGB) or 4 (RGBA).
struct Pixels {
  int width = 0;
  int height = 0;
  int channels = 0;
  std::vector<std::uint8_t> data;  // width * height * channels
};

[[nodiscard]] Bytes EncodePng(const Pixels& pixels);
// Error(kData). At most 16384 x 16384.
[[nodiscard]] Pixels DecodePng(ByteView bytes, std::string_view name);
[[nodiscard]] std::string Base64(ByteView bytes);

}  // namespace agon::formats
