// SPDX-License-Identifier: Apache-2.0
#include "viewer/core/run_list.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "runtime/base/clock.h"
#include "runtime/base/error.h"
#include "viewer/core/text_tail.h"

namespace agon::viewer {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kManifest = "manifest.json";
constexpr std::size_t kMostFolders = 100'000;  // that are looked into below all roots
// A time stamp of a file is as coarse as the kernel's tick: a change right after the look may carry
// the same one. Only an older one proves that nothing changed since.
constexpr double kSettledSeconds = 2;

// What tells one state of a file or folder from another.
struct Stamp {
  std::uint64_t inode = 0;
  std::int64_t size = 0, seconds = 0, nanoseconds = 0;
  bool operator==(const Stamp&) const = default;
};

enum class Kind { kNone, kFile, kFolder };
// `error`: why nothing is known, when it is not simply absent.
Kind Look(const Path& path, Stamp& stamp, int* error = nullptr) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    if (error != nullptr) *error = errno == ENOENT || errno == ENOTDIR ? 0 : errno;
    return Kind::kNone;
  }
  stamp = {.inode = info.st_ino,
           .size = info.st_size,
           .seconds = info.st_mtim.tv_sec,
           .nanoseconds = info.st_mtim.tv_nsec};
  if (S_ISDIR(info.st_mode)) return Kind::kFolder;
  return S_ISREG(info.st_mode) ? Kind::kFile : Kind::kNone;
}

Path Normal(const Path& path) {
  std::error_code error;
  const Path absolute = fs::absolute(path, error);
  Path normal = (error ? path : absolute).lexically_normal();
  if (!normal.has_filename() && normal.has_parent_path()) normal = normal.parent_path();
  return normal;
}

// Other programs have files of this name too: one that cannot be read as ours counts as a damaged
// run only when something else of a run is there.
bool HasRunFiles(const Path& folder) {
  Stamp stamp;
  return Look(folder / "config.yaml", stamp) == Kind::kFile ||
         Look(folder / "recording", stamp) == Kind::kFile;
}

RunState StateOf(const record::Manifest& manifest) {
  switch (manifest.status) {
    case record::RunStatus::kRunning:
      if (record::IsDead(manifest)) return RunState::kDead;
      return manifest.paused ? RunState::kPaused : RunState::kRunning;
    case record::RunStatus::kDone:
      return RunState::kDone;
    case record::RunStatus::kFailed:
      return RunState::kFailed;
    case record::RunStatus::kInterrupted:
      return RunState::kInterrupted;
  }
  return RunState::kUnreadable;
}

// Each gets the shortest ending of its path that no other one has.
void GiveNames(std::vector<RunEntry>& runs) {
  std::vector<std::vector<std::string>> parts(runs.size());
  std::vector<std::size_t> used(runs.size(), 0), open(runs.size());
  for (std::size_t i = 0; i < runs.size(); ++i) {
    for (const Path& part : runs[i].folder.relative_path()) parts[i].push_back(part.string());
    runs[i].name.clear();
    open[i] = i;
  }
  while (!open.empty()) {
    std::unordered_map<std::string, std::size_t> count;
    for (const std::size_t i : open) {
      if (used[i] < parts[i].size()) {
        const std::string& part = parts[i][parts[i].size() - ++used[i]];
        runs[i].name = used[i] == 1 ? part : part + "/" + runs[i].name;
      }
      ++count[runs[i].name];
    }
    std::erase_if(open, [&](std::size_t i) {
      return count[runs[i].name] == 1 || used[i] >= parts[i].size();
    });
  }
  for (RunEntry& run : runs) run.name = ValidUtf8(run.name.empty() ? "/" : run.name);
}

bool Differ(const RunEntry& a, const RunEntry& b) {
  return a.folder != b.folder || a.name != b.name || a.state != b.state || a.problem != b.problem ||
         a.manifest.heartbeat != b.manifest.heartbeat || a.manifest.status != b.manifest.status ||
         a.manifest.started != b.manifest.started;
}

}  // namespace

std::string_view NameOf(RunState state) {
  switch (state) {
    case RunState::kRunning:
      return "running";
    case RunState::kPaused:
      return "paused";
    case RunState::kDone:
      return "done";
    case RunState::kFailed:
      return "failed";
    case RunState::kInterrupted:
      return "interrupted";
    case RunState::kDead:
      return "killed";
    case RunState::kUnreadable:
      return "unreadable";
    case RunState::kGone:
      return "deleted";
  }
  return "unknown";
}

// What was found out before, so that a look at folders that did not change is one stat each.
struct RunList::Known {
  struct Folder {
    Stamp stamp;
    bool settled = false;  // the listing still holds when the stamp is the same
    std::vector<Path> subfolders;
    bool seen = false;  // in this look
  };
  struct Run {
    Stamp stamp;
    bool settled = false;
    record::Manifest manifest;
    std::string problem;
    bool is_run = true;  // a foreign manifest.json otherwise
    bool seen = false;   // in this look
  };
  std::map<Path, Folder> folders;
  std::map<Path, Run> runs;
  // Of one look:
  std::set<Path> found;
  std::size_t looked_into = 0;
  bool limited = false;

  void Walk(const Path& folder, int depth, bool is_root);
  bool ReadRun(const Path& folder, bool is_root);
  const std::vector<Path>& Subfolders(const Path& folder, const Stamp& stamp);
};

const std::vector<Path>& RunList::Known::Subfolders(const Path& folder, const Stamp& stamp) {
  Folder& known = folders[folder];
  known.seen = true;
  if (known.settled && known.stamp == stamp) return known.subfolders;
  known.stamp = stamp;
  known.settled = UnixTime() - static_cast<double>(stamp.seconds) > kSettledSeconds;
  known.subfolders.clear();
  std::error_code error;
  fs::directory_iterator entry(folder, fs::directory_options::skip_permission_denied, error);
  for (const fs::directory_iterator end; !error && entry != end; entry.increment(error)) {
    if (known.subfolders.size() >= kMostFolders) break;
    const std::string name = entry->path().filename().string();
    std::error_code ignored;
    if (name.starts_with(".") || !entry->is_directory(ignored)) continue;
    // A link may lead round in circles; one that leads to a run is followed.
    Stamp there;
    if (entry->is_symlink(ignored) && Look(entry->path() / kManifest, there) != Kind::kFile) {
      continue;
    }
    known.subfolders.push_back(entry->path());
  }
  std::sort(known.subfolders.begin(), known.subfolders.end());
  return known.subfolders;
}

// Whether there is a run.
bool RunList::Known::ReadRun(const Path& folder, bool is_root) {
  const Path file = folder / kManifest;
  Stamp stamp;
  if (Look(file, stamp) != Kind::kFile) return false;
  const auto place = runs.find(folder);
  if (place != runs.end() && place->second.settled && place->second.stamp == stamp &&
      (place->second.is_run || !is_root)) {
    place->second.seen = true;
    return place->second.is_run;
  }
  Run run;
  run.seen = true;
  run.stamp = stamp;
  run.settled = UnixTime() - static_cast<double>(stamp.seconds) > kSettledSeconds;
  try {
    run.manifest = record::ReadManifest(folder);
  } catch (const std::exception& error) {
    if (Look(file, stamp) != Kind::kFile) return false;  // it went while we looked
    run.problem = ValidUtf8(error.what());
    run.is_run = is_root || HasRunFiles(folder);
  }
  const bool is_run = run.is_run;
  runs.insert_or_assign(folder, std::move(run));
  return is_run;
}

void RunList::Known::Walk(const Path& folder, int depth, bool is_root) {
  Stamp stamp;
  if (Look(folder, stamp) != Kind::kFolder) return;
  if (++looked_into > kMostFolders) {
    limited = true;
    return;
  }
  const bool is_run = ReadRun(folder, is_root);
  if (is_run) found.insert(folder);
  if (depth >= kMaxDepth) return;
  // A run may hold runs of its own (agon demo), right below it; nothing deeper inside is looked at.
  const std::vector<Path> subfolders = Subfolders(folder, stamp);
  for (const Path& subfolder : subfolders) Walk(subfolder, is_run ? kMaxDepth : depth + 1, false);
}

RunList::RunList(const std::vector<Path>& roots)
    : runs_(std::make_shared<std::vector<RunEntry>>()), known_(std::make_shared<Known>()) {
  for (const Path& root : roots) AddRoot(root);
}

void RunList::AddRoot(const Path& root) {
  const Path normal = Normal(root);
  const std::lock_guard lock(mutex_);
  if (std::find(roots_.begin(), roots_.end(), normal) == roots_.end()) roots_.push_back(normal);
}

void RunList::Keep(const Path& folder) {
  const Path normal = Normal(folder);
  const std::lock_guard lock(mutex_);
  if (std::find(kept_.begin(), kept_.end(), normal) == kept_.end()) kept_.push_back(normal);
}

void RunList::Refresh() {
  std::vector<Path> roots, kept;
  std::shared_ptr<const std::vector<RunEntry>> before;
  {
    const std::lock_guard lock(mutex_);
    roots = roots_;
    kept = kept_;
    before = runs_;
  }
  Known& known = *known_;
  known.found.clear();
  known.looked_into = 0;
  known.limited = false;
  for (auto& [path, folder] : known.folders) folder.seen = false;
  for (auto& [path, run] : known.runs) run.seen = false;
  try {
    for (const Path& root : roots) known.Walk(root, 0, true);
  } catch (const std::exception&) {
    return;  // a folder that changed under the look: the next one tries again
  }
  std::erase_if(known.folders, [](const auto& entry) { return !entry.second.seen; });
  std::erase_if(known.runs, [](const auto& entry) { return !entry.second.seen; });

  auto runs = std::make_shared<std::vector<RunEntry>>();
  for (const Path& folder : known.found) {
    const Known::Run& run = known.runs.at(folder);
    RunEntry entry{.folder = folder,
                   .name = {},
                   .manifest = run.manifest,
                   .state = run.problem.empty() ? StateOf(run.manifest) : RunState::kUnreadable,
                   .problem = run.problem};
    runs->push_back(std::move(entry));
  }
  for (const Path& folder : kept) {
    if (known.found.contains(folder)) continue;
    const auto last = std::find_if(before->begin(), before->end(),
                                   [&](const RunEntry& run) { return run.folder == folder; });
    if (last == before->end()) continue;  // it never was here
    runs->push_back(*last);
    runs->back().state = RunState::kGone;
    runs->back().problem = "the run's folder is not there any more";
  }
  std::sort(runs->begin(), runs->end(), [](const RunEntry& a, const RunEntry& b) {
    if (a.manifest.started != b.manifest.started) return a.manifest.started > b.manifest.started;
    return a.folder > b.folder;
  });
  const bool limited = known.limited || runs->size() > kMaxRuns;
  if (runs->size() > kMaxRuns) runs->resize(kMaxRuns);
  GiveNames(*runs);
  const bool changed =
      !std::equal(runs->begin(), runs->end(), before->begin(), before->end(),
                  [](const RunEntry& a, const RunEntry& b) { return !Differ(a, b); });
  const std::lock_guard lock(mutex_);
  if (changed) runs_ = std::move(runs);
  limited_ = limited;
  looked_ = true;
}

bool RunList::looked() const {
  const std::lock_guard lock(mutex_);
  return looked_;
}

bool RunList::limited() const {
  const std::lock_guard lock(mutex_);
  return limited_;
}

std::shared_ptr<const std::vector<RunEntry>> RunList::Runs() const {
  const std::lock_guard lock(mutex_);
  return runs_;
}

std::optional<RunEntry> RunList::Find(const Path& folder) const {
  const Path normal = Normal(folder);
  const auto runs = Runs();
  const auto found = std::find_if(runs->begin(), runs->end(),
                                  [&](const RunEntry& run) { return run.folder == normal; });
  if (found == runs->end()) return std::nullopt;
  return *found;
}

}  // namespace agon::viewer
