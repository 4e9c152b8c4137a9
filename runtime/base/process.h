// SPDX-License-Identifier: Apache-2.0
// Child processes, started without a shell: words in, so that nothing in a name is ever a command.
//
// The program is a path, or a name that is looked for in PATH. A child gets no descriptors of ours
// but 0 to 2, the default signals, and a process group of its own, which ends with it.
//
// Who needs this file: whoever runs another program. One that shall outlive us: spawn_child.h.
//
// Thread safety: one thread at a time. No call waits, but Run, Wait and, for a moment, Kill.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/descriptor.h"
#include "runtime/base/files.h"

namespace agon {

// "exit code 2", "ended by signal 9 (Killed)"; of waitpid's status.
struct ProcessEnd {
  int code = 0;    // when it exited
  int signal = 0;  // else
  [[nodiscard]] static ProcessEnd Of(int status);
  [[nodiscard]] bool ok() const { return code == 0 && signal == 0; }
  [[nodiscard]] std::string Describe() const;
};

// A program we talk to: a GTP program, agon check. Killed, with all it started, when let go.
class Process {
 public:
  // Of its output, what was not taken yet; a child that writes more waits. Of its errors the last.
  static constexpr std::size_t kMostBytes = std::size_t{16} << 20;
  static constexpr std::size_t kMostErrors = std::size_t{64} << 10;

  // How long Kill waits for a process that is slow to go.
  static constexpr std::chrono::milliseconds kPatience{500};

  // `folder`: where it starts; empty: ours. `variables`: NAME=value, which it has besides our
  // environment, or instead of what stands there. Error(kIo) when it cannot be started.
  explicit Process(std::vector<std::string> arguments, const Path& folder = {},
                   std::vector<std::string> variables = {});
  ~Process();  // Kill()
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // For the child's standard input: sent by this and the next Polls, as fast as it reads. False
  // when the child does not read any more.
  bool Write(std::string_view text);
  void CloseInput();  // after all that was written
  // Sends and receives what is possible now, and looks whether the child has ended.
  void Poll();
  // Until there is something to Poll for, or `longest` is over.
  void Wait(std::chrono::milliseconds longest) const;
  // What has arrived since the last time.
  [[nodiscard]] std::string TakeOutput();
  [[nodiscard]] std::string TakeErrors();
  // No more output will arrive: it has ended, or closed it.
  [[nodiscard]] bool output_ended() const { return end_ || !output_.open(); }
  // Nothing as long as it runs or its output has not all been received.
  [[nodiscard]] const std::optional<ProcessEnd>& end() const { return end_; }
  [[nodiscard]] bool running() const { return !end_; }
  [[nodiscard]] pid_t id() const { return process_; }
  // It and all of its group, which also go when it ends by itself.
  void Kill(std::chrono::milliseconds patience = kPatience);

  // All in one, for background jobs: waits for the end, at most `seconds` (then it is killed and
  // Error(kIo) says so), or until `stop` says true.
  struct Result {
    ProcessEnd end;
    std::string output, errors;
  };
  [[nodiscard]] static Result Run(std::vector<std::string> arguments, const Path& folder,
                                  std::string_view input, double seconds,
                                  const std::function<bool()>& stop = {});

 private:
  void Reap();

  pid_t process_ = -1;
  bool reaped_ = false;
  ProcessEnd status_;
  std::optional<ProcessEnd> end_;
  Descriptor input_, output_, errors_;
  std::string to_send_, received_, complaints_;
  bool close_input_ = false;
};

}  // namespace agon
