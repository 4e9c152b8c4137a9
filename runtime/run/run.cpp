// SPDX-License-Identifier: Apache-2.0
// The layout is described in docs/formats.md, "Run folder".
#include "runtime/run/run.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <exception>
#include <system_error>
#include <thread>

#include "runtime/base/clock.h"
#include "runtime/base/error.h"
#include "runtime/base/hash.h"
#include "runtime/base/log.h"
#include "runtime/base/progress.h"
#include "runtime/base/stop.h"
#include "runtime/base/version.h"

namespace agon::run {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr auto kHeartbeat = std::chrono::seconds(2);
constexpr auto kPausePoll = std::chrono::milliseconds(100);
constexpr int kMostNumbers = 1000;  // of runs started within one second

std::string HostName() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : "unknown";
}

bool HoldsRun(const Path& folder) { return fs::exists(folder / "manifest.json"); }

// Makes `folder` and nobody else: false when it exists already.
bool MakeNew(const Path& folder) {
  std::error_code error;
  const bool made = fs::create_directory(folder, error);
  if (error) {
    Fail(ErrorKind::kIo, "{}: cannot make this run folder: {}", folder.string(), error.message());
  }
  return made;
}

// runs/<date-time>-<command>, with a number when two runs start within one second.
Path MakeDefaultFolder(const std::string& command) {
  const Path base = fs::absolute("runs");
  MakeFolder(base);
  std::string name = FolderTimestamp() + "-" + command;
  std::replace(name.begin(), name.end(), ' ', '-');  // "selfplay train"
  for (int number = 1; number <= kMostNumbers; ++number) {
    Path folder = base / (number == 1 ? name : fmt::format("{}-{}", name, number));
    if (MakeNew(folder)) return folder;
  }
  Fail(ErrorKind::kIo, "{}: no free name for a run; pass --run DIR", (base / name).string());
}

Path MakeRunFolder(const RunOptions& options) {
  if (options.folder.empty()) return MakeDefaultFolder(options.command);
  Path folder = fs::absolute(options.folder).lexically_normal();
  std::error_code error;
  if (HoldsRun(folder)) {
    Fail(ErrorKind::kUsage,
         "{}: holds a run already; continue it with --resume {}, or choose another folder with "
         "--run",
         folder.string(), folder.string());
  }
  if (fs::is_directory(folder, error) && !fs::is_empty(folder, error)) {
    Fail(ErrorKind::kUsage, "{}: is not empty; choose another folder with --run", folder.string());
  }
  MakeFolder(folder);
  return folder;
}

std::string NameOfInput(const Path& input) {
  return fs::absolute(input).lexically_normal().string();
}

nlohmann::json HashInputs(const std::vector<Path>& inputs) {
  nlohmann::json hashes = nlohmann::json::object();
  for (const Path& input : inputs) {
    const std::string name = NameOfInput(input);
    if (!hashes.contains(name)) hashes[name] = Sha256OfFile(input);
  }
  return hashes;
}

void SetProcess(record::Manifest& manifest) {
  manifest.status = record::RunStatus::kRunning;
  manifest.message.clear();
  manifest.finished.clear();
  manifest.process = ::getpid();
  manifest.process_start = record::ProcessStart(manifest.process);
  manifest.boot = record::BootId();
  manifest.host = HostName();
}

}  // namespace

struct Run::Impl {
  explicit Impl(Path run_folder) : folder(std::move(run_folder)) {}

  // What both a new run and a continued one need, once the manifest is there.
  void Open(bool recording) {
    MakeFolder(folder / "control");
    MakeFolder(folder / "checkpoints");
    log::AddFile(folder / "log.txt");
    recorder = recording ? std::make_unique<record::Recorder>(folder)
                         : std::make_unique<record::Recorder>();
    inbox = std::make_unique<record::ControlInbox>(folder);
  }

  void WriteManifest() {
    // What was reported before belongs to an earlier run of this process.
    if (const auto latest = LatestProgress(); latest && latest->when >= opened) {
      manifest.progress = {.label = latest->label,
                           .done = latest->done,
                           .total = latest->total,
                           .unit = latest->unit,
                           .rate = latest->rate,
                           .seconds_left = latest->finished ? -1 : latest->seconds_left,
                           .note = latest->note};
    }
    manifest.paused = paused && !ended;
    manifest.heartbeat = UnixTime();
    manifest.updated = UtcTimestamp();
    record::WriteManifest(folder, manifest);
    beat = Clock::now();
  }

  // A full disk may have room again later: work goes on, and its own files say when they cannot be
  // written.
  void Beat() {
    try {
      WriteManifest();
      silent = false;
    } catch (const Error& error) {
      if (!silent) log::Warning("{}; the work goes on", error.what());
      silent = true;
      beat = Clock::now();
    }
  }

  void End(record::RunStatus status, const std::string& message) {
    if (ended) return;
    ended = true;
    std::string problem;
    try {
      recorder->Flush();
    } catch (const Error& error) {
      // The run's own message matters more; a run that claims to be whole must not hide it.
      problem = error.what();
    }
    manifest.status = status;
    manifest.message = message;
    if (!problem.empty() && status == record::RunStatus::kDone) {
      manifest.status = record::RunStatus::kFailed;
      manifest.message = problem;
    }
    manifest.finished = UtcTimestamp();
    WriteManifest();
    log::RemoveFile();
    if (!problem.empty() && status == record::RunStatus::kDone) {
      throw Error(ErrorKind::kIo, problem);
    }
  }

  Path folder;
  record::Manifest manifest;
  std::unique_ptr<record::Recorder> recorder;
  std::unique_ptr<record::ControlInbox> inbox;
  Clock::time_point opened = Clock::now();
  Clock::time_point beat = opened;
  bool silent = false;  // the last heartbeat could not be written
  bool ended = false;
  bool paused = false;
  int exceptions_at_start = std::uncaught_exceptions();
};

Run::Run(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Run::Run(Run&&) noexcept = default;

Run::~Run() {
  if (impl_ == nullptr || impl_->ended) return;
  try {
    if (StopSignal() != 0) {
      Interrupt();
    } else {
      Fail(std::uncaught_exceptions() > impl_->exceptions_at_start
               ? "ended by an error; see log.txt"
               : "ended without a result");
    }
  } catch (const std::exception& error) {
    // The disk may be what failed; the heartbeat then tells readers that the run is dead.
    log::Warning("{}: its end could not be recorded: {}", impl_->folder.string(), error.what());
  }
}

Run Run::Create(const RunOptions& options) {
  // Hashed first: a missing input must not leave a run folder behind.
  nlohmann::json inputs = HashInputs(options.inputs);
  auto impl = std::make_unique<Impl>(MakeRunFolder(options));
  const Path folder = impl->folder;
  const std::string yaml = config::ToYaml(options.config);
  record::Manifest& manifest = impl->manifest;
  manifest.command = options.command;
  manifest.arguments = options.arguments;
  manifest.version = AGON_VERSION;
  manifest.config_hash = Sha256(AsBytes(yaml));
  manifest.seed = options.seed;
  manifest.device = options.device;
  manifest.started = UtcTimestamp();
  manifest.inputs = std::move(inputs);
  manifest.versions = options.versions;
  manifest.plugins = options.plugins;
  manifest.notes = options.notes;
  SetProcess(manifest);
  try {
    // The manifest last: a folder with a manifest is a run and has its configuration.
    WriteFileAtomic(folder / "config.yaml", yaml);
    impl->WriteManifest();
    impl->Open(options.record);
  } catch (...) {
    impl.reset();
    log::RemoveFile();
    std::error_code ignored;
    fs::remove_all(folder, ignored);  // it was new or empty; half a run is of no use
    throw;
  }
  return Run(std::move(impl));
}

Run Run::Resume(const Path& folder, const std::string& command, const std::vector<Path>& inputs) {
  if (!HoldsRun(folder)) {
    agon::Fail(ErrorKind::kUsage, "{}: is no run (it has no manifest.json)", folder.string());
  }
  auto impl = std::make_unique<Impl>(fs::absolute(folder).lexically_normal());
  impl->manifest = record::ReadManifest(folder);
  record::Manifest& manifest = impl->manifest;
  if (manifest.command != command) {
    agon::Fail(ErrorKind::kUsage, "{}: is a run of agon {}, not of agon {}", folder.string(),
               manifest.command, command);
  }
  if (manifest.status == record::RunStatus::kRunning && !record::IsDead(manifest)) {
    agon::Fail(ErrorKind::kUsage, "{}: is still running as process {} on {}; stop it first",
               folder.string(), manifest.process, manifest.host);
  }
  const std::string yaml = ReadFileText(folder / "config.yaml", config::kMaxConfigBytes);
  if (Sha256(AsBytes(yaml)) != manifest.config_hash) {
    agon::Fail(ErrorKind::kUsage,
               "{}: was changed since the run began; start a new run with the new configuration",
               (folder / "config.yaml").string());
  }
  for (const auto& [path, hash] : manifest.inputs.items()) {
    if (Sha256OfFile(path) != hash.get<std::string>()) {
      agon::Fail(ErrorKind::kData, "{}: was changed since the run {} began; start a new run", path,
                 folder.string());
    }
  }
  for (const Path& input : inputs) {
    const std::string name = NameOfInput(input);
    if (manifest.inputs.contains(name)) continue;
    agon::Fail(ErrorKind::kData,
               "{}: was not there when the run {} began; take it away, or start a new run", name,
               folder.string());
  }
  SetProcess(manifest);
  if (manifest.version != AGON_VERSION) {
    manifest.notes.push_back(
        fmt::format("begun with agon {}, continued with agon {}", manifest.version, AGON_VERSION));
  }
  impl->WriteManifest();
  impl->Open(true);
  return Run(std::move(impl));
}

config::Value Run::ConfigOf(const Path& folder) {
  if (!HoldsRun(folder)) {
    agon::Fail(ErrorKind::kUsage, "{}: is no run (it has no manifest.json)", folder.string());
  }
  config::Problems problems;
  config::Value value = config::LoadYaml(folder / "config.yaml", problems);
  problems.ThrowIfAny();
  return value;
}

const Path& Run::folder() const { return impl_->folder; }
record::Recorder& Run::recorder() { return *impl_->recorder; }
const record::Manifest& Run::manifest() const { return impl_->manifest; }

void Run::AddNote(const std::string& note) {
  for (const auto& present : impl_->manifest.notes) {
    if (present == note) return;
  }
  impl_->manifest.notes.push_back(note);
  impl_->WriteManifest();
}

Run::Requests Run::Tick() {
  Requests requests;
  bool step = false;
  while (true) {
    const bool was_paused = impl_->paused;
    for (const record::ControlCommand& command : impl_->inbox->Poll()) {
      if (command.command == "pause") impl_->paused = true;
      if (command.command == "resume") impl_->paused = false;
      if (command.command == "step") step = true;
      if (command.command == "stop") RequestStop(SIGINT);
      if (command.command == "checkpoint") requests.checkpoint = true;
      if (command.command == "set") requests.changes.push_back(command);
    }
    const bool turned = impl_->paused != was_paused;
    if (turned || Clock::now() - impl_->beat >= kHeartbeat) impl_->Beat();
    requests.stop = StopSignal() != 0;
    // A paused run still answers: it stops, saves and changes at once, and one step at a time.
    const bool asked = requests.stop || requests.checkpoint || !requests.changes.empty() || step;
    if (!impl_->paused || asked) return requests;
    std::this_thread::sleep_for(kPausePoll);
  }
}

void Run::Finish() { impl_->End(record::RunStatus::kDone, {}); }
void Run::Interrupt() { impl_->End(record::RunStatus::kInterrupted, {}); }
void Run::Fail(const std::string& message) { impl_->End(record::RunStatus::kFailed, message); }

}  // namespace agon::run
