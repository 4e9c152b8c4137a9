// SPDX-License-Identifier: Apache-2.0
// YAML out: block style, with lists of scalars on one line.
#include <fmt/format.h>

#include <algorithm>

#include "runtime/config/value.h"

namespace agon::config {
namespace {

constexpr std::size_t kFlowWidth = 80;

// True when `text` without quotes would read back as something else, in block or flow context.
// Errs on the side of quoting.
bool NeedsQuotes(std::string_view text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL" ||
      text == "<<" || text == "-" || text.starts_with("---") || text.starts_with("...") ||
      text.starts_with("- ")) {
    return true;
  }
  constexpr std::string_view kNotFirst = ":#&*!|>'\"%@`= ";
  constexpr std::string_view kNowhere = ",[]{}?";
  if (kNotFirst.find(text.front()) != std::string_view::npos) return true;
  if (text.back() == ' ' || text.back() == ':') return true;
  if (text.find(": ") != std::string_view::npos || text.find(" #") != std::string_view::npos) {
    return true;
  }
  return std::any_of(text.begin(), text.end(), [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 32 || byte >= 0x7f || kNowhere.find(c) != std::string_view::npos;
  });
}

std::string Quote(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (c == '\t') {
      quoted += "\\t";
    } else if (byte < 32 || byte == 0x7f) {
      quoted += fmt::format("\\x{:02x}", byte);
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

std::string WriteText(std::string_view text, bool quoted) {
  return quoted || NeedsQuotes(text) ? Quote(text) : std::string(text);
}

// The value on one line, or nothing when it needs lines of its own.
std::string Inline(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kNull:
      return "null";
    case Value::Kind::kScalar:
      return WriteText(value.text(), value.quoted());
    case Value::Kind::kMapping:
      return value.entries().empty() ? "{}" : "";
    case Value::Kind::kSequence:
      break;
  }
  std::string line = "[";
  for (const Value& item : value.items()) {
    if (!item.IsScalar()) return {};
    if (line.size() > 1) line += ", ";
    line += WriteText(item.text(), item.quoted());
    if (line.size() > kFlowWidth) return {};
  }
  return line + "]";
}

// Writes from the present position, which is column `indent` of a line, to the end of a line.
void WriteBlock(const Value& value, std::size_t indent, std::string& out) {
  if (const std::string line = Inline(value); !line.empty()) {
    out += line + '\n';
    return;
  }
  bool is_first = true;
  const auto start_line = [&] {
    if (!is_first) out.append(indent, ' ');
    is_first = false;
  };
  for (const Value& item : value.items()) {
    start_line();
    out += "- ";
    WriteBlock(item, indent + 2, out);
  }
  for (const auto& entry : value.entries()) {
    start_line();
    out += WriteText(entry.key, false) + ':';
    if (const std::string line = Inline(entry.value); !line.empty()) {
      out += ' ' + line + '\n';
      continue;
    }
    out += '\n';
    out.append(indent + 2, ' ');
    WriteBlock(entry.value, indent + 2, out);
  }
}

}  // namespace

std::string ToYaml(const Value& value) {
  std::string text;
  WriteBlock(value, 0, text);
  return text;
}

}  // namespace agon::config
