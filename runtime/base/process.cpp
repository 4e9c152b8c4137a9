// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>
#include <utility>

#include "runtime/base/error.h"
#include "runtime/base/spawn_child.h"

namespace agon {
namespace {

constexpr std::chrono::milliseconds kRunPoll(50);
constexpr std::chrono::milliseconds kReapPoll(1);

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
      Fail(ErrorKind::kIo, "a pipe to another program cannot be made: {}", std::strerror(errno));
    }
    read = Descriptor(ends[0]);
    write = Descriptor(ends[1]);
  }
  Descriptor read, write;
};

// A write to a program that has gone raises SIGPIPE; here it shall be an ordinary error, without
// touching what the process does with that signal elsewhere.
class WithoutSigpipe {
 public:
  WithoutSigpipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~WithoutSigpipe() {
    const timespec none{};
    while (::sigtimedwait(&pipe_, nullptr, &none) > 0) {
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  WithoutSigpipe(const WithoutSigpipe&) = delete;
  WithoutSigpipe& operator=(const WithoutSigpipe&) = delete;

 private:
  sigset_t pipe_{}, before_{};
};

// False when the stream has ended. At most about `most` bytes at a time.
bool ReadSome(const Descriptor& from, std::string& into, std::size_t most) {
  std::array<char, 16384> buffer{};
  for (const std::size_t full = into.size() + most; into.size() < full;) {
    const ssize_t count = ::read(from.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EAGAIN;
    if (count == 0) return false;
    into.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

ProcessEnd ProcessEnd::Of(int status) {
  if (WIFSIGNALED(status)) return {.code = 0, .signal = WTERMSIG(status)};
  return {.code = WEXITSTATUS(status), .signal = 0};
}

std::string ProcessEnd::Describe() const {
  if (signal != 0) return fmt::format("ended by signal {} ({})", signal, ::strsignal(signal));
  return fmt::format("exit code {}", code);
}

Process::Process(std::vector<std::string> arguments, const Path& folder,
                 std::vector<std::string> variables) {
  Pipe to, from, complaints;
  process_ = SpawnChild({.arguments = std::move(arguments),
                         .folder = folder,
                         .variables = std::move(variables),
                         .input = to.read.get(),
                         .output = from.write.get(),
                         .errors = complaints.write.get()});
  input_ = std::move(to.write);
  output_ = std::move(from.read);
  errors_ = std::move(complaints.read);
  for (const Descriptor* descriptor : {&input_, &output_, &errors_}) {
    ::fcntl(descriptor->get(), F_SETFL, O_NONBLOCK);
  }
}

Process::~Process() { Kill(); }

bool Process::Write(std::string_view text) {
  if (!input_.open()) return false;
  to_send_ += text;
  Poll();
  return input_.open();
}

void Process::CloseInput() {
  close_input_ = true;
  if (to_send_.empty()) input_.Close();
}

void Process::Poll() {
  if (end_) return;
  if (input_.open() && !to_send_.empty()) {
    const WithoutSigpipe guard;
    while (!to_send_.empty()) {
      const ssize_t count = ::write(input_.get(), to_send_.data(), to_send_.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) {
        if (errno != EAGAIN) input_.Close();
        break;
      }
      to_send_.erase(0, static_cast<std::size_t>(count));
    }
  }
  if (close_input_ && to_send_.empty()) input_.Close();
  // Before reading: what a child wrote before it ended is then surely read below.
  Reap();
  if (output_.open() && received_.size() < kMostBytes &&
      !ReadSome(output_, received_, kMostBytes - received_.size())) {
    output_.Close();
  }
  // Nobody may be reading complaints: they must not stop the child.
  if (errors_.open() && !ReadSome(errors_, complaints_, kMostErrors)) errors_.Close();
  if (complaints_.size() > kMostErrors) complaints_.erase(0, complaints_.size() - kMostErrors);
  // The child's end is what counts, not that of its streams: who left its group may hold them.
  if (reaped_ && received_.size() < kMostBytes) {
    end_ = status_;
    input_.Close();
  }
}

void Process::Wait(std::chrono::milliseconds longest) const {
  if (end_) return;
  std::array<pollfd, 3> waiting{{{received_.size() < kMostBytes ? output_.get() : -1, POLLIN, 0},
                                 {errors_.get(), POLLIN, 0},
                                 {to_send_.empty() ? -1 : input_.get(), POLLOUT, 0}}};
  ::poll(waiting.data(), waiting.size(), static_cast<int>(longest.count()));
}

void Process::Reap() {
  if (reaped_) return;
  siginfo_t ended{};
  int found = 0;
  do {
    found = ::waitid(P_PID, static_cast<id_t>(process_), &ended, WEXITED | WNOHANG | WNOWAIT);
  } while (found < 0 && errno == EINTR);
  if (found == 0 && ended.si_pid == 0) return;
  reaped_ = true;
  if (found < 0) return;  // somebody else has reaped it
  // What it started goes with it. Now: once it is reaped, the group's number may be another's.
  ::kill(-process_, SIGKILL);
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0) {
    if (errno != EINTR) return;
  }
  status_ = ProcessEnd::Of(status);
}

std::string Process::TakeOutput() { return std::exchange(received_, {}); }
std::string Process::TakeErrors() { return std::exchange(complaints_, {}); }

void Process::Kill(std::chrono::milliseconds patience) {
  if (!reaped_) {
    ::kill(-process_, SIGKILL);
    // Soon, but for a process that hangs in the kernel: nobody waits for that.
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (Reap(); !reaped_ && std::chrono::steady_clock::now() < deadline; Reap()) {
      std::this_thread::sleep_for(kReapPoll);
    }
    if (!reaped_) status_ = {.code = 0, .signal = SIGKILL};
    reaped_ = true;
  }
  Poll();
  end_ = status_;
  input_.Close();
  output_.Close();
  errors_.Close();
}

Process::Result Process::Run(std::vector<std::string> arguments, const Path& folder,
                             std::string_view input, double seconds,
                             const std::function<bool()>& stop) {
  const std::string name = arguments.empty() ? std::string() : arguments.front();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  Process process(std::move(arguments), folder);
  Result result;
  process.Write(input);
  process.CloseInput();
  while (true) {
    process.Poll();
    result.output += process.TakeOutput();
    result.errors += process.TakeErrors();
    if (process.end()) break;
    if (std::chrono::steady_clock::now() > deadline || (stop && stop())) {
      Fail(ErrorKind::kIo, "{}: gave no answer within {} s and was ended", name, seconds);
    }
    if (result.output.size() > kMostBytes) {
      Fail(ErrorKind::kIo, "{}: printed more than {} MiB and was ended", name, kMostBytes >> 20U);
    }
    process.Wait(kRunPoll);
  }
  result.end = *process.end();
  return result;
}

}  // namespace agon
