// SPDX-License-Identifier: Apache-2.0
// `agon check`: reads a configuration exactly as the command it is for would, and runs nothing.
#include <fmt/format.h>

#include "attacks/attack.h"
#include "attacks/suite.h"
#include "cli/commands/commands.h"
#include "runtime/base/error.h"
#include "runtime/base/text.h"
#include "runtime/plugin/registry.h"

namespace agon::cli {
namespace {

using nlohmann::json;

constexpr std::string_view kListPrefix = "list of ";

// One component kind: a name, or {name: ..., its fields}. `extra` is what the kind's user adds.
json ComponentSchema(std::string_view kind, const json& extra) {
  const Registry& registry = GlobalRegistry();
  json forms = json::array({{{"enum", registry.Names(kind)}}});
  for (const ComponentInfo* component : registry.List(kind)) {
    json form = config::JsonSchema(component->fields);
    form.erase("$schema");
    form["properties"]["name"] = {{"const", component->name}};
    form["properties"].update(extra);
    form["required"].push_back("name");
    form["description"] = component->summary;
    forms.push_back(std::move(form));
  }
  return {{"anyOf", forms}};
}

json SuiteSchema() {
  std::vector<std::string> names = GlobalRegistry().Names(attacks::Attack::kKind);
  for (const auto& [name, text] : attacks::NamedSuites()) names.push_back(name);
  const json restarts = {{"restarts", {{"type", "integer"}, {"minimum", 1}}}};
  const json entries = {{"type", "array"},
                        {"minItems", 1},
                        {"items", ComponentSchema(attacks::Attack::kKind, restarts)}};
  return json{{"anyOf", {{{"enum", names}}, entries}}};
}

// What the configuration reader cannot know: the components behind the types of fields.
json TypeSchema(std::string_view type) {
  if (type.starts_with(kListPrefix)) {
    const json items = TypeSchema(type.substr(kListPrefix.size()));
    return items.is_null() ? json() : json{{"type", "array"}, {"items", items}};
  }
  if (type == "suite") return SuiteSchema();
  if (type == "requirements") {
    return {{"type", "object"}, {"additionalProperties", {{"type", "string"}}}};
  }
  const json label = {{"label", {{"type", "string"}}}};
  for (const std::string& kind : GlobalRegistry().Kinds()) {
    if (kind == type) return ComponentSchema(kind, kind == "model" ? label : json::object());
  }
  return {};
}

void Refine(json& schema, const std::vector<config::FieldInfo>& fields) {
  for (const config::FieldInfo& field : fields) {
    json& property = schema["properties"][field.name];
    if (!field.fields.empty() && property.contains("properties")) Refine(property, field.fields);
    const json refined = TypeSchema(field.type);
    if (refined.is_null()) continue;
    const json help = property["description"];
    property = refined;
    property["description"] = help;
  }
}

json SchemaOf(bool training) {
  const auto fields = training ? TrainConfigFields() : AttackConfigFields();
  json schema = config::JsonSchema(fields);
  schema["title"] = training ? "agon train" : "agon attack";
  Refine(schema, fields);
  return schema;
}

}  // namespace

int RunCheck(const CommandLine& line, Session& session) {
  const CheckOptions& options = line.check;
  bool training = options.kind == "train";
  if (options.config.empty()) {
    session.LoadPlugins();
    session.Print(SchemaOf(training).dump(2) + "\n");
    return kExitDone;
  }
  const config::Value raw = session.LoadConfigFile(options.config);
  if (options.kind.empty()) training = raw.Find("objective") != nullptr;
  if (options.schema) {
    session.Print(SchemaOf(training).dump(2) + "\n");
    return kExitDone;
  }
  if (options.kind.empty() && raw.Find("train") != nullptr && raw.Find("attack") != nullptr) {
    const config::Value resolved = ResolveDemoConfig(raw);
    session.Print(options.resolved
                      ? config::ToYaml(resolved)
                      : fmt::format("{}: ok, a configuration of agon demo\n", options.config));
    return kExitDone;
  }
  const config::Value resolved = training ? ResolveTrainConfig(raw) : ResolveAttackConfig(raw);
  if (options.resolved) {
    session.Print(config::ToYaml(resolved));
  } else {
    session.Print(fmt::format("{}: ok, a configuration of agon {}\n", options.config,
                              training ? "train" : "attack"));
  }
  return kExitDone;
}

}  // namespace agon::cli
