// SPDX-License-Identifier: Apache-2.0
// safetensors, our format for weights, checkpoints and adversarial examples: read with hard limits
// (header size, duplicate keys, overlapping or missing bytes, sub-byte types), written so that
// other readers accept it. The layout is described in docs/formats.md.
//
// Thread safety: free functions.
#pragma once

#include <map>

#include "runtime/formats/array.h"

namespace agon::formats {

struct Safetensors {
  NamedArrays tensors;                          // sorted by offset, as in the file
  std::map<std::string, std::string> metadata;  // "__metadata__"
};

inline constexpr std::size_t kMaxSafetensorsHeader = std::size_t{16} << 20;

// `name` is used in messages. Error(kData) names the file, the tensor and what is wrong.
[[nodiscard]] Safetensors ParseSafetensors(ByteView bytes, std::string_view name);
[[nodiscard]] Safetensors ReadSafetensors(const Path& file);
// Atomic. Tensors are laid out by alignment, then name; the header is padded to 8 bytes.
void WriteSafetensors(const Path& file, const NamedArrays& tensors,
                      const std::map<std::string, std::string>& metadata = {});
// The bytes of such a file; `name` is used in messages.
[[nodiscard]] Bytes SerializeSafetensors(const NamedArrays& tensors,
                                         const std::map<std::string, std::string>& metadata,
                                         std::string_view name);

}  // namespace agon::formats
