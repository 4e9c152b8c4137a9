// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

#include "runtime/base/text.h"
#include "runtime/record/html_parts.h"

namespace agon::record::html {
namespace {

// All lengths are in units of the drawing; the style sheet scales it and makes its text larger on
// narrow screens, so margins leave room for the larger one.
constexpr double kWidth = 560;
constexpr double kHeight = 320;
constexpr double kLetter = 10.5;  // widest digit of the larger text
constexpr std::size_t kMostPoints = 1200;
constexpr std::size_t kMostMarkers = 64;
constexpr std::size_t kColours = 8;

using Point = std::pair<double, double>;

std::string SeriesClass(std::size_t index) {
  // The second round of colours is dashed.
  return fmt::format("s{}{}", index % kColours, index < kColours ? "" : " d");
}

double LabelMargin(const std::vector<std::string>& labels) {
  std::size_t longest = 1;
  for (const std::string& label : labels) longest = std::max(longest, label.size());
  return 12 + kLetter * static_cast<double>(longest);
}

// Shapes differ as well as colours, for paper and for eyes that see fewer colours.
std::string Marker(std::size_t index, double x, double y, std::string_view title) {
  static constexpr std::array<std::string_view, 4> kShapes = {
      "M-3.6 0a3.6 3.6 0 1 0 7.2 0a3.6 3.6 0 1 0 -7.2 0z", "M-3.3 -3.3h6.6v6.6h-6.6z",
      "M0 -4.8L4.8 0L0 4.8L-4.8 0z", "M0 -4.4L4.4 3.4H-4.4z"};
  const std::string inside =
      title.empty() ? std::string() : fmt::format("<title>{}</title>", EscapeHtml(title));
  return fmt::format(
      R"x(<path class="m {}" transform="translate({:.1f} {:.1f})" d="{}">{}</path>)x",
      SeriesClass(index), x, y, kShapes[index % kShapes.size()], inside);
}

std::string Legend(const std::vector<std::string>& names, bool lines, bool markers) {
  if (names.size() < 2 && (names.empty() || names[0].empty())) return {};
  std::string out = "<ul class=\"legend\">";
  for (std::size_t i = 0; i < names.size(); ++i) {
    out += "<li><svg viewBox=\"0 0 26 12\" aria-hidden=\"true\">";
    if (lines) {
      out += fmt::format(R"(<path class="l {}" d="M1 6H25"></path>)", SeriesClass(i));
      if (markers) out += Marker(i, 13, 6, {});
    } else {
      out += fmt::format(R"(<rect class="b {}" x="7" y="0" width="12" height="12"></rect>)",
                         SeriesClass(i));
    }
    out += fmt::format("</svg>{}</li>", EscapeHtml(names[i]));
  }
  return out + "</ul>";
}

std::string FigureHead(std::string_view title, std::string_view kind) {
  std::string out = fmt::format("<figure class=\"chart {}\">", kind);
  if (!title.empty()) out += fmt::format("<figcaption>{}</figcaption>", EscapeHtml(title));
  return out;
}

std::string SvgHead(double height, std::string_view title) {
  return fmt::format(R"(<svg viewBox="0 0 {:.0f} {:.0f}" role="img" aria-label="{}">)", kWidth,
                     height, EscapeHtml(title.empty() ? "chart" : title));
}

std::vector<Point> Drawable(const HtmlReport::Series& series, bool log_y) {
  std::vector<Point> points;
  const std::size_t count = std::min(series.x.size(), series.y.size());
  points.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const bool gap =
        !std::isfinite(series.x[i]) || !std::isfinite(series.y[i]) || (log_y && series.y[i] <= 0);
    // A point that cannot be drawn breaks the line: it must not look as if it were interpolated.
    points.emplace_back(series.x[i], gap ? std::numeric_limits<double>::quiet_NaN() : series.y[i]);
  }
  return points;
}

// Keeps the lowest and the highest point of each stretch, so that peaks stay visible.
std::vector<Point> Thinned(const std::vector<Point>& points) {
  if (points.size() <= kMostPoints) return points;
  std::vector<Point> kept;
  const std::size_t stretches = kMostPoints / 2;
  for (std::size_t s = 0; s < stretches; ++s) {
    const auto begin = points.begin() + static_cast<std::ptrdiff_t>(s * points.size() / stretches);
    const auto end =
        points.begin() + static_cast<std::ptrdiff_t>((s + 1) * points.size() / stretches);
    auto low = end;
    auto high = end;
    for (auto point = begin; point != end; ++point) {
      if (std::isnan(point->second)) continue;
      if (low == end || point->second < low->second) low = point;
      if (high == end || point->second > high->second) high = point;
    }
    if (low == end) {
      kept.push_back(*begin);
    } else {
      kept.push_back(*std::min(low, high));
      if (low != high) kept.push_back(*std::max(low, high));
    }
  }
  return kept;
}

struct Frame {
  double left = 0, right = kWidth - 22, top = 10, bottom = kHeight - 34;
  Axis x, y;
  [[nodiscard]] double X(double value) const { return left + x.Place(value) * (right - left); }
  [[nodiscard]] double Y(double value) const { return bottom - y.Place(value) * (bottom - top); }
};

Frame MakeFrame(const HtmlReport::ChartBlock& chart,
                const std::vector<std::vector<Point>>& series) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  double x_low = kInfinity, x_high = -kInfinity, y_low = kInfinity, y_high = -kInfinity;
  for (const auto& points : series) {
    for (const auto& [x, y] : points) {
      if (std::isnan(y)) continue;
      x_low = std::min(x_low, x);
      x_high = std::max(x_high, x);
      y_low = std::min(y_low, y);
      y_high = std::max(y_high, y);
    }
  }
  if (chart.percent_y && !chart.log_y) {
    // The whole scale, so that two reports can be compared by eye.
    y_low = std::min(0.0, y_low);
    y_high = std::max(1.0, y_high);
  }
  const bool fixed = chart.y_min || chart.y_max;
  if (chart.y_min && !(chart.log_y && *chart.y_min <= 0)) y_low = *chart.y_min;
  if (chart.y_max && !(chart.log_y && *chart.y_max <= 0)) y_high = *chart.y_max;

  Frame frame;
  frame.x = LinearAxis(x_low, x_high, 8);
  if (chart.log_y) {
    frame.y = LogAxis(y_low, y_high, 7);
  } else {
    frame.y = fixed ? LinearAxis(y_low, y_high, 7, chart.percent_y)
                    : RoundedAxis(y_low, y_high, 7, chart.percent_y);
  }
  frame.left = LabelMargin(frame.y.labels);
  return frame;
}

std::string GridLines(const Frame& frame) {
  std::string out;
  for (std::size_t i = 0; i < frame.y.ticks.size(); ++i) {
    const double y = frame.Y(frame.y.ticks[i]);
    out += fmt::format(R"(<path class="g" d="M{:.1f} {:.1f}H{:.1f}"></path>)", frame.left, y,
                       frame.right);
    out += fmt::format(R"(<text class="y" x="{:.1f}" y="{:.1f}" dy=".35em">{}</text>)",
                       frame.left - 8, y, EscapeHtml(frame.y.labels[i]));
  }
  for (std::size_t i = 0; i < frame.x.ticks.size(); ++i) {
    const double x = frame.X(frame.x.ticks[i]);
    // Every second number may go when the text is large.
    out += fmt::format(R"(<text class="x{}" x="{:.1f}" y="{:.1f}" dy="1.3em">{}</text>)",
                       i % 2 == 1 ? " minor" : "", x, frame.bottom, EscapeHtml(frame.x.labels[i]));
    out += fmt::format(R"(<path class="t" d="M{:.1f} {:.1f}v4"></path>)", x, frame.bottom);
  }
  out += fmt::format(R"(<path class="a" d="M{:.1f} {:.1f}H{:.1f}"></path>)", frame.left,
                     frame.bottom, frame.right);
  return out;
}

std::string Line(const Frame& frame, const std::vector<Point>& points, std::size_t index,
                 std::string_view name) {
  std::string path;
  bool pen_down = false;
  for (const auto& [x, y] : points) {
    if (std::isnan(y)) {
      pen_down = false;
      continue;
    }
    // A fixed range may leave points outside; far ones would overflow a renderer's numbers.
    const double at = std::clamp(frame.Y(y), frame.top - 2000, frame.bottom + 2000);
    path += fmt::format("{}{:.1f} {:.1f}", pen_down ? "L" : "M", frame.X(x), at);
    pen_down = true;
  }
  if (path.empty()) return {};
  return fmt::format(R"(<path class="l {}" d="{}"><title>{}</title></path>)", SeriesClass(index),
                     path, EscapeHtml(name));
}

std::string Markers(const Frame& frame, const std::vector<Point>& points, std::size_t index,
                    const HtmlReport::ChartBlock& chart) {
  std::string out;
  for (const auto& [x, y] : points) {
    if (std::isnan(y)) continue;
    const double at = frame.Y(y);
    if (at < frame.top - 0.5 || at > frame.bottom + 0.5) continue;
    const std::string title = fmt::format(
        "{}: {} at {}{}{}", chart.series[index].name, chart.percent_y ? Percent(y) : ShortNumber(y),
        chart.x_label, chart.x_label.empty() ? "" : " ", ShortNumber(x));
    out += Marker(index, frame.X(x), at, title);
  }
  return out;
}

}  // namespace

std::string LineChart(const HtmlReport::ChartBlock& chart) {
  std::vector<std::vector<Point>> series;
  std::vector<std::string> names;
  std::size_t most = 0;
  bool any = false;
  for (const HtmlReport::Series& one : chart.series) {
    series.push_back(Thinned(Drawable(one, chart.log_y)));
    names.push_back(one.name);
    most = std::max(most, series.back().size());
    for (const Point& point : series.back()) any = any || !std::isnan(point.second);
  }
  // A lone point has no line to be seen by.
  const bool markers = (chart.markers && most <= kMostMarkers) || most <= 1;

  std::string out = FigureHead(chart.title, "lines");
  out += Legend(names, true, markers);
  if (!any) return out + "<p class=\"empty\">no data</p></figure>\n";
  const Frame frame = MakeFrame(chart, series);
  if (!chart.y_label.empty()) {
    out += fmt::format("<div class=\"ylabel\">{}{}</div>", EscapeHtml(chart.y_label),
                       chart.log_y ? " (log scale)" : "");
  }
  out += SvgHead(kHeight, chart.title) + GridLines(frame);
  for (std::size_t i = 0; i < series.size(); ++i) out += Line(frame, series[i], i, names[i]);
  for (std::size_t i = 0; markers && i < series.size(); ++i) {
    out += Markers(frame, series[i], i, chart);
  }
  out += "</svg>";
  if (!chart.x_label.empty()) {
    out += fmt::format("<div class=\"xlabel\">{}</div>", EscapeHtml(chart.x_label));
  }
  return out + "</figure>\n";
}

std::string BarChart(const HtmlReport::BarBlock& bars) {
  constexpr double kBar = 9;
  constexpr double kGap = 11;
  constexpr double kTop = 4;
  std::string out = FigureHead(bars.title, "bars");
  out += Legend(bars.series, false, false);
  if (bars.labels.empty() || bars.values.empty()) {
    return out + "<p class=\"empty\">no data</p></figure>\n";
  }
  const double group = kBar * static_cast<double>(bars.values.size()) + kGap;
  const double bottom = kTop + group * static_cast<double>(bars.labels.size());
  const double left = std::min(LabelMargin(bars.labels), kWidth / 2);
  const double right = kWidth - 30;
  out += SvgHead(bottom + 34, bars.title);
  const Axis axis = LinearAxis(0, 1, 6, true);
  for (std::size_t i = 0; i < axis.ticks.size(); ++i) {
    const double x = left + axis.Place(axis.ticks[i]) * (right - left);
    out += fmt::format(R"(<path class="g" d="M{:.1f} {:.1f}V{:.1f}"></path>)", x, kTop, bottom);
    out += fmt::format(R"(<text class="x{}" x="{:.1f}" y="{:.1f}" dy="1.3em">{}</text>)",
                       i % 2 == 1 ? " minor" : "", x, bottom, EscapeHtml(axis.labels[i]));
  }
  for (std::size_t label = 0; label < bars.labels.size(); ++label) {
    const double top = kTop + group * static_cast<double>(label) + kGap / 2;
    out += fmt::format(R"(<text class="y" x="{:.1f}" y="{:.1f}" dy=".35em">{}</text>)", left - 8,
                       top + (group - kGap) / 2, EscapeHtml(bars.labels[label]));
    for (std::size_t series = 0; series < bars.values.size(); ++series) {
      if (label >= bars.values[series].size()) continue;
      const double value = bars.values[series][label];
      const double length = std::isfinite(value) ? std::clamp(value, 0.0, 1.0) : 0.0;
      const std::string name = series < bars.series.size() ? bars.series[series] + ", " : "";
      out += fmt::format(
          R"(<rect class="b {}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{}"><title>{}</title></rect>)",
          SeriesClass(series), left, top + kBar * static_cast<double>(series) + 0.5,
          std::max(0.8, length * (right - left)), kBar - 1,
          EscapeHtml(fmt::format("{}{}: {}", name, bars.labels[label], Percent(value))));
    }
  }
  out += fmt::format(R"(<path class="a" d="M{:.1f} {:.1f}V{:.1f}"></path>)", left, kTop, bottom);
  return out + "</svg></figure>\n";
}

}  // namespace agon::record::html
