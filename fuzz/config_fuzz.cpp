// SPDX-License-Identifier: Apache-2.0
// ParseYaml over arbitrary bytes: it reports problems or returns a tree that can be written and
// read back; it never throws anything but our Error, and stays within its budgets.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "runtime/config/value.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace agon::config;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Problems problems;
  const Value value = ParseYaml(text, "fuzz.yaml", ".", problems);
  for (const Problem& problem : problems.list()) static_cast<void>(Format(problem));
  if (!problems.empty()) return 0;

  const std::string written = ToYaml(value);
  Problems again;
  const Value read = ParseYaml(written, "written.yaml", ".", again);
  // The written form may be longer than the limit on files.
  if (written.size() > kMaxConfigBytes) return 0;
  if (!again.empty() || ToYaml(read) != written) std::abort();

  Value root = value;
  Problems of_override;
  ApplyOverride(root, text.substr(0, text.find('\n')), of_override);
  return 0;
}
