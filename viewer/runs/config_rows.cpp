// SPDX-License-Identifier: Apache-2.0
#include "viewer/runs/config_rows.h"

#include <algorithm>
#include <string_view>

#include "runtime/base/text.h"

namespace agon::viewer {
namespace {

using config::Value;

// Texts that YAML would read as something else, or as two things.
bool NeedsQuotes(const std::string& text) {
  if (text.empty() || text == "~" || text == "null" || text == "true" || text == "false") {
    return true;
  }
  if (text.front() == ' ' || text.back() == ' ' || text.back() == ':') return true;
  if (text.find_first_of("\"'[]{},#&*!|>%@`\\\n\r\t") != std::string::npos) return true;
  if (text.find(": ") != std::string::npos) return true;
  return (text.front() == '-' || text.front() == '?' || text.front() == ':') &&
         (text.size() == 1 || text[1] == ' ');
}

std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (c == '\n') {
      quoted += "\\n";
    } else if (c == '\r') {
      quoted += "\\r";
    } else if (c == '\t') {
      quoted += "\\t";
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

bool IsLeaf(const Value& value) {
  if (value.IsMapping()) return value.entries().empty();
  if (!value.IsSequence()) return true;
  return std::all_of(value.items().begin(), value.items().end(),
                     [](const Value& item) { return item.IsScalar() || item.IsNull(); });
}

std::string Join(const std::string& path, const std::string& key) {
  return path.empty() ? key : path + "." + key;
}
std::string Join(const std::string& path, std::size_t place) {
  return path + "[" + std::to_string(place) + "]";
}

void AddRows(const Value& value, const std::string& path, std::vector<ConfigRow>& rows) {
  if (IsLeaf(value)) {
    rows.push_back({path, FlowText(value)});
  } else if (value.IsMapping()) {
    for (const auto& entry : value.entries()) AddRows(entry.value, Join(path, entry.key), rows);
  } else {
    for (std::size_t i = 0; i < value.items().size(); ++i) {
      AddRows(value.items()[i], Join(path, i), rows);
    }
  }
}

bool SameScalar(const Value& left, const Value& right) {
  if (left.quoted() || right.quoted()) return left.text() == right.text();
  if (left.text() == right.text()) return true;
  const auto a = ParseReal(left.text()), b = ParseReal(right.text());
  return a && b && *a == *b;
}

bool Same(const Value& left, const Value& right) {
  if (left.kind() != right.kind()) return false;
  switch (left.kind()) {
    case Value::Kind::kNull:
      return true;
    case Value::Kind::kScalar:
      return SameScalar(left, right);
    case Value::Kind::kSequence:
      return std::equal(left.items().begin(), left.items().end(), right.items().begin(),
                        right.items().end(), Same);
    case Value::Kind::kMapping:
      return left.entries().empty() && right.entries().empty();
  }
  return false;
}

// A component without settings beside one with: both as a mapping.
Value Widened(const Value& value, const Value* other) {
  if (!value.IsScalar() || other == nullptr || !other->IsMapping()) return value;
  if (other->Find("name") == nullptr) return value;
  Value widened = Value::Mapping();
  widened.Set("name", value);
  return widened;
}

// The keys of both, those of the right where they stand there.
std::vector<std::string> AllKeys(const Value& left, const Value& right) {
  std::vector<std::string> keys;
  for (const auto& entry : left.entries()) keys.push_back(entry.key);
  auto place = keys.begin();
  for (const auto& entry : right.entries()) {
    const auto found = std::find(keys.begin(), keys.end(), entry.key);
    place = found == keys.end() ? keys.insert(place, entry.key) : found;
    ++place;
  }
  return keys;
}

void Compare(const Value* left, const Value* right, const std::string& path,
             std::vector<DifferenceRow>& rows) {
  const Value a = left == nullptr ? Value() : Widened(*left, right);
  const Value b = right == nullptr ? Value() : Widened(*right, left);
  const bool leaf = (left == nullptr || IsLeaf(a)) && (right == nullptr || IsLeaf(b));
  const bool alike = left == nullptr || right == nullptr || a.kind() == b.kind();
  if (leaf || !alike) {
    DifferenceRow row{.path = path, .left = {}, .right = {}};
    if (left != nullptr) row.left = FlowText(a);
    if (right != nullptr) row.right = FlowText(b);
    if (left != nullptr && right != nullptr && Same(a, b)) row.right = row.left;
    rows.push_back(std::move(row));
  } else if (a.IsMapping() || b.IsMapping()) {
    const Value none = Value::Mapping();
    for (const std::string& key : AllKeys(a.IsMapping() ? a : none, b.IsMapping() ? b : none)) {
      Compare(a.Find(key), b.Find(key), Join(path, key), rows);
    }
  } else {
    const std::size_t count = std::max(a.items().size(), b.items().size());
    for (std::size_t i = 0; i < count; ++i) {
      Compare(i < a.items().size() ? &a.items()[i] : nullptr,
              i < b.items().size() ? &b.items()[i] : nullptr, Join(path, i), rows);
    }
  }
}

}  // namespace

std::string FlowText(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kNull:
      return "null";
    case Value::Kind::kScalar:
      return value.quoted() || NeedsQuotes(value.text()) ? [&] {
        const bool word = !value.quoted() && (value.text() == "true" || value.text() == "false");
        return word ? value.text() : Quoted(value.text());
      }() : value.text();
    case Value::Kind::kSequence: {
      std::string text;
      for (const Value& item : value.items()) text += (text.empty() ? "" : ", ") + FlowText(item);
      return "[" + text + "]";
    }
    case Value::Kind::kMapping: {
      std::string text;
      for (const auto& entry : value.entries()) {
        const std::string key = NeedsQuotes(entry.key) ? Quoted(entry.key) : entry.key;
        text += (text.empty() ? "" : ", ") + key + ": " + FlowText(entry.value);
      }
      return "{" + text + "}";
    }
  }
  return {};
}

std::vector<ConfigRow> ConfigRows(const Value& root) {
  std::vector<ConfigRow> rows;
  if (!root.IsNull()) AddRows(root, {}, rows);
  return rows;
}

std::vector<DifferenceRow> CompareConfigs(const Value& left, const Value& right) {
  std::vector<DifferenceRow> rows;
  Compare(&left, &right, {}, rows);
  return rows;
}

std::string CsvCell(const std::string& text) {
  if (text.find_first_of("\",\n\r") == std::string::npos) return text;
  std::string cell = "\"";
  for (const char c : text) {
    if (c == '"') cell += '"';
    cell += c;
  }
  return cell + "\"";
}

std::string ToCsv(const std::vector<DifferenceRow>& rows, const std::string& left,
                  const std::string& right) {
  std::string text = "key," + CsvCell(left) + "," + CsvCell(right) + "\n";
  for (const DifferenceRow& row : rows) {
    text += CsvCell(row.path) + "," + CsvCell(row.left.value_or("")) + "," +
            CsvCell(row.right.value_or("")) + "\n";
  }
  return text;
}

}  // namespace agon::viewer
