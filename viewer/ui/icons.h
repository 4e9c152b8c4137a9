// SPDX-License-Identifier: Apache-2.0
// Small buttons with a drawn sign, for the timeline and the menu line: they need no font that has
// such signs.
//
// Thread safety: the thread that draws.
#pragma once

#include <imgui.h>

#include <string_view>

namespace agon::viewer::ui {

enum class Icon {
  kPlay,
  kPause,
  kStepBack,
  kStepForward,
  kFirst,
  kFollow,
  kSidebar,
  kPaneOne,
  kPaneBeside,
  kPaneStacked,
  kPaneFour,
  kTheme,
  kHelp,
  kClose,
  kWarning,
};

// A square button; `active`: switched on. True when pressed.
bool IconButton(const char* label, Icon icon, const char* tooltip, bool active = false);

// `text`, shortened at its end to `width` pixels where it is longer. `size`: of the font, 1 its
// own.
void DrawFitted(ImDrawList& list, ImVec2 at, float width, ImU32 colour, std::string_view text,
                float size = 1);

// Between two colours: 0 the first, 1 the second.
[[nodiscard]] ImU32 Mixed(ImU32 first, ImU32 second, float share);

}  // namespace agon::viewer::ui
