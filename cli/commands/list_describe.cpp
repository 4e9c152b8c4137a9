// SPDX-License-Identifier: Apache-2.0
// `agon list` and `agon describe`: what the registry knows, for people and as JSON.
#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/commands.h"
#include "runtime/base/error.h"
#include "runtime/base/text.h"
#include "runtime/plugin/registry.h"

namespace agon::cli {
namespace {

std::string ValueText(const config::Value& value) {
  if (value.IsNull()) return "none";
  std::string text = config::ToYaml(value);
  while (text.ends_with('\n')) text.pop_back();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

std::string RangeText(const config::FieldInfo& field) {
  if (!field.choices.empty()) return Join(field.choices, ", ");
  std::string text;
  if (field.min) text = (field.min_is_exclusive ? "> " : ">= ") + FormatReal(*field.min);
  if (field.max) text += (text.empty() ? "<= " : ", <= ") + FormatReal(*field.max);
  return text;
}

nlohmann::json ToJson(const config::FieldInfo& field) {
  nlohmann::json json = {{"name", field.name},
                         {"type", field.type},
                         {"help", field.help},
                         {"required", field.required}};
  if (!field.unit.empty()) json["unit"] = field.unit;
  if (field.min) json[field.min_is_exclusive ? "above" : "min"] = *field.min;
  if (field.max) json["max"] = *field.max;
  if (!field.choices.empty()) json["choices"] = field.choices;
  if (field.live) json["live"] = true;
  if (!field.required) json["default"] = ValueText(field.default_value);
  for (const config::FieldInfo& inner : field.fields) json["fields"].push_back(ToJson(inner));
  return json;
}

nlohmann::json ToJson(const ComponentInfo& component) {
  nlohmann::json fields = nlohmann::json::array();
  for (const config::FieldInfo& field : component.fields) fields.push_back(ToJson(field));
  return {{"kind", component.kind},
          {"name", component.name},
          {"summary", component.summary},
          {"paper", component.paper},
          {"origin", component.origin},
          {"capabilities", component.capabilities_json()},
          {"fields", fields},
          {"schema", config::JsonSchema(component.fields)}};
}

void AddRows(const std::vector<config::FieldInfo>& fields, const std::string& prefix,
             std::vector<std::vector<std::string>>& rows) {
  for (const config::FieldInfo& field : fields) {
    std::string type = field.type;
    if (!field.unit.empty()) type += " (" + field.unit + ")";
    rows.push_back({prefix + field.name, type,
                    field.required ? "required" : ValueText(field.default_value), RangeText(field),
                    field.help});
    AddRows(field.fields, prefix + field.name + ".", rows);
  }
}

// A piece of YAML that can be pasted: every field with its default.
std::string Example(const ComponentInfo& component) {
  config::Value settings = config::Value::Mapping();
  settings.Set("name", config::Value::Scalar(component.name));
  for (const config::FieldInfo& field : component.fields) {
    if (field.required) {
      settings.Set(field.name, config::Value::Scalar("..."));
    } else if (!field.default_value.IsNull()) {
      settings.Set(field.name, field.default_value);
    }
  }
  config::Value root = config::Value::Mapping();
  if (component.kind == "attack") {
    root.Set("suite", config::Value::Sequence({settings}));
  } else {
    root.Set(component.kind, settings);
  }
  return config::ToYaml(root);
}

std::string CapabilitiesText(const nlohmann::json& capabilities) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : capabilities.items()) {
    std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (value.is_boolean()) text = value.get<bool>() ? "yes" : "no";
    if (value.is_array()) {
      std::vector<std::string> items;
      for (const auto& item : value) {
        items.push_back(item.is_string() ? item.get<std::string>() : item.dump());
      }
      text = Join(items, ", ");
    }
    parts.push_back(key + ": " + text);
  }
  return Join(parts, "; ");
}

// All components called `name`, or the one called kind/name.
std::vector<const ComponentInfo*> Find(const std::string& name) {
  const Registry& registry = GlobalRegistry();
  std::vector<const ComponentInfo*> found;
  std::vector<std::string> known;
  for (const ComponentInfo* component : registry.List()) {
    const std::string full = component->kind + "/" + component->name;
    if (component->name == name || full == name) found.push_back(component);
    known.push_back(name.find('/') == std::string::npos ? component->name : full);
  }
  if (found.empty()) {
    Fail(ErrorKind::kUsage, "there is no component \"{}\"{}; agon list shows all", name,
         DidYouMean(name, known));
  }
  return found;
}

std::string Text(const ComponentInfo& component) {
  std::string text =
      fmt::format("{} ({}): {}\n", component.name, component.kind, component.summary);
  if (!component.paper.empty()) text += "  paper: " + component.paper + "\n";
  if (component.origin != "built in") text += "  from: " + component.origin + "\n";
  const std::string capabilities = CapabilitiesText(component.capabilities_json());
  if (!capabilities.empty()) text += "  " + capabilities + "\n";
  if (!component.fields.empty()) {
    std::vector<std::vector<std::string>> rows{{"field", "type", "default", "range", "meaning"}};
    AddRows(component.fields, "", rows);
    text += "\n" + FormatTable(rows, {});
  }
  return text + "\nexample:\n" + Example(component);
}

}  // namespace

int RunList(const CommandLine& line, Session& session) {
  session.LoadPlugins();
  const Registry& registry = GlobalRegistry();
  const std::string& kind = line.list.kind;
  const std::vector<std::string> kinds = registry.Kinds();
  if (!kind.empty() && std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) {
    Fail(ErrorKind::kUsage, "there is no kind \"{}\"{}; known: {}", kind, DidYouMean(kind, kinds),
         Join(kinds, ", "));
  }
  nlohmann::json list = nlohmann::json::array();
  std::vector<std::vector<std::string>> rows;
  std::string present;
  std::string text;
  const auto flush = [&] {
    if (!rows.empty()) text += (text.empty() ? "" : "\n") + present + ":\n" + FormatTable(rows, {});
    rows.clear();
  };
  for (const ComponentInfo* component : registry.List(kind)) {
    if (component->kind != present) flush();
    present = component->kind;
    rows.push_back({component->name, component->summary});
    list.push_back({{"kind", component->kind},
                    {"name", component->name},
                    {"summary", component->summary},
                    {"origin", component->origin}});
  }
  flush();
  session.Print(text);
  session.PrintJson(list);
  return kExitDone;
}

int RunDescribe(const CommandLine& line, Session& session) {
  session.LoadPlugins();
  const auto found = Find(line.describe.name);
  if (found.size() > 1 && line.common.json) {
    std::vector<std::string> names;
    for (const ComponentInfo* component : found) {
      names.push_back(component->kind + "/" + component->name);
    }
    Fail(ErrorKind::kUsage, "\"{}\" is the name of several components; write one of {}",
         line.describe.name, Join(names, ", "));
  }
  for (const ComponentInfo* component : found) {
    session.Print(component == found.front() ? "" : "\n");
    session.Print(Text(*component));
    session.PrintJson(ToJson(*component));
  }
  return kExitDone;
}

}  // namespace agon::cli
