// SPDX-License-Identifier: Apache-2.0
// Time: a stopwatch for durations, the wall clock for records.
#pragma once

#include <chrono>
#include <string>

namespace agon {

class Stopwatch {
 public:
  [[nodiscard]] double Seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }
  void Restart() { start_ = std::chrono::steady_clock::now(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

[[nodiscard]] double UnixTime();              // seconds since 1970, with fraction
[[nodiscard]] std::string UtcTimestamp();     // "2026-11-23T21:16:00Z"
[[nodiscard]] std::string FolderTimestamp();  // "20261123-211600", UTC, sorts as text

}  // namespace agon
