// SPDX-License-Identifier: Apache-2.0
// One panel, opened from the registry as the program does, on real run folders, worked as a user
// would (ui_driver.h).
//
//   PanelDriver driver({run.folder()}, RegisterCurvesPanel, "curves");
//   driver.ui.Click("Curves/Log scale");
//
// Thread safety: one thread, one at a time.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/config/fields.h"
#include "runtime/plugin/registry.h"
#include "tests/viewer/ui/ui_driver.h"
#include "viewer/core/workspace.h"
#include "viewer/ui/panel.h"

namespace agon::viewer {

class PanelDriver {
 public:
  PanelDriver(std::vector<Path> roots, void (*register_panel)(Registry&), const std::string& name,
              ImVec2 size = {1280, 800}, const Path& program = {})
      : ui(size), workspace(Options(std::move(roots), program)) {
    register_panel(registry_);
    config::Problems problems;
    config::Reader reader{problems, nullptr};
    panel_ = registry_.Create<Panel>(config::Value::Scalar(name), reader, "panel");
    problems.ThrowIfAny();
    view_ = panel_->Open();
    workspace.PollAll();
    ui.Show([this] { DrawFrame(); });
    Settle();
  }
  ~PanelDriver() {
    // The panel lets go of what runs in the background first.
    ui.Show([] {});
    view_.reset();
  }
  PanelDriver(const PanelDriver&) = delete;
  PanelDriver& operator=(const PanelDriver&) = delete;

  [[nodiscard]] PanelView& view() { return *view_; }
  // The panel waits for something of its own.
  [[nodiscard]] bool busy() const { return busy_; }
  // Takes what was recorded since, and draws until nothing is on its way; fails after `seconds`.
  void Settle(double seconds = 20) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    workspace.PollAll();
    // Twice in a row: what arrived may make the panel ask for more.
    for (int quiet = 0; quiet < 3;) {
      ui.Frame();
      quiet = workspace.idle() && !busy_ ? quiet + 1 : 0;
      if (quiet > 0) continue;
      if (std::chrono::steady_clock::now() > end) {
        ADD_FAILURE() << "the panel still waits for something after " << seconds << " s";
        return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  // The action's key goes down for one frame.
  void Press(Action action) {
    pressed_.insert(action);
    ui.Frame();
    pressed_.clear();
    ui.Frame();
  }
  void Hold(Action action, bool down) {
    if (down) {
      held_.insert(action);
    } else {
      held_.erase(action);
    }
    ui.Frame();
  }
  void SetStep(std::int64_t step) {
    workspace.timeline().SetStep(step);
    Settle();
  }

  UiDriver ui;
  Workspace workspace;

 private:
  static WorkspaceOptions Options(std::vector<Path> roots, const Path& program) {
    WorkspaceOptions options;
    options.roots = std::move(roots);
    options.program = program;
    options.follow = false;
    return options;
  }
  void DrawFrame() {
    workspace.Update(0);
    PanelContext context{.workspace = workspace, .textures = ui.textures(), .focused = true};
    context.pressed = [this](Action action) { return pressed_.contains(action); };
    context.held = [this](Action action) { return held_.contains(action); };
    view_->Draw(context);
    busy_ = context.busy;
  }

  Registry registry_;
  Component<Panel> panel_;
  std::unique_ptr<PanelView> view_;
  std::set<Action> pressed_, held_;
  bool busy_ = false;
};

}  // namespace agon::viewer
