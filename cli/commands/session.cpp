// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/session.h"

#include <fmt/format.h>
#include <torch/version.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#include "attacks/attack.h"
#include "cli/viewer_program.h"
#include "cyclegan/learn/domains.h"
#include "defenses/objective.h"
#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/base/progress.h"
#include "runtime/base/stop.h"
#include "runtime/base/version.h"
#include "runtime/data/dataset.h"
#include "runtime/nn/model.h"
#include "runtime/plugin/registry.h"
#include "runtime/train/optimizer.h"
#include "runtime/train/schedule.h"
#include "selfplay/search/game_of.h"

namespace agon::cli {
namespace {

constexpr int kSignalExit = 128;  // as shells count: 130 for SIGINT, 143 for SIGTERM

void RegisterBuiltIns() {
  static std::once_flag once;
  std::call_once(once, [] {
    Registry& registry = GlobalRegistry();
    nn::RegisterModels(registry);
    data::RegisterDatasets(registry);
    train::RegisterOptimizers(registry);
    train::RegisterSchedules(registry);
    attacks::RegisterAttacks(registry);
    defenses::RegisterObjectives(registry);
    selfplay::RegisterGames(registry);
    cyclegan::RegisterDomains(registry);
  });
}

nlohmann::json Versions() { return {{"agon", AGON_VERSION}, {"libtorch", TORCH_VERSION}}; }

nlohmann::json ToJson(const std::vector<PluginInfo>& plugins) {
  nlohmann::json list = nlohmann::json::array();
  for (const PluginInfo& plugin : plugins) {
    list.push_back({{"path", plugin.path.string()},
                    {"sha256", plugin.sha256},
                    {"components", plugin.components}});
  }
  return list;
}

// What may make a continued run differ from an uninterrupted one.
void NoteDifferences(run::Run& run, const std::string& device, const nlohmann::json& plugins) {
  const record::Manifest& manifest = run.manifest();
  if (manifest.device != device) {
    log::Warning("this run was begun on {} and continues on {}: numbers may differ slightly",
                 manifest.device, device);
    run.AddNote(fmt::format("begun on {}, continued on {}", manifest.device, device));
  }
  if (manifest.plugins != plugins) {
    log::Warning("a plug-in library is not the one this run was begun with");
    run.AddNote("continued with other plug-in libraries: " + plugins.dump());
  }
}

}  // namespace

Session::Session(const CommandLine& line) : line_(line) {
  const bool colour = ::isatty(STDERR_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
  log::SetUp(line.common.quiet ? log::Level::kWarning : log::Level::kInfo, colour);
  if (!line.common.quiet) SetProgressSink(MakeStderrProgress());
  CatchStopSignals();
  KeepFreedMemory();
  nn::TrustModels(line.common.trust_model);
  RegisterBuiltIns();
}

Session::~Session() { SetProgressSink(nullptr); }

void Session::LoadPlugin(const Path& path) {
  PluginInfo info = agon::LoadPlugin(path, TORCH_VERSION, GlobalRegistry());
  const bool known = std::any_of(plugins_.begin(), plugins_.end(),
                                 [&](const PluginInfo& p) { return p.path == info.path; });
  if (!known) plugins_.push_back(std::move(info));
}

void Session::LoadPlugins() {
  for (const std::string& path : line_.common.plugins) LoadPlugin(path);
}

void Session::LoadPluginsOf(config::Value& root) {
  LoadPlugins();
  if (const config::Value* const named = root.Find("plugins")) {
    config::Problems problems;
    config::Reader reader{problems, nullptr};
    config::FieldInfo info;
    info.name = "plugins";
    std::vector<Path> paths;
    config::ReadMember(*named, info, reader, info.name, paths);
    problems.ThrowIfAny();
    for (const Path& path : paths) LoadPlugin(path);
  }
  if (plugins_.empty()) return;
  config::Value all = config::Value::Sequence();
  for (const PluginInfo& plugin : plugins_) {
    all.items().push_back(config::ToValue(plugin.path));
  }
  root.Set("plugins", std::move(all));
}

config::Value Session::LoadConfig(const std::string& file) {
  if (!resuming()) return LoadConfigFile(file);
  config::Value root = run::Run::ConfigOf(line_.common.resume);
  // Before the configuration is read: another command's would only give a list of unknown keys.
  const std::string begun = record::ReadManifest(line_.common.resume).command;
  if (begun != line_.command) {
    agon::Fail(ErrorKind::kUsage,
               "{0}: is a run of agon {1}; continue it with agon {1} --resume {0}",
               line_.common.resume, begun);
  }
  LoadPluginsOf(root);
  return root;
}

config::Value Session::LoadConfigFile(const Path& file) {
  config::Problems problems;
  config::Value root = config::LoadYaml(file, problems);
  problems.ThrowIfAny();
  if (root.IsNull()) {  // an empty file
    config::Location start = root.location;
    root = config::Value::Mapping();
    root.location = std::move(start);
  }
  if (!root.IsMapping()) {
    problems.Add(root.location, {}, "expected a mapping, found " + root.Describe(),
                 "write keys, one a line, as in seed: 0");
    problems.ThrowIfAny();
  }
  return CompleteConfig(std::move(root));
}

config::Value Session::CompleteConfig(config::Value root) {
  config::Problems problems;
  for (const std::string& assignment : line_.common.sets) {
    config::ApplyOverride(root, assignment, problems);
  }
  if (line_.common.seed) {
    root.Set("seed", config::Value::Scalar(std::to_string(*line_.common.seed)));
  }
  problems.ThrowIfAny();
  LoadPluginsOf(root);
  return root;
}

const DevicePolicy& Session::Device() {
  if (!device_) {
    device_ = ChooseDevice(line_.common.device, line_.common.threads);
    log::Info("device: {}", device_->description);
  }
  return *device_;
}

run::Run& Session::ContinueRun(const Path& folder, const std::string& command,
                               const std::vector<Path>& inputs) {
  runs_.push_back(run::Run::Resume(folder, command.empty() ? line_.command : command, inputs));
  NoteDifferences(runs_.back(), Device().description, ToJson(plugins_));
  log::Info("run: {}", runs_.back().folder().string());
  OpenViewer();
  return runs_.back();
}

// On the command's first run: the others lie in its folder.
void Session::OpenViewer() {
  if (!common().view || runs_.size() > 1) return;
  const Path folder = std::filesystem::absolute(runs_.front().folder());
  const std::string problem = StartViewer(line_.program, folder.string());
  if (!problem.empty()) log::Warning("{}", problem);
}

run::Run& Session::OpenRun(run::RunOptions options) {
  if (resuming()) return ContinueRun(line_.common.resume, options.command, options.inputs);
  const DevicePolicy& device = Device();
  if (options.folder.empty()) options.folder = line_.common.run;
  if (options.command.empty()) options.command = line_.command;
  if (options.arguments.empty()) options.arguments = line_.arguments;
  if (options.device.empty()) options.device = device.description;
  if (options.versions.empty()) options.versions = Versions();
  if (options.plugins.empty()) options.plugins = ToJson(plugins_);
  for (const std::string& note : device.notes) options.notes.push_back(note);
  runs_.push_back(run::Run::Create(options));
  log::Info("run: {}", runs_.back().folder().string());
  OpenViewer();
  return runs_.back();
}

void Session::Stop() {
  const int signal = StopSignal();
  agon::Fail(ErrorKind::kInterrupted, "{}", signal == SIGTERM ? "terminated" : "interrupted");
}

void Session::Print(std::string_view text) const {
  EraseProgressLine();
  if (!line_.common.json) fmt::print("{}", text);
}

void Session::PrintJson(const nlohmann::json& json) const {
  EraseProgressLine();
  if (line_.common.json) fmt::print("{}\n", json.dump(2));
}

int Session::Fail(const Error& error) {
  EraseProgressLine();
  const bool interrupted = error.kind() == ErrorKind::kInterrupted;
  if (!interrupted) {
    log::Write(log::Level::kError, error.what());
  } else if (runs_.empty()) {
    log::Warning("{}", error.what());
  } else {
    log::Warning("{}; {}", error.what(),
                 line_.resumable ? fmt::format("continue with: agon {} --resume {}", line_.command,
                                               runs_.back().folder().string())
                                 : "it cannot be continued, only begun again");
  }
  for (run::Run& run : runs_) {
    try {
      if (interrupted) {
        run.Interrupt();
      } else {
        run.Fail(error.what());
      }
    } catch (const std::exception& second) {
      log::Warning("{}: its end could not be recorded: {}", run.folder().string(), second.what());
    }
  }
  if (interrupted) return kSignalExit + (StopSignal() == SIGTERM ? SIGTERM : SIGINT);
  return runs_.empty() && error.kind() != ErrorKind::kInternal ? kExitUsage : kExitFault;
}

std::string FormatTable(const std::vector<std::vector<std::string>>& rows,
                        const std::vector<bool>& numeric) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool right = i < numeric.size() && numeric[i];
      line += right ? fmt::format("  {:>{}}", row[i], widths[i])
                    : fmt::format("  {:<{}}", row[i], widths[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace agon::cli
