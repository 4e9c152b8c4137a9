// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "runtime/record/html_parts.h"

namespace agon::record::html {
namespace {

// The smallest of 1, 2, 5 times a power of ten that is at least `value`.
double NiceAtLeast(double value) {
  const double power = std::pow(10.0, std::floor(std::log10(value)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= value * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

double NiceAtMost(double value) {
  const double power = std::pow(10.0, std::floor(std::log10(value) + 1e-12));
  for (const double factor : {5.0, 2.0}) {
    if (factor * power <= value * (1 + 1e-9)) return factor * power;
  }
  return power;
}

// Makes any two numbers a range one can draw.
void Widen(double& low, double& high) {
  if (!std::isfinite(low) || !std::isfinite(high)) {
    low = 0;
    high = 1;
  }
  if (low > high) std::swap(low, high);
  // Wider than a double can count: such data is broken, but the page is still drawn.
  low = std::clamp(low, -1e300, 1e300);
  high = std::clamp(high, -1e300, 1e300);
  const double least = std::max(std::abs(low), std::abs(high)) * 1e-9;
  if (high - low > least && high - low > 1e-300) return;
  const double margin = std::max(std::abs(low), std::abs(high)) > 1e-290
                            ? std::max(std::abs(low), std::abs(high)) * 0.1
                            : 0.5;
  low -= margin;
  high += margin;
}

std::string TickLabel(double value, double step, bool percent) {
  if (percent) {
    value *= 100;
    step *= 100;
  }
  if (std::abs(value) < step * 1e-6) value = 0;
  std::string label;
  const int decimals = std::max(0, static_cast<int>(-std::floor(std::log10(step) + 1e-9)));
  if (decimals > 4 || std::abs(value) >= 1e9) {
    label = value == 0 ? "0" : fmt::format("{:.4g}", value);
  } else if (step >= 999'999.5 && value != 0) {
    label = fmt::format("{:g}M", value / 1e6);
  } else if (step >= 999.5 && value != 0) {
    label = fmt::format("{:g}k", value / 1e3);
  } else {
    label = fmt::format("{:.{}f}", value, decimals);
  }
  return percent ? label + " %" : label;
}

double StepOf(double low, double high, int most) {
  // `most` ticks inside a range leave at most `most - 1` whole steps.
  return NiceAtLeast((high - low) / std::max(1, most - 1));
}

void FillLinear(Axis& axis, double step, bool percent) {
  const double first = std::ceil(axis.low / step - 1e-9);
  const double last = std::floor(axis.high / step + 1e-9);
  for (double k = first; k <= last && axis.ticks.size() < 64; ++k) {
    axis.ticks.push_back(k == 0 ? 0 : k * step);
    axis.labels.push_back(TickLabel(k * step, step, percent));
  }
}

}  // namespace

double Axis::Place(double value) const {
  if (!log) return (value - low) / (high - low);
  return (std::log10(value) - std::log10(low)) / (std::log10(high) - std::log10(low));
}

Axis LinearAxis(double low, double high, int most, bool percent) {
  Axis axis;
  Widen(low, high);
  axis.low = low;
  axis.high = high;
  FillLinear(axis, StepOf(low, high, most), percent);
  return axis;
}

Axis RoundedAxis(double low, double high, int most, bool percent) {
  Axis axis;
  Widen(low, high);
  double step = StepOf(low, high, most);
  // Rounding outwards may add a tick at each end; a coarser step makes room again.
  for (int round = 0; round < 4; ++round) {
    axis.low = std::floor(low / step + 1e-9) * step;
    axis.high = std::ceil(high / step - 1e-9) * step;
    if ((axis.high - axis.low) / step <= most - 1 + 1e-6) break;
    step = NiceAtLeast(step * 1.5);
  }
  FillLinear(axis, step, percent);
  return axis;
}

Axis LogAxis(double low, double high, int most) {
  Axis axis;
  axis.log = true;
  constexpr double kSmallest = 1e-290;  // nice steps below would leave the range of doubles
  constexpr double kLargest = 1e290;
  if (!std::isfinite(low) || !std::isfinite(high)) low = high = 1;
  low = std::clamp(low, kSmallest, kLargest);
  high = std::clamp(high, low, kLargest);
  if (high <= low * (1 + 1e-9)) {
    low /= 2;
    high *= 2;
  }
  axis.low = NiceAtMost(low);
  axis.high = NiceAtLeast(high);
  const auto first = static_cast<int>(std::ceil(std::log10(axis.low) - 1e-9));
  const auto last = static_cast<int>(std::floor(std::log10(axis.high) + 1e-9));
  const bool fine = last - first < 2;
  const int stride = std::max(1, (last - first + most) / most);
  for (int power = first - 1; power <= last; ++power) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      if (factor > 1 && !fine) continue;
      if (factor == 1.0 && (power - first) % stride != 0) continue;
      const double value = factor * std::pow(10.0, power);
      if (value < axis.low * (1 - 1e-9) || value > axis.high * (1 + 1e-9)) continue;
      axis.ticks.push_back(value);
      axis.labels.push_back(power < -4 || power > 5 ? fmt::format("{:.0e}", value)
                                                    : fmt::format("{:g}", value));
    }
  }
  return axis;
}

std::string ShortNumber(double value) {
  if (!std::isfinite(value)) return "n/a";
  if (value == 0) return "0";
  return fmt::format("{:.4g}", value);
}

std::string Percent(double share) {
  if (!std::isfinite(share)) return "n/a";
  const double percent = std::round(share * 1000) / 10;
  return fmt::format("{:.1f} %", percent == 0 ? 0.0 : percent);
}

}  // namespace agon::record::html
