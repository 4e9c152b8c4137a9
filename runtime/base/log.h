// SPDX-License-Identifier: Apache-2.0
// Logging. A library function never prints: it logs here, and the command decides where that goes
// (standard error, and the run folder's log.txt). Without SetUp nothing is written.
//
// Thread safety: every function may be called from any thread.
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <string_view>
#include <utility>

namespace agon::log {

enum class Level { kDebug, kInfo, kWarning, kError };

// Sends messages of at least `level` to standard error. Called once, by a command.
void SetUp(Level level, bool colour);
// Copies everything logged from now on to `file` (appending), until RemoveFile.
void AddFile(const std::filesystem::path& file);
void RemoveFile();

void Write(Level level, std::string_view message);

template <class... Args>
void Debug(fmt::format_string<Args...> format, Args&&... args) {
  Write(Level::kDebug, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void Info(fmt::format_string<Args...> format, Args&&... args) {
  Write(Level::kInfo, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void Warning(fmt::format_string<Args...> format, Args&&... args) {
  Write(Level::kWarning, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace agon::log
