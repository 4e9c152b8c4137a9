// SPDX-License-Identifier: Apache-2.0
#include "viewer/runs/config_form.h"

#include <algorithm>
#include <cstdint>

#include "runtime/base/text.h"
#include "viewer/runs/config_rows.h"

namespace agon::viewer {
namespace {

using config::Value;

constexpr std::size_t kMostProblems = 100;

std::string_view Trimmed(std::string_view text) {
  const std::size_t from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

bool IsScalarKind(FieldKind kind) {
  return kind == FieldKind::kBoolean || kind == FieldKind::kInteger || kind == FieldKind::kNumber ||
         kind == FieldKind::kText || kind == FieldKind::kChoice;
}

Value ScalarOf(const FieldSpec& spec, std::string_view text) {
  // A text that looks like a number or a word of YAML stays a text.
  const bool is_text = spec.kind == FieldKind::kText || spec.kind == FieldKind::kChoice;
  const bool quoted = is_text && (ParseReal(text) || text == "true" || text == "false" ||
                                  text == "null" || text == "~" || text.empty());
  return Value::Scalar(std::string(text), quoted);
}

std::string Join(const std::string& path, const std::string& key) {
  return path.empty() ? key : path + "." + key;
}

class Checker {
 public:
  void Check(const FieldSpec& spec, const Value& value, const std::string& path);
  std::vector<FormProblem> problems;

 private:
  void Add(const std::string& path, std::string message) {
    if (problems.size() < kMostProblems) problems.push_back({path, std::move(message)});
  }
  void AddExpected(const FieldSpec& spec, const Value& value, const std::string& path) {
    Add(path, "expected " + Expectation(spec) + ", found " + value.Describe());
  }
  void CheckNumber(const FieldSpec& spec, const Value& value, const std::string& path);
  void CheckMapping(const std::vector<FieldSpec>& fields, const Value& value,
                    const std::string& path, bool has_name);
  void CheckComponent(const FieldSpec& spec, const Value& value, const std::string& path);
  void CheckList(const FieldSpec& spec, const Value& value, const std::string& path);
};

void Checker::CheckNumber(const FieldSpec& spec, const Value& value, const std::string& path) {
  std::optional<double> number;
  if (value.IsScalar() && !value.quoted()) {
    if (spec.kind == FieldKind::kNumber) number = ParseReal(value.text());
    if (spec.kind == FieldKind::kInteger) {
      if (const auto whole = ParseInteger(value.text())) number = static_cast<double>(*whole);
    }
  }
  const bool low = number && spec.low && (spec.above ? *number <= *spec.low : *number < *spec.low);
  const bool high = number && spec.high && *number > *spec.high;
  if (!number || low || high) AddExpected(spec, value, path);
}

void Checker::CheckMapping(const std::vector<FieldSpec>& fields, const Value& value,
                           const std::string& path, bool has_name) {
  for (const auto& entry : value.entries()) {
    if (has_name && entry.key == "name") continue;
    const auto field = std::find_if(fields.begin(), fields.end(),
                                    [&](const FieldSpec& f) { return f.name == entry.key; });
    if (field != fields.end()) {
      Check(*field, entry.value, Join(path, entry.key));
      continue;
    }
    std::vector<std::string> names;
    names.reserve(fields.size());
    for (const FieldSpec& candidate : fields) names.push_back(candidate.name);
    Add(Join(path, entry.key), "unknown key" + DidYouMean(entry.key, names));
  }
  for (const FieldSpec& field : fields) {
    if (field.required && value.Find(field.name) == nullptr) {
      Add(Join(path, field.name), "must be given: " + Expectation(field));
    }
  }
}

void Checker::CheckComponent(const FieldSpec& spec, const Value& value, const std::string& path) {
  const std::string name = ComponentName(value);
  const FieldSpec::Component* const component = spec.FindComponent(name);
  if (component == nullptr) {
    std::vector<std::string> names;
    names.reserve(spec.components.size());
    for (const auto& candidate : spec.components) names.push_back(candidate.name);
    return Add(path, name.empty() ? "expected " + Expectation(spec)
                                  : "there is no \"" + name + "\"" + DidYouMean(name, names));
  }
  CheckMapping(component->fields, value.IsMapping() ? value : Value::Mapping(), path, true);
}

void Checker::CheckList(const FieldSpec& spec, const Value& value, const std::string& path) {
  if (value.IsSequence()) {
    for (std::size_t i = 0; i < value.items().size(); ++i) {
      Check(spec.item.front(), value.items()[i], path + "[" + std::to_string(i) + "]");
    }
    return;
  }
  if (!spec.choices.empty() && value.IsScalar()) {
    const auto& choices = spec.choices;
    if (std::find(choices.begin(), choices.end(), value.text()) == choices.end()) {
      Add(path, "there is no \"" + value.text() + "\"" + DidYouMean(value.text(), choices));
    }
    return;
  }
  if (spec.scalar_is_list || spec.item.front().kind == FieldKind::kComponent) {
    return Check(spec.item.front(), value, path);
  }
  AddExpected(spec, value, path);
}

void Checker::Check(const FieldSpec& spec, const Value& value, const std::string& path) {
  if (value.IsNull()) {
    const bool empty_is_fine = spec.optional || spec.kind == FieldKind::kObject ||
                               spec.kind == FieldKind::kTexts || spec.kind == FieldKind::kYaml;
    if (!empty_is_fine) AddExpected(spec, value, path);
    return;
  }
  switch (spec.kind) {
    case FieldKind::kBoolean:
      if (!value.IsScalar() || (value.text() != "true" && value.text() != "false")) {
        AddExpected(spec, value, path);
      }
      break;
    case FieldKind::kInteger:
    case FieldKind::kNumber:
      CheckNumber(spec, value, path);
      break;
    case FieldKind::kText:
      if (!value.IsScalar()) AddExpected(spec, value, path);
      break;
    case FieldKind::kChoice:
      if (!value.IsScalar() ||
          std::find(spec.choices.begin(), spec.choices.end(), value.text()) == spec.choices.end()) {
        AddExpected(spec, value, path);
      }
      break;
    case FieldKind::kObject:
      if (!value.IsMapping()) return AddExpected(spec, value, path);
      CheckMapping(spec.fields, value, path, false);
      break;
    case FieldKind::kComponent:
      CheckComponent(spec, value, path);
      break;
    case FieldKind::kList:
      CheckList(spec, value, path);
      break;
    case FieldKind::kTexts:
      if (!value.IsMapping()) AddExpected(spec, value, path);
      break;
    case FieldKind::kYaml:
      break;
  }
}

}  // namespace

std::vector<const FieldSpec*> InOrder(const std::vector<FieldSpec>& fields, const Value& value) {
  std::vector<const FieldSpec*> order;
  for (const auto& entry : value.entries()) {
    for (const FieldSpec& field : fields) {
      if (field.name == entry.key) order.push_back(&field);
    }
  }
  for (const FieldSpec& field : fields) {
    if (value.Find(field.name) == nullptr) order.push_back(&field);
  }
  return order;
}

bool IsOneLine(const FieldSpec& spec) {
  if (spec.kind == FieldKind::kYaml || IsScalarKind(spec.kind)) return true;
  if (spec.kind != FieldKind::kList || !spec.choices.empty()) return false;
  const FieldKind item = spec.item.front().kind;
  return item == FieldKind::kInteger || item == FieldKind::kNumber;
}

std::string InputText(const FieldSpec& spec, const Value& value) {
  if (value.IsNull()) return {};
  if (spec.kind == FieldKind::kYaml) return FlowText(value);
  if (value.IsScalar()) return value.text();
  if (spec.kind == FieldKind::kList && value.IsSequence()) {
    std::string text;
    for (const Value& item : value.items()) {
      text += (text.empty() ? "" : ", ") + (item.IsScalar() ? item.text() : FlowText(item));
    }
    return text;
  }
  return FlowText(value);
}

Value FromInput(const FieldSpec& spec, const std::string& text) {
  const std::string trimmed(Trimmed(text));
  if (spec.kind == FieldKind::kYaml) {
    config::Problems problems;
    Value value = config::ParseYaml(trimmed, "form", {}, problems);
    return problems.empty() ? value : Value::Scalar(trimmed, true);
  }
  if (spec.kind == FieldKind::kList) {
    Value list = Value::Sequence();
    std::string inside = trimmed;
    if (inside.starts_with("[") && inside.ends_with("]"))
      inside = inside.substr(1, inside.size() - 2);
    for (const std::string& part : Split(inside, ',')) {
      const std::string_view item = Trimmed(part);
      if (!item.empty()) list.items().push_back(ScalarOf(spec.item.front(), item));
    }
    return list;
  }
  if (trimmed.empty() && spec.optional) return {};
  return ScalarOf(spec, spec.kind == FieldKind::kText ? std::string_view(text) : trimmed);
}

std::string ComponentName(const Value& value) {
  if (value.IsScalar()) return value.text();
  const Value* const name = value.IsMapping() ? value.Find("name") : nullptr;
  return name != nullptr && name->IsScalar() ? name->text() : std::string();
}

void SetComponent(const FieldSpec& spec, const std::string& name, Value& value) {
  Value made = Value::Mapping();
  made.Set("name", Value::Scalar(name));
  if (const FieldSpec::Component* const component = spec.FindComponent(name);
      component != nullptr && value.IsMapping()) {
    for (const auto& entry : value.entries()) {
      const bool known = std::any_of(component->fields.begin(), component->fields.end(),
                                     [&](const FieldSpec& f) { return f.name == entry.key; });
      if (known) made.Set(entry.key, entry.value);
    }
  }
  value = std::move(made);
}

Value& SettingsOf(Value& value) {
  if (!value.IsMapping()) {
    Value made = Value::Mapping();
    if (value.IsScalar()) made.Set("name", value);
    value = std::move(made);
  }
  return value;
}

Value NewItem(const FieldSpec& item) {
  switch (item.kind) {
    case FieldKind::kComponent: {
      Value made = Value::Mapping();
      if (!item.components.empty()) made.Set("name", Value::Scalar(item.components.front().name));
      return made;
    }
    case FieldKind::kObject:
    case FieldKind::kTexts:
      return Value::Mapping();
    case FieldKind::kList:
      return Value::Sequence();
    case FieldKind::kBoolean:
      return Value::Scalar("false");
    case FieldKind::kInteger:
    case FieldKind::kNumber:
      return Value::Scalar(FormatReal(item.low.value_or(0)));
    case FieldKind::kChoice:
      return Value::Scalar(item.choices.empty() ? "" : item.choices.front());
    case FieldKind::kText:
      return Value::Scalar("", true);
    case FieldKind::kYaml:
      return {};
  }
  return {};
}

std::vector<FormProblem> FindProblems(const FieldSpec& spec, const Value& value) {
  Checker checker;
  checker.Check(spec, value.IsNull() ? Value::Mapping() : value, {});
  return std::move(checker.problems);
}

}  // namespace agon::viewer
