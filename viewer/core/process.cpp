// SPDX-License-Identifier: Apache-2.0
#include "viewer/core/process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <utility>

#include "runtime/base/error.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves it to us

namespace agon::viewer {
namespace {

constexpr int kPollMilliseconds = 50;
constexpr int kReapTries = 500;
constexpr int kFirstForeign = 3;  // descriptors from here on are ours, not the child's

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

class SpawnActions {
 public:
  SpawnActions() { ::posix_spawn_file_actions_init(&actions_); }
  ~SpawnActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;
  [[nodiscard]] posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

class SpawnAttributes {
 public:
  explicit SpawnAttributes(bool own_session) {
    ::posix_spawnattr_init(&attributes_);
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    for (const int signal : {SIGINT, SIGTERM, SIGPIPE, SIGHUP}) sigaddset(&defaults, signal);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &defaults);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    const int group = own_session ? POSIX_SPAWN_SETSID : POSIX_SPAWN_SETPGROUP;
    ::posix_spawnattr_setflags(
        &attributes_, static_cast<short>(group | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
  }
  ~SpawnAttributes() { ::posix_spawnattr_destroy(&attributes_); }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  [[nodiscard]] posix_spawnattr_t* get() { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

struct ChildStreams {
  int input, output, errors;
};

pid_t Spawn(std::vector<std::string>& arguments, const Path& folder, const ChildStreams& streams,
            bool own_session) {
  AGON_CHECK(!arguments.empty());
  std::error_code error;
  if (!folder.empty() && !std::filesystem::is_directory(folder, error)) {
    Fail(ErrorKind::kIo, "{}: cannot be started in {}: there is no such folder", arguments.front(),
         folder.string());
  }
  SpawnActions actions;
  ::posix_spawn_file_actions_adddup2(actions.get(), streams.input, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(actions.get(), streams.output, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(actions.get(), streams.errors, STDERR_FILENO);
  // Libraries of windows and graphics open files without O_CLOEXEC.
  ::posix_spawn_file_actions_addclosefrom_np(actions.get(), kFirstForeign);
  // A relative program is looked for from our folder, not from the child's.
  if (!folder.empty()) {
    if (arguments.front().find('/') != std::string::npos) {
      arguments.front() = std::filesystem::absolute(arguments.front(), error).string();
    }
    ::posix_spawn_file_actions_addchdir_np(actions.get(), folder.c_str());
  }
  SpawnAttributes attributes(own_session);
  std::vector<char*> words;
  words.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) words.push_back(argument.data());
  words.push_back(nullptr);
  pid_t process = -1;
  const int problem = ::posix_spawnp(&process, words.front(), actions.get(), attributes.get(),
                                     words.data(), environ);
  if (problem != 0) {
    Fail(ErrorKind::kIo, "{}: cannot be started: {}", arguments.front(), std::strerror(problem));
  }
  return process;
}

ProcessEnd EndOf(int status) {
  if (WIFSIGNALED(status)) return {.code = 0, .signal = WTERMSIG(status)};
  return {.code = WEXITSTATUS(status), .signal = 0};
}

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

// A file that has no name (any more), for what a command prints.
Descriptor NamelessFile() {
  std::error_code error;
  Path folder = std::filesystem::temp_directory_path(error);
  if (error) folder = "/tmp";
  std::string name = (folder / "agon-view-XXXXXX").string();
  Descriptor file(::mkostemp(name.data(), O_CLOEXEC | O_APPEND));
  if (!file.open()) {
    Fail(ErrorKind::kIo, "{}: cannot be made: {}; set TMPDIR to a folder that can be written", name,
         std::strerror(errno));
  }
  ::unlink(name.c_str());
  return file;
}

}  // namespace

std::string ProcessEnd::Describe() const {
  if (signal != 0) return fmt::format("ended by signal {} ({})", signal, ::strsignal(signal));
  return fmt::format("exit code {}", code);
}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

void Descriptor::Close() {
  if (number_ >= 0) ::close(number_);
  number_ = -1;
}

Process::Process(std::vector<std::string> arguments, const Path& folder) {
  Pipe to, from, complaints;
  process_ =
      Spawn(arguments, folder,
            {.input = to.read.get(), .output = from.write.get(), .errors = complaints.write.get()},
            false);
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
  // A descendant may hold the streams for ever: the child's end is what counts, once all that it
  // wrote is here.
  if (reaped_ && received_.size() < kMostBytes) {
    end_ = status_;
    input_.Close();
  }
}

void Process::Reap() {
  if (reaped_) return;
  int status = 0;
  pid_t found = 0;
  do {
    found = ::waitpid(process_, &status, WNOHANG);
  } while (found < 0 && errno == EINTR);
  if (found == 0) return;
  reaped_ = true;
  if (found > 0) status_ = EndOf(status);
}

std::string Process::TakeOutput() { return std::exchange(received_, {}); }
std::string Process::TakeErrors() { return std::exchange(complaints_, {}); }

void Process::Kill() {
  // The child may be gone and its descendants not: they are of its group, whose number is nobody
  // else's as long as one of them is there.
  if (!reaped_) {
    ::kill(-process_, SIGKILL);
    // Soon, but for a process that hangs in the kernel: nobody waits for that.
    for (int i = 0; i < kReapTries && !reaped_; ++i) {
      Reap();
      if (!reaped_) std::this_thread::sleep_for(std::chrono::milliseconds(1));
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
    std::array<pollfd, 3> waiting{
        {{process.output_.get(), POLLIN, 0},
         {process.errors_.get(), POLLIN, 0},
         {process.to_send_.empty() ? -1 : process.input_.get(), POLLOUT, 0}}};
    ::poll(waiting.data(), waiting.size(), kPollMilliseconds);
  }
  result.end = *process.end();
  return result;
}

StartedRun::StartedRun(std::vector<std::string> arguments, const Path& folder)
    : output_(NamelessFile()) {
  const Descriptor nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  process_ =
      Spawn(arguments, folder,
            {.input = nothing.get(), .output = output_.get(), .errors = output_.get()}, true);
}

StartedRun::~StartedRun() = default;

void StartedRun::Poll() {
  if (end_) return;
  int status = 0;
  const pid_t found = ::waitpid(process_, &status, WNOHANG);
  if (found > 0) end_ = EndOf(status);
  if (found < 0 && errno != EINTR) end_ = ProcessEnd{};  // somebody else has reaped it
}

std::string StartedRun::Output() const {
  const off_t size = ::lseek(output_.get(), 0, SEEK_END);
  if (size <= 0) return {};
  const off_t from = std::max<off_t>(0, size - static_cast<off_t>(kMostBytes));
  std::string text(static_cast<std::size_t>(size - from), '\0');
  const ssize_t count = ::pread(output_.get(), text.data(), text.size(), from);
  text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return text;
}

}  // namespace agon::viewer
