// SPDX-License-Identifier: Apache-2.0
#include "runtime/config/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "runtime/base/text.h"

namespace agon::config {
namespace {

// "a number >= 0 and <= 1"
std::string Expected(std::string_view what, const FieldInfo& info) {
  std::string text(what);
  if (info.min) text += (info.min_is_exclusive ? " > " : " >= ") + FormatReal(*info.min);
  if (info.max) text += (info.min ? " and <= " : " <= ") + FormatReal(*info.max);
  return text;
}

bool InRange(double value, const FieldInfo& info) {
  if (info.min && (info.min_is_exclusive ? value <= *info.min : value < *info.min)) return false;
  return !info.max || value <= *info.max;
}

bool Refuse(const Value& value, Reader& reader, const std::string& path,
            const std::string& expected, std::string cure = {}) {
  reader.problems.Add(value.location, path,
                      fmt::format("expected {}, found {}", expected, value.Describe()),
                      std::move(cure));
  return false;
}

// What to write instead of a scalar that is not a plain decimal integer.
std::string CureForInteger(const Value& value) {
  if (!value.IsScalar()) return {};
  const std::string& text = value.text();
  if (value.quoted() && ParseInteger(text)) return "remove the quotes";
  if (const auto real = ParseReal(text)) {
    const bool is_whole = std::abs(*real) < 1e15 && std::trunc(*real) == *real;
    return is_whole ? fmt::format("write {:.0f}", *real) : "write a whole number";
  }
  const std::size_t digits = text.find_first_not_of('0');
  if (text.starts_with('0') && digits != std::string::npos) {
    if (ParseInteger(text.substr(digits))) return "write " + text.substr(digits);
    if (text.starts_with("0x") || text.starts_with("0o")) return "write the number in decimal";
  }
  return {};
}

std::string CureForReal(const Value& value) {
  if (value.IsScalar() && value.quoted() && ParseReal(value.text())) return "remove the quotes";
  return "write a number or a fraction such as 8/255";
}

std::string CureForBool(const Value& value) {
  if (!value.IsScalar()) return {};
  if (value.quoted() && (value.text() == "true" || value.text() == "false")) {
    return "remove the quotes";
  }
  std::string lower = value.text();
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (lower == "yes" || lower == "on" || lower == "true" || lower == "y" || lower == "1") {
    return "write true";
  }
  if (lower == "no" || lower == "off" || lower == "false" || lower == "n" || lower == "0") {
    return "write false";
  }
  return {};
}

}  // namespace

bool ReadValue(const Value& value, const FieldInfo&, Reader& reader, const std::string& path,
               bool& out) {
  const bool plain = value.IsScalar() && !value.quoted();
  if (!plain || (value.text() != "true" && value.text() != "false")) {
    return Refuse(value, reader, path, "true or false", CureForBool(value));
  }
  out = value.text() == "true";
  return true;
}

bool ReadValue(const Value& value, const FieldInfo& info, Reader& reader, const std::string& path,
               std::int64_t& out) {
  const auto number =
      value.IsScalar() && !value.quoted() ? ParseInteger(value.text()) : std::nullopt;
  if (!number) {
    return Refuse(value, reader, path, Expected("an integer", info), CureForInteger(value));
  }
  if (!InRange(static_cast<double>(*number), info)) {
    return Refuse(value, reader, path, Expected("an integer", info));
  }
  out = *number;
  return true;
}

bool ReadValue(const Value& value, const FieldInfo& info, Reader& reader, const std::string& path,
               double& out) {
  const auto number = value.IsScalar() && !value.quoted() ? ParseReal(value.text()) : std::nullopt;
  if (!number) {
    return Refuse(value, reader, path, Expected("a number", info), CureForReal(value));
  }
  if (!InRange(*number, info)) return Refuse(value, reader, path, Expected("a number", info));
  out = *number;
  return true;
}

bool ReadValue(const Value& value, const FieldInfo& info, Reader& reader, const std::string& path,
               std::string& out) {
  if (!value.IsScalar()) return Refuse(value, reader, path, "text");
  const auto& choices = info.choices;
  if (!choices.empty() &&
      std::find(choices.begin(), choices.end(), value.text()) == choices.end()) {
    reader.problems.Add(value.location, path,
                        fmt::format("expected one of {}, found {}{}", Join(choices, ", "),
                                    value.Describe(), DidYouMean(value.text(), choices)));
    return false;
  }
  out = value.text();
  return true;
}

bool ReadValue(const Value& value, const FieldInfo&, Reader& reader, const std::string& path,
               Path& out) {
  if (!value.IsScalar()) return Refuse(value, reader, path, "a path");
  if (value.text().empty()) {  // how an unset path is written in a resolved configuration
    out.clear();
    return true;
  }
  const auto& source = value.location.source;
  const Path folder = source != nullptr ? source->folder : Path();
  out = std::filesystem::absolute(folder / value.text()).lexically_normal();
  return true;
}

Value ToValue(bool value) { return Value::Scalar(value ? "true" : "false"); }
Value ToValue(std::int64_t value) { return Value::Scalar(std::to_string(value)); }
Value ToValue(double value) { return Value::Scalar(FormatReal(value)); }
Value ToValue(const std::string& value) {
  // What looks like another type is quoted, so that every reader takes it for text.
  const bool is_ambiguous = value.empty() || value == "true" || value == "false" ||
                            value == "null" || value == "~" || ParseReal(value).has_value();
  return Value::Scalar(value, is_ambiguous);
}
Value ToValue(const Path& value) { return ToValue(value.string()); }

void CheckKeys(const Value& mapping, const std::vector<FieldInfo>& fields, Reader& reader,
               const std::string& path) {
  std::vector<std::string> names;
  names.reserve(fields.size());
  for (const FieldInfo& field : fields) names.push_back(field.name);
  for (const auto& entry : mapping.entries()) {
    if (std::find(names.begin(), names.end(), entry.key) != names.end()) continue;
    std::string cure = names.empty() ? "no key is known here" : "known: " + Join(names, ", ");
    reader.problems.Add(entry.key_location, JoinPath(path, entry.key),
                        "unknown key" + DidYouMean(entry.key, names), std::move(cure));
  }
  for (const FieldInfo& field : fields) {
    if (!field.required || mapping.Find(field.name) != nullptr) continue;
    reader.problems.Add(mapping.location, JoinPath(path, field.name),
                        fmt::format("this key is required ({}: {})", field.type, field.help));
  }
}

bool AsItems(const Value& value, const FieldInfo& info, Reader& reader, const std::string& path,
             std::vector<Value>& items) {
  if (value.IsSequence()) {
    items = value.items();
    return true;
  }
  if (info.scalar_is_list && !value.IsNull()) {
    items = {value};
    return true;
  }
  return Refuse(value, reader, path, "a list", value.IsNull() ? "" : "put it into brackets: [...]");
}

std::string JoinPath(const std::string& path, const std::string& key) {
  return path.empty() ? key : path + "." + key;
}

}  // namespace agon::config
