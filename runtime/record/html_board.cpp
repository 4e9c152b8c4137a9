// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "runtime/base/text.h"
#include "runtime/record/html_parts.h"

namespace agon::record::html {
namespace {

// Shares below it are neither shaded nor written.
constexpr float kLeastShare = 0.005F;
constexpr int kMostSide = 64;
constexpr int kCell = 20;  // side of a cell in units of the drawing

std::string Text(int x, int y, std::string_view style, std::string_view text) {
  return fmt::format(R"(<text class="{}" x="{}" y="{}">{}</text>)", style, x, y, EscapeHtml(text));
}

// A cell-sized square with its left upper corner at (x, y).
std::string Square(std::string_view style, int x, int y, const std::string& more) {
  return fmt::format(R"(<rect class="{}" x="{}" y="{}" width="{}" height="{}"{}></rect>)", style, x,
                     y, kCell, kCell, more);
}

}  // namespace

std::string BoardFigure(const HtmlReport::BoardPicture& picture, std::string_view overlay) {
  const Board& board = picture.board;
  const int width = std::clamp(board.width, 1, kMostSide);
  const int height = std::clamp(board.height, 1, kMostSide);
  const auto shown = std::find_if(board.overlays.begin(), board.overlays.end(),
                                  [&](const auto& o) { return o.name == overlay; });
  std::string out =
      fmt::format(R"(<figure class="board"><svg viewBox="-1 -1 {} {}" role="img" aria-label="{}">)",
                  kCell * width + 2, kCell * height + 2,
                  EscapeHtml(picture.caption.empty() ? "board" : picture.caption));
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const std::size_t cell = static_cast<std::size_t>(y) * static_cast<std::size_t>(board.width) +
                               static_cast<std::size_t>(x);
      const std::string text = cell < board.cells.size() ? board.cells[cell] : std::string();
      const int colour = cell < board.colours.size() ? board.colours[cell] : 0;
      const float share = shown != board.overlays.end() && cell < shown->values.size()
                              ? std::clamp(shown->values[cell], 0.0F, 1.0F)
                              : 0.0F;
      const int left = kCell * x, top = kCell * y;
      out += Square("cell", left, top, "");
      if (share >= kLeastShare) {
        // The root of the share: small ones are seen as well.
        out += Square("shade", left, top,
                      fmt::format(R"( opacity="{:.2f}")", 0.75 * std::sqrt(share)));
      }
      if (colour > 0) {
        out += fmt::format(R"(<circle class="stone p{}" cx="{}" cy="{}" r="8.4"></circle>)",
                           std::min(colour, 2), left + kCell / 2, top + kCell / 2);
      }
      // The text tells stones apart where colours do not.
      if (!text.empty()) out += Text(left + kCell / 2, top + 14, colour == 1 ? "on1" : "on2", text);
      if (colour == 0 && text.empty() && share >= kLeastShare) {
        out += Text(left + kCell / 2, top + 13, "share", fmt::format("{:.0f}", 100 * share));
      }
    }
  }
  out += "</svg>";
  if (!picture.caption.empty()) {
    out += fmt::format("<figcaption>{}</figcaption>", EscapeHtml(picture.caption));
  }
  return out + "</figure>\n";
}

}  // namespace agon::record::html
