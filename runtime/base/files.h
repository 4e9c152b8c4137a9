// SPDX-License-Identifier: Apache-2.0
// Whole files in and out. Writing is atomic: a reader sees the old file or the new one, never a
// part, whatever instant the process or the machine dies at.
//
// Thread safety: free functions, safe on different paths.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace agon {

using Path = std::filesystem::path;
using Bytes = std::vector<std::byte>;
using ByteView = std::span<const std::byte>;

inline constexpr std::size_t kMaxFileBytes = std::size_t{4} << 30;

// Errors: kData when the file is missing, unreadable, a directory, or larger than `limit`.
[[nodiscard]] Bytes ReadFileBytes(const Path& path, std::size_t limit = kMaxFileBytes);
[[nodiscard]] std::string ReadFileText(const Path& path, std::size_t limit = kMaxFileBytes);

// Writes to a temporary name in the same folder, syncs, renames, syncs the folder. On failure the
// temporary is removed and Error(kIo) names the path and the system's reason.
void WriteFileAtomic(const Path& path, ByteView content);
void WriteFileAtomic(const Path& path, std::string_view content);

// mkdir -p. Error(kIo) names the path and the reason.
void MakeFolder(const Path& path);

// fsync of a folder, so that names created or renamed inside it survive a power failure.
void SyncFolder(const Path& path);

[[nodiscard]] inline ByteView AsBytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace agon
