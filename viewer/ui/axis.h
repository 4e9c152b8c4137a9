// SPDX-License-Identifier: Apache-2.0
// Numbers along an axis: which ones are round for the range shown, and how they are written.
// (The axes of reports, runtime/record/html_parts.h, know neither zoom nor time.)
//
// Who needs this file: plot.cpp and whoever writes numbers as plots do. Thread safety: free
// functions; times of day are in the zone of TZ.
#pragma once

#include <string>
#include <vector>

namespace agon::viewer::ui {

enum class AxisKind {
  kNumber,
  kWhole,     // steps: never between two whole numbers
  kPercent,   // 0.5 is "50 %"
  kLog,       // powers of ten; the range must be positive
  kDuration,  // seconds: "1m30s"
  kTime       // seconds since 1970: a time of day
};

struct AxisTick {
  double value = 0;
  std::string label;  // empty: only a fine line
};

// A range of numbers along one side.
struct Axis {
  AxisKind kind = AxisKind::kNumber;
  double low = 0, high = 1;

  // 0 at low, 1 at high, beyond outside; of a log axis what is not positive is far below.
  [[nodiscard]] double Share(double value) const;
  [[nodiscard]] double At(double share) const;
};

// Makes any two numbers a range that can be drawn: finite, low < high, of a log axis positive.
[[nodiscard]] Axis MakeAxis(AxisKind kind, double low, double high);
// Rising, all within the axis, about `most` of them with a label, never more.
[[nodiscard]] std::vector<AxisTick> Ticks(const Axis& axis, int most);
// One value, more precisely than a tick: "0.12346", "1m30.5s", "21:05:12".
[[nodiscard]] std::string Written(AxisKind kind, double value);

}  // namespace agon::viewer::ui
