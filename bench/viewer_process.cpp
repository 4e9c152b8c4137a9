// SPDX-License-Identifier: Apache-2.0
#include "bench/viewer_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "bench/process.h"
#include "runtime/base/clock.h"
#include "runtime/base/error.h"
#include "runtime/base/stop.h"

namespace agon::bench {
namespace {

constexpr double kPatience = 60;  // seconds

void Nap() { std::this_thread::sleep_for(std::chrono::milliseconds(2)); }

}  // namespace

ViewerProcess::ViewerProcess(const Surroundings& around, const std::vector<std::string>& arguments)
    : timings_(around.scratch / "timings.json"), messages_(around.scratch / "viewer.txt") {
  (void)BuiltProgram(around, "agon-view");
  std::filesystem::remove(timings_);
  std::vector<std::string> words{around.program.string(), "view"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  words.insert(words.end(), {"--headless", "--timings", timings_.string()});
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, messages_.c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0600);
  started_ = UnixTime();
  const int error = ::posix_spawn(&process_, argv[0], &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    process_ = -1;
    FailWith("could not be started");
  }
}

ViewerProcess::~ViewerProcess() {
  if (process_ < 0) return;
  ::kill(process_, SIGKILL);
  (void)::waitpid(process_, nullptr, 0);
}

void ViewerProcess::FailWith(const std::string& what) const {
  std::ifstream stream(messages_);
  std::string line, last = "it said nothing";
  while (std::getline(stream, line)) last = line;
  Fail(ErrorKind::kInternal, "agon view {}: {}", what, last);
}

bool ViewerProcess::running() {
  if (process_ < 0) return false;
  const pid_t ended = ::waitpid(process_, &status_, WNOHANG);
  if (ended != process_) return true;
  process_ = -1;
  return false;
}

void ViewerProcess::WaitForFrame() {
  const Stopwatch watch;
  while (!std::filesystem::exists(timings_) || Read().first_runs_frame == 0) {
    if (StopSignal() != 0) Fail(ErrorKind::kInterrupted, "the benchmark was stopped");
    if (!running()) FailWith("ended");
    if (watch.Seconds() > kPatience) FailWith("showed nothing for a minute");
    Nap();
  }
}

double ViewerProcess::Resident() const {
  constexpr double kKibPerMib = 1024;
  std::ifstream status("/proc/" + std::to_string(process_) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stod(line.substr(6)) / kKibPerMib;
  }
  FailWith("ended");
}

ViewerTimings ViewerProcess::Wait() {
  const Stopwatch watch;
  while (running()) {
    if (StopSignal() != 0) Fail(ErrorKind::kInterrupted, "the benchmark was stopped");
    if (watch.Seconds() > 2 * kPatience) FailWith("did not end");
    Nap();
  }
  if (!WIFEXITED(status_) || WEXITSTATUS(status_) != 0) FailWith("failed");
  return Read();
}

ViewerTimings ViewerProcess::Stop() {
  if (process_ > 0) ::kill(process_, SIGTERM);
  return Wait();
}

ViewerTimings ViewerProcess::Read() const {
  const nlohmann::json json = nlohmann::json::parse(ReadFileText(timings_));
  const nlohmann::json& frame = json.at("frame_ms");
  return {.first_frame = json.at("first_frame"),
          .first_runs_frame = json.at("first_runs_frame"),
          .frames = json.at("frames"),
          .median_ms = frame.at("median"),
          .p95_ms = frame.at("p95"),
          .worst_ms = frame.at("max")};
}

}  // namespace agon::bench
