// SPDX-License-Identifier: Apache-2.0
#include "viewer/ui/plot_parts.h"

#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>

#include "viewer/ui/theme.h"
#include "viewer/ui/widgets.h"

namespace agon::viewer::ui {
namespace {

float Fine() { return std::max(1.0F, std::floor(Scale())); }

// What is no number lies far outside.
float Pixel(float from, double offset) {
  if (std::isnan(offset)) return static_cast<float>(-kFar);
  return static_cast<float>(from + std::clamp(offset, -kFar, kFar));
}

struct Entry {
  const PlottedCurve* curve;
  const PlottedCurve* dim;  // the unsmoothed values, or null
};

std::vector<Entry> Entries(const std::vector<PlottedCurve>& curves) {
  std::vector<Entry> entries;
  for (const PlottedCurve& curve : curves) {
    if (curve.style.name.empty() || curve.style.dim) continue;
    Entry entry{&curve, nullptr};
    for (const PlottedCurve& other : curves) {
      if (other.style.dim && other.style.name == curve.style.name &&
          other.style.colour == curve.style.colour) {
        entry.dim = &other;
      }
    }
    entries.push_back(entry);
  }
  return entries;
}

// How many columns lie in a rectangle.
int Crossed(const PlotFrame& frame, const std::vector<PlottedCurve>& curves, ImVec2 min,
            ImVec2 max) {
  int crossed = 0;
  for (const PlottedCurve& curve : curves) {
    for (const PlotColumn& column : curve.columns) {
      if (!HasValue(column)) continue;
      const float x = frame.ScreenX(column.x);
      if (x < min.x || x > max.x) continue;
      if (frame.ScreenY(column.high) < max.y && frame.ScreenY(column.low) > min.y) ++crossed;
    }
  }
  return crossed;
}

// The column nearest to x, where the curve reaches as far; null otherwise.
const PlotColumn* NearestColumn(const PlotFrame& frame, const PlottedCurve& curve, double x) {
  const auto next =
      std::lower_bound(curve.columns.begin(), curve.columns.end(), x,
                       [](const PlotColumn& column, double value) { return column.x < value; });
  const PlotColumn* best = nullptr;
  const auto consider = [&](const PlotColumn& column) {
    if (!HasValue(column)) return;
    if (best == nullptr || std::abs(column.x - x) < std::abs(best->x - x)) best = &column;
  };
  if (next != curve.columns.end()) consider(*next);
  if (next != curve.columns.begin()) consider(*std::prev(next));
  if (best == nullptr) return nullptr;
  const bool beyond = next == curve.columns.end() || next == curve.columns.begin();
  constexpr float kNear = 12;
  if (beyond && std::abs(frame.ScreenX(best->x) - frame.ScreenX(x)) > Px(kNear)) return nullptr;
  return best;
}

struct Reading {
  Entry entry;
  const PlotColumn* column;
  const PlotColumn* dim;
};

std::string Values(AxisKind kind, const Reading& reading) {
  std::string text = Written(kind, reading.column->last);
  if (reading.dim != nullptr)
    return text + fmt::format("  (raw {})", Written(kind, reading.dim->last));
  const std::string low = Written(kind, reading.column->low);
  const std::string high = Written(kind, reading.column->high);
  if (low != high) text += fmt::format("  ({} to {})", low, high);
  return text;
}

void Swatch(ImDrawList& list, ImVec2 at, float size, ImU32 colour) {
  list.AddRectFilled({at.x, at.y + std::floor(size * 0.38F)},
                     {at.x + size, at.y + std::ceil(size * 0.62F)}, colour, 1);
}

}  // namespace

float PlotFrame::ScreenX(double value) const { return Pixel(min.x, x.Share(value) * Width()); }
float PlotFrame::ScreenY(double value) const { return Pixel(max.y, -y.Share(value) * Height()); }

void Reach::Take(double value) {
  if (!std::isfinite(value) || (only_positive_ && value <= 0)) return;
  low_ = std::min(low_, value);
  high_ = std::max(high_, value);
}

void Reach::Take(const PlottedCurve& curve, double x_low, double x_high) {
  for (const PlotColumn& column : curve.columns) {
    if (!HasValue(column) || column.x < x_low || column.x > x_high) continue;
    Take(column.low);
    Take(column.high);
    Take(column.first);
    Take(column.last);
    if (curve.style.bars) Take(0);
  }
}

bool HasValues(const std::vector<PlottedCurve>& curves, bool positive) {
  for (const PlottedCurve& curve : curves) {
    for (const PlotColumn& column : curve.columns) {
      if (HasValue(column) && (!positive || column.high > 0)) return true;
    }
  }
  return false;
}

std::pair<double, double> Reach::WithRoom() const {
  if (low_ > high_) return only_positive_ ? std::pair(0.1, 1.0) : std::pair(0.0, 1.0);
  const Axis axis = MakeAxis(only_positive_ ? AxisKind::kLog : AxisKind::kNumber, low_, high_);
  constexpr double kRoom = 0.06;
  return {axis.At(-kRoom), axis.At(1 + kRoom)};
}

void DrawBackground(ImDrawList& list, const PlotFrame& frame, const PlotOptions& options) {
  const Theme& theme = CurrentTheme();
  const float fine = Fine();
  const float line = ImGui::GetFontSize();
  list.AddRectFilled(frame.min, frame.max, theme.plot_background);
  for (const AxisTick& tick : frame.y_ticks) {
    const float y = std::floor(frame.ScreenY(tick.value));
    if (y < frame.min.y || y >= frame.max.y) continue;
    const bool fine_line = tick.label.empty();
    list.AddRectFilled({frame.min.x, y}, {frame.max.x, y + fine},
                       fine_line ? WithAlpha(theme.grid, 0.5) : theme.grid);
    const ImVec2 size = ImGui::CalcTextSize(tick.label.c_str());
    list.AddText({std::floor(frame.min.x - Px(6) - size.x), std::floor(y - size.y / 2)},
                 theme.text_dim, tick.label.c_str());
  }
  // As many labels as stand apart from each other: the widest decides.
  const float below = frame.max.y + std::floor(line * 0.3F);
  const float name_width =
      options.x_label.empty() ? 0 : ImGui::CalcTextSize(options.x_label.c_str()).x;
  int most = std::max(2, static_cast<int>(frame.Width() / (line * 3.2F)));
  std::vector<AxisTick> ticks = Ticks(frame.x, most);
  for (int round = 0; round < 4; ++round) {
    float widest = 0;
    for (const AxisTick& tick : ticks) {
      widest = std::max(widest, ImGui::CalcTextSize(tick.label.c_str()).x);
    }
    const int fitting = std::max(2, static_cast<int>(frame.Width() / (widest + line * 1.6F)));
    if (fitting >= most) break;
    most = fitting;
    ticks = Ticks(frame.x, most);
  }
  const float name_left = frame.max.x - name_width;
  for (const AxisTick& tick : ticks) {
    const float x = std::floor(frame.ScreenX(tick.value));
    if (x < frame.min.x || x >= frame.max.x) continue;
    list.AddRectFilled({x, frame.min.y}, {x + fine, frame.max.y}, theme.grid);
    const float width = ImGui::CalcTextSize(tick.label.c_str()).x;
    const float left = std::floor(std::min(x - width / 2, frame.outer_max.x - width));
    if (name_width > 0 && left + width + line * 0.7F > name_left) continue;
    list.AddText({left, below}, theme.text_dim, tick.label.c_str());
  }
  if (name_width > 0) {
    list.AddText({std::floor(name_left), below}, theme.text_dim, options.x_label.c_str());
  }
  list.AddRectFilled({frame.min.x - fine, frame.min.y}, {frame.min.x, frame.max.y + fine},
                     theme.axis);
  list.AddRectFilled({frame.min.x, frame.max.y}, {frame.max.x, frame.max.y + fine}, theme.axis);
  const float above = std::floor(frame.min.y - line * 1.65F);
  float left = frame.outer_min.x + Px(2);
  const float right = frame.outer_max.x;
  if (!options.title.empty()) {
    const std::string title = Elided(options.title, right - left);
    list.AddText({left, above}, theme.text, title.c_str());
    left += ImGui::CalcTextSize(title.c_str()).x + line * 0.6F;
  }
  if (!options.y_label.empty() && left < right) {
    list.AddText({left, above}, theme.text_dim, Elided(options.y_label, right - left).c_str());
  }
}

void DrawLegend(ImDrawList& list, const PlotFrame& frame, const std::vector<PlottedCurve>& curves) {
  const std::vector<Entry> entries = Entries(curves);
  if (entries.empty()) return;
  const Theme& theme = CurrentTheme();
  const float line = std::ceil(ImGui::GetFontSize() * 1.2F);
  const float swatch = std::floor(ImGui::GetFontSize());
  const float pad = Px(6);
  constexpr float kShareHeight = 0.45F;
  constexpr float kMostRows = 10;
  constexpr float kShareWidth = 0.5F;
  const auto room =
      static_cast<std::size_t>(std::clamp(frame.Height() * kShareHeight / line, 0.0F, kMostRows));
  if (room == 0) return;
  std::vector<std::pair<ImU32, std::string>> rows;
  float widest = 0;
  for (const Entry& entry : entries) {
    if (rows.size() + 1 >= room && entries.size() > room) {
      rows.emplace_back(0, fmt::format("and {} more", entries.size() - rows.size()));
    } else {
      rows.emplace_back(
          entry.curve->style.colour == 0 ? SeriesColour(0) : entry.curve->style.colour,
          Elided(entry.curve->style.name, frame.Width() * kShareWidth));
    }
    widest = std::max(widest, ImGui::CalcTextSize(rows.back().second.c_str()).x);
    if (rows.back().first == 0) break;
  }
  const ImVec2 size = {widest + swatch + pad * 3, line * static_cast<float>(rows.size()) + pad};
  const float gap = Px(6);
  const float left = frame.min.x + gap;
  const float right = frame.max.x - gap - size.x;
  const float top = frame.min.y + gap;
  const float bottom = frame.max.y - gap - size.y;
  ImVec2 place = {right, top};
  int fewest = std::numeric_limits<int>::max();
  for (const ImVec2 corner :
       {ImVec2(right, top), ImVec2(left, top), ImVec2(right, bottom), ImVec2(left, bottom)}) {
    const int crossed = Crossed(frame, curves, corner, {corner.x + size.x, corner.y + size.y});
    if (crossed >= fewest) continue;
    fewest = crossed;
    place = corner;
  }
  list.AddRectFilled(place, {place.x + size.x, place.y + size.y},
                     WithAlpha(theme.plot_background, 0.85), Px(3));
  list.AddRect(place, {place.x + size.x, place.y + size.y}, theme.grid, Px(3));
  float y = place.y + std::floor(pad / 2);
  for (const auto& [colour, name] : rows) {
    if (colour != 0) Swatch(list, {place.x + pad, y}, swatch, colour);
    list.AddText({place.x + pad * 2 + swatch, y}, colour != 0 ? theme.text : theme.text_dim,
                 name.c_str());
    y += line;
  }
}

void DrawReadings(ImDrawList& list, const PlotFrame& frame, const PlotOptions& options,
                  const std::vector<PlottedCurve>& curves, const std::string& label) {
  const Theme& theme = CurrentTheme();
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  const double x = frame.XAt(mouse.x);
  std::vector<Reading> readings;
  const PlotColumn* nearest = nullptr;
  for (const Entry& entry : Entries(curves)) {
    const PlotColumn* const column = NearestColumn(frame, *entry.curve, x);
    if (column == nullptr) continue;
    readings.push_back(
        {entry, column, entry.dim == nullptr ? nullptr : NearestColumn(frame, *entry.dim, x)});
    if (nearest == nullptr || std::abs(column->x - x) < std::abs(nearest->x - x)) nearest = column;
  }
  const float at = std::floor(nearest == nullptr ? mouse.x : frame.ScreenX(nearest->x));
  list.AddRectFilled({at, frame.min.y}, {at + Fine(), frame.max.y}, WithAlpha(theme.text, 0.45));
  if (nearest == nullptr) return;
  for (const Reading& reading : readings) {
    const ImVec2 point = {frame.ScreenX(reading.column->x), frame.ScreenY(reading.column->last)};
    list.AddCircleFilled(point, Px(4), theme.plot_background);
    list.AddCircleFilled(point, Px(3), reading.entry.curve->style.colour);
  }
  // Of very many the ones nearest to the mouse are read.
  constexpr std::size_t kMostRows = 16;
  const std::size_t all = readings.size();
  if (all > kMostRows) {
    std::stable_sort(readings.begin(), readings.end(), [&](const Reading& a, const Reading& b) {
      return std::abs(frame.ScreenY(a.column->last) - mouse.y) <
             std::abs(frame.ScreenY(b.column->last) - mouse.y);
    });
    readings.resize(kMostRows);
    std::stable_sort(readings.begin(), readings.end(), [](const Reading& a, const Reading& b) {
      return a.column->last > b.column->last;
    });
  }
  if (ImGui::IsMouseDown(ImGuiMouseButton_Left) || ImGui::IsMouseDown(ImGuiMouseButton_Right))
    return;
  const std::string name = options.x_label.empty() || frame.x.kind == AxisKind::kTime
                               ? std::string()
                               : options.x_label + " ";
  const std::string head = name + Written(frame.x.kind, nearest->x);
  std::string report = head;
  constexpr float kWidest = 26;  // letters
  const float widest = ImGui::GetFontSize() * kWidest;
  float names = 0;
  for (const Reading& reading : readings) {
    names = std::max(
        names, ImGui::CalcTextSize(Elided(reading.entry.curve->style.name, widest).c_str()).x);
  }
  ImGui::BeginTooltip();
  ImGui::PushStyleColor(ImGuiCol_Text, theme.text_dim);
  ImGui::TextUnformatted(head.c_str());
  ImGui::PopStyleColor();
  const float size = std::floor(ImGui::GetFontSize());
  for (const Reading& reading : readings) {
    const ImVec2 cursor = ImGui::GetCursorScreenPos();
    Swatch(*ImGui::GetWindowDrawList(), cursor, size, reading.entry.curve->style.colour);
    ImGui::SetCursorScreenPos({cursor.x + size + Px(6), cursor.y});
    ImGui::TextUnformatted(Elided(reading.entry.curve->style.name, widest).c_str());
    ImGui::SameLine();
    ImGui::SetCursorScreenPos({cursor.x + size + Px(6) + names + Px(14), cursor.y});
    const std::string values =
        Values(frame.y.kind == AxisKind::kLog ? AxisKind::kNumber : frame.y.kind, reading);
    ImGui::TextUnformatted(values.c_str());
    report += fmt::format("\n{}: {}", reading.entry.curve->style.name, values);
  }
  if (all > readings.size()) {
    ImGui::TextDisabled("and %zu more", all - readings.size());
  }
  ImGui::EndTooltip();
  ReportRect(label + "/values", frame.min, frame.max, report);
}

void DrawNote(ImDrawList& list, const PlotFrame& frame, const char* text) {
  const ImVec2 size = ImGui::CalcTextSize(text);
  list.AddText({std::floor((frame.min.x + frame.max.x - size.x) / 2),
                std::floor((frame.min.y + frame.max.y - size.y) / 2)},
               CurrentTheme().text_dim, text);
}

}  // namespace agon::viewer::ui
