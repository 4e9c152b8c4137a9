// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/run_program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "runtime/base/c_strings.h"

namespace agon::cli {
namespace {

constexpr const char* kProgram = AGON_BINARY_DIR "/agon";
constexpr auto kPatience = std::chrono::minutes(5);  // against hanging, not a measurement

void Redirect(int descriptor, const Path& file, int mode = O_WRONLY | O_CREAT | O_TRUNC) {
  const int opened = ::open(file.c_str(), mode, 0666);
  ::dup2(opened, descriptor);
  ::close(opened);
}

}  // namespace

void Workplace::Write(const std::string& name, std::string_view text) const {
  WriteFileAtomic(path() / name, text);
}

int Workplace::Start(const std::vector<std::string>& arguments) const {
  std::vector<std::string> words{kProgram};
  words.insert(words.end(), arguments.begin(), arguments.end());
  const std::vector<char*> argv = CStrings(words);
  const pid_t process = ::fork();
  if (process != 0) return process;
  if (::chdir(path().c_str()) != 0) ::_exit(126);
  const Path input = path() / ".input";
  if (::access(input.c_str(), R_OK) == 0) Redirect(STDIN_FILENO, input, O_RDONLY);
  Redirect(STDOUT_FILENO, path() / ".output");
  Redirect(STDERR_FILENO, path() / ".errors");
  ::execv(kProgram, argv.data());
  ::_exit(127);
}

Outcome Workplace::Finish(int process) const {
  int status = 0;
  EXPECT_EQ(::waitpid(process, &status, 0), process);
  Outcome outcome;
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  outcome.output = ReadFileText(path() / ".output");
  outcome.errors = ReadFileText(path() / ".errors");
  return outcome;
}

Outcome Workplace::Run(const std::vector<std::string>& arguments) const {
  return Finish(Start(arguments));
}

Outcome Workplace::RunWithInput(const std::vector<std::string>& arguments,
                                std::string_view input) const {
  Write(".input", input);
  Outcome outcome = Finish(Start(arguments));
  std::filesystem::remove(path() / ".input");
  return outcome;
}

Outcome Workplace::RunAndSignal(const std::vector<std::string>& arguments, int signal,
                                const std::string& file, std::string_view text) const {
  const int process = Start(arguments);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    const Path watched = path() / file;
    if (std::filesystem::exists(watched) && ReadFileText(watched).find(text) != std::string::npos) {
      ::kill(process, signal);
      return Finish(process);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  ADD_FAILURE() << file << " never held \"" << text << '"';
  ::kill(process, SIGKILL);
  return Finish(process);
}

Outcome Workplace::RunAndKill(const std::vector<std::string>& arguments,
                              const std::function<bool()>& ready, double seconds) const {
  const int process = Start(arguments);
  siginfo_t ended{};
  while (!ready()) {
    // Looks whether it has ended, and leaves its status to Finish.
    if (::waitid(P_PID, static_cast<id_t>(process), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
        ended.si_pid == process) {
      return Finish(process);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  ::kill(process, SIGKILL);
  return Finish(process);
}

}  // namespace agon::cli
