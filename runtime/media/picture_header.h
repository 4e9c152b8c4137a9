// SPDX-License-Identifier: Apache-2.0
// The format and size of a picture from its first bytes, before a decoder allocates memory for it.
// Private to this folder.
//
// Thread safety: a free function.
#pragma once

#include <cstdint>
#include <optional>

#include "runtime/base/files.h"

namespace agon::media {

enum class PictureFormat { kPng, kJpeg, kBmp, kWebp };

struct PictureHeader {
  PictureFormat format = PictureFormat::kPng;
  std::int64_t width = 0;  // as stored, before EXIF orientation
  std::int64_t height = 0;
  // PNG's or JPEG's end marker is there. OpenCV would fill a JPEG that is cut off with grey.
  bool complete = true;
  bool intact = true;     // the checksums of PNG's critical chunks hold
  bool animated = false;  // PNG and WebP of several pictures
};

// Whether a file that begins so is of one of the formats; the first 16 bytes are enough.
[[nodiscard]] bool LooksLikePicture(ByteView beginning);

// Nothing when the bytes are none of the formats, or end inside the header.
[[nodiscard]] std::optional<PictureHeader> ReadPictureHeader(ByteView bytes);

}  // namespace agon::media
