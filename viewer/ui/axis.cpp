// SPDX-License-Identifier: Apache-2.0
#include "viewer/ui/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <optional>
#include <utility>

namespace agon::viewer::ui {
namespace {

constexpr double kMinute = 60;
constexpr double kHour = 3600;
constexpr double kDay = 86400;
constexpr double kNearly = 1e-9;  // of a step: rounding of doubles
constexpr std::size_t kMostTicks = 256;

// The smallest of 1, 2, 5 times a power of ten that is at least `value`.
double RoundStep(double value) {
  const double power = std::pow(10.0, std::floor(std::log10(value)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= value * (1 - kNearly)) return factor * power;
  }
  return 10 * power;
}

double TimeStep(double value) {
  if (value <= 1) return RoundStep(value);
  constexpr std::array kSteps = {1.0,          2.0,          5.0,         10.0,        15.0,
                                 30.0,         kMinute,      2 * kMinute, 5 * kMinute, 10 * kMinute,
                                 15 * kMinute, 30 * kMinute, kHour,       2 * kHour,   3 * kHour,
                                 6 * kHour,    12 * kHour,   kDay};
  for (const double step : kSteps) {
    if (step >= value * (1 - kNearly)) return step;
  }
  return RoundStep(value / kDay) * kDay;
}

int Decimals(double step) {
  return std::max(0, static_cast<int>(-std::floor(std::log10(step) + kNearly)));
}

// "1.5e-05" as people write it: "1.5e-5".
std::string Scientific(double value, int digits) {
  std::string text = fmt::format("{:.{}e}", value, digits);
  const std::size_t exponent = text.find('e');
  if (exponent == std::string::npos) return text;
  std::size_t zeros = exponent + 2;
  while (zeros + 1 < text.size() && text[zeros] == '0') text.erase(zeros, 1);
  if (text[exponent + 1] == '+') text.erase(exponent + 1, 1);
  return text;
}

// `largest`: of all labels, which are written alike.
std::string NumberLabel(double value, double step, double largest) {
  if (std::abs(value) < step * 1e-6) return "0";
  constexpr double kLargest = 1e15;
  constexpr double kSmallest = 1e-4;
  if (largest >= kLargest || largest < kSmallest) {
    // As many digits as tell this label from the next.
    const double own = std::floor(std::log10(std::abs(value)) + kNearly);
    const double next = std::floor(std::log10(step) + kNearly);
    return Scientific(value, std::clamp(static_cast<int>(own - next), 0, 15));
  }
  struct Unit {
    double size;
    const char* name;
  };
  constexpr std::array<Unit, 4> kUnits = {{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}}};
  constexpr double kPlain = 1e4;  // below it thousands are written out
  constexpr int kMostDecimals = 2;
  for (const Unit& unit : kUnits) {
    if (largest < std::max(unit.size, kPlain)) continue;
    const int decimals = Decimals(step / unit.size);
    if (decimals > kMostDecimals) break;
    return fmt::format("{:.{}f}{}", value / unit.size, decimals, unit.name);
  }
  return fmt::format("{:.{}f}", value, Decimals(step));
}

std::string DurationLabel(double value, double step) {
  const char* const sign = value < 0 ? "-" : "";
  value = std::abs(value);
  const int decimals = step < 1 ? Decimals(step) : 0;
  const double unit = std::pow(10.0, -decimals);
  value = std::round(value / unit) * unit;
  const auto days = std::floor(value / kDay);
  const auto hours = std::floor((value - days * kDay) / kHour);
  const auto minutes = std::floor((value - days * kDay - hours * kHour) / kMinute);
  const double seconds = value - days * kDay - hours * kHour - minutes * kMinute;
  std::string text;
  if (days > 0) text += fmt::format("{:.0f}d", days);
  if (hours > 0) text += fmt::format("{:.0f}h", hours);
  if (minutes > 0) text += fmt::format("{:.0f}m", minutes);
  if (seconds > unit / 2 || text.empty()) text += fmt::format("{:.{}f}s", seconds, decimals);
  return sign + text;
}

// Nothing for times that the calendar has no name for.
std::optional<std::tm> Local(double seconds) {
  constexpr double kMost = 2.5e11;  // the year 9892
  if (!(std::abs(seconds) < kMost)) return std::nullopt;
  const auto whole = static_cast<std::time_t>(std::floor(seconds));
  std::tm parts{};
  if (localtime_r(&whole, &parts) == nullptr) return std::nullopt;
  return parts;
}

std::string TimeLabel(double value, double step) {
  const int decimals = step < 1 ? Decimals(step) : 0;
  const double unit = std::pow(10.0, -decimals);
  value = std::round(value / unit) * unit;
  const std::optional<std::tm> parts = Local(value);
  if (!parts) return NumberLabel(value, step, std::abs(value));
  const bool midnight = parts->tm_hour == 0 && parts->tm_min == 0 && parts->tm_sec == 0;
  if (step >= kDay || (midnight && step >= kMinute)) {
    return fmt::format("{:02}-{:02}", parts->tm_mon + 1, parts->tm_mday);
  }
  if (step >= kMinute) return fmt::format("{:02}:{:02}", parts->tm_hour, parts->tm_min);
  std::string text = fmt::format("{:02}:{:02}:{:02}", parts->tm_hour, parts->tm_min, parts->tm_sec);
  if (decimals > 0) text += fmt::format("{:.{}f}", value - std::floor(value), decimals).substr(1);
  return text;
}

std::string Label(AxisKind kind, double value, double step, double largest) {
  switch (kind) {
    case AxisKind::kPercent:
      return NumberLabel(value * 100, step * 100, largest * 100) + " %";
    case AxisKind::kDuration:
      return DurationLabel(value, step);
    case AxisKind::kTime:
      return TimeLabel(value, step);
    default:
      return NumberLabel(value, step, largest);
  }
}

std::string PowerLabel(double value) {
  constexpr double kSmall = 0.9e-4;
  constexpr double kLarge = 1.1e5;
  return value < kSmall || value > kLarge ? Scientific(value, 0) : fmt::format("{:g}", value);
}

std::vector<AxisTick> EvenTicks(const Axis& axis, int most) {
  most = std::max(1, most);
  const double range = axis.high - axis.low;
  const bool timed = axis.kind == AxisKind::kTime || axis.kind == AxisKind::kDuration;
  const auto round_up = [&](double least) {
    const double round = timed ? TimeStep(least) : RoundStep(least);
    return axis.kind == AxisKind::kWhole ? std::max(1.0, round) : round;
  };
  // Round times of day are round in the zone of the reader.
  double offset = 0;
  if (axis.kind == AxisKind::kTime) {
    if (const std::optional<std::tm> parts = Local(axis.low)) {
      offset = static_cast<double>(parts->tm_gmtoff);
    }
  }
  std::vector<AxisTick> ticks;
  const double largest = std::max(std::abs(axis.low), std::abs(axis.high));
  // The finest step that makes no more ticks than asked for.
  constexpr double kNext = 1.01;
  double step = round_up(range / most);
  const auto count = [&] {
    return std::floor((axis.high + offset) / step + kNearly) -
           std::ceil((axis.low + offset) / step - kNearly) + 1;
  };
  while (count() > most && step < range) step = round_up(step * kNext);
  const double slack = range * kNearly;
  const double first = std::ceil((axis.low + offset) / step - kNearly);
  for (double k = first; ticks.size() < kMostTicks; ++k) {
    const double value = k * step - offset;
    if (value > axis.high + slack || k + 1 == k) break;
    if (value < axis.low - slack) continue;
    ticks.push_back({value, Label(axis.kind, value, step, largest)});
  }
  if (std::cmp_greater(ticks.size(), std::max(1, most))) ticks.pop_back();
  return ticks;
}

std::vector<AxisTick> LogTicks(const Axis& axis, int most) {
  const double first = std::floor(std::log10(axis.low) + kNearly);
  const double last = std::ceil(std::log10(axis.high) - kNearly);
  const double decades = std::log10(axis.high / axis.low);
  // Within less than a decade even steps are the rounder ones.
  if (decades < 1) {
    Axis even = axis;
    even.kind = AxisKind::kNumber;
    return EvenTicks(even, most);
  }
  const int stride = std::max(1, static_cast<int>(std::ceil(decades / std::max(1, most - 1))));
  const bool fine = decades * 3 <= most;
  constexpr double kMostFineLines = 8;  // decades
  std::vector<AxisTick> ticks;
  for (double power = first; power <= last && ticks.size() < kMostTicks; ++power) {
    for (int factor = 1; factor < 10; ++factor) {
      if (factor > 1 && decades > kMostFineLines) break;
      const double value = factor * std::pow(10.0, power);
      if (value < axis.low * (1 - kNearly) || value > axis.high * (1 + kNearly)) continue;
      const bool whole = factor == 1 && std::fmod(std::abs(power), stride) == 0;
      const bool labelled = whole || (fine && (factor == 2 || factor == 5));
      ticks.push_back({value, labelled ? PowerLabel(value) : std::string()});
    }
  }
  return ticks;
}

}  // namespace

double Axis::Share(double value) const {
  constexpr double kFarBelow = -1e3;
  if (kind != AxisKind::kLog) return (value - low) / (high - low);
  if (!(value > 0)) return kFarBelow;
  return std::log(value / low) / std::log(high / low);
}

double Axis::At(double share) const {
  if (kind != AxisKind::kLog) return low + share * (high - low);
  return low * std::exp(share * std::log(high / low));
}

Axis MakeAxis(AxisKind kind, double low, double high) {
  const bool log = kind == AxisKind::kLog;
  if (std::isnan(low) || std::isnan(high)) {
    low = log ? 0.1 : 0;
    high = 1;
  }
  if (low > high) std::swap(low, high);
  if (log) {
    constexpr double kSmallest = 1e-290;
    constexpr double kLargest = 1e290;
    constexpr double kNarrowest = 1 + 1e-6;
    low = std::clamp(low, kSmallest, kLargest);
    high = std::clamp(high, low, kLargest);
    if (high < low * kNarrowest) {
      low /= 1.5;
      high *= 1.5;
    }
    return {kind, low, high};
  }
  constexpr double kWidest = 1e300;
  constexpr double kNarrowest = 1e-12;  // of the numbers themselves: what doubles can tell apart
  low = std::clamp(low, -kWidest, kWidest);
  high = std::clamp(high, -kWidest, kWidest);
  const double largest = std::max(std::abs(low), std::abs(high));
  if (high - low <= largest * kNarrowest || high - low < 1e-300) {
    const bool timed = kind == AxisKind::kTime || kind == AxisKind::kDuration;
    // A moment, a step: one to each side. Other numbers: a tenth of themselves.
    const double own = timed || kind == AxisKind::kWhole ? 1 : largest / 10;
    const double room = std::max(own > 1e-290 ? own : 0.5, largest * kNarrowest * 10);
    low -= room;
    high += room;
  }
  return {kind, low, high};
}

std::vector<AxisTick> Ticks(const Axis& axis, int most) {
  return axis.kind == AxisKind::kLog ? LogTicks(axis, most) : EvenTicks(axis, most);
}

std::string Written(AxisKind kind, double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  constexpr double kWholeBelow = 1e15;
  constexpr double kTenth = 0.1;
  switch (kind) {
    case AxisKind::kWhole:
      if (std::abs(value) < kWholeBelow) return fmt::format("{:.0f}", std::round(value) + 0.0);
      break;
    case AxisKind::kPercent:
      return fmt::format("{:.2f} %", value * 100);
    case AxisKind::kDuration:
      return DurationLabel(value, std::abs(value) < kMinute * 10 ? kTenth : 1);
    case AxisKind::kTime:
      return TimeLabel(value, 1);
    default:
      break;
  }
  constexpr double kSmallest = 1e-4;
  constexpr double kLargest = 1e6;
  const double size = std::abs(value);
  if (size != 0 && (size < kSmallest || size >= kLargest)) {
    return value == std::round(value) && size < kWholeBelow ? fmt::format("{:.0f}", value)
                                                            : Scientific(value, 4);
  }
  return fmt::format("{:.5g}", value);
}

}  // namespace agon::viewer::ui
