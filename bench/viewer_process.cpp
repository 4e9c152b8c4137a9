// SPDX-License-Identifier: Apache-2.0
#include "bench/viewer_process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "bench/process.h"
#include "runtime/base/clock.h"
#include "runtime/base/descriptor.h"
#include "runtime/base/error.h"
#include "runtime/base/spawn_child.h"
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
  const Descriptor nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const Descriptor messages(
      ::open(messages_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  started_ = UnixTime();
  process_ = SpawnChild({.arguments = std::move(words),
                         .folder = {},
                         .variables = {},
                         .input = nothing.get(),
                         .output = nothing.get(),
                         .errors = messages.get()});
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
