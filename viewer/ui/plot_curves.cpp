// SPDX-License-Identifier: Apache-2.0
// The curves of a plot: lines, bars, markers.
#include <algorithm>
#include <cmath>

#include "viewer/ui/plot_parts.h"
#include "viewer/ui/theme.h"
#include "viewer/ui/widgets.h"

namespace agon::viewer::ui {
namespace {

// The point where the line from a to b passes x.
ImVec2 Crossing(double ax, double ay, double bx, double by, double x) {
  const double share = (x - ax) / (bx - ax);
  return {static_cast<float>(x),
          static_cast<float>(std::clamp(ay + share * (by - ay), -kFar, kFar))};
}

// Collects points of one line and draws them in pieces that 16-bit indices can count.
class Line {
 public:
  Line(ImDrawList& list, ImU32 colour, float thickness)
      : list_(list), colour_(colour), thickness_(thickness) {}
  void To(ImVec2 point) {
    constexpr float kSame = 0.25F;  // pixels
    if (!points_.empty() && std::abs(points_.back().x - point.x) < kSame &&
        std::abs(points_.back().y - point.y) < kSame) {
      return;
    }
    if (TurnsSharply(point)) Restart();
    points_.push_back(point);
    constexpr std::size_t kMostPoints = 4000;
    if (points_.size() >= kMostPoints) Restart();
  }
  void Break() {
    Draw();
    // A single value would be no line.
    if (points_.size() == 1 && !goes_on_) {
      list_.AddCircleFilled(points_.front(), thickness_ * 2, colour_);
    }
    points_.clear();
    goes_on_ = false;
  }

 private:
  // AddPolyline's joints grow thin where the line turns back: a peak is two lines that meet.
  [[nodiscard]] bool TurnsSharply(ImVec2 next) const {
    if (points_.size() < 2) return false;
    const ImVec2 before = points_[points_.size() - 2];
    const ImVec2 at = points_.back();
    const float ax = at.x - before.x;
    const float ay = at.y - before.y;
    const float bx = next.x - at.x;
    const float by = next.y - at.y;
    return ax * bx + ay * by < 0;
  }
  // Draws what there is and goes on from its last point.
  void Restart() {
    Draw();
    points_.assign(1, ImVec2(points_.back()));
    goes_on_ = true;
  }
  void Draw() {
    if (points_.size() < 2) return;
    list_.AddPolyline(points_.data(), static_cast<int>(points_.size()), colour_, ImDrawFlags_None,
                      thickness_);
  }
  ImDrawList& list_;
  ImU32 colour_;
  float thickness_;
  bool goes_on_ = false;  // from the piece before
  std::vector<ImVec2> points_;
};

void DrawBars(ImDrawList& list, const PlotFrame& frame, const PlottedCurve& curve, ImU32 colour) {
  double gap = frame.x.high - frame.x.low;
  for (std::size_t i = 1; i < curve.columns.size(); ++i) {
    const double between = curve.columns[i].x - curve.columns[i - 1].x;
    if (between > 0) gap = std::min(gap, between);
  }
  constexpr float kShare = 0.4F;  // of the gap, to each side
  constexpr float kWidest = 24;
  const float half =
      std::clamp(static_cast<float>(gap / (frame.x.high - frame.x.low)) * frame.Width() * kShare,
                 0.5F, Px(kWidest));
  const float zero = frame.ScreenY(0);
  for (const PlotColumn& column : curve.columns) {
    if (!HasValue(column)) continue;
    const float x = frame.ScreenX(column.x);
    const float top =
        frame.ScreenY(column.low < 0 && -column.low > column.high ? column.low : column.high);
    list.AddRectFilled(
        {std::floor(x - half), std::floor(std::min(top, zero))},
        {std::max(std::floor(x - half) + 1, std::ceil(x + half)), std::ceil(std::max(top, zero))},
        colour);
  }
}

void DrawLine(ImDrawList& list, const PlotFrame& frame, const PlottedCurve& curve, ImU32 colour,
              float thickness) {
  Line line(list, colour, thickness);
  const bool log = frame.y.kind == AxisKind::kLog;
  const double left = frame.min.x - 8.0;
  const double right = frame.max.x + 8.0;
  const auto pixel_x = [&](double x) { return frame.min.x + frame.x.Share(x) * frame.Width(); };
  const PlotColumn* before = nullptr;
  const float wide = std::max(1.0F, std::round(thickness));
  for (const PlotColumn& column : curve.columns) {
    // What has no place on a log axis is a gap, not a line to the bottom.
    if (!HasValue(column) || (log && column.high <= 0)) {
      line.Break();
      before = nullptr;
      continue;
    }
    const double x = pixel_x(column.x);
    const float first = frame.ScreenY(column.first);
    const float last = frame.ScreenY(column.last);
    const bool begins = log && column.first <= 0;
    const bool ends = log && column.last <= 0;
    if (begins) {
      line.Break();
      before = nullptr;
    }
    // A neighbour far outside: the line begins, or ends, where it enters the picture.
    if (before != nullptr) {
      const double before_x = pixel_x(before->x);
      const float before_y = frame.ScreenY(before->last);
      if (before_x < left && x > left) line.To(Crossing(before_x, before_y, x, first, left));
      if (before_x < right && x > right) line.To(Crossing(before_x, before_y, x, first, right));
    }
    before = ends ? nullptr : &column;
    if (x < left || x > right) continue;
    const auto at = static_cast<float>(x);
    if (!begins) line.To({at, first});
    const float top = frame.ScreenY(column.high);
    const float bottom = frame.ScreenY(column.low);
    if (bottom - top > 1) {
      const float from = std::floor(at - wide / 2 + 0.5F);
      list.AddRectFilled({from, top}, {from + wide, bottom}, colour);
    }
    if (ends) {
      line.Break();
    } else {
      line.To({at, last});
    }
  }
  line.Break();
  if (!curve.style.markers) return;
  for (const PlotColumn& column : curve.columns) {
    if (!HasValue(column)) continue;
    const ImVec2 at = {frame.ScreenX(column.x), frame.ScreenY(column.last)};
    if (frame.Contains(at)) list.AddCircleFilled(at, thickness * 2, colour);
  }
}

}  // namespace

void DrawCurves(ImDrawList& list, const PlotFrame& frame, const std::vector<PlottedCurve>& curves) {
  constexpr float kThickness = 1.6F;
  constexpr double kDim = 0.32;
  // What is dim lies below all the rest.
  for (const bool dim : {true, false}) {
    for (const PlottedCurve& curve : curves) {
      if (curve.style.dim != dim) continue;
      const ImU32 full = curve.style.colour == 0 ? SeriesColour(0) : curve.style.colour;
      const ImU32 colour = dim ? WithAlpha(full, kDim) : full;
      if (curve.style.bars) {
        DrawBars(list, frame, curve, colour);
      } else {
        DrawLine(list, frame, curve, colour, dim ? Px(1) : Px(kThickness));
      }
    }
  }
}

}  // namespace agon::viewer::ui
