// SPDX-License-Identifier: Apache-2.0
// What stands round the panels: menu line, list of runs, timeline, messages, table of keys. Parts
// of Application, which alone needs this file.
//
// Thread safety: the thread that draws.
#pragma once

#include <imgui.h>

#include <string>
#include <vector>

#include "viewer/core/keymap.h"
#include "viewer/core/workspace.h"

namespace agon::viewer::chrome {

struct PanelName {
  std::string name, title;
};

// What the menu line was asked for.
struct MenuChoice {
  std::string panel;  // empty: none
  std::vector<Action> actions;
  int layout = -1;
};
struct MenuState {
  const std::vector<PanelName>& panels;
  std::string focused;                    // the panel that has the focus
  const std::vector<std::string>& shown;  // in panes
  bool help_open = false;
};
[[nodiscard]] MenuChoice DrawMenuLine(Workspace& workspace, const MenuState& state);

// The list of runs; what was typed into its filter is kept in `filter`.
void DrawSidebar(Workspace& workspace, std::string& filter);
void DrawTimelineBar(Workspace& workspace);
// Above the timeline, at the lower right.
void DrawToasts(Workspace& workspace, ImVec2 lower_right);
void DrawHelp(bool& open);

// "attack", "1 h 10 min" and the like, drawn with the state's colour.
[[nodiscard]] ImU32 ColourOf(RunState state);

[[nodiscard]] float MenuHeight();
[[nodiscard]] float TimelineHeight();
// Of bars: a little off the background.
[[nodiscard]] ImU32 BarColour();

}  // namespace agon::viewer::chrome
