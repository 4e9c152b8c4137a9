// SPDX-License-Identifier: Apache-2.0
#include "viewer/core/workspace.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <utility>

namespace agon::viewer {
namespace {

constexpr double kLookSeconds = 1.0;     // between two looks through the folders
constexpr double kFollowSeconds = 0.1;   // between two looks at a recording
constexpr double kReadSeconds = 0.05;    // of reading at a time
constexpr int kReadsInARow = 20;         // then others have their turn
constexpr double kPollAllSeconds = 1.0;  // of reading at a time, when all is wanted

double SteadySeconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// What is called now and again is never called twice at a time: a call that finds another at work
// leaves it to that one.
std::function<void()> OneAtATime(std::function<void()> job) {
  struct State {
    std::mutex mutex;
    std::function<void()> job;
  };
  const auto state = std::make_shared<State>();
  state->job = std::move(job);
  return [state] {
    if (const std::unique_lock lock(state->mutex, std::try_to_lock); lock) state->job();
  };
}

// Keeps a recording and a log up to date until it goes away; a read that is going on is waited for
// in the background.
class Following {
 public:
  Following(Background& background, std::shared_ptr<RunTracks> tracks,
            std::shared_ptr<TextTail> log)
      : background_(background), stop_(std::make_shared<std::atomic<bool>>(false)) {
    const std::function<void()> poll =
        OneAtATime([stop = stop_, tracks = std::move(tracks), log = std::move(log)] {
          for (int i = 0; i < kReadsInARow && !stop->load(); ++i) {
            if (!tracks->Poll(kReadSeconds)) break;
          }
          if (!stop->load()) log->Poll();
        });
    background.Post(poll);
    repeated_ = background.Every(kFollowSeconds, poll);
  }
  ~Following() {
    stop_->store(true);
    background_.Post([repeated = std::move(repeated_)]() mutable { repeated.reset(); });
  }
  Following(const Following&) = delete;
  Following& operator=(const Following&) = delete;

 private:
  Background& background_;
  std::shared_ptr<std::atomic<bool>> stop_;
  std::shared_ptr<void> repeated_;
};

Path Absolute(const Path& path) {
  std::error_code failed;
  Path absolute = std::filesystem::weakly_canonical(path, failed);
  return failed ? path.lexically_normal() : absolute;
}

}  // namespace

Workspace::Workspace(WorkspaceOptions options) : options_(std::move(options)) {
  if (!options_.clock) options_.clock = SteadySeconds;
  if (!options_.settings_file.empty()) settings_ = LoadSettings(options_.settings_file);
  for (Path& root : options_.roots) root = Absolute(root);
  runs_ = std::make_shared<RunList>(options_.roots);
  background_ = std::make_unique<Background>();
  items_ = std::make_unique<ItemLoader>(*background_);
  if (options_.follow) {
    const std::function<void()> look = OneAtATime([runs = runs_] { runs->Refresh(); });
    background_->Post(look);
    looking_ = background_->Every(kLookSeconds, look);
  }
}

Workspace::~Workspace() {
  if (!options_.settings_file.empty()) {
    try {
      SaveSettings(options_.settings_file, settings_);
    } catch (const std::exception&) {
      // What cannot be remembered is chosen again; there is nobody left to be told.
    }
  }
  // What runs in the background looks at the rest of the workspace.
  looking_.reset();
  selected_.reset();
  compared_.clear();
  items_.reset();
  background_.reset();
}

std::shared_ptr<OpenRun> Workspace::Open(const Path& folder) {
  if (selected_ && selected_->folder == folder) return selected_;
  for (const auto& run : compared_) {
    if (run->folder == folder) return run;
  }
  auto run = std::make_shared<OpenRun>();
  run->folder = folder;
  const auto entry = runs_->Find(folder);
  run->name = entry ? entry->name : ValidUtf8(folder.filename().string());
  run->tracks = std::make_shared<RunTracks>(folder / "recording");
  run->log = std::make_shared<TextTail>(folder / "log.txt");
  runs_->Keep(folder);
  if (options_.follow) {
    run->following = std::make_shared<Following>(*background_, run->tracks, run->log);
  }
  return run;
}

std::shared_ptr<OpenRun> Workspace::selected() { return selected_; }

void Workspace::Select(const Path& folder) {
  chosen_ = true;
  if (selected_ && selected_->folder == folder) return;
  selected_ = Open(folder);
  timeline_.Play(false);
}

std::vector<std::shared_ptr<OpenRun>> Workspace::compared() { return compared_; }

void Workspace::Compare(const Path& folder, bool compare) {
  const auto found = std::find_if(compared_.begin(), compared_.end(),
                                  [&](const auto& run) { return run->folder == folder; });
  if (compare && found == compared_.end()) {
    compared_.push_back(Open(folder));
  } else if (!compare && found != compared_.end()) {
    compared_.erase(found);
  }
}

bool Workspace::IsCompared(const Path& folder) const {
  return std::any_of(compared_.begin(), compared_.end(),
                     [&](const auto& run) { return run->folder == folder; });
}

double Workspace::now() const { return options_.clock(); }

// Runs named on the command line are what is looked at: the first one, beside the others.
void Workspace::OpenByItself() {
  if (chosen_ || selected_ || !runs_->looked()) return;
  const auto runs = runs_->Runs();
  if (runs->empty()) return;
  std::vector<Path> named;
  for (const Path& root : options_.roots) {
    if (std::any_of(runs->begin(), runs->end(),
                    [&](const RunEntry& entry) { return entry.folder == root; })) {
      named.push_back(root);
    }
  }
  selected_ = Open(named.empty() ? runs->front().folder : named.front());
  for (std::size_t i = 1; i < named.size(); ++i) Compare(named[i], true);
}

void Workspace::Update(double frame_seconds) {
  OpenByItself();
  if (selected_) {
    // The list may find a longer name, when a second run of this name appears.
    if (const auto entry = runs_->Find(selected_->folder)) selected_->name = entry->name;
    if (const auto range = selected_->tracks->Range()) timeline_.SetRange(*range);
  }
  timeline_.Advance(frame_seconds);
}

void Workspace::PollAll() {
  runs_->Refresh();
  OpenByItself();
  std::vector<std::shared_ptr<OpenRun>> open = compared_;
  if (selected_) open.push_back(selected_);
  for (const auto& run : open) {
    while (run->tracks->Poll(kPollAllSeconds)) {
    }
    run->log->Poll();
  }
}

bool Workspace::idle() const {
  const auto read = [](const auto& run) { return run->tracks->at_end(); };
  return runs_->looked() && background_->idle() && items_->idle() &&
         (!selected_ || read(selected_)) && std::all_of(compared_.begin(), compared_.end(), read);
}

std::uint64_t Workspace::news() const {
  std::uint64_t sum = 0;
  const auto mix = [&sum](std::uint64_t value) { sum = sum * 1'000'003 + value; };
  mix(reinterpret_cast<std::uintptr_t>(runs_->Runs().get()));
  const auto add = [&mix](const OpenRun& run) {
    mix(run.tracks->version());
    mix(reinterpret_cast<std::uintptr_t>(run.log->Lines().get()));
  };
  if (selected_) add(*selected_);
  for (const auto& run : compared_) add(*run);
  return sum;
}

}  // namespace agon::viewer
