// SPDX-License-Identifier: Apache-2.0
// What a configuration may hold, read from the JSON schema that `agon check --schema --kind K`
// prints: the shapes that runtime/config and cli/commands/check.cpp make, nothing more. Whatever
// else a later version says is a field that is edited as YAML text.
//
// Thread safety: plain data.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/config/value.h"

namespace agon::viewer {

enum class FieldKind {
  kBoolean,
  kInteger,
  kNumber,     // fractions such as 8/255 too
  kText,       // paths too
  kChoice,     // one of `choices`
  kObject,     // `fields`
  kComponent,  // a name, or {name: ..., its fields}: `components`
  kList,       // of `item`; or one of `choices` instead (a named suite)
  kTexts,      // any keys, each with a text
  kYaml,       // anything
};

struct FieldSpec {
  struct Component;

  FieldKind kind = FieldKind::kYaml;
  std::string name;
  std::string help;
  bool required = false;
  bool optional = false;        // may be null
  bool live = false;            // may be changed in a running command
  bool scalar_is_list = false;  // a list may be written as one scalar
  std::optional<double> low, high;
  bool above = false;  // more than `low`
  std::vector<std::string> choices;
  config::Value default_value;  // null: there is none
  std::vector<FieldSpec> fields;
  std::vector<FieldSpec> item;  // one, of a list
  std::vector<Component> components;

  [[nodiscard]] const FieldSpec* Field(std::string_view key) const;
  [[nodiscard]] const Component* FindComponent(std::string_view component) const;
};

struct FieldSpec::Component {
  std::string name;
  std::string summary;
  std::vector<FieldSpec> fields;  // without `name`
};

// Error(kData) when it is no schema of an object.
[[nodiscard]] FieldSpec ReadSchema(const nlohmann::json& schema);

// Dotted paths of all fields that may be changed in a running command, with their specs.
[[nodiscard]] std::vector<std::pair<std::string, const FieldSpec*>> LiveFields(
    const FieldSpec& root);

// "a whole number >= 1", for tooltips and messages.
[[nodiscard]] std::string Expectation(const FieldSpec& spec);

}  // namespace agon::viewer
