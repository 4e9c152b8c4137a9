// SPDX-License-Identifier: Apache-2.0
#include "selfplay/play/gtp_client.h"

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
#include <utility>
#include <vector>

#include "runtime/base/error.h"
#include "runtime/base/stop.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves it to us

namespace agon::selfplay {
namespace {

constexpr std::size_t kMaxReply = std::size_t{1} << 20;
constexpr std::size_t kKeptComplaints = 2048;
constexpr int kPollMilliseconds = 100;  // how soon a stop signal is noticed

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

// The environment with /usr/games at the end of PATH.
std::vector<std::string> Environment() {
  std::vector<std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view variable = *entry;
    if (!variable.starts_with("PATH=")) variables.emplace_back(variable);
  }
  const char* const path = std::getenv("PATH");
  variables.push_back("PATH=" + std::string(path != nullptr ? path : "/usr/bin:/bin") +
                      ":/usr/games");
  return variables;
}

std::string OneLine(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

}  // namespace

GtpClient::Descriptor& GtpClient::Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

void GtpClient::Descriptor::Close() {
  if (number_ >= 0) ::close(number_);
  number_ = -1;
}

GtpClient::Pipe::Pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    Fail(ErrorKind::kIo, "a pipe to a GTP program cannot be made: {}", std::strerror(errno));
  }
  read = Descriptor(ends[0]);
  write = Descriptor(ends[1]);
}

GtpClient::GtpClient(std::string command, double timeout)
    : command_(std::move(command)), timeout_(timeout) {
  Start();
}

GtpClient::~GtpClient() { Kill(); }

void GtpClient::Start() {
  Pipe to, from, complaints;
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, to.read.get(), STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, from.write.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, complaints.write.get(), STDERR_FILENO);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none, defaults;
  sigemptyset(&none);
  sigemptyset(&defaults);
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) sigaddset(&defaults, signal);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &defaults);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(
      &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  std::vector<std::string> words{"/bin/sh", "-c", command_};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::vector<std::string> variables = Environment();
  std::vector<char*> environment;
  for (std::string& variable : variables) environment.push_back(variable.data());
  environment.push_back(nullptr);

  const int problem = ::posix_spawn(&process_, "/bin/sh", &actions, &attributes, arguments.data(),
                                    environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (problem != 0) {
    process_ = -1;
    Fail(ErrorKind::kIo, "{}: cannot be started: {}", command_, std::strerror(problem));
  }
  input_ = std::move(to.write);
  output_ = std::move(from.read);
  errors_ = std::move(complaints.read);
  ::fcntl(input_.get(), F_SETFL, O_NONBLOCK);
}

void GtpClient::Kill() {
  if (process_ <= 0) return;
  ::kill(-process_, SIGKILL);
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  process_ = -1;
  input_.Close();
  output_.Close();
  errors_.Close();
}

GtpReply GtpClient::End(GtpReply::Status status) {
  GtpReply reply{.status = status, .text = {}};
  // What it complained about before it ended may still be in the pipe.
  pollfd waiting{errors_.get(), POLLIN, 0};
  while (complaints_.size() < kKeptComplaints && ::poll(&waiting, 1, 0) > 0 &&
         ReadSome(errors_, complaints_)) {
  }
  Kill();
  if (status == GtpReply::Status::kDied) reply.text = OneLine(complaints_);
  return reply;
}

bool GtpClient::ReadSome(Descriptor& from, std::string& into) {
  std::array<char, 4096> buffer{};
  const ssize_t count = ::read(from.get(), buffer.data(), buffer.size());
  if (count < 0) return errno == EINTR || errno == EAGAIN;
  into.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0;
}

bool GtpClient::Write(std::string_view text) {
  const WithoutSigpipe guard;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(timeout_);
  while (!text.empty()) {
    const ssize_t count = ::write(input_.get(), text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
      continue;
    }
    if (errno != EAGAIN && errno != EINTR) return false;
    if (std::chrono::steady_clock::now() > deadline) return false;
    pollfd waiting{input_.get(), POLLOUT, 0};
    ::poll(&waiting, 1, kPollMilliseconds);
  }
  return true;
}

GtpReply GtpClient::Send(std::string_view line) {
  if (!alive()) return {.status = GtpReply::Status::kDied, .text = OneLine(complaints_)};
  received_.clear();
  if (!Write(std::string(line) + "\n")) return End(GtpReply::Status::kDied);
  return Read();
}

GtpReply GtpClient::Read() {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(timeout_);
  while (true) {
    // A reply begins with "=" or "?" at the start of a line and ends with an empty line; whatever a
    // program prints before is not one.
    std::erase(received_, '\r');
    std::size_t begin = 0;
    while (begin < received_.size() && received_[begin] != '=' && received_[begin] != '?') {
      const std::size_t end = received_.find('\n', begin);
      begin = end == std::string::npos ? received_.size() : end + 1;
    }
    const std::size_t end =
        begin < received_.size() ? received_.find("\n\n", begin) : std::string::npos;
    if (end != std::string::npos) {
      GtpReply reply;
      reply.status = received_[begin] == '=' ? GtpReply::Status::kOk : GtpReply::Status::kRefused;
      reply.text = received_.substr(begin + 1, end - begin - 1);
      reply.text.erase(0, reply.text.find_first_not_of(" \t"));
      return reply;
    }
    if (received_.size() > kMaxReply) return End(GtpReply::Status::kGarbage);
    if (StopSignal() != 0) return End(GtpReply::Status::kStopped);
    if (std::chrono::steady_clock::now() > deadline) return End(GtpReply::Status::kTimeout);

    std::array<pollfd, 2> waiting{{{output_.get(), POLLIN, 0}, {errors_.get(), POLLIN, 0}}};
    if (::poll(waiting.data(), waiting.size(), kPollMilliseconds) <= 0) continue;
    if (waiting[1].revents != 0 && !ReadSome(errors_, complaints_)) errors_.Close();
    if (complaints_.size() > kKeptComplaints) {
      complaints_.erase(0, complaints_.size() - kKeptComplaints);
    }
    if (waiting[0].revents != 0 && !ReadSome(output_, received_)) {
      return End(GtpReply::Status::kDied);
    }
  }
}

}  // namespace agon::selfplay
