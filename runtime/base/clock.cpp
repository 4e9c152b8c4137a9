// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/clock.h"

#include <array>
#include <ctime>

namespace agon {
namespace {

std::string FormatUtc(const char* format) {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 64> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), format, &parts);
  return {text.data(), length};
}

}  // namespace

double UnixTime() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

std::string UtcTimestamp() { return FormatUtc("%Y-%m-%dT%H:%M:%SZ"); }

std::string FolderTimestamp() { return FormatUtc("%Y%m%d-%H%M%S"); }

}  // namespace agon
