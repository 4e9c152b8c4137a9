// SPDX-License-Identifier: Apache-2.0
// A configuration as a table: one row a leaf, and two of them side by side.
//
// Thread safety: free functions on plain data.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/config/value.h"

namespace agon::viewer {

// `[0.1, 0.02]`, `{name: pgd, steps: 10}`: one line that reads back as the same value.
[[nodiscard]] std::string FlowText(const config::Value& value);

struct ConfigRow {
  std::string path;  // "threat.epsilon", "suite[1].steps"
  std::string value;
};
// Lists of scalars are one row, lists of anything else a row for each leaf.
[[nodiscard]] std::vector<ConfigRow> ConfigRows(const config::Value& root);

struct DifferenceRow {
  std::string path;
  std::optional<std::string> left, right;  // nothing: this side has no such key
  [[nodiscard]] bool same() const { return left == right; }
};
// Aligned by key, in the order of the left side; keys that only the right side has stand where it
// has them. Numbers are the same when they are equal, however they are written; `pgd` is the same
// as `{name: pgd}`.
[[nodiscard]] std::vector<DifferenceRow> CompareConfigs(const config::Value& left,
                                                        const config::Value& right);

[[nodiscard]] std::string CsvCell(const std::string& text);
// "key,left,right" and the rows, for CSV export.
[[nodiscard]] std::string ToCsv(const std::vector<DifferenceRow>& rows, const std::string& left,
                                const std::string& right);

}  // namespace agon::viewer
