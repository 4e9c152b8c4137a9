// SPDX-License-Identifier: Apache-2.0
// A command that goes on when the viewer ends (agon train): in a session of its own, standard input
// empty, what it prints in a file without a name that both hold open (a pipe would end it with us).
//
// Who needs this file: run_starter.cpp. To talk to a program: runtime/base/process.h.
//
// Thread safety: one thread at a time. No call waits.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/descriptor.h"
#include "runtime/base/files.h"
#include "runtime/base/process.h"

namespace agon::viewer {

class StartedRun {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{64} << 10;

  // `arguments`, `folder`, errors: as of Process.
  StartedRun(std::vector<std::string> arguments, const Path& folder);
  ~StartedRun();  // lets it go on
  StartedRun(const StartedRun&) = delete;
  StartedRun& operator=(const StartedRun&) = delete;

  // Looks whether it has ended: call now and then, so that no zombie looks alive to others.
  void Poll();
  [[nodiscard]] const std::optional<ProcessEnd>& end() const { return end_; }
  [[nodiscard]] std::string Output() const;  // the last of what it printed
  [[nodiscard]] pid_t id() const { return process_; }

 private:
  pid_t process_ = -1;
  std::optional<ProcessEnd> end_;
  Descriptor output_;
};

}  // namespace agon::viewer
