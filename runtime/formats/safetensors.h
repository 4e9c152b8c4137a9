// SPDX-License-Identifier: Apache-2.0
// safetensors, our format for weights, checkpoints and adversarial examples: read with hard limits
// (header size, duplicate keys, overlapping or missing bytes, sub-byte types), written so that
// other readers accept it. The layout is described in docs/formats.md.
//
// Thread safety: free functions.
#pragma once

#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

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

// What a file holds, without the numbers.
struct SafetensorsLayout {
  struct Tensor {
    std::string name;
    DType dtype = DType::kF32;
    std::vector<std::int64_t> shape;
    std::uint64_t offset = 0;  // in the file
    std::uint64_t bytes = 0;
  };
  std::vector<Tensor> tensors;                  // sorted by offset
  std::map<std::string, std::string> metadata;  // "__metadata__"
  [[nodiscard]] const Tensor* Find(std::string_view name) const;
};

// A file of which parts are read, whatever its size: some images of a hundred thousand. Keeps it
// open, so it stays readable when it is replaced meanwhile. Thread safety: one thread.
class SafetensorsFile {
 public:
  // Error(kData) as ReadSafetensors; values are checked when they are read.
  explicit SafetensorsFile(const Path& file);
  [[nodiscard]] const SafetensorsLayout& layout() const { return layout_; }
  // Rows [first, first + count) of the first dimension. Error(kData) when there is no such tensor
  // or row.
  [[nodiscard]] Array Rows(std::string_view name, std::int64_t first, std::int64_t count);

 private:
  Path file_;
  std::ifstream stream_;
  SafetensorsLayout layout_;
};

// Atomic. Tensors are laid out by alignment, then name; the header is padded to 8 bytes.
void WriteSafetensors(const Path& file, const NamedArrays& tensors,
                      const std::map<std::string, std::string>& metadata = {});
// The bytes of such a file; `name` is used in messages.
[[nodiscard]] Bytes SerializeSafetensors(const NamedArrays& tensors,
                                         const std::map<std::string, std::string>& metadata,
                                         std::string_view name);

}  // namespace agon::formats
