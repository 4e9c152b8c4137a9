// SPDX-License-Identifier: Apache-2.0
// Pictures that are kept under tests/golden/viewer/. A picture may differ from its golden one in at
// most 0.1 % of the pixels by more than 8 of 255 in a channel: drivers round differently. When it
// differs more, NAME.actual.png and NAME.diff.png are written beside the test's binary.
//
// AGON_UPDATE_GOLDENS=1 keeps what is drawn now: look at it before committing it.
//
// Thread safety: one thread.
#pragma once

#include <string>

#include "runtime/formats/png.h"

namespace agon::viewer {

struct PictureDifference {
  std::size_t pixels = 0, off = 0;  // off: by more than 8 in a channel
  formats::Pixels picture;          // red where off, else the expected one, faded
  [[nodiscard]] bool good() const { return off * 1000 <= pixels; }
};
// Needs pictures of one size with three channels.
[[nodiscard]] PictureDifference Compare(const formats::Pixels& expected,
                                        const formats::Pixels& actual);

// Fails the test when `actual` is not as the golden picture `name`.
void ExpectGolden(const std::string& name, const formats::Pixels& actual);

}  // namespace agon::viewer
