// SPDX-License-Identifier: Apache-2.0
// NumPy's .npy and .npz (a zip of .npy, stored or deflated), little-endian, C and Fortran order.
#pragma once

#include "runtime/formats/array.h"

namespace agon::formats {

[[nodiscard]] Array ParseNpy(ByteView bytes, std::string_view name);
[[nodiscard]] NamedArrays ParseNpz(ByteView bytes, std::string_view name);
// Names without ".npy". Error(kData) names the file and the member.
[[nodiscard]] NamedArrays ReadNpz(const Path& file);
// Stored (not compressed), atomic.
void WriteNpz(const Path& file, const NamedArrays& arrays);

}  // namespace agon::formats
