// SPDX-License-Identifier: Apache-2.0
// Starts a child process, and leaves all the rest to the caller: its streams and its end.
//
// Who needs this file: process.cpp, and what starts a command that outlives us
// (viewer/core/started_run.cpp). To run a program and hear what it says, use process.h.
//
// Thread safety: all functions.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "runtime/base/files.h"

namespace agon {

struct ChildSettings {
  std::vector<std::string> arguments;  // first the program: a path, or a name looked for in PATH
  Path folder;                         // where it starts; empty: ours
  std::vector<std::string> variables;  // NAME=value: besides our environment, or instead of there
  int input = -1, output = -1, errors = -1;  // descriptors of ours that become its 0, 1 and 2
  bool own_session = false;                  // a session of its own, else a process group
};

// The child gets no other descriptors of ours, and the default signals. Error(kIo) with the
// program's name when it cannot be started.
[[nodiscard]] pid_t SpawnChild(ChildSettings child);

}  // namespace agon
