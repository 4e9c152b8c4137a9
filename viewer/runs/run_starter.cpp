// SPDX-License-Identifier: Apache-2.0
#include "viewer/runs/run_starter.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/base/clock.h"
#include "runtime/base/error.h"
#include "runtime/base/temporary_folder.h"
#include "runtime/base/text.h"
#include "viewer/core/started_run.h"
#include "viewer/core/text_tail.h"

namespace agon::viewer {
namespace {

constexpr double kAnswerSeconds = 60;  // LibTorch may come from a cold disk
constexpr double kLookSeconds = 0.5;
constexpr std::size_t kMostText = std::size_t{64} << 10;

// A folder with one file in it, for programs that read files. Goes away with the last owner unless
// it is left.
class ConfigFile {
 public:
  explicit ConfigFile(const std::string& yaml) { WriteFileAtomic(file(), yaml); }
  [[nodiscard]] Path file() const { return folder_ / "config.yaml"; }
  void Leave() { folder_.Keep(); }

 private:
  TemporaryFolder folder_;
};

std::string OneText(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  if (text.size() > kMostText) text.resize(kMostText);
  std::string valid;
  for (const std::string& line : Split(text, '\n')) {
    valid += (valid.empty() ? "" : "\n") + ValidUtf8(line);
  }
  return valid;
}

// What a program complained about, or how it ended when it said nothing.
std::string Complaint(const Process::Result& result) {
  const std::string text = OneText(result.errors.empty() ? result.output : result.errors);
  return text.empty() ? "agon: " + result.end.Describe() : text;
}

void Replace(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
    text.replace(at, from.size(), to);
    at += to.size();
  }
}

using Stop = std::shared_ptr<std::atomic<bool>>;

Process::Result Ask(const Path& program, std::vector<std::string> arguments, const Stop& stop) {
  if (program.empty()) {
    Fail(ErrorKind::kUsage,
         "the program agon was not found beside agon-view: build it, or install both");
  }
  arguments.insert(arguments.begin(), program.string());
  return Process::Run(std::move(arguments), {}, {}, kAnswerSeconds,
                      [stop] { return stop->load(); });
}

std::vector<std::string> Words(std::string_view command) {
  return Split(std::string(command), ' ');
}

}  // namespace

const std::vector<CommandKind>& CommandKinds() {
  static const std::vector<CommandKind> kinds = {{"attack", "attack"},
                                                 {"train", "train"},
                                                 {"selfplay", "selfplay train"},
                                                 {"cyclegan", "cyclegan train"}};
  return kinds;
}

const CommandKind* KindOfCommand(std::string_view command) {
  const auto& kinds = CommandKinds();
  const auto found = std::find_if(kinds.begin(), kinds.end(),
                                  [&](const CommandKind& k) { return k.command == command; });
  return found == kinds.end() ? nullptr : &*found;
}

const CommandKind& KindOfConfig(const config::Value& value) {
  const auto has = [&](const char* key) { return value.IsMapping() && value.Find(key) != nullptr; };
  std::string_view kind = "attack";
  if (has("objective")) {
    kind = "train";
  } else if (has("game") || has("selfplay")) {
    kind = "selfplay";
  } else if (has("domains") || has("generator")) {
    kind = "cyclegan";
  }
  const auto& kinds = CommandKinds();
  return *std::find_if(kinds.begin(), kinds.end(),
                       [&](const CommandKind& k) { return k.kind == kind; });
}

struct RunStarter::Entry {
  Started started;
  std::shared_ptr<StartedRun> process;  // null while it is being started
  std::shared_ptr<ConfigFile> config;
};

struct RunStarter::Runs {
  std::mutex mutex;
  std::vector<Entry> entries;

  // From one thread at a time. The thread that draws takes the lock each frame: it is not held
  // while files and processes are looked at.
  void Look();
};

void RunStarter::Runs::Look() {
  struct Glance {
    std::size_t number = 0;
    Path folder;
    std::shared_ptr<StartedRun> process;  // null when it need not be looked at
    std::shared_ptr<ConfigFile> config;
    bool stands = false;
    std::optional<ProcessEnd> end;
    std::string output;
  };
  std::vector<Glance> glances;
  {
    const std::lock_guard lock(mutex);
    for (const Entry& entry : entries) {
      const Started& started = entry.started;
      if (started.stands && started.end && !entry.config) continue;
      glances.push_back({.number = started.number,
                         .folder = started.folder,
                         .process = started.end ? nullptr : entry.process,
                         .config = entry.config,
                         .stands = started.stands,
                         .end = started.end,
                         .output = {}});
    }
  }
  for (Glance& glance : glances) {
    if (glance.process) {
      glance.process->Poll();
      glance.end = glance.process->end();
      glance.output = OneText(glance.process->Output());
      if (glance.config) Replace(glance.output, glance.config->file().string(), "config.yaml");
    }
    std::error_code error;
    if (!glance.stands) {
      glance.stands = std::filesystem::exists(glance.folder / "manifest.json", error);
    }
  }
  const std::lock_guard lock(mutex);
  for (Glance& glance : glances) {
    Entry& entry = entries[glance.number];
    entry.started.stands = glance.stands;
    if (glance.process) {
      entry.started.end = glance.end;
      entry.started.output = std::move(glance.output);
    }
    // It has read its configuration. The file goes with the glance, after the lock; one that has
    // come meanwhile waits for the next look.
    if (glance.config && (glance.stands || glance.end)) entry.config.reset();
  }
}

RunStarter::RunStarter(Background& background, Path program)
    : background_(background),
      program_(std::move(program)),
      stop_(std::make_shared<std::atomic<bool>>(false)),
      runs_(std::make_shared<Runs>()) {}

RunStarter::~RunStarter() {
  stop_->store(true);
  looking_.reset();
  const std::lock_guard lock(runs_->mutex);
  for (Entry& entry : runs_->entries) {
    // A command that has just been started still has to read it.
    if (entry.config) entry.config->Leave();
  }
}

std::shared_ptr<const FieldSpec> RunStarter::Schema(std::string_view kind) {
  auto& pending = schemas_[std::string(kind)];
  if (!pending.started()) {
    pending = background_.Run<std::shared_ptr<const FieldSpec>>(
        [program = program_, kind = std::string(kind), stop = stop_] {
          const auto result = Ask(program, {"check", "--schema", "--kind", kind}, stop);
          if (!result.end.ok()) Fail(ErrorKind::kIo, "{}", Complaint(result));
          const auto json = nlohmann::json::parse(result.output, nullptr, false);
          return std::make_shared<const FieldSpec>(ReadSchema(json));
        });
  }
  return pending.get() == nullptr ? nullptr : *pending.get();
}

std::string RunStarter::SchemaProblem(std::string_view kind) const {
  const auto found = schemas_.find(kind);
  return found == schemas_.end() ? std::string() : found->second.error();
}

Pending<RunStarter::Loaded> RunStarter::Load(const Path& file, const std::string& kind) {
  return background_.Run<Loaded>([program = program_, file, kind, stop = stop_] {
    Loaded loaded;
    loaded.kind = kind;
    config::Problems problems;
    if (kind.empty()) {
      loaded.kind = KindOfConfig(config::LoadYaml(file, problems)).kind;
      problems.ThrowIfAny();
    }
    const auto result =
        Ask(program, {"check", "--resolved", "--kind", loaded.kind, "--", file.string()}, stop);
    if (!result.end.ok()) {
      // What is wrong may be what shall be edited: as it is, then, if it can be read at all.
      loaded.problem = Complaint(result);
      loaded.value = config::LoadYaml(file, problems);
      if (!problems.empty()) loaded.value = {};
      return loaded;
    }
    loaded.value = config::ParseYaml(result.output, file.string(), file.parent_path(), problems);
    problems.ThrowIfAny();
    return loaded;
  });
}

Pending<RunStarter::Checked> RunStarter::Check(const std::string& kind, const std::string& yaml) {
  return background_.Run<Checked>([program = program_, kind, yaml, stop = stop_] {
    const ConfigFile config(yaml);
    const auto result = Ask(program, {"check", "--kind", kind, config.file().string()}, stop);
    Checked checked;
    checked.ok = result.end.ok();
    checked.text = checked.ok ? OneText(result.output) : Complaint(result);
    Replace(checked.text, config.file().string(), "config.yaml");
    return checked;
  });
}

void RunStarter::Start(const std::string& command, const std::string& yaml, const Path& folder,
                       const std::vector<std::string>& more_arguments) {
  Entry entry;
  entry.started.command = command;
  entry.started.folder = folder;
  std::vector<std::string> arguments = Words(command);
  arguments.insert(arguments.end(), {"--run", folder.string()});
  arguments.insert(arguments.end(), more_arguments.begin(), more_arguments.end());
  Launch(std::move(entry), std::move(arguments), yaml);
}

void RunStarter::Resume(const std::string& command, const Path& folder) {
  Entry entry;
  entry.started.command = command;
  entry.started.folder = folder;
  std::vector<std::string> arguments = Words(command);
  arguments.insert(arguments.end(), {"--resume", folder.string()});
  Launch(std::move(entry), std::move(arguments), {});
}

void RunStarter::Launch(Entry entry, std::vector<std::string> arguments, std::string yaml) {
  std::size_t number = 0;
  {
    const std::lock_guard lock(runs_->mutex);
    number = runs_->entries.size();
    entry.started.number = number;
    runs_->entries.push_back(std::move(entry));
  }
  background_.Post([runs = runs_, number, program = program_, arguments = std::move(arguments),
                    yaml = std::move(yaml)]() mutable {
    std::shared_ptr<StartedRun> process;
    std::shared_ptr<ConfigFile> config;
    std::string problem;
    try {
      if (program.empty()) {
        Fail(ErrorKind::kUsage,
             "the program agon was not found beside agon-view: build it, or install both");
      }
      if (!yaml.empty()) {
        config = std::make_shared<ConfigFile>(yaml);
        arguments.push_back(config->file().string());
      }
      arguments.insert(arguments.begin(), program.string());
      process = std::make_shared<StartedRun>(std::move(arguments), Path());
    } catch (const std::exception& error) {
      problem = error.what();
    }
    const std::lock_guard lock(runs->mutex);
    Entry& place = runs->entries[number];
    place.process = std::move(process);
    place.config = std::move(config);
    place.started.problem = std::move(problem);
  });
  if (!looking_) looking_ = background_.Every(kLookSeconds, [runs = runs_] { runs->Look(); });
}

std::vector<RunStarter::Started> RunStarter::started() const {
  const std::lock_guard lock(runs_->mutex);
  std::vector<Started> all;
  for (const Entry& entry : runs_->entries) all.push_back(entry.started);
  return all;
}

bool RunStarter::starting() const {
  const std::lock_guard lock(runs_->mutex);
  return std::any_of(runs_->entries.begin(), runs_->entries.end(), [](const Entry& entry) {
    return !entry.started.stands && !entry.started.failed() && !entry.started.end;
  });
}

Path NewRunFolder(const Path& parent, std::string_view command) {
  std::string name = FolderTimestamp() + "-" + std::string(command);
  std::replace(name.begin(), name.end(), ' ', '-');
  return parent / name;
}

}  // namespace agon::viewer
