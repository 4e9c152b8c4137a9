// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace agon {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

char LowerCase(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return LowerCase(c); });
  return lower;
}

// A leading zero means octal to some readers and nothing to others, so nobody gets to write it.
bool HasLeadingZero(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return text.size() > 1 && text[0] == '0' && IsDigit(text[1]);
}

std::optional<double> ParseDecimal(std::string_view text) {
  // from_chars knows "inf" and "nan" too; a number begins with a digit or a point.
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || (!IsDigit(digits[0]) && digits[0] != '.')) return std::nullopt;
  if (HasLeadingZero(text)) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Damerau-Levenshtein distance (optimal string alignment): insert, delete, replace, swap two
// neighbours. Rows of the usual table; three of them are alive at a time.
std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::swap(before_last, last);
    std::swap(last, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
  }
  return row[b.size()];
}

}  // namespace

std::optional<double> ParseReal(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return ParseDecimal(text);
  const auto numerator = ParseDecimal(text.substr(0, slash));
  const auto denominator = ParseDecimal(text.substr(slash + 1));
  if (!numerator || !denominator || *denominator == 0) return std::nullopt;
  const double value = *numerator / *denominator;
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::optional<std::int64_t> ParseInteger(std::string_view text) {
  if (HasLeadingZero(text)) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string FormatReal(double value) {
  std::string shortest = fmt::format("{}", value);
  // Budgets are spoken of in steps of 8-bit pixels.
  constexpr double kPixelSteps = 255.0;
  if (shortest.size() > 6 && value > 0 && value < 1) {
    const double steps = std::round(value * kPixelSteps);
    if (steps / kPixelSteps == value) return fmt::format("{:.0f}/255", steps);
  }
  return shortest;
}

std::string Nearest(std::string_view word, std::span<const std::string> candidates) {
  if (word.empty()) return {};
  const std::string lower = LowerCase(word);
  const std::string* nearest = nullptr;
  // A distance of the whole length shares no letter: "x" does not mean "y".
  std::size_t limit = std::min(std::max<std::size_t>(1, word.size() / 3), word.size() - 1);
  const std::string* completed = nullptr;
  int completions = 0;
  for (const std::string& candidate : candidates) {
    const std::string other = LowerCase(candidate);
    if (other == lower) return candidate;
    if (other.starts_with(lower)) {
      completed = &candidate;
      ++completions;
    }
    // Cheap lower bound first; the table is quadratic.
    const std::size_t longer = std::max(other.size(), lower.size());
    if (longer - std::min(other.size(), lower.size()) > limit) continue;
    const std::size_t distance = EditDistance(lower, other);
    if (distance < limit || (distance == limit && nearest == nullptr)) {
      nearest = &candidate;
      limit = distance;
    }
  }
  // A name that was broken off is likelier than one with a letter too many.
  if (completions == 1) return *completed;
  return nearest != nullptr ? *nearest : std::string();
}

std::string DidYouMean(std::string_view word, std::span<const std::string> candidates) {
  const std::string nearest = Nearest(word, candidates);
  return nearest.empty() ? std::string() : fmt::format(" (did you mean \"{}\"?)", nearest);
}

std::string Join(std::span<const std::string> parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

std::vector<std::string> Split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string FormatDuration(double seconds) {
  if (!std::isfinite(seconds)) return "unknown";
  // Rounded first, so that 59.97 becomes a minute and not "60.0 s".
  if (std::round(seconds * 10) < 600) return fmt::format("{:.1f} s", std::max(seconds, 0.0));
  const double whole_seconds = std::round(seconds);
  if (whole_seconds < 3600) {
    const auto whole = static_cast<std::int64_t>(whole_seconds);
    return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  }
  const double minutes = std::round(seconds / 60);
  return fmt::format("{:.0f} h {:02.0f} min", std::floor(minutes / 60), std::fmod(minutes, 60));
}

std::string FormatBytes(std::uint64_t bytes) {
  constexpr std::string_view kUnits[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double amount = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (std::round(amount * 10) >= 10240 && unit + 1 < std::size(kUnits)) {
    amount /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", amount, kUnits[unit]);
}

std::string EscapeHtml(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

}  // namespace agon
