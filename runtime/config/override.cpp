// SPDX-License-Identifier: Apache-2.0
// Overrides of the command line: --set attack.steps=10.
#include <fmt/format.h>

#include <optional>

#include "runtime/base/text.h"
#include "runtime/config/parse.h"
#include "runtime/config/value.h"

namespace agon::config {
namespace {

// One step down the tree: a key, or an index of a list.
struct Step {
  std::string key;
  std::optional<std::int64_t> index;
  Location location;
};

// Steps of "a.b[1].c"; nothing when it cannot be meant.
std::optional<std::vector<Step>> ParsePath(std::string_view path, const Location& start) {
  std::vector<Step> steps;
  std::size_t i = 0;
  while (i < path.size()) {
    const std::size_t begin = i;
    Step step;
    step.location = start;
    step.location.column = static_cast<int>(begin) + 1;
    if (path[i] == '[') {
      const std::size_t end = path.find(']', i);
      if (end == std::string_view::npos || steps.empty()) return std::nullopt;
      step.index = ParseInteger(path.substr(i + 1, end - i - 1));
      if (!step.index || *step.index < 0) return std::nullopt;
      i = end + 1;
      if (i < path.size() && path[i] != '.' && path[i] != '[') return std::nullopt;
    } else {
      i = std::min(path.find_first_of(".[", i), path.size());
      step.key = path.substr(begin, i - begin);
      if (step.key.empty()) return std::nullopt;
    }
    step.location.length = static_cast<int>(i - begin);
    steps.push_back(std::move(step));
    if (i < path.size() && path[i] == '.' && ++i == path.size()) return std::nullopt;
  }
  return steps.empty() ? std::nullopt : std::optional(std::move(steps));
}

// The place a step leads to, made where it is missing; null after a problem.
Value* Descend(Value& from, const Step& step, std::string_view path, Problems& problems) {
  if (step.index) {
    if (!from.IsSequence()) {
      problems.Add(
          step.location, std::string(path),
          "expected a list before [" + std::to_string(*step.index) + "], found " + from.Describe());
      return nullptr;
    }
    const auto size = from.items().size();
    if (static_cast<std::size_t>(*step.index) >= size) {
      problems.Add(
          step.location, std::string(path),
          fmt::format("the list has {} item{}, counted from 0", size, size == 1 ? "" : "s"));
      return nullptr;
    }
    return &from.items()[static_cast<std::size_t>(*step.index)];
  }
  if (from.IsSequence()) {
    problems.Add(step.location, std::string(path),
                 "expected a mapping before \"" + step.key + "\", found a list",
                 "name an item by its index, such as [0]");
    return nullptr;
  }
  if (!from.IsMapping()) {
    // `attack: pgd` is short for `attack: {name: pgd}`, so attack.steps=5 adds to that.
    Value mapping = Value::Mapping();
    mapping.location = step.location;
    if (from.IsScalar()) mapping.Set("name", from);
    from = std::move(mapping);
  }
  if (Value* present = from.Find(step.key); present != nullptr) return present;
  from.entries().push_back({step.key, step.location, Value()});
  return &from.entries().back().value;
}

}  // namespace

void ApplyOverride(Value& root, std::string_view assignment, Problems& problems) {
  auto source = std::make_shared<Source>();
  source->name = "--set";
  source->folder = std::filesystem::current_path();
  source->lines = SplitLines(assignment);
  const Location start{source, 1, 1, 1};

  const std::size_t equals = assignment.find('=');
  if (equals == std::string_view::npos) {
    problems.Add(start, {}, "expected KEY=VALUE", "such as attack.steps=10");
    return;
  }
  const std::string_view path = assignment.substr(0, equals);
  const auto steps = ParsePath(path, start);
  if (!steps) {
    problems.Add(start, {}, "not the name of a setting: \"" + std::string(path) + "\"",
                 "write a.b or a[1].b");
    return;
  }
  // Blanks for the key keep the columns of the value.
  const std::size_t before = problems.list().size();
  const std::string padded =
      std::string(equals + 1, ' ') + std::string(assignment.substr(equals + 1));
  Value value = ParseSource(padded, source, problems);
  if (problems.list().size() != before) return;
  value.location.source = source;

  Value changed = root;  // a refused override leaves nothing half done
  Value* place = &changed;
  for (const Step& step : *steps) {
    place = Descend(*place, step, path, problems);
    if (place == nullptr) return;
  }
  *place = std::move(value);
  root = std::move(changed);
}

}  // namespace agon::config
