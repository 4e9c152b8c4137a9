// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/spawn_child.h"

#include <spawn.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <string_view>

#include "runtime/base/c_strings.h"
#include "runtime/base/error.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves it to us

namespace agon {
namespace {

constexpr int kFirstForeign = 3;  // descriptors from here on are ours, not the child's

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

// Ours, where the child has no value of its own.
std::vector<std::string> Environment(const std::vector<std::string>& variables) {
  std::vector<std::string> all = variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view ours = *entry;
    const std::string_view name = ours.substr(0, std::min(ours.find('=') + 1, ours.size()));
    const bool replaced =
        std::any_of(variables.begin(), variables.end(),
                    [&](const std::string& variable) { return variable.starts_with(name); });
    if (!replaced) all.emplace_back(ours);
  }
  return all;
}

}  // namespace

pid_t SpawnChild(ChildSettings child) {
  AGON_CHECK(!child.arguments.empty());
  std::string& program = child.arguments.front();
  std::error_code error;
  if (!child.folder.empty() && !std::filesystem::is_directory(child.folder, error)) {
    Fail(ErrorKind::kIo, "{}: cannot be started in {}: there is no such folder", program,
         child.folder.string());
  }
  SpawnActions actions;
  ::posix_spawn_file_actions_adddup2(actions.get(), child.input, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(actions.get(), child.output, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(actions.get(), child.errors, STDERR_FILENO);
  // Libraries of windows and graphics open files without O_CLOEXEC.
  ::posix_spawn_file_actions_addclosefrom_np(actions.get(), kFirstForeign);
  // A relative program is looked for from our folder, not from the child's.
  if (!child.folder.empty()) {
    if (program.find('/') != std::string::npos) {
      program = std::filesystem::absolute(program, error).string();
    }
    ::posix_spawn_file_actions_addchdir_np(actions.get(), child.folder.c_str());
  }
  SpawnAttributes attributes(child.own_session);
  std::vector<std::string> variables = Environment(child.variables);
  pid_t process = -1;
  const int problem = ::posix_spawnp(&process, program.c_str(), actions.get(), attributes.get(),
                                     CStrings(child.arguments).data(), CStrings(variables).data());
  if (problem != 0) {
    Fail(ErrorKind::kIo, "{}: cannot be started: {}", program, std::strerror(problem));
  }
  return process;
}

}  // namespace agon
