// SPDX-License-Identifier: Apache-2.0
// What every command does alike: logging, components and plug-ins, the configuration with its
// overrides, the device, the run folder, and how an end of any kind becomes an exit code.
//
//   int RunTrain(const CommandLine& line, Session& session) {
//     const config::Value raw = session.LoadConfig(line.train.config);      // or of --resume
//     const auto config = ReadConfig<TrainConfig>(raw);
//     const DevicePolicy& device = session.Device();
//     ... everything that can be found wrong before work starts ...
//     run::Run& run = session.OpenRunOf(config, dataset);
//     ... work; poll `run.Tick()`; on stop: save a checkpoint, session.Stop() ...
//     run.Finish();
//     return kExitDone;
//   }
//
// Thread safety: one thread.
#pragma once

#include <list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options.h"
#include "runtime/config/fields.h"
#include "runtime/data/dataset.h"
#include "runtime/plugin/library.h"
#include "runtime/run/run.h"
#include "runtime/tensor/device.h"

namespace agon::cli {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFault = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitRequirement = 3;

class Session {
 public:
  // Sets up logging, progress and stop signals, registers all built-in components once per process.
  explicit Session(const CommandLine& line);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] const CommandLine& line() const { return line_; }
  [[nodiscard]] const CommonOptions& common() const { return line_.common; }
  [[nodiscard]] bool resuming() const { return !line_.common.resume.empty(); }

  // The configuration a command works on: with --resume the run's own (--set and --seed are then
  // refused), else `file` with --seed and --set applied. Loads the plug-ins that it and --plugin
  // name; the key `plugins` of the result lists them all. Error(kUsage, kConfig, kPlugin).
  [[nodiscard]] config::Value LoadConfig(const std::string& file);
  // The same without a command line's --resume: for commands that read several files.
  [[nodiscard]] config::Value LoadConfigFile(const Path& file);
  // The same for a configuration that a command made of its own options.
  [[nodiscard]] config::Value CompleteConfig(config::Value root);
  // Those of --plugin, for commands without a configuration.
  void LoadPlugins();

  // Chosen at the first call from --device and --threads.
  [[nodiscard]] const DevicePolicy& Device();

  // Opens the run folder: continues the one of --resume, else makes one (`folder` of the options
  // wins over --run). Fills in command, arguments, device, versions, plug-ins and notes where the
  // options leave them empty. From here on a failure is exit code 1 and marks the run failed.
  [[nodiscard]] run::Run& OpenRun(run::RunOptions options);

  // The run of a configuration that has a seed, images, and perhaps files of models.
  template <config::Described T>
  [[nodiscard]] run::Run& OpenRunOf(const T& config, const data::Dataset& dataset) {
    run::RunOptions options;
    options.config = config::Dump(config);
    options.seed = static_cast<std::uint64_t>(config.seed);
    options.inputs = dataset.files;
    for (Path& file : config.ModelFiles()) options.inputs.push_back(std::move(file));
    return OpenRun(std::move(options));
  }

  // Continues the run in `folder`, whatever --resume says; `command` is the one it must be of,
  // empty: this one. `inputs`: what it reads now.
  [[nodiscard]] run::Run& ContinueRun(const Path& folder, const std::string& command = {},
                                      const std::vector<Path>& inputs = {});

  // Ends a command that was asked to stop, after its checkpoint: throws Error(kInterrupted).
  [[noreturn]] void Stop();

  // Results for people go to stdout unless --json; the JSON object only with --json.
  void Print(std::string_view text) const;
  void PrintJson(const nlohmann::json& json) const;

  // Called by entry.cpp with what ended the command: logs it, marks the runs, gives the exit code.
  [[nodiscard]] int Fail(const Error& error);

 private:
  void LoadPlugin(const Path& path);
  void LoadPluginsOf(config::Value& root);
  void OpenViewer();

  const CommandLine& line_;
  std::optional<DevicePolicy> device_;
  std::vector<PluginInfo> plugins_;
  std::list<run::Run> runs_;  // addresses stay
};

// Reads a whole configuration into its struct. Error(kConfig) with every problem found.
template <config::Described T>
[[nodiscard]] T ReadConfig(const config::Value& value) {
  config::Problems problems;
  config::Reader reader{problems, nullptr};
  T result = config::Read<T>(value, reader);
  problems.ThrowIfAny();
  return result;
}

// A plain table for a terminal: the first row is the heading; `numeric` columns are right-aligned.
[[nodiscard]] std::string FormatTable(const std::vector<std::vector<std::string>>& rows,
                                      const std::vector<bool>& numeric);

}  // namespace agon::cli
