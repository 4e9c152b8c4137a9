// SPDX-License-Identifier: Apache-2.0
// A panel shows one aspect of a run. Registered like any component: a declaration (name, summary,
// title), and what Open makes draws and keeps the state.
//
// Who needs this file: whoever adds a panel (docs/adding-a-panel.md: one file and one line).
//
// Thread safety: the thread that draws.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "runtime/plugin/registry.h"
#include "viewer/core/keymap.h"
#include "viewer/core/workspace.h"
#include "viewer/ui/texture.h"
#include "viewer/ui/theme.h"

namespace agon::viewer {

// What a panel is given each frame.
struct PanelContext {
  Workspace& workspace;
  Textures& textures;
  bool focused = false;  // keys are for this panel
  bool busy = false;     // set by a panel that waits for something of its own
  // The action's key was pressed in this frame, or is held down, and this panel has the focus.
  std::function<bool(Action)> pressed = [](Action) { return false; };
  std::function<bool(Action)> held = [](Action) { return false; };
};

class PanelView {
 public:
  virtual ~PanelView();
  // Draws into the current window, which is all the panel's. Never blocks.
  virtual void Draw(PanelContext& context) = 0;
  // What is shown, as a table, for Ctrl+Shift+E; empty: nothing to export.
  [[nodiscard]] virtual std::string Csv();
  // The settings of --png (`--show KEY=VALUE`), as "example=17": false when the key is unknown.
  virtual bool Set(std::string_view key, std::string_view value);
};

class Panel {
 public:
  static constexpr std::string_view kKind = "panel";
  struct Capabilities {
    Capabilities& Title(std::string text);
    // Runs of these commands open with this panel.
    Capabilities& Commands(std::vector<std::string> names);  // "attack", "cyclegan translate"
    [[nodiscard]] nlohmann::json ToJson() const;
    std::string title;
    std::vector<std::string> commands;
  };
  virtual ~Panel();
  [[nodiscard]] virtual std::unique_ptr<PanelView> Open() const = 0;
};

}  // namespace agon::viewer
