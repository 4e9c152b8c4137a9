// SPDX-License-Identifier: Apache-2.0
// A picture that can be zoomed and moved, several of them in step, with a probe of the pixel under
// the mouse.
//
// Thread safety: the thread that draws.
#pragma once

#include <imgui.h>

#include <optional>
#include <string>

#include "viewer/ui/texture.h"

namespace agon::viewer::ui {

// Shared by all pictures that move together.
struct PictureView {
  bool fit = true;
  double zoom = 1;          // screen pixels a picture pixel
  double x = 0.5, y = 0.5;  // what stands in the middle, as a share of the picture
};

// About the middle of what is shown; for keys.
void ZoomBy(PictureView& view, double factor);

struct PixelHit {
  int x = 0, y = 0;  // of the picture, from the top left
};

// Draws inside `size` (screen pixels), nearest neighbour above 2x, with a pixel grid above 24x;
// wheel zooms about the mouse, dragging moves, double click fits. The pixel under the mouse.
// `hit` of another picture in step is drawn here too. A size of 0 or less: what is left.
std::optional<PixelHit> Picture(const char* label, const Textures::Texture& texture, ImVec2 size,
                                PictureView& view, const char* caption = nullptr,
                                const std::optional<PixelHit>& hit = std::nullopt);

// Two pictures in one frame, divided at `share` of its width: the line between them is dragged
// ("LABEL/divider" to the probe). The hit is of the left one; the right one is shown as large.
std::optional<PixelHit> Wipe(const char* label, const Textures::Texture& left,
                             const Textures::Texture& right, ImVec2 size, PictureView& view,
                             float& share);

}  // namespace agon::viewer::ui
