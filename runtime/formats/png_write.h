// SPDX-License-Identifier: Apache-2.0
// Writes PNG of 8 or 16 bits a channel. EncodePng of formats/png.h is what most callers want.
//
// Thread safety: free functions.
#pragma once

#include <cstdint>
#include <span>

#include "runtime/base/files.h"

namespace agon::formats {

// Samples interleaved, rows top to bottom, 16-bit ones of native byte order. `channels` 1 (grey), 3
// (RGB) or 4 (RGBA); width * height * channels * bits / 8 bytes.
[[nodiscard]] Bytes WritePng(int width, int height, int channels, int bits,
                             std::span<const std::uint8_t> samples);

}  // namespace agon::formats
