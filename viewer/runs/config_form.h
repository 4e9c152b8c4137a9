// SPDX-License-Identifier: Apache-2.0
// Editing a configuration field by field: what an input shows and what its text becomes, which
// fields stand where, and what is wrong so far. What this finds is for the one who types; whether
// a configuration is right is said by `agon check` alone (run_starter.h).
//
// Thread safety: free functions on plain data.
#pragma once

#include <string>
#include <vector>

#include "viewer/runs/field_spec.h"

namespace agon::viewer {

// The fields in the order of `value`, then those it lacks.
[[nodiscard]] std::vector<const FieldSpec*> InOrder(const std::vector<FieldSpec>& fields,
                                                    const config::Value& value);

// Of a field with one line: scalars as they are, lists of scalars as "0.1, 0.02", null as nothing.
[[nodiscard]] bool IsOneLine(const FieldSpec& spec);
[[nodiscard]] std::string InputText(const FieldSpec& spec, const config::Value& value);
// The reverse; texts that cannot be meant are kept as they are, for FindProblems to name.
[[nodiscard]] config::Value FromInput(const FieldSpec& spec, const std::string& text);

// `pgd`, `{name: pgd, ...}`: "pgd".
[[nodiscard]] std::string ComponentName(const config::Value& value);
// Another component; settings stay where the new one has a field of the same name.
void SetComponent(const FieldSpec& spec, const std::string& name, config::Value& value);
// The mapping in which the component's settings stand, made when there is none yet.
[[nodiscard]] config::Value& SettingsOf(config::Value& value);

// A new item for a list of this kind.
[[nodiscard]] config::Value NewItem(const FieldSpec& item);

struct FormProblem {
  std::string path;
  std::string message;
};
[[nodiscard]] std::vector<FormProblem> FindProblems(const FieldSpec& spec,
                                                    const config::Value& value);

}  // namespace agon::viewer
