// SPDX-License-Identifier: Apache-2.0
// Checkpoints: RUN/checkpoints/<step>/ with tensors.safetensors, state.json and, written last,
// manifest.json with sizes and SHA-256. Incomplete or damaged ones are skipped with a warning; the
// newest complete one is used.
//
// Thread safety: one thread.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "runtime/base/files.h"
#include "runtime/tensor/types.h"

namespace agon::run {

struct Checkpoint {
  std::int64_t step = 0;
  NamedTensors tensors;
  nlohmann::json state;  // whatever else the loop needs
};

// Keeps the newest `keep`. Error(kIo) with the older ones untouched.
void SaveCheckpoint(const Path& run_folder, const Checkpoint& checkpoint, int keep = 2);
[[nodiscard]] std::optional<Checkpoint> LoadNewestCheckpoint(const Path& run_folder);

// Several groups of tensors in one checkpoint, by name: "weights.conv1.weight".
void AppendGroup(NamedTensors& all, const std::string& group, const NamedTensors& tensors);
[[nodiscard]] NamedTensors TakeGroup(const NamedTensors& all, const std::string& group);

}  // namespace agon::run
