// SPDX-License-Identifier: Apache-2.0
#include "viewer/ui/theme.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <system_error>

namespace agon::viewer {
namespace {

// 0xRRGGBB.
constexpr ImU32 Rgb(std::uint32_t hex) {
  return IM_COL32((hex >> 16) & 255, (hex >> 8) & 255, hex & 255, 255);
}

// The eight colours of Okabe and Ito (2008) as far as they stand out from the background, lightened
// or darkened where they do not, and two more.
Theme DarkTheme() {
  Theme theme;
  theme.dark = true;
  theme.background = Rgb(0x15181D);
  theme.plot_background = Rgb(0x1B1F26);
  theme.grid = Rgb(0x2C323C);
  theme.axis = Rgb(0x5A6472);
  theme.text = Rgb(0xE4E7EB);
  theme.text_dim = Rgb(0x96A0AD);
  theme.accent = Rgb(0x4C9EF0);
  theme.good = Rgb(0x3DBB80);
  theme.bad = Rgb(0xF06A5F);
  theme.warning = Rgb(0xE8AE42);
  theme.series = {Rgb(0x56B4E9), Rgb(0xE69F00), Rgb(0x2FBF94), Rgb(0xD98BB8), Rgb(0xF0703A),
                  Rgb(0xF0E442), Rgb(0x6C8EEF), Rgb(0xB9C0C9), Rgb(0xA97FE0), Rgb(0xB08A5A)};
  theme.stone_dark = Rgb(0x24272C);
  theme.stone_light = Rgb(0xF0EEE6);
  theme.board = Rgb(0xB98A4E);
  theme.board_line = Rgb(0x51391A);
  return theme;
}

Theme LightTheme() {
  Theme theme;
  theme.dark = false;
  theme.background = Rgb(0xF3F4F6);
  theme.plot_background = Rgb(0xFFFFFF);
  theme.grid = Rgb(0xE3E6EA);
  theme.axis = Rgb(0x98A1AB);
  theme.text = Rgb(0x1C2026);
  theme.text_dim = Rgb(0x5D6772);
  theme.accent = Rgb(0x0B69C7);
  theme.good = Rgb(0x14804E);
  theme.bad = Rgb(0xC5352B);
  theme.warning = Rgb(0x9A6400);
  theme.series = {Rgb(0x0072B2), Rgb(0xD55E00), Rgb(0x009E73), Rgb(0xC0629A), Rgb(0xE69F00),
                  Rgb(0x56B4E9), Rgb(0x6A4FBF), Rgb(0x4A4F57), Rgb(0xA89B00), Rgb(0x8A5A2B)};
  theme.stone_dark = Rgb(0x1E2125);
  theme.stone_light = Rgb(0xFFFDF6);
  theme.board = Rgb(0xDDB477);
  theme.board_line = Rgb(0x6B4B22);
  return theme;
}

Theme& State() {
  static Theme theme = DarkTheme();
  return theme;
}

ImVec4 Float(ImU32 colour, float alpha = 1) {
  ImVec4 value = ImGui::ColorConvertU32ToFloat4(colour);
  value.w *= alpha;
  return value;
}

struct Stop {
  double place;
  double red, green, blue;
};

// Straight lines between the stops, which rise in place.
template <std::size_t N>
ImU32 Between(const std::array<Stop, N>& stops, double value, double alpha) {
  std::size_t next = 1;
  while (next + 1 < N && value > stops[next].place) ++next;
  const Stop& from = stops[next - 1];
  const Stop& to = stops[next];
  const double share = std::clamp((value - from.place) / (to.place - from.place), 0.0, 1.0);
  const auto mix = [share](double a, double b) {
    return static_cast<std::uint32_t>(std::lround(a + (b - a) * share));
  };
  return IM_COL32(mix(from.red, to.red), mix(from.green, to.green), mix(from.blue, to.blue),
                  static_cast<std::uint32_t>(std::lround(255 * std::clamp(alpha, 0.0, 1.0))));
}

const char* SystemFont() {
  constexpr std::array kCandidates = {
      "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
      "/usr/share/fonts/TTF/DejaVuSans.ttf",
      "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
      "/usr/share/fonts/dejavu/DejaVuSans.ttf",
      "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf",
      "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
      "/usr/share/fonts/truetype/freefont/FreeSans.ttf"};
  for (const char* candidate : kCandidates) {
    std::error_code error;
    if (std::filesystem::is_regular_file(candidate, error)) return candidate;
  }
  return nullptr;
}

// Pairs of first and last; the atlas keeps the pointer, so the table is constant data. Emoji lie
// beyond the 16 bits of Debian's ImGui.
constexpr std::array<ImWchar, 25> kGlyphs = {0x0020, 0x00FF, 0x0100, 0x017F, 0x0370, 0x03FF, 0x0400,
                                             0x045F, 0x2010, 0x203A, 0x2070, 0x209F, 0x20A0, 0x20BF,
                                             0x2190, 0x21FF, 0x2200, 0x22FF, 0x25A0, 0x25FF, 0x2600,
                                             0x26FF, 0x2713, 0x2718, 0};

}  // namespace

const Theme& CurrentTheme() { return State(); }

void ApplyTheme(bool dark, float scale) {
  Theme& theme = State();
  theme = dark ? DarkTheme() : LightTheme();
  theme.scale = std::isfinite(scale) ? std::clamp(scale, 0.5F, 8.0F) : 1.0F;
  ImGuiStyle style;
  if (dark) {
    ImGui::StyleColorsDark(&style);
  } else {
    ImGui::StyleColorsLight(&style);
  }
  style.WindowPadding = {10, 10};
  style.FramePadding = {8, 4};
  style.ItemSpacing = {8, 6};
  style.ItemInnerSpacing = {6, 4};
  style.CellPadding = {6, 3};
  style.IndentSpacing = 16;
  style.ScrollbarSize = 12;
  style.GrabMinSize = 12;
  style.WindowRounding = 4;
  style.ChildRounding = 4;
  style.PopupRounding = 4;
  style.FrameRounding = 4;
  style.GrabRounding = 4;
  style.ScrollbarRounding = 6;
  style.TabRounding = 4;
  style.WindowBorderSize = 1;
  style.ChildBorderSize = 1;
  style.PopupBorderSize = 1;
  style.FrameBorderSize = dark ? 0 : 1;
  style.AntiAliasedLinesUseTex = false;  // lines then look the same with every texture filter
  style.ScaleAllSizes(theme.scale);

  ImVec4* const colours = style.Colors;
  const float raised = dark ? 1.0F : 0.9F;
  colours[ImGuiCol_Text] = Float(theme.text);
  colours[ImGuiCol_TextDisabled] = Float(theme.text_dim);
  colours[ImGuiCol_WindowBg] = Float(theme.background);
  colours[ImGuiCol_ChildBg] = Float(theme.background, 0);
  colours[ImGuiCol_PopupBg] = Float(dark ? Rgb(0x20252D) : Rgb(0xFFFFFF));
  colours[ImGuiCol_Border] = Float(dark ? Rgb(0x343B46) : Rgb(0xCDD2D8));
  colours[ImGuiCol_BorderShadow] = Float(0, 0);
  colours[ImGuiCol_FrameBg] = Float(dark ? Rgb(0x272D36) : Rgb(0xFFFFFF));
  colours[ImGuiCol_FrameBgHovered] = Float(dark ? Rgb(0x323A46) : Rgb(0xEAF2FB));
  colours[ImGuiCol_FrameBgActive] = Float(dark ? Rgb(0x3A4452) : Rgb(0xDCEAF8));
  colours[ImGuiCol_TitleBg] = Float(theme.background);
  colours[ImGuiCol_TitleBgActive] = Float(theme.background);
  colours[ImGuiCol_MenuBarBg] = Float(dark ? Rgb(0x1B1F26) : Rgb(0xE9ECEF));
  colours[ImGuiCol_ScrollbarBg] = Float(theme.background, 0);
  colours[ImGuiCol_ScrollbarGrab] = Float(theme.axis, 0.5F);
  colours[ImGuiCol_ScrollbarGrabHovered] = Float(theme.axis, 0.8F);
  colours[ImGuiCol_ScrollbarGrabActive] = Float(theme.axis);
  colours[ImGuiCol_CheckMark] = Float(theme.accent);
  colours[ImGuiCol_SliderGrab] = Float(theme.accent, 0.85F);
  colours[ImGuiCol_SliderGrabActive] = Float(theme.accent);
  colours[ImGuiCol_Button] = Float(dark ? Rgb(0x2E3641) : Rgb(0xFFFFFF));
  colours[ImGuiCol_ButtonHovered] = Float(dark ? Rgb(0x3A4553) : Rgb(0xEAF2FB));
  colours[ImGuiCol_ButtonActive] = Float(theme.accent, 0.55F);
  colours[ImGuiCol_Header] = Float(theme.accent, 0.22F * raised);
  colours[ImGuiCol_HeaderHovered] = Float(theme.accent, 0.30F * raised);
  colours[ImGuiCol_HeaderActive] = Float(theme.accent, 0.42F * raised);
  colours[ImGuiCol_Separator] = Float(dark ? Rgb(0x343B46) : Rgb(0xD5D9DE));
  colours[ImGuiCol_Tab] = Float(theme.background);
  colours[ImGuiCol_TabHovered] = Float(theme.accent, 0.30F);
  colours[ImGuiCol_TabActive] = Float(theme.accent, 0.25F);
  colours[ImGuiCol_TableHeaderBg] = Float(dark ? Rgb(0x20252D) : Rgb(0xE9ECEF));
  colours[ImGuiCol_TableBorderStrong] = Float(dark ? Rgb(0x343B46) : Rgb(0xCDD2D8));
  colours[ImGuiCol_TableBorderLight] = Float(dark ? Rgb(0x2A303A) : Rgb(0xE3E6EA));
  colours[ImGuiCol_TableRowBgAlt] = Float(theme.text, 0.03F);
  colours[ImGuiCol_TextSelectedBg] = Float(theme.accent, 0.35F);
  colours[ImGuiCol_NavHighlight] = Float(theme.accent);
  colours[ImGuiCol_ModalWindowDimBg] = Float(Rgb(0x000000), 0.45F);
  ImGui::GetStyle() = style;
}

void LoadFonts(float scale, bool fixed) {
  ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
  atlas.Clear();
  const char* const file = fixed ? nullptr : SystemFont();
  ImFontConfig config;
  if (file != nullptr) {
    config.OversampleH = 2;
    config.OversampleV = 1;
    config.PixelSnapH = false;
    constexpr float kSize = 15;
    if (atlas.AddFontFromFileTTF(file, std::round(kSize * scale), &config, kGlyphs.data()) !=
        nullptr) {
      return;
    }
    atlas.Clear();
  }
  // ImGui's own is drawn for 13 pixels: whole multiples stay sharp.
  constexpr float kOwnSize = 13;
  ImFontConfig own;
  own.SizePixels = kOwnSize * std::max(1.0F, std::round(scale));
  atlas.AddFontDefault(&own);
}

ImU32 WithAlpha(ImU32 colour, double alpha) {
  const double share =
      static_cast<double>(colour >> IM_COL32_A_SHIFT) * std::clamp(alpha, 0.0, 1.0);
  return (colour & ~IM_COL32_A_MASK) | (static_cast<ImU32>(std::lround(share)) << IM_COL32_A_SHIFT);
}

ImU32 SeriesColour(std::size_t place) {
  const auto& series = State().series;
  return series[place % series.size()];
}

ImU32 Diverging(double value) {
  if (!std::isfinite(value)) return IM_COL32(128, 128, 128, 255);
  static constexpr std::array<Stop, 5> kOnWhite = {{{-1, 18, 64, 158},
                                                    {-0.5, 88, 152, 220},
                                                    {0, 250, 250, 250},
                                                    {0.5, 236, 128, 92},
                                                    {1, 158, 20, 36}}};
  static constexpr std::array<Stop, 5> kOnBlack = {{{-1, 120, 190, 255},
                                                    {-0.5, 36, 100, 200},
                                                    {0, 8, 9, 12},
                                                    {0.5, 196, 52, 40},
                                                    {1, 255, 160, 110}}};
  return Between(State().dark ? kOnBlack : kOnWhite, std::clamp(value, -1.0, 1.0), 1);
}

ImU32 Heat(double share, double alpha) {
  if (!std::isfinite(share)) share = 0;
  static constexpr std::array<Stop, 5> kStops = {{{0, 30, 22, 70},
                                                  {0.25, 70, 62, 150},
                                                  {0.5, 178, 66, 122},
                                                  {0.75, 240, 130, 64},
                                                  {1, 252, 228, 130}}};
  return Between(kStops, std::clamp(share, 0.0, 1.0), alpha);
}

}  // namespace agon::viewer
