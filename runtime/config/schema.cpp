// SPDX-License-Identifier: Apache-2.0
// JSON Schema, draft 2020-12, of declared fields: for editors that complete and check YAML.
#include <nlohmann/json.hpp>

#include "runtime/base/text.h"
#include "runtime/config/fields.h"

namespace agon::config {
namespace {

using nlohmann::json;

constexpr std::string_view kListPrefix = "list of ";
constexpr const char* kFractionPattern =
    R"(^-?[0-9]*\.?[0-9]+([eE][-+]?[0-9]+)?/-?[0-9]*\.?[0-9]+([eE][-+]?[0-9]+)?$)";

// A default as JSON: plain scalars become what they look like, fractions stay text.
json ToJson(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kNull:
      return nullptr;
    case Value::Kind::kScalar:
      break;
    case Value::Kind::kSequence: {
      json list = json::array();
      for (const Value& item : value.items()) list.push_back(ToJson(item));
      return list;
    }
    case Value::Kind::kMapping: {
      json object = json::object();
      for (const auto& entry : value.entries()) object[entry.key] = ToJson(entry.value);
      return object;
    }
  }
  const std::string& text = value.text();
  if (value.quoted()) return text;
  if (text == "true") return true;
  if (text == "false") return false;
  if (const auto integer = ParseInteger(text)) return *integer;
  if (text.find('/') == std::string::npos) {
    if (const auto real = ParseReal(text)) return *real;
  }
  return text;
}

json ObjectSchema(const std::vector<FieldInfo>& fields);

void AddRange(const FieldInfo& info, json& schema) {
  if (info.min) schema[info.min_is_exclusive ? "exclusiveMinimum" : "minimum"] = *info.min;
  if (info.max) schema["maximum"] = *info.max;
}

json TypeSchema(std::string_view type, const FieldInfo& info) {
  if (type.starts_with(kListPrefix)) {
    const json items = TypeSchema(type.substr(kListPrefix.size()), info);
    const json list = {{"type", "array"}, {"items", items}};
    return info.scalar_is_list ? json{{"anyOf", {items, list}}} : list;
  }
  if (type == "boolean") return {{"type", "boolean"}};
  if (type == "integer") {
    json schema = {{"type", "integer"}};
    AddRange(info, schema);
    return schema;
  }
  if (type == "number") {
    json number = {{"type", "number"}};
    AddRange(info, number);
    const json fraction = {{"type", "string"}, {"pattern", kFractionPattern}};
    return {{"anyOf", {number, fraction}}};
  }
  if (type == "text" && !info.choices.empty()) return {{"enum", info.choices}};
  if (type == "text" || type == "path") return {{"type", "string"}};
  if (type == "mapping") return ObjectSchema(info.fields);
  // A component: `pgd`, or `{name: pgd, ...}` with the fields of that component.
  const json object = {
      {"type", "object"}, {"properties", {{"name", {{"type", "string"}}}}}, {"required", {"name"}}};
  return {{"anyOf", {{{"type", "string"}}, object}}};
}

json FieldSchema(const FieldInfo& info) {
  json schema = TypeSchema(info.type, info);
  const bool is_optional = !info.required && info.default_value.IsNull();
  if (is_optional) schema = {{"anyOf", {schema, {{"type", "null"}}}}};
  if (!info.required && !is_optional) schema["default"] = ToJson(info.default_value);
  // An annotation of ours; other programs ignore keywords that begin with x-.
  if (info.live) schema["x-live"] = true;
  schema["description"] = info.unit.empty() ? info.help : info.help + " (" + info.unit + ")";
  return schema;
}

json ObjectSchema(const std::vector<FieldInfo>& fields) {
  json schema = {
      {"type", "object"}, {"properties", json::object()}, {"additionalProperties", false}};
  for (const FieldInfo& field : fields) {
    schema["properties"][field.name] = FieldSchema(field);
    if (field.required) schema["required"].push_back(field.name);
  }
  return schema;
}

}  // namespace

json JsonSchema(const std::vector<FieldInfo>& fields) {
  json schema = ObjectSchema(fields);
  schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  return schema;
}

}  // namespace agon::config
