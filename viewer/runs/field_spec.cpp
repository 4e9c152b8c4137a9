// SPDX-License-Identifier: Apache-2.0
#include "viewer/runs/field_spec.h"

#include <algorithm>

#include "runtime/base/error.h"
#include "runtime/base/text.h"

namespace agon::viewer {
namespace {

using config::Value;
using nlohmann::json;

constexpr int kMaxDepth = 16;

std::string TextOf(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Value ToValue(const json& value) {
  if (value.is_string()) return Value::Scalar(value.get<std::string>());
  if (value.is_boolean()) return Value::Scalar(value.get<bool>() ? "true" : "false");
  if (value.is_number_float()) return Value::Scalar(FormatReal(value.get<double>()));
  if (value.is_number()) return Value::Scalar(value.dump());
  if (value.is_array()) {
    Value list = Value::Sequence();
    for (const json& item : value) list.items().push_back(ToValue(item));
    return list;
  }
  if (value.is_object()) {
    Value mapping = Value::Mapping();
    for (const auto& [key, item] : value.items()) mapping.Set(key, ToValue(item));
    return mapping;
  }
  return {};
}

std::vector<std::string> Choices(const json& schema) {
  std::vector<std::string> choices;
  const auto found = schema.find("enum");
  if (found == schema.end() || !found->is_array()) return choices;
  for (const json& choice : *found) {
    if (choice.is_string()) choices.push_back(choice.get<std::string>());
  }
  return choices;
}

std::string TypeOf(const json& schema) {
  if (schema.contains("enum")) return "enum";
  if (schema.contains("anyOf")) return "any";
  return TextOf(schema, "type");
}

void ReadRange(const json& schema, FieldSpec& spec) {
  const auto number = [&](const char* key) -> std::optional<double> {
    const auto found = schema.find(key);
    if (found == schema.end() || !found->is_number()) return std::nullopt;
    return found->get<double>();
  };
  spec.low = number("minimum");
  spec.high = number("maximum");
  if (const auto above = number("exclusiveMinimum")) {
    spec.low = above;
    spec.above = true;
  }
}

// {"properties": {"name": {"const": NAME}, ...}}: one component.
bool IsComponent(const json& schema) {
  const auto properties = schema.find("properties");
  if (properties == schema.end() || !properties->is_object()) return false;
  const auto name = properties->find("name");
  return name != properties->end() && name->is_object() && name->contains("const");
}

void ReadType(const json& schema, FieldSpec& spec, int depth);

FieldSpec ReadField(const std::string& name, const json& schema, int depth) {
  FieldSpec spec;
  spec.name = name;
  if (!schema.is_object() || depth > kMaxDepth) return spec;
  ReadType(schema, spec, depth);
  spec.help = TextOf(schema, "description");
  const auto live = schema.find("x-live");
  spec.live = live != schema.end() && live->is_boolean() && live->get<bool>();
  if (const auto value = schema.find("default"); value != schema.end()) {
    spec.default_value = ToValue(*value);
  }
  return spec;
}

std::vector<FieldSpec> ReadFields(const json& schema, int depth, bool without_name) {
  std::vector<FieldSpec> fields;
  const auto properties = schema.find("properties");
  if (properties == schema.end() || !properties->is_object()) return fields;
  for (const auto& [name, property] : properties->items()) {
    if (without_name && name == "name") continue;
    fields.push_back(ReadField(name, property, depth + 1));
  }
  const auto required = schema.find("required");
  if (required != schema.end() && required->is_array()) {
    for (FieldSpec& field : fields) {
      field.required = std::find(required->begin(), required->end(), field.name) != required->end();
    }
  }
  return fields;
}

void ReadChoiceOfTypes(const json& forms, FieldSpec& spec, int depth) {
  std::vector<const json*> others;
  for (const json& form : forms) {
    if (!form.is_object()) continue;
    if (TextOf(form, "type") == "null") {
      spec.optional = true;
    } else {
      others.push_back(&form);
    }
  }
  if (others.size() == 1) return ReadType(*others.front(), spec, depth);
  if (others.empty()) return;
  const json& first = *others.front();
  const bool all_components =
      std::all_of(others.begin() + 1, others.end(), [](const json* f) { return IsComponent(*f); });
  if (TypeOf(first) == "enum" && all_components) {
    spec.kind = FieldKind::kComponent;
    for (const json* form : others) {
      if (form == &first) continue;
      spec.components.push_back({.name = TextOf(form->at("properties").at("name"), "const"),
                                 .summary = TextOf(*form, "description"),
                                 .fields = ReadFields(*form, depth, true)});
    }
    return;
  }
  if (others.size() != 2) return;
  const json& second = *others[1];
  if (TypeOf(first) == "number" && second.contains("pattern")) return ReadType(first, spec, depth);
  if (TypeOf(second) == "array") {
    ReadType(second, spec, depth);
    spec.choices = Choices(first);
    spec.scalar_is_list = spec.choices.empty();
  }
}

void ReadType(const json& schema, FieldSpec& spec, int depth) {
  const std::string type = TypeOf(schema);
  if (type == "any" && schema.at("anyOf").is_array()) {
    ReadChoiceOfTypes(schema.at("anyOf"), spec, depth);
  } else if (type == "enum") {
    spec.kind = FieldKind::kChoice;
    spec.choices = Choices(schema);
  } else if (type == "boolean") {
    spec.kind = FieldKind::kBoolean;
  } else if (type == "integer" || type == "number") {
    spec.kind = type == "integer" ? FieldKind::kInteger : FieldKind::kNumber;
    ReadRange(schema, spec);
  } else if (type == "string") {
    spec.kind = FieldKind::kText;
  } else if (type == "array") {
    spec.kind = FieldKind::kList;
    spec.item.push_back(ReadField("", schema.value("items", json::object()), depth + 1));
  } else if (type == "object") {
    const auto more = schema.find("additionalProperties");
    if (more != schema.end() && more->is_object()) {
      spec.kind = FieldKind::kTexts;
    } else if (schema.contains("properties")) {
      spec.kind = FieldKind::kObject;
      spec.fields = ReadFields(schema, depth, false);
    }
  }
}

void AddLive(const FieldSpec& spec, const std::string& path,
             std::vector<std::pair<std::string, const FieldSpec*>>& found) {
  for (const FieldSpec& field : spec.fields) {
    const std::string here = path.empty() ? field.name : path + "." + field.name;
    if (field.live) found.emplace_back(here, &field);
    AddLive(field, here, found);
  }
}

std::string Range(const FieldSpec& spec) {
  std::string text;
  if (spec.low) text += (spec.above ? " > " : " >= ") + FormatReal(*spec.low);
  if (spec.high) text += (text.empty() ? " <= " : ", <= ") + FormatReal(*spec.high);
  return text;
}

}  // namespace

const FieldSpec* FieldSpec::Field(std::string_view key) const {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const FieldSpec& field) { return field.name == key; });
  return found == fields.end() ? nullptr : &*found;
}

const FieldSpec::Component* FieldSpec::FindComponent(std::string_view component) const {
  const auto found = std::find_if(components.begin(), components.end(),
                                  [&](const Component& c) { return c.name == component; });
  return found == components.end() ? nullptr : &*found;
}

FieldSpec ReadSchema(const json& schema) {
  if (!schema.is_object() || !schema.contains("properties")) {
    Fail(ErrorKind::kData,
         "the schema of agon check: expected an object with properties; is agon of this version?");
  }
  FieldSpec root;
  root.kind = FieldKind::kObject;
  root.fields = ReadFields(schema, 0, false);
  return root;
}

std::vector<std::pair<std::string, const FieldSpec*>> LiveFields(const FieldSpec& root) {
  std::vector<std::pair<std::string, const FieldSpec*>> found;
  AddLive(root, {}, found);
  return found;
}

std::string Expectation(const FieldSpec& spec) {
  switch (spec.kind) {
    case FieldKind::kBoolean:
      return "true or false";
    case FieldKind::kInteger:
      return "a whole number" + Range(spec);
    case FieldKind::kNumber:
      return "a number" + Range(spec);
    case FieldKind::kText:
      return "a text";
    case FieldKind::kChoice:
      return "one of " + Join(spec.choices, ", ");
    case FieldKind::kObject:
    case FieldKind::kTexts:
      return "a mapping";
    case FieldKind::kComponent: {
      std::vector<std::string> names;
      for (const FieldSpec::Component& component : spec.components) names.push_back(component.name);
      return "one of " + Join(names, ", ");
    }
    case FieldKind::kList:
      return "a list";
    case FieldKind::kYaml:
      return "YAML";
  }
  return {};
}

}  // namespace agon::viewer
