// SPDX-License-Identifier: Apache-2.0
// Every key of the viewer, in one table: what the window listens to and what F1 shows.
//
// Thread safety: constant data.
#pragma once

#include <span>
#include <string_view>

namespace agon::viewer {

enum class Action {
  kHelp,
  kQuit,
  kNextPanel,
  kPreviousPanel,
  kPanel1,
  kPanel2,
  kPanel3,
  kPanel4,
  kPanel5,
  kLayout,  // one pane, two beside, two stacked, four
  kSidebar,
  kPlayPause,
  kStepBack,
  kStepForward,
  kJumpBack,
  kJumpForward,
  kFirst,
  kLast,  // and follow
  kTimelineMode,
  kFlip,  // held: show the reference instead
  kGainUp,
  kGainDown,
  kZoomIn,
  kZoomOut,
  kZoomFit,
  kNextExample,
  kPreviousExample,
  kCopy,
  kExportPng,
  kExportCsv,
  kTheme,
  kScaleUp,
  kScaleDown,
};

// Keys are GLFW's numbers (ASCII for letters and digits), so that the table needs no GLFW.
struct KeyBinding {
  Action action;
  int key;
  bool control = false;
  bool shift = false;
  std::string_view label;  // "Ctrl+C"
  std::string_view help;
  std::string_view where;  // "everywhere", "pictures", "timeline"
};

[[nodiscard]] std::span<const KeyBinding> KeyBindings();
// Null when there is none.
[[nodiscard]] const KeyBinding* FindKey(int key, bool control, bool shift);
[[nodiscard]] const KeyBinding* FindKey(Action action);

}  // namespace agon::viewer
