// SPDX-License-Identifier: Apache-2.0
// Components from a line of YAML, as a configuration would make them. For tests.
#pragma once

#include <string>

#include "runtime/config/value.h"
#include "runtime/plugin/registry.h"

namespace agon {

// Error(kConfig) when the fields object. Paths in the text are relative to `folder`.
template <class Interface>
Component<Interface> FromYaml(const Registry& registry, const std::string& yaml,
                              const Path& folder = {}) {
  config::Problems problems;
  const config::Value value = config::ParseYaml(yaml, "test.yaml", folder, problems);
  config::Reader reader{problems};
  auto component = registry.Create<Interface>(value, reader, "test");
  problems.ThrowIfAny();
  return component;
}

// What `action` throws, or "" when it throws no Error of this kind.
template <class Action>
std::string MessageOf(ErrorKind kind, Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.kind() == kind ? error.what() : "another kind: " + std::string(error.what());
  }
  return "";
}

}  // namespace agon
