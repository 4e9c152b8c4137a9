// SPDX-License-Identifier: Apache-2.0
#include "viewer/core/keymap.h"

#include <array>

namespace agon::viewer {
namespace {

// GLFW's numbers of keys without a letter.
constexpr int kSpace = 32, kTab = 258, kRight = 262, kLeft = 263, kDown = 264, kUp = 265,
              kHome = 268, kEnd = 269, kF1 = 290;

constexpr std::string_view kEverywhere = "everywhere", kTimeline = "timeline",
                           kPictures = "pictures";

constexpr std::array kBindings{
    KeyBinding{Action::kHelp, kF1, false, false, "F1", "this table", kEverywhere},
    KeyBinding{Action::kQuit, 'Q', true, false, "Ctrl+Q", "leave", kEverywhere},
    KeyBinding{Action::kPanel1, '1', false, false, "1", "Runs", kEverywhere},
    KeyBinding{Action::kPanel2, '2', false, false, "2", "Curves", kEverywhere},
    KeyBinding{Action::kPanel3, '3', false, false, "3", "Attack", kEverywhere},
    KeyBinding{Action::kPanel4, '4', false, false, "4", "Video", kEverywhere},
    KeyBinding{Action::kPanel5, '5', false, false, "5", "Game", kEverywhere},
    KeyBinding{Action::kNextPanel, kTab, true, false, "Ctrl+Tab", "next panel", kEverywhere},
    KeyBinding{Action::kPreviousPanel, kTab, true, true, "Ctrl+Shift+Tab", "previous panel",
               kEverywhere},
    KeyBinding{Action::kLayout, 'L', false, false, "L", "one pane, two beside, two stacked, four",
               kEverywhere},
    KeyBinding{Action::kSidebar, 'B', false, false, "B", "the list of runs", kEverywhere},
    KeyBinding{Action::kTheme, 'T', false, false, "T", "light or dark", kEverywhere},
    KeyBinding{Action::kScaleUp, '=', true, false, "Ctrl+=", "everything larger", kEverywhere},
    KeyBinding{Action::kScaleDown, '-', true, false, "Ctrl+-", "everything smaller", kEverywhere},
    KeyBinding{Action::kCopy, 'C', true, true, "Ctrl+Shift+C", "copy what is shown as a table",
               kEverywhere},
    KeyBinding{Action::kExportCsv, 'E', true, true, "Ctrl+Shift+E", "save what is shown as a table",
               kEverywhere},
    KeyBinding{Action::kExportPng, 'S', true, false, "Ctrl+S", "save a picture of the window",
               kEverywhere},
    KeyBinding{Action::kPlayPause, kSpace, false, false, "Space", "play or pause", kTimeline},
    KeyBinding{Action::kStepBack, kLeft, false, false, "Left", "one step back", kTimeline},
    KeyBinding{Action::kStepForward, kRight, false, false, "Right", "one step on", kTimeline},
    KeyBinding{Action::kJumpBack, kLeft, false, true, "Shift+Left", "a tenth back", kTimeline},
    KeyBinding{Action::kJumpForward, kRight, false, true, "Shift+Right", "a tenth on", kTimeline},
    KeyBinding{Action::kFirst, kHome, false, false, "Home", "to the beginning", kTimeline},
    KeyBinding{Action::kLast, kEnd, false, false, "End", "to the end, and follow", kTimeline},
    KeyBinding{Action::kTimelineMode, 'M', false, false, "M", "by step or by time", kTimeline},
    KeyBinding{Action::kFlip, 'F', false, false, "F", "held: the reference instead", kPictures},
    KeyBinding{Action::kGainUp, 'G', false, false, "G", "differences stronger", kPictures},
    KeyBinding{Action::kGainDown, 'G', false, true, "Shift+G", "differences weaker", kPictures},
    KeyBinding{Action::kZoomIn, '=', false, false, "=", "nearer", kPictures},
    KeyBinding{Action::kZoomOut, '-', false, false, "-", "farther", kPictures},
    KeyBinding{Action::kZoomFit, '0', false, false, "0", "the whole picture", kPictures},
    KeyBinding{Action::kNextExample, kDown, false, false, "Down", "next example, frame or move",
               kPictures},
    KeyBinding{Action::kPreviousExample, kUp, false, false, "Up", "previous one", kPictures},
};

}  // namespace

std::span<const KeyBinding> KeyBindings() { return kBindings; }

const KeyBinding* FindKey(int key, bool control, bool shift) {
  for (const KeyBinding& binding : kBindings) {
    if (binding.key == key && binding.control == control && binding.shift == shift) {
      return &binding;
    }
  }
  return nullptr;
}

const KeyBinding* FindKey(Action action) {
  for (const KeyBinding& binding : kBindings) {
    if (binding.action == action) return &binding;
  }
  return nullptr;
}

}  // namespace agon::viewer
