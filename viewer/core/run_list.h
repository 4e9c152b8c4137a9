// SPDX-License-Identifier: Apache-2.0
// The runs below some folders, with what their manifests say now. Looked through in the
// background, so that a hundred runs on a slow disk delay no frame.
//
// Thread safety: Refresh from one thread at a time (a background job), the rest from any.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "runtime/record/manifest.h"

namespace agon::viewer {

enum class RunState { kRunning, kPaused, kDone, kFailed, kInterrupted, kDead, kUnreadable, kGone };
[[nodiscard]] std::string_view NameOf(RunState state);

struct RunEntry {
  Path folder;       // absolute
  std::string name;  // the shortest ending of its path that is unique in the list, valid UTF-8
  record::Manifest manifest;  // as last read
  RunState state = RunState::kRunning;
  std::string problem;  // why it is unreadable
};

class RunList {
 public:
  static constexpr std::size_t kMaxRuns = 10'000;
  static constexpr int kMaxDepth = 4;  // of folders below a root

  // A root is a run itself, or a folder with runs at any depth to kMaxDepth. A root that does not
  // exist (yet) is waited for.
  explicit RunList(const std::vector<Path>& roots);

  void AddRoot(const Path& root);
  // Looks again: new runs, gone ones (kept, marked, when `keep` was called for them), manifests
  // that changed. Never throws.
  void Refresh();
  // One Refresh was finished.
  [[nodiscard]] bool looked() const;
  // There are more runs, or folders, than are looked at.
  [[nodiscard]] bool limited() const;
  // Newest first. The pointer changes when anything did.
  [[nodiscard]] std::shared_ptr<const std::vector<RunEntry>> Runs() const;
  [[nodiscard]] std::optional<RunEntry> Find(const Path& folder) const;
  // This run stays in the list when its folder goes away.
  void Keep(const Path& folder);

 private:
  struct Known;
  mutable std::mutex mutex_;
  std::vector<Path> roots_, kept_;
  std::shared_ptr<const std::vector<RunEntry>> runs_;
  bool looked_ = false, limited_ = false;
  std::shared_ptr<Known> known_;  // of Refresh alone
};

}  // namespace agon::viewer
