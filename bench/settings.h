// SPDX-License-Identifier: Apache-2.0
// Components and configurations written out in a benchmark, as YAML.
//
// Who needs this file: the benchmarks. Thread safety: free functions.
#pragma once

#include <string>

#include "runtime/config/value.h"
#include "runtime/plugin/registry.h"

namespace agon::bench {

[[nodiscard]] inline config::Value ConfigOf(const std::string& yaml) {
  config::Problems problems;
  config::Value value = config::ParseYaml(yaml, "benchmark", {}, problems);
  problems.ThrowIfAny();
  return value;
}

// ComponentOf<attacks::Attack>("{name: pgd, steps: 40}")
template <class Interface>
[[nodiscard]] Component<Interface> ComponentOf(const std::string& yaml) {
  config::Problems problems;
  config::Reader reader{problems, nullptr};
  auto component = GlobalRegistry().Create<Interface>(ConfigOf(yaml), reader, "benchmark");
  problems.ThrowIfAny();
  return component;
}

}  // namespace agon::bench
