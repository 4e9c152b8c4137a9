// SPDX-License-Identifier: Apache-2.0
// `agon check`: reads a configuration exactly as the command it is for would, and runs nothing.
#include <fmt/format.h>

#include <algorithm>
#include <array>

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
  const json label = {{"label", {{"type", "string"}}}, {"untrained", {{"type", "boolean"}}}};
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

// A command with a configuration file, as `agon check` sees it.
struct CheckedCommand {
  std::string_view kind;     // as --kind names it
  std::string_view command;  // "agon selfplay train"
  std::vector<config::FieldInfo> (*fields)();
  config::Value (*resolve)(const config::Value&);
};
constexpr std::array<CheckedCommand, 4> kCommands{{
    {"attack", "agon attack", &AttackConfigFields, &ResolveAttackConfig},
    {"train", "agon train", &TrainConfigFields, &ResolveTrainConfig},
    {"selfplay", "agon selfplay train", &SelfplayConfigFields, &ResolveSelfplayConfig},
    {"cyclegan", "agon cyclegan train", &CycleganConfigFields, &ResolveCycleganConfig},
}};

const CheckedCommand& CommandOf(std::string_view kind) {
  return *std::find_if(kCommands.begin(), kCommands.end(),
                       [&](const CheckedCommand& command) { return command.kind == kind; });
}

// What a file is for, by keys that only one command knows.
std::string_view KindOf(const config::Value& value) {
  if (value.Find("objective") != nullptr) return "train";
  if (value.Find("game") != nullptr || value.Find("selfplay") != nullptr) return "selfplay";
  if (value.Find("domains") != nullptr || value.Find("generator") != nullptr) return "cyclegan";
  return "attack";
}

json SchemaOf(const CheckedCommand& command) {
  const auto fields = command.fields();
  json schema = config::JsonSchema(fields);
  schema["title"] = command.command;
  Refine(schema, fields);
  return schema;
}

}  // namespace

int RunCheck(const CommandLine& line, Session& session) {
  const CheckOptions& options = line.check;
  if (options.config.empty()) {
    session.LoadPlugins();
    const std::string_view kind = options.kind.empty() ? "attack" : std::string_view(options.kind);
    session.Print(SchemaOf(CommandOf(kind)).dump(2) + "\n");
    return kExitDone;
  }
  const config::Value raw = session.LoadConfigFile(options.config);
  const CheckedCommand& command =
      CommandOf(options.kind.empty() ? KindOf(raw) : std::string_view(options.kind));
  if (options.schema) {
    session.Print(SchemaOf(command).dump(2) + "\n");
    return kExitDone;
  }
  if (options.kind.empty() && raw.Find("train") != nullptr && raw.Find("attack") != nullptr) {
    const config::Value resolved = ResolveDemoConfig(raw);
    session.Print(options.resolved
                      ? config::ToYaml(resolved)
                      : fmt::format("{}: ok, a configuration of agon demo\n", options.config));
    return kExitDone;
  }
  const config::Value resolved = command.resolve(raw);
  session.Print(options.resolved ? config::ToYaml(resolved)
                                 : fmt::format("{}: ok, a configuration of {}\n", options.config,
                                               command.command));
  return kExitDone;
}

}  // namespace agon::cli
