// SPDX-License-Identifier: Apache-2.0
// Small text tools: numbers as people write them, names that were nearly right.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace agon {

// "0.1", "1e-3", "8/255"; nothing for anything else (spaces, nan, inf, x/0).
[[nodiscard]] std::optional<double> ParseReal(std::string_view text);
// Decimal only: "010", "0x10", "3.0" and overflow are refused.
[[nodiscard]] std::optional<std::int64_t> ParseInteger(std::string_view text);
// Shortest text that reads back as the same double; k/255 is written so where exact.
[[nodiscard]] std::string FormatReal(double value);

// The candidate nearest to `word` by edit distance (case ignored), or empty when none is near
// enough to be what was meant.
[[nodiscard]] std::string Nearest(std::string_view word, std::span<const std::string> candidates);
// " (did you mean "pgd"?)", or empty.
[[nodiscard]] std::string DidYouMean(std::string_view word,
                                     std::span<const std::string> candidates);

[[nodiscard]] std::string Join(std::span<const std::string> parts, std::string_view separator);
[[nodiscard]] std::vector<std::string> Split(std::string_view text, char separator);
// "1.5 s", "2 min 05 s", "3 h 10 min"
[[nodiscard]] std::string FormatDuration(double seconds);
// "3.2 MiB"
[[nodiscard]] std::string FormatBytes(std::uint64_t bytes);
// For HTML text and attributes: & < > " '
[[nodiscard]] std::string EscapeHtml(std::string_view text);

}  // namespace agon
