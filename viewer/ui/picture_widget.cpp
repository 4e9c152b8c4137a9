// SPDX-License-Identifier: Apache-2.0
#include "viewer/ui/picture_widget.h"

#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>

#include "viewer/ui/theme.h"
#include "viewer/ui/widgets.h"

namespace agon::viewer::ui {
namespace {

constexpr double kLeastZoom = 1.0 / 64;
constexpr double kMostZoom = 256;
constexpr double kGridZoom = 24;

// A picture's place on the screen.
struct Placed {
  ImVec2 min, max;  // of the frame
  double left = 0, top = 0, zoom = 1;
  int width = 0, height = 0;

  [[nodiscard]] ImVec2 Corner(double x, double y) const {
    return {static_cast<float>(left + x * zoom), static_cast<float>(top + y * zoom)};
  }
};

double FittingZoom(const Textures::Texture& texture, ImVec2 size) {
  const double zoom = std::min(size.x / std::max(1.0, static_cast<double>(texture.width)),
                               size.y / std::max(1.0, static_cast<double>(texture.height)));
  // All pixels of a small picture are to be of the same size.
  constexpr double kWholeFrom = 3;
  return std::clamp(zoom >= kWholeFrom ? std::floor(zoom) : zoom, kLeastZoom, kMostZoom);
}

Placed Place(const Textures::Texture& texture, ImVec2 min, ImVec2 size, const PictureView& view) {
  Placed placed;
  placed.min = min;
  placed.max = {min.x + size.x, min.y + size.y};
  placed.zoom = view.zoom;
  placed.width = texture.width;
  placed.height = texture.height;
  placed.left = std::round(min.x + size.x / 2.0 - view.x * texture.width * view.zoom);
  placed.top = std::round(min.y + size.y / 2.0 - view.y * texture.height * view.zoom);
  return placed;
}

// The frame as an item, with zoom and movement of the view. `may_move`: a drag moves the picture.
void Interact(const Textures::Texture& texture, ImVec2 min, ImVec2 size, PictureView& view,
              bool may_move) {
  const ImGuiIO& io = ImGui::GetIO();
  const double width = std::max(1, texture.width);
  const double height = std::max(1, texture.height);
  if (view.fit) {
    view.zoom = FittingZoom(texture, size);
    view.x = view.y = 0.5;
  }
  if (ImGui::IsItemHovered()) {
    ImGui::SetItemUsingMouseWheel();
    if (io.MouseWheel != 0) {
      const double before = view.zoom;
      view.zoom = std::clamp(view.zoom * std::pow(1.25, static_cast<double>(io.MouseWheel)),
                             kLeastZoom, kMostZoom);
      // What is under the mouse stays there.
      const double off_x = io.MousePos.x - (min.x + size.x / 2);
      const double off_y = io.MousePos.y - (min.y + size.y / 2);
      view.x += off_x / width * (1 / before - 1 / view.zoom);
      view.y += off_y / height * (1 / before - 1 / view.zoom);
      view.fit = false;
    }
    if (ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) {
      view.fit = true;
      view.zoom = FittingZoom(texture, size);
      view.x = view.y = 0.5;
      return;
    }
  }
  constexpr float kDragPixels = 3;
  if (may_move && ImGui::IsItemActive() &&
      ImGui::IsMouseDragging(ImGuiMouseButton_Left, kDragPixels) &&
      (io.MouseDelta.x != 0 || io.MouseDelta.y != 0)) {
    view.x -= io.MouseDelta.x / (width * view.zoom);
    view.y -= io.MouseDelta.y / (height * view.zoom);
    view.fit = false;
  }
  view.x = std::clamp(view.x, 0.0, 1.0);
  view.y = std::clamp(view.y, 0.0, 1.0);
}

// The part of the picture between two pixels of the screen.
void DrawPart(ImDrawList& list, const Textures::Texture& texture, const Placed& placed, float from,
              float to) {
  if (texture.id == nullptr || to <= from) return;
  list.PushClipRect({from, placed.min.y}, {to, placed.max.y}, true);
  list.AddImage(texture.id, placed.Corner(0, 0), placed.Corner(placed.width, placed.height));
  list.PopClipRect();
}

void DrawPixelGrid(ImDrawList& list, const Placed& placed) {
  if (placed.zoom < kGridZoom) return;
  const float fine = std::max(1.0F, std::floor(Scale()));
  const ImU32 colour = IM_COL32(128, 128, 128, 90);
  const auto first = [](double edge, double start, double zoom) {
    return std::max(0, static_cast<int>(std::floor((edge - start) / zoom)));
  };
  const int x_last = std::min(placed.width, first(placed.max.x, placed.left, placed.zoom) + 1);
  const int y_last = std::min(placed.height, first(placed.max.y, placed.top, placed.zoom) + 1);
  const ImVec2 begin = placed.Corner(0, 0);
  const ImVec2 end = placed.Corner(placed.width, placed.height);
  for (int x = first(placed.min.x, placed.left, placed.zoom); x <= x_last; ++x) {
    const float at = std::floor(placed.Corner(x, 0).x);
    list.AddRectFilled({at, begin.y}, {at + fine, end.y}, colour);
  }
  for (int y = first(placed.min.y, placed.top, placed.zoom); y <= y_last; ++y) {
    const float at = std::floor(placed.Corner(0, y).y);
    list.AddRectFilled({begin.x, at}, {end.x, at + fine}, colour);
  }
}

void DrawHit(ImDrawList& list, const Placed& placed, const PixelHit& hit) {
  if (hit.x < 0 || hit.y < 0 || hit.x >= placed.width || hit.y >= placed.height) return;
  ImVec2 from = placed.Corner(hit.x, hit.y);
  ImVec2 to = placed.Corner(hit.x + 1, hit.y + 1);
  // A pixel that is hardly seen gets a frame that is.
  const float least = Px(5);
  if (to.x - from.x < least) {
    const ImVec2 middle = {(from.x + to.x) / 2, (from.y + to.y) / 2};
    from = {middle.x - least / 2, middle.y - least / 2};
    to = {middle.x + least / 2, middle.y + least / 2};
  }
  const float thin = std::max(1.0F, std::floor(Scale()));
  list.AddRect({from.x - thin, from.y - thin}, {to.x + thin, to.y + thin}, IM_COL32(0, 0, 0, 200),
               0, ImDrawFlags_None, thin);
  list.AddRect(from, to, IM_COL32(255, 255, 255, 230), 0, ImDrawFlags_None, thin);
}

void DrawCaption(ImDrawList& list, const Placed& placed, const char* caption) {
  if (caption == nullptr || *caption == '\0') return;
  const float pad = Px(5);
  const std::string text = Elided(caption, placed.max.x - placed.min.x - 4 * pad);
  const ImVec2 size = ImGui::CalcTextSize(text.c_str());
  const ImVec2 from = {placed.min.x + pad, placed.min.y + pad};
  list.AddRectFilled(from, {from.x + size.x + 2 * pad, from.y + size.y + pad},
                     IM_COL32(10, 12, 15, 185), Px(3));
  list.AddText({from.x + pad, from.y + std::floor(pad / 2)}, IM_COL32(240, 242, 245, 255),
               text.c_str());
}

std::optional<PixelHit> HitUnderMouse(const Placed& placed, bool hovered) {
  if (!hovered) return std::nullopt;
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  const double x = std::floor((mouse.x - placed.left) / placed.zoom);
  const double y = std::floor((mouse.y - placed.top) / placed.zoom);
  if (x < 0 || y < 0 || x >= placed.width || y >= placed.height) return std::nullopt;
  return PixelHit{static_cast<int>(x), static_cast<int>(y)};
}

ImVec2 FrameSize(ImVec2 size) {
  const ImVec2 room = ImGui::GetContentRegionAvail();
  if (size.x <= 0) size.x = room.x + size.x;
  if (size.y <= 0) size.y = room.y + size.y;
  return {std::max(1.0F, std::floor(size.x)), std::max(1.0F, std::floor(size.y))};
}

std::string ViewText(const PictureView& view) {
  return fmt::format("zoom {:.4g} at {:.4g}, {:.4g}", view.zoom, view.x, view.y);
}

}  // namespace

void ZoomBy(PictureView& view, double factor) {
  view.fit = false;
  view.zoom = std::clamp(view.zoom * factor, kLeastZoom, kMostZoom);
}

std::optional<PixelHit> Picture(const char* label, const Textures::Texture& texture, ImVec2 size,
                                PictureView& view, const char* caption,
                                const std::optional<PixelHit>& hit) {
  size = FrameSize(size);
  const ImVec2 min = ImGui::GetCursorScreenPos();
  ImGui::InvisibleButton(label, size);
  const bool hovered = ImGui::IsItemHovered();
  Interact(texture, min, size, view, true);
  ReportItem(label, ViewText(view));
  const Placed placed = Place(texture, min, size, view);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddRectFilled(placed.min, placed.max, CurrentTheme().plot_background);
  const std::optional<PixelHit> under = HitUnderMouse(placed, hovered && texture.id != nullptr);
  list.PushClipRect(placed.min, placed.max, true);
  DrawPart(list, texture, placed, placed.min.x, placed.max.x);
  DrawPixelGrid(list, placed);
  if (under || hit) DrawHit(list, placed, under ? *under : *hit);
  DrawCaption(list, placed, caption);
  list.PopClipRect();
  return under;
}

std::optional<PixelHit> Wipe(const char* label, const Textures::Texture& left,
                             const Textures::Texture& right, ImVec2 size, PictureView& view,
                             float& share) {
  size = FrameSize(size);
  const ImVec2 min = ImGui::GetCursorScreenPos();
  ImGui::InvisibleButton(label, size);
  const bool hovered = ImGui::IsItemHovered();
  share = std::isfinite(share) ? std::clamp(share, 0.0F, 1.0F) : 0.5F;
  // What the press began on is moved until the release.
  const ImGuiIO& io = ImGui::GetIO();
  constexpr float kNear = 9;
  const auto near_line = [&](ImVec2 at) {
    return std::abs(at.x - (min.x + share * size.x)) <= Px(kNear);
  };
  ImGuiStorage& storage = *ImGui::GetStateStorage();
  const ImGuiID id = ImGui::GetItemID();
  if (ImGui::IsItemActivated()) storage.SetBool(id, near_line(io.MousePos));
  const bool dividing = ImGui::IsItemActive() && storage.GetBool(id);
  if (dividing) share = std::clamp((io.MousePos.x - min.x) / size.x, 0.0F, 1.0F);
  Interact(left, min, size, view, !dividing);
  const bool on_line = dividing || (hovered && near_line(io.MousePos));
  if (on_line) ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeEW);

  ReportItem(label, fmt::format("{}, share {:.4g}", ViewText(view), share));
  const float line = std::floor(min.x + share * size.x);
  const std::string divider = std::string(label) + "/divider";
  ReportRect(divider, {line - 1, min.y}, {line + 1, min.y + size.y}, fmt::format("{:.4g}", share));
  // The right one is shown as large as the left one, whatever its resolution is.
  const Placed placed = Place(left, min, size, view);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddRectFilled(placed.min, placed.max, CurrentTheme().plot_background);
  list.PushClipRect(placed.min, placed.max, true);
  DrawPart(list, left, placed, placed.min.x, line);
  DrawPart(list, right, placed, line, placed.max.x);
  DrawPixelGrid(list, placed);
  const std::optional<PixelHit> under =
      HitUnderMouse(placed, hovered && !on_line && left.id != nullptr);
  if (under) DrawHit(list, placed, *under);
  const float half = std::max(0.5F, std::floor(Px(on_line ? 3 : 2)) / 2);
  list.AddRectFilled({line - half - 1, placed.min.y}, {line + half + 1, placed.max.y},
                     IM_COL32(0, 0, 0, 120));
  list.AddRectFilled({line - half, placed.min.y}, {line + half, placed.max.y},
                     IM_COL32(255, 255, 255, 235));
  const ImVec2 grip = {line, std::floor((placed.min.y + placed.max.y) / 2)};
  list.AddCircleFilled(grip, Px(on_line ? 9 : 7), IM_COL32(0, 0, 0, 120));
  list.AddCircleFilled(grip, Px(on_line ? 8 : 6), IM_COL32(255, 255, 255, 235));
  list.PopClipRect();
  return under;
}

}  // namespace agon::viewer::ui
