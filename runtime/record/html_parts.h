// SPDX-License-Identifier: Apache-2.0
// The drawn parts of a report page: scales, charts, the style sheet.
//
// Who needs this file: html.cpp and its tests. Thread safety: free functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/record/html.h"

namespace agon::record::html {

// An axis: its range and where numbers stand on it, in rising order.
struct Axis {
  double low = 0;
  double high = 1;
  bool log = false;
  std::vector<double> ticks;
  std::vector<std::string> labels;  // one a tick

  // Where a value stands: 0 at low, 1 at high. Of a log axis the value must be positive.
  [[nodiscard]] double Place(double value) const;
};

// Steps of 1, 2 or 5 times a power of ten, at most `most` of them inside [low, high]. An empty
// range is widened; the range is not rounded.
[[nodiscard]] Axis LinearAxis(double low, double high, int most, bool percent = false);
// Powers of ten, or 1-2-5 steps when there are fewer than two of them; the range is rounded
// outwards to the next of 1, 2, 5. Needs 0 < low.
[[nodiscard]] Axis LogAxis(double low, double high, int most);
// [low, high] rounded outwards to multiples of the step that LinearAxis would take.
[[nodiscard]] Axis RoundedAxis(double low, double high, int most, bool percent = false);

// A number as a reader wants it: at most four significant digits, no "-0", "n/a" when not finite.
[[nodiscard]] std::string ShortNumber(double value);
[[nodiscard]] std::string Percent(double share);  // "72.4 %"

[[nodiscard]] std::string LineChart(const HtmlReport::ChartBlock& chart);  // a <figure>
[[nodiscard]] std::string BarChart(const HtmlReport::BarBlock& bars);      // a <figure>

// A <figure>. Cells and overlay values that are missing count as empty.
[[nodiscard]] std::string BoardFigure(const HtmlReport::BoardPicture& picture,
                                      std::string_view overlay);

[[nodiscard]] std::string_view StyleSheet();

}  // namespace agon::record::html
