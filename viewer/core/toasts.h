// SPDX-License-Identifier: Apache-2.0
// Messages that appear for some seconds and never interrupt: what was saved, what went wrong.
//
// Thread safety: Add from any thread, the rest from the thread that draws.
#pragma once

#include <mutex>
#include <string>
#include <vector>

namespace agon::viewer {

struct Toast {
  enum class Tone { kInfo, kError } tone = Tone::kInfo;
  std::string text;
  double until = 0;  // the workspace's clock
  int count = 1;     // the same message, so many times
};

class Toasts {
 public:
  static constexpr std::size_t kMost = 5;
  void Info(std::string text);
  void Error(std::string text);
  // Those to be shown at `now`, oldest first; forgets the others.
  [[nodiscard]] std::vector<Toast> Current(double now);
  void Dismiss(std::size_t place);

 private:
  void Add(Toast::Tone tone, std::string text);
  std::mutex mutex_;
  std::vector<Toast> toasts_;
};

}  // namespace agon::viewer
