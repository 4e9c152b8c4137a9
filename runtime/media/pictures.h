// SPDX-License-Identifier: Apache-2.0
// Pictures from users' files: PNG, JPEG, BMP and WebP, told by content, decoded to 8-bit pixels.
//
// Who needs this file: whoever reads pictures (runtime/data/image_folder.cpp shows how). The
// decoder is OpenCV, in libagon_media.so, which is loaded at the first call of Pictures(), so that
// a program that reads no pictures does not pay for it.
//
// Thread safety: Pictures() and the reader, from any thread. A picture is decoded by the thread
// that asks; to use all cores, read from several.
#pragma once

#include "runtime/formats/png.h"

namespace agon::media {

inline constexpr std::size_t kMaxPictureBytes = std::size_t{256} << 20;  // of the file
inline constexpr int kMaxPictureSide = 16'384;                           // pixels

struct PictureOptions {
  int height = 0;  // with width: the size to bring the picture to; 0: as it is
  int width = 0;
  bool grey = false;  // one channel instead of RGB
};

class PictureReader {
 public:
  // Deep colours become 8 bits, transparency is dropped, EXIF orientation is applied. Resizing
  // averages areas when it shrinks and is bilinear otherwise, and does not keep the aspect ratio.
  // Error(kData) naming the file: missing, not a picture, damaged, cut off, too large.
  [[nodiscard]] virtual formats::Pixels Read(const Path& file,
                                             const PictureOptions& options) const = 0;

 protected:
  ~PictureReader() = default;  // lives as long as the process
};

// Error(kData) with the cure when libagon_media.so is missing or cannot be loaded.
[[nodiscard]] const PictureReader& Pictures();

// What libagon_media.so exports: the reader, or null when `abi` is not its own.
inline constexpr unsigned kMediaAbi = 1;
inline constexpr const char* kPicturesSymbol = "agon_media_pictures";
using PicturesFunction = const PictureReader* (*)(unsigned abi);

}  // namespace agon::media
