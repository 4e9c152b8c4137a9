// SPDX-License-Identifier: Apache-2.0
// Starts commands of agon and asks it about configurations, all in the background: the schema of a
// kind, a file with every default written out, whether an edited configuration is right, a new run,
// a run that goes on. A run that was started does not end with the viewer.
//
// Thread safety: the thread that draws.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/files.h"
#include "runtime/base/process.h"
#include "runtime/config/value.h"
#include "viewer/core/background.h"
#include "viewer/runs/field_spec.h"

namespace agon::viewer {

// What has a configuration file: as `--kind` names it, and the command.
struct CommandKind {
  std::string_view kind;
  std::string_view command;
};
[[nodiscard]] const std::vector<CommandKind>& CommandKinds();
// Null for commands without a configuration of their own (translate, match).
[[nodiscard]] const CommandKind* KindOfCommand(std::string_view command);
// By keys that only one kind has, as `agon check` decides.
[[nodiscard]] const CommandKind& KindOfConfig(const config::Value& value);

class RunStarter {
 public:
  // `program`: build/agon.
  RunStarter(Background& background, Path program);
  ~RunStarter();
  RunStarter(const RunStarter&) = delete;
  RunStarter& operator=(const RunStarter&) = delete;

  // Asked for at the first call. Null while it is on its way, and when it failed.
  [[nodiscard]] std::shared_ptr<const FieldSpec> Schema(std::string_view kind);
  [[nodiscard]] std::string SchemaProblem(std::string_view kind) const;

  // The file as `agon check --resolved` writes it: every default, every path absolute.
  struct Loaded {
    std::string kind;
    config::Value value;
    std::string problem;  // why there is no value; what agon check said
  };
  [[nodiscard]] Pending<Loaded> Load(const Path& file, const std::string& kind);

  struct Checked {
    bool ok = false;
    std::string text;  // what agon check said
  };
  [[nodiscard]] Pending<Checked> Check(const std::string& kind, const std::string& yaml);

  // `agon COMMAND FILE --run FOLDER`, `agon COMMAND --resume FOLDER`. What becomes of it:
  // started().
  void Start(const std::string& command, const std::string& yaml, const Path& folder,
             const std::vector<std::string>& more_arguments);
  void Resume(const std::string& command, const Path& folder);

  struct Started {
    std::size_t number = 0;  // in the order of starting
    std::string command;
    Path folder;
    bool stands = false;            // the run has its manifest
    std::optional<ProcessEnd> end;  // of the process
    std::string problem;            // it could not be started
    std::string output;             // the last of what it printed
    // Ended, or never begun, without a run: `output` or `problem` says why.
    [[nodiscard]] bool failed() const { return !problem.empty() || (end && !end->ok()); }
  };
  [[nodiscard]] std::vector<Started> started() const;
  // Something is being started, and neither stands nor has failed yet.
  [[nodiscard]] bool starting() const;

 private:
  struct Entry;
  struct Runs;
  void Launch(Entry entry, std::vector<std::string> arguments, std::string yaml);

  Background& background_;
  Path program_;
  std::shared_ptr<std::atomic<bool>> stop_;
  std::map<std::string, Pending<std::shared_ptr<const FieldSpec>>, std::less<>> schemas_;
  std::shared_ptr<Runs> runs_;
  std::shared_ptr<void> looking_;  // last: ends first
};

// runs/20261125-211600-attack beside `beside`.
[[nodiscard]] Path NewRunFolder(const Path& parent, std::string_view command);

}  // namespace agon::viewer
