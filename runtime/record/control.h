// SPDX-License-Identifier: Apache-2.0
// Commands to a running command: files renamed into RUN/control/, polled between steps.
//
// A command is a file NAME.json holding {"command": "stop"} or {"command": "set", "key": ...,
// "value": ...}; it is removed when taken. Unknown or damaged commands are removed and logged.
// Other names are left alone: a file on its way has another name until it is whole.
#pragma once

#include <dirent.h>

#include <memory>
#include <string>
#include <vector>

#include "runtime/base/files.h"

namespace agon::record {

struct ControlCommand {
  std::string command;     // "pause", "resume", "step", "stop", "checkpoint", "set"
  std::string key, value;  // of "set"
};

// Error(kIo) when the folder is missing or cannot be written.
void SendControl(const Path& run_folder, const ControlCommand& command);

// Thread safety: one thread. Poll costs one stat when nothing changed for two seconds, and three
// system calls more before.
class ControlInbox {
 public:
  explicit ControlInbox(const Path& run_folder);
  [[nodiscard]] std::vector<ControlCommand> Poll();

 private:
  struct CloseFolder {
    void operator()(DIR* folder) const { closedir(folder); }
  };
  using Time = std::filesystem::file_time_type;

  // The names of all commands, in the order of sending.
  [[nodiscard]] std::vector<Path> List(Time changed);

  Path folder_;
  Time seen_{};  // the folder's time when it was last read through and cannot have changed since
  Time read_{};  // its time when it was last read
  std::unique_ptr<DIR, CloseFolder> open_;  // as it was then; opening it anew would cost the most
};

}  // namespace agon::record
