// SPDX-License-Identifier: Apache-2.0
// RUN/manifest.json: what a run is, from which code, data and configuration, and whether it is
// alive.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "runtime/base/files.h"

namespace agon::record {

enum class RunStatus { kRunning, kDone, kFailed, kInterrupted };

// How far the work is, as of the last heartbeat.
struct ManifestProgress {
  std::string label;  // "training net_a"
  std::int64_t done = 0;
  std::int64_t total = 0;    // 0: unknown
  std::string unit;          // "batch"
  double rate = 0;           // units a second
  double seconds_left = -1;  // negative: unknown
  std::string note;          // "loss 0.41"
};

// Thread safety: one thread; Write is atomic, so readers always see a whole manifest.
struct Manifest {
  int format = 1;
  std::string command;      // "attack"
  std::string arguments;    // the command line as typed
  std::string version;      // of Agon
  std::string config_hash;  // SHA-256 of config.yaml
  std::uint64_t seed = 0;
  std::string device;  // "cpu (Intel Xeon, 2 threads)"
  RunStatus status = RunStatus::kRunning;
  std::string message;                     // the error, when failed
  std::string started, updated, finished;  // UTC; `updated` is the heartbeat
  double heartbeat = 0;                    // the same in seconds since 1970
  std::int64_t process = 0;                // pid
  std::int64_t process_start = 0;          // clock ticks from boot to its start; 0: unknown
  std::string boot;  // /proc/sys/kernel/random/boot_id: a pid means nothing after a reboot
  std::string host;
  bool paused = false;                       // waits for "resume" in its control folder
  std::optional<ManifestProgress> progress;  // of what is or was last done; not every run has it
  nlohmann::json inputs = nlohmann::json::object();    // path -> sha256 of data and weights
  nlohmann::json versions = nlohmann::json::object();  // "libtorch": "2.11.0", ...
  nlohmann::json plugins = nlohmann::json::array();    // {path, sha256, components}
  nlohmann::json notes = nlohmann::json::array();  // "TF32 on", "no deterministic kernel for ..."

  [[nodiscard]] nlohmann::json ToJson() const;
  static Manifest FromJson(const nlohmann::json& json);  // Error(kData) naming the field
};

void WriteManifest(const Path& run_folder, const Manifest& manifest);
[[nodiscard]] Manifest ReadManifest(const Path& run_folder);
// Running and its process is gone (or the machine rebooted): it was killed.
[[nodiscard]] bool IsDead(const Manifest& manifest);
[[nodiscard]] std::string_view NameOf(RunStatus status);
[[nodiscard]] std::string BootId();
// When a process began, in clock ticks since the machine was booted: with its number this names it,
// as numbers come again. 0: there is no such process.
[[nodiscard]] std::int64_t ProcessStart(std::int64_t process);

}  // namespace agon::record
