// SPDX-License-Identifier: Apache-2.0
#include "runtime/config/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "runtime/base/error.h"

namespace agon::config {
namespace {

constexpr std::size_t kShownWidth = 100;    // columns of a source line that are shown
constexpr std::size_t kDescribedText = 60;  // bytes of a scalar that a message repeats
constexpr std::size_t kShownProblems = 20;

bool StartsCharacter(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

// One entry per character, so that columns count what a person sees.
std::vector<std::string_view> Characters(std::string_view text) {
  std::vector<std::string_view> characters;
  std::size_t begin = 0;
  for (std::size_t i = 1; i <= text.size(); ++i) {
    if (i == text.size() || StartsCharacter(text[i])) {
      characters.push_back(text.substr(begin, i - begin));
      begin = i;
    }
  }
  return characters;
}

std::string Visible(std::string_view character) {
  const bool is_control = character.size() == 1 &&
                          (static_cast<unsigned char>(character[0]) < 32 || character[0] == '\x7f');
  return is_control ? " " : std::string(character);
}

std::string FormatExcerpt(const Location& at, const std::string& cure) {
  const auto& lines = at.source->lines;
  const auto line_number = static_cast<std::size_t>(std::max(at.line, 0));
  if (line_number == 0 || line_number > lines.size()) {
    return cure.empty() ? std::string() : "\n      |  " + cure;
  }
  const auto characters = Characters(lines[line_number - 1]);
  const auto column = static_cast<std::size_t>(std::max(at.column, 1)) - 1;
  // Of a very long line, the part around the caret.
  const std::size_t begin = column > kShownWidth * 3 / 4 ? column - kShownWidth / 2 : 0;
  const std::size_t end = std::min(characters.size(), begin + kShownWidth);
  std::string shown = begin > 0 ? "..." : "";
  std::string caret(shown.size() + column - begin, ' ');
  for (std::size_t i = begin; i < end; ++i) shown += Visible(characters[i]);
  if (end < characters.size()) shown += "...";
  caret += '^';
  const std::size_t room = end > column ? end - column : 1;
  const auto length = static_cast<std::size_t>(std::max(at.length, 1));
  caret.append(std::min(length, room) - 1, '~');
  if (!cure.empty()) caret += "  " + cure;
  return fmt::format("\n{:>5} | {}\n      | {}", at.line, shown, caret);
}

}  // namespace

std::string Format(const Problem& problem) {
  const Location& at = problem.location;
  std::string text;
  if (at.source != nullptr) {
    text = at.line > 0 ? fmt::format("{}:{}:{}: ", at.source->name, at.line, at.column)
                       : at.source->name + ": ";
  }
  if (!problem.path.empty()) text += problem.path + ": ";
  text += problem.message;
  if (at.source != nullptr) return text + FormatExcerpt(at, problem.cure);
  return problem.cure.empty() ? text : text + "; " + problem.cure;
}

void Problems::Add(Location location, std::string path, std::string message, std::string cure) {
  list_.push_back({std::move(location), std::move(path), std::move(message), std::move(cure)});
}

void Problems::ThrowIfAny() const {
  if (list_.empty()) return;
  std::map<const Source*, std::size_t> order;  // sources in the order of their first problem
  for (const Problem& problem : list_) order.emplace(problem.location.source.get(), order.size());
  std::vector<const Problem*> sorted;
  for (const Problem& problem : list_) sorted.push_back(&problem);
  const auto place = [&order](const Problem* problem) {
    const Location& at = problem->location;
    return std::tuple(order.at(at.source.get()), at.line, at.column);
  };
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&place](const Problem* a, const Problem* b) { return place(a) < place(b); });
  std::string text;
  for (std::size_t i = 0; i < std::min(sorted.size(), kShownProblems); ++i) {
    if (i > 0) text += '\n';
    text += Format(*sorted[i]);
  }
  if (sorted.size() > kShownProblems) {
    text += fmt::format("\n... and {} more", sorted.size() - kShownProblems);
  }
  throw Error(ErrorKind::kConfig, text);
}

Value Value::Scalar(std::string text, bool quoted) {
  Value value;
  value.kind_ = Kind::kScalar;
  value.text_ = std::move(text);
  value.quoted_ = quoted;
  return value;
}

Value Value::Sequence(std::vector<Value> items) {
  Value value;
  value.kind_ = Kind::kSequence;
  value.items_ = std::move(items);
  return value;
}

Value Value::Mapping() {
  Value value;
  value.kind_ = Kind::kMapping;
  return value;
}

const Value* Value::Find(std::string_view key) const {
  for (const Entry& entry : entries_) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

Value* Value::Find(std::string_view key) {
  return const_cast<Value*>(std::as_const(*this).Find(key));
}

void Value::Set(std::string key, Value value) {
  if (Value* present = Find(key); present != nullptr) {
    *present = std::move(value);
    return;
  }
  Location key_location = value.location;
  entries_.push_back({std::move(key), std::move(key_location), std::move(value)});
}

void Value::Erase(std::string_view key) {
  std::erase_if(entries_, [key](const Entry& entry) { return entry.key == key; });
}

std::string Value::Describe() const {
  switch (kind_) {
    case Kind::kNull:
      return "nothing";
    case Kind::kSequence:
      return "a list";
    case Kind::kMapping:
      return "a mapping";
    case Kind::kScalar:
      break;
  }
  std::string shown;
  for (const std::string_view character : Characters(text_)) {
    if (shown.size() + character.size() > kDescribedText) {
      shown += "...";
      break;
    }
    shown += Visible(character);
  }
  return "\"" + shown + "\"";
}

}  // namespace agon::config
