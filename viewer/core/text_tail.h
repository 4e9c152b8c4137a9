// SPDX-License-Identifier: Apache-2.0
// The end of a text file that grows (RUN/log.txt): the last lines, bounded, valid UTF-8. A file
// that was cut or replaced is read anew.
//
// Thread safety: Poll from one thread at a time, the rest from any.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/files.h"

namespace agon::viewer {

class TextTail {
 public:
  static constexpr std::size_t kMostLines = 10'000;
  static constexpr std::size_t kMostBytes = std::size_t{4}
                                            << 20;  // that are read at first, and kept

  explicit TextTail(Path file);
  void Poll();  // never throws
  // Oldest first; the pointer changes when lines were added. A line without its end yet counts.
  [[nodiscard]] std::shared_ptr<const std::vector<std::string>> Lines() const;

 private:
  void AddLine(std::string line);

  Path file_;
  // Of Poll alone.
  std::uint64_t read_ = 0, inode_ = 0;
  std::deque<std::string> whole_;
  std::size_t whole_bytes_ = 0;
  std::string partial_;

  mutable std::mutex mutex_;
  std::shared_ptr<const std::vector<std::string>> lines_;
};

// Lines that have every word of `filter` (blank-separated, case ignored; -word: must not have it).
[[nodiscard]] std::vector<std::size_t> FilterLines(const std::vector<std::string>& lines,
                                                   std::string_view filter);
// Invalid sequences become U+FFFD, control characters but tab become blanks.
[[nodiscard]] std::string ValidUtf8(std::string_view text);

}  // namespace agon::viewer
