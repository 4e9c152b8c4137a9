// SPDX-License-Identifier: Apache-2.0
#include "viewer/ui/icons.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "viewer/ui/theme.h"
#include "viewer/ui/widgets.h"

namespace agon::viewer::ui {
namespace {

constexpr float kSide = 24;  // of a button, at scale 1
constexpr float kHalf = 5;   // of a sign

// Draws one sign around `c`; all lengths are of a sign that is 10 wide.
class Pen {
 public:
  Pen(ImDrawList& list, ImVec2 centre, ImU32 colour)
      : list_(list), c_(centre), colour_(colour), unit_(Px(1)) {}
  void Triangle(float x, float half, float tip) {
    list_.AddTriangleFilled(At(x, -half), At(x, half), At(tip, 0), colour_);
  }
  void Bar(float x0, float y0, float x1, float y1) {
    list_.AddRectFilled(At(x0, y0), At(x1, y1), colour_);
  }
  void Frame(float x0, float y0, float x1, float y1) {
    list_.AddRect(At(x0, y0), At(x1, y1), colour_, 0, 0, std::max(1.0F, Px(1)));
  }
  void Line(float x0, float y0, float x1, float y1) {
    list_.AddLine(At(x0, y0), At(x1, y1), colour_, std::max(1.0F, Px(1.4F)));
  }
  void Disc(float x, float y, float radius) {
    list_.AddCircleFilled(At(x, y), radius * unit_, colour_);
  }
  void Ring(float radius) {
    list_.AddCircle(At(0, 0), radius * unit_, colour_, 0, std::max(1.0F, Px(1.2F)));
  }
  void HalfDisc(float radius) {
    constexpr float kPi = 3.14159265F;
    list_.PathArcTo(At(0, 0), radius * unit_, -kPi / 2, kPi / 2);
    list_.PathFillConvex(colour_);
  }
  void Letter(const char* text) {
    const ImVec2 size = ImGui::CalcTextSize(text);
    list_.AddText(ImVec2(std::floor(c_.x - size.x / 2), std::floor(c_.y - size.y / 2)), colour_,
                  text);
  }

 private:
  [[nodiscard]] ImVec2 At(float x, float y) const { return {c_.x + x * unit_, c_.y + y * unit_}; }
  ImDrawList& list_;
  ImVec2 c_;
  ImU32 colour_;
  float unit_;
};

void DrawIcon(Pen pen, Icon icon) {
  const float h = kHalf;
  switch (icon) {
    case Icon::kPlay:
      pen.Triangle(-h + 1, h, h);
      break;
    case Icon::kPause:
      pen.Bar(-h + 1, -h, -1, h);
      pen.Bar(1, -h, h - 1, h);
      break;
    case Icon::kStepBack:
      pen.Bar(-h + 1, -h, -h + 3, h);
      pen.Triangle(h - 1, h, -h + 3);
      break;
    case Icon::kStepForward:
      pen.Bar(h - 3, -h, h - 1, h);
      pen.Triangle(-h + 1, h, h - 3);
      break;
    case Icon::kFirst:
      pen.Bar(-h, -h, -h + 2, h);
      pen.Triangle(0, h, -h + 2);
      pen.Triangle(h, h, 0);
      break;
    case Icon::kFollow:
      pen.Triangle(-h, h, 0);
      pen.Triangle(0, h, h - 1);
      pen.Bar(h - 1, -h, h + 1, h);
      break;
    case Icon::kSidebar:
      pen.Frame(-h - 1, -h, h + 1, h);
      pen.Bar(-h - 1, -h, -1.5F, h);
      break;
    case Icon::kPaneOne:
      pen.Frame(-h - 1, -h, h + 1, h);
      break;
    case Icon::kPaneBeside:
      pen.Frame(-h - 1, -h, h + 1, h);
      pen.Line(0, -h, 0, h);
      break;
    case Icon::kPaneStacked:
      pen.Frame(-h - 1, -h, h + 1, h);
      pen.Line(-h - 1, 0, h + 1, 0);
      break;
    case Icon::kPaneFour:
      pen.Frame(-h - 1, -h, h + 1, h);
      pen.Line(0, -h, 0, h);
      pen.Line(-h - 1, 0, h + 1, 0);
      break;
    case Icon::kTheme:
      pen.Ring(h);
      pen.HalfDisc(h);
      break;
    case Icon::kHelp:
      pen.Letter("?");
      break;
    case Icon::kWarning:
      pen.Line(0, -h, h + 1, h - 1);
      pen.Line(h + 1, h - 1, -h - 1, h - 1);
      pen.Line(-h - 1, h - 1, 0, -h);
      pen.Bar(-0.7F, -h + 4, 0.7F, 1);
      pen.Bar(-0.7F, 2, 0.7F, 3.2F);
      break;
    case Icon::kClose:
      pen.Line(-3, -3, 3, 3);
      pen.Line(-3, 3, 3, -3);
      break;
  }
}

}  // namespace

ImU32 Mixed(ImU32 first, ImU32 second, float share) {
  const ImVec4 a = ImGui::ColorConvertU32ToFloat4(first);
  const ImVec4 b = ImGui::ColorConvertU32ToFloat4(second);
  const auto mix = [&](float x, float y) { return x + (y - x) * share; };
  return ImGui::ColorConvertFloat4ToU32(
      ImVec4(mix(a.x, b.x), mix(a.y, b.y), mix(a.z, b.z), mix(a.w, b.w)));
}

bool IconButton(const char* label, Icon icon, const char* tooltip, bool active) {
  const Theme& theme = CurrentTheme();
  const ImU32 at_rest = icon == Icon::kWarning ? theme.warning : theme.text_dim;
  const float side = std::floor(Px(kSide));
  const bool pressed = ImGui::InvisibleButton(label, ImVec2(side, side));
  const bool hovered = ImGui::IsItemHovered();
  ReportItem(label, active ? "1" : "0");
  Tooltip(tooltip);
  const ImVec2 low = ImGui::GetItemRectMin(), high = ImGui::GetItemRectMax();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  if (hovered || active) {
    const float share = ImGui::IsItemActive() ? 0.25F : hovered ? 0.14F : 0.10F;
    list.AddRectFilled(low, high, WithAlpha(active ? theme.accent : theme.text, share), Px(3));
  }
  const ImU32 colour = active ? theme.accent : hovered ? theme.text : at_rest;
  DrawIcon(Pen(list, ImVec2((low.x + high.x) / 2, (low.y + high.y) / 2), colour), icon);
  return pressed;
}

void DrawFitted(ImDrawList& list, ImVec2 at, float width, ImU32 colour, std::string_view text,
                float size) {
  const auto measure = [](std::string_view part) {
    return ImGui::CalcTextSize(part.data(), part.data() + part.size()).x;
  };
  // Small texts stay readable: whole pixels, and no smaller than ImGui's own font.
  const float whole = ImGui::GetFontSize();
  const float pixels = std::min(whole, std::max(13.0F, std::round(whole * size)));
  const float room = width * whole / pixels;
  const ImVec2 place(std::floor(at.x), std::floor(at.y));
  std::string shown;
  if (measure(text) > room) {
    std::size_t low = 0, high = text.size();  // the longest beginning that fits
    while (low < high) {
      const std::size_t middle = (low + high + 1) / 2;
      if (measure(text.substr(0, middle)) <= room - measure("...")) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    // Not within a character.
    while (low > 0 && (static_cast<unsigned char>(text[low]) & 0xC0U) == 0x80U) --low;
    shown = std::string(text.substr(0, low)) + "...";
    text = shown;
  }
  list.AddText(ImGui::GetFont(), pixels, place, colour, text.data(), text.data() + text.size());
}

}  // namespace agon::viewer::ui
