// SPDX-License-Identifier: Apache-2.0
// Names out of files, fit for a message of one line.
#pragma once

#include <string>
#include <string_view>

namespace agon::formats {

// Control characters become '?', and what is longer than 200 bytes is cut.
[[nodiscard]] inline std::string Printable(std::string_view text) {
  constexpr std::size_t kMaxShown = 200;
  std::string shown(text.substr(0, kMaxShown));
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      c = '?';
    }
  }
  return text.size() > kMaxShown ? shown + "..." : shown;
}

}  // namespace agon::formats
