// SPDX-License-Identifier: Apache-2.0
// The whole interface of one window, without the window: menu line, list of runs, panes with
// panels, timeline, messages, the table of keys. Driven by the window, by --png, and by tests.
//
// Thread safety: the thread that draws.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "viewer/ui/panel.h"

namespace agon::viewer {

struct ApplicationOptions {
  bool only_panel = false;             // one panel fills everything (--png)
  std::string panel = {};              // the first pane's; empty: what goes with the run
  const Registry* registry = nullptr;  // of panels; null: the program's own
};

class Application {
 public:
  Application(Workspace& workspace, TextureBackend& textures, ApplicationOptions options);
  ~Application();

  // Between ImGui::NewFrame and ImGui::Render. `seconds`: since the last frame.
  void Draw(double seconds);
  // False: the user asked to leave.
  [[nodiscard]] bool running() const;
  // Nothing shown is still on its way.
  [[nodiscard]] bool settled() const;
  // The pane's panel, by place.
  void ShowPanel(std::size_t pane, const std::string& name);
  [[nodiscard]] PanelView* PanelIn(std::size_t pane);
  // A key went down, or repeats (GLFW's number). True when it is bound to something. Called by
  // the window, since ImGui 1.86 misses what goes down and up between two frames.
  bool Key(int key, bool control, bool shift);
  // What the first pane's panel is told (--show): false when it does not know the key.
  bool Set(std::string_view key, std::string_view value);
  // Where to save a picture of this frame; empty: nowhere. The window reads its pixels.
  [[nodiscard]] Path TakeScreenshotRequest();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace agon::viewer
