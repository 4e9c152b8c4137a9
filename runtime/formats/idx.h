// SPDX-License-Identifier: Apache-2.0
// The IDX format of MNIST and its relatives, plain or gzip-compressed (told by content, not name).
#pragma once

#include "runtime/formats/array.h"

namespace agon::formats {

// Big-endian data is converted. Error(kData) names the file and what is wrong.
[[nodiscard]] Array ParseIdx(ByteView bytes, std::string_view name);
[[nodiscard]] Array ReadIdx(const Path& file);

}  // namespace agon::formats
