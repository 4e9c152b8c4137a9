// SPDX-License-Identifier: Apache-2.0
// Colours and sizes, light and dark.
//
// Thread safety: the thread that draws.
#pragma once

#include <imgui.h>

#include <array>
#include <cstddef>

namespace agon::viewer {

struct Theme {
  bool dark = true;
  float scale = 1;  // pixels of the screen for a pixel of ours
  ImU32 background = 0, plot_background = 0, grid = 0, axis = 0, text = 0, text_dim = 0;
  ImU32 accent = 0, good = 0, bad = 0, warning = 0;
  std::array<ImU32, 10> series{};  // colours of curves, told apart by everybody (Okabe-Ito)
  ImU32 stone_dark = 0, stone_light = 0, board = 0, board_line = 0;
};

[[nodiscard]] const Theme& CurrentTheme();
// Sets ImGui's style too. Fonts are LoadFonts' business; the caller's backend then takes the atlas.
void ApplyTheme(bool dark, float scale);
// Fills the atlas anew. ImGui's own font is Latin only: loads a font of the system that has more
// (DejaVu Sans and the like) where there is one. `fixed`: ImGui's own, whatever the machine has
// (tests, goldens).
void LoadFonts(float scale, bool fixed);

// The colour, of which only the share `alpha` covers what is behind.
[[nodiscard]] ImU32 WithAlpha(ImU32 colour, double alpha);
// The colour of the place-th curve; they repeat.
[[nodiscard]] ImU32 SeriesColour(std::size_t place);

// Shares of a diverging map centred at 0: blue for -1, white or black at 0, red for 1.
[[nodiscard]] ImU32 Diverging(double value);
// 0 to 1, dark to bright (viridis' own values are Matplotlib's; this is a map of our own).
[[nodiscard]] ImU32 Heat(double share, double alpha = 1);

}  // namespace agon::viewer
