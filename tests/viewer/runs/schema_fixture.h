// SPDX-License-Identifier: Apache-2.0
// A schema with a field of every kind, made as `agon check --schema` makes it: the fields by
// runtime/config, the components and the suite as cli/commands/check.cpp adds them.
//
// Thread safety: free functions.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "runtime/config/fields.h"
#include "viewer/runs/field_spec.h"

namespace agon::viewer {

struct ThreatFields {
  std::string norm = "linf";
  std::vector<double> epsilon = {0.1};
  static void Describe(config::Fields<ThreatFields>& f) {
    f.Field(&ThreatFields::norm, "norm", "distance").Choices({"linf", "l2"});
    f.Field(&ThreatFields::epsilon, "epsilon", "sizes").Min(0).ScalarIsList();
  }
};
struct LimitFields {
  double seconds = 0;
  static void Describe(config::Fields<LimitFields>& f) {
    f.Field(&LimitFields::seconds, "seconds", "at most").Min(0);
  }
};
struct CommandFields {
  std::int64_t seed = 0;
  std::int64_t epochs = 3;
  double rate = 0.1;
  bool shuffle = true;
  std::string label;
  std::optional<std::string> folder;
  std::vector<std::string> plugins;
  ThreatFields threat;
  std::optional<LimitFields> limit;
  static void Describe(config::Fields<CommandFields>& f) {
    f.Field(&CommandFields::seed, "seed", "of all random numbers").Min(0);
    f.Field(&CommandFields::epochs, "epochs", "passes").Min(1).Max(1000).Live();
    f.Field(&CommandFields::rate, "rate", "step size").Above(0).Live();
    f.Field(&CommandFields::shuffle, "shuffle", "mix the examples");
    f.Field(&CommandFields::label, "label", "for reports").Required();
    f.Field(&CommandFields::folder, "folder", "where it lies");
    f.Field(&CommandFields::plugins, "plugins", "libraries");
    f.Field(&CommandFields::threat, "threat", "what is allowed");
    f.Field(&CommandFields::limit, "limit", "when to stop");
  }
};

inline nlohmann::json SchemaFixture() {
  nlohmann::json schema = config::JsonSchema(config::Fields<CommandFields>::Get().Infos());
  const auto component = nlohmann::json::parse(R"({"anyOf": [
      {"enum": ["fgsm", "pgd"]},
      {"type": "object", "additionalProperties": false, "description": "one step",
       "properties": {"name": {"const": "fgsm"}, "step": {"type": "number", "default": 1}},
       "required": ["name"]},
      {"type": "object", "additionalProperties": false, "description": "many steps",
       "properties": {"name": {"const": "pgd"},
                      "step": {"type": "number", "default": 2},
                      "steps": {"type": "integer", "minimum": 1, "default": 40}},
       "required": ["name"]}]})");
  schema["properties"]["attack"] = component;
  schema["properties"]["suite"] = {
      {"anyOf", {{{"enum", {"fgsm", "pgd", "quick"}}}, {{"type", "array"}, {"items", component}}}}};
  schema["properties"]["require"] = {{"type", "object"},
                                     {"additionalProperties", {{"type", "string"}}}};
  return schema;
}

}  // namespace agon::viewer
