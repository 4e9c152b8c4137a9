// SPDX-License-Identifier: Apache-2.0
// What all panels share: the runs, the one that is looked at, those it is compared with, the
// moment, and what is going on in the background.
//
// Thread safety: the thread that draws.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "viewer/core/background.h"
#include "viewer/core/item_loader.h"
#include "viewer/core/run_list.h"
#include "viewer/core/run_tracks.h"
#include "viewer/core/settings.h"
#include "viewer/core/text_tail.h"
#include "viewer/core/timeline.h"
#include "viewer/core/toasts.h"

namespace agon::viewer {

// One run that is looked at; followed in the background as long as somebody holds it.
struct OpenRun {
  Path folder;
  std::string name;  // as in the list
  std::shared_ptr<RunTracks> tracks;
  std::shared_ptr<TextTail> log;
  std::shared_ptr<void> following;  // of Background::Every; last, so that it ends first
};

struct WorkspaceOptions {
  std::vector<Path> roots;        // runs, or folders of runs
  Path program;                   // build/agon, for starting runs and playing games
  Path settings_file;             // empty: nothing is remembered (tests, --png)
  std::function<double()> clock;  // seconds, rising; empty: the steady clock
  bool follow = true;             // poll in the background; off: only with PollAll (tests, --png)
};

class Workspace {
 public:
  explicit Workspace(WorkspaceOptions options);
  ~Workspace();
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  [[nodiscard]] RunList& runs() { return *runs_; }
  // The run panels show; null when there is none. By itself: the first run named as a root (the
  // others are compared with it), else the newest of the list.
  [[nodiscard]] std::shared_ptr<OpenRun> selected();
  void Select(const Path& folder);
  // Runs whose curves are shown beside the selected one's, in the order they were chosen.
  [[nodiscard]] std::vector<std::shared_ptr<OpenRun>> compared();
  void Compare(const Path& folder, bool compare);
  [[nodiscard]] bool IsCompared(const Path& folder) const;

  [[nodiscard]] Timeline& timeline() { return timeline_; }
  [[nodiscard]] Background& background() { return *background_; }
  [[nodiscard]] ItemLoader& items() { return *items_; }
  [[nodiscard]] Toasts& toasts() { return toasts_; }
  [[nodiscard]] Settings& settings() { return settings_; }
  [[nodiscard]] const Path& program() const { return options_.program; }
  [[nodiscard]] double now() const;

  // Called once a frame, before panels draw: takes what the background found, sets the timeline's
  // range, opens the newest run when none is chosen.
  void Update(double frame_seconds);
  // Reads everything that is there now; for --png and tests.
  void PollAll();
  // Nothing is on its way.
  [[nodiscard]] bool idle() const;
  // Changes when the background found something that is worth a frame.
  [[nodiscard]] std::uint64_t news() const;

 private:
  [[nodiscard]] std::shared_ptr<OpenRun> Open(const Path& folder);
  void OpenByItself();
  WorkspaceOptions options_;
  Settings settings_;
  Toasts toasts_;
  Timeline timeline_;
  std::shared_ptr<RunList> runs_;
  std::unique_ptr<Background> background_;
  std::unique_ptr<ItemLoader> items_;
  std::shared_ptr<OpenRun> selected_;
  bool chosen_ = false;  // by the user, not by itself
  std::vector<std::shared_ptr<OpenRun>> compared_;
  std::shared_ptr<void> looking_;  // of the list
};

}  // namespace agon::viewer
