// SPDX-License-Identifier: Apache-2.0
// A run: the folder that holds everything a command does. Valid at every instant, whatever kills
// the process; see docs/formats.md, "Run folder".
//
//   Run run = Run::Create({.command = "attack", .config = resolved, ...});
//   run.recorder().Scalar(...);
//   run.Tick();              // between steps: heartbeat, control folder, stop signal
//   run.Finish();
//
// Thread safety: one thread; recorder() may be used from any.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/config/value.h"
#include "runtime/record/control.h"
#include "runtime/record/manifest.h"
#include "runtime/record/recorder.h"

namespace agon::run {

struct RunOptions {
  Path folder;            // empty: runs/<date-time>-<command> in the working directory
  std::string command;    // "attack"
  std::string arguments;  // as typed
  config::Value config;   // resolved
  std::uint64_t seed = 0;
  std::string device;
  std::vector<Path> inputs;  // hashed into the manifest
  nlohmann::json versions = nlohmann::json::object();
  nlohmann::json plugins = nlohmann::json::array();
  nlohmann::json notes = nlohmann::json::array();
  bool record = true;  // off: the recorder drops everything (to measure what recording costs)
};

class Run {
 public:
  // Makes the folder. Error(kIo) when it cannot be written; Error(kUsage) when it holds a run
  // already (the cure: --resume, or another --run).
  [[nodiscard]] static Run Create(const RunOptions& options);
  // Continues an existing run: checks that nobody else is running it, marks it running again.
  // Error(kUsage) when FOLDER is no run, is of another command, or is alive; Error(kData) when an
  // input has changed, or is not among those it began with (`inputs`, where they are known).
  [[nodiscard]] static Run Resume(const Path& folder, const std::string& command,
                                  const std::vector<Path>& inputs = {});
  // Reads RUN/config.yaml of a run to be resumed.
  [[nodiscard]] static config::Value ConfigOf(const Path& folder);

  Run(Run&&) noexcept;
  ~Run();  // without Finish: the manifest says failed or interrupted, as the exception in flight

  [[nodiscard]] const Path& folder() const;
  [[nodiscard]] record::Recorder& recorder();
  [[nodiscard]] const record::Manifest& manifest() const;
  void AddNote(const std::string& note);

  // Cheap; call between steps. Writes the heartbeat every few seconds, obeys pause, and returns
  // what the control folder asked for besides (checkpoint, set). Throws Error(kInterrupted) never:
  // a stop is returned as stop = true, so that the caller can save a checkpoint first.
  struct Requests {
    bool stop = false;
    bool checkpoint = false;
    std::vector<record::ControlCommand> changes;
  };
  [[nodiscard]] Requests Tick();

  void Finish();                          // status done
  void Interrupt();                       // status interrupted
  void Fail(const std::string& message);  // status failed

 private:
  struct Impl;
  explicit Run(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace agon::run
