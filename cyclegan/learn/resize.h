// SPDX-License-Identifier: Apache-2.0
// Bicubic resizing of 8-bit pictures, bit for bit as Pillow does it (and so torchvision, and the
// reference's data loader): a = -0.5, the kernel widened when shrinking (antialiased), 22-bit
// fixed-point weights, the horizontal pass rounded to 8 bits before the vertical one. OpenCV's
// INTER_CUBIC (a = -0.75, no antialiasing) gives other pictures.
//
// Who needs this file: the training data, and whoever compares with figures that were made in
// Python.
//
// Thread safety: free functions.
#pragma once

#include "runtime/formats/png.h"

namespace agon::cyclegan {

// Any number of channels, interleaved; width and height above 0. The same size is a copy.
[[nodiscard]] formats::Pixels ResizeBicubic(const formats::Pixels& picture, int width, int height);

}  // namespace agon::cyclegan
