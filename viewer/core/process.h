// SPDX-License-Identifier: Apache-2.0
// Child processes, started without a shell: words in, so that nothing in a name is ever a command.
//
//   Process        a program we talk to (agon selfplay gtp, agon check): pipes, killed when let go
//   StartedRun     a command that outlives the viewer (agon train): nothing holds it back
//
// The program is a path, or a name that is looked for in PATH. A child gets no descriptors of ours
// but 0 to 2, the default signals, and a process group of its own.
//
// Thread safety: one thread at a time. No call waits, but Process::Run.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/files.h"

namespace agon::viewer {

// "exit code 2", "ended by signal 9 (Killed)"; of waitpid's status.
struct ProcessEnd {
  int code = 0;    // when it exited
  int signal = 0;  // else
  [[nodiscard]] bool ok() const { return code == 0 && signal == 0; }
  [[nodiscard]] std::string Describe() const;
};

// A descriptor that is closed when let go.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { Close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor(Descriptor&& other) noexcept : number_(other.number_) { other.number_ = -1; }
  Descriptor& operator=(Descriptor&& other) noexcept;
  void Close();
  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] bool open() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

class Process {
 public:
  // Of its output, what was not taken yet; a child that writes more waits. Of its errors the last.
  static constexpr std::size_t kMostBytes = std::size_t{16} << 20;
  static constexpr std::size_t kMostErrors = std::size_t{64} << 10;

  // `folder`: where it starts; empty: ours. Error(kIo) when it cannot be started.
  explicit Process(std::vector<std::string> arguments, const Path& folder = {});
  ~Process();  // kills the whole group
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // For the child's standard input: sent by this and the next Polls, as fast as it reads. False
  // when the child does not read any more.
  bool Write(std::string_view text);
  void CloseInput();  // after all that was written
  // Sends and receives what is possible now, and looks whether the child has ended.
  void Poll();
  // What has arrived since the last time.
  [[nodiscard]] std::string TakeOutput();
  [[nodiscard]] std::string TakeErrors();
  // Nothing as long as it runs or its output has not all been received.
  [[nodiscard]] const std::optional<ProcessEnd>& end() const { return end_; }
  [[nodiscard]] bool running() const { return !end_; }
  [[nodiscard]] pid_t id() const { return process_; }
  void Kill();

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

// A command that goes on when the viewer ends: in a session of its own, standard input empty, what
// it prints in a file without a name that both hold open (a pipe would end it with us).
class StartedRun {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{64} << 10;

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
