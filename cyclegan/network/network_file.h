// SPDX-License-Identifier: Apache-2.0
// Generators in files: our safetensors (settings in the metadata, both directions in one file), and
// the reference's .pth, zip or legacy, also with the buffers that InstanceNorm had before PyTorch
// 0.4 (left out, as there), with CUT's constant filters (left out: they are computed), and from
// training with dropout (which does nothing in evaluation; the log says so).
//
//   LoadedGenerator loaded = LoadGenerator("weights.safetensors", "a2b");
//   LoadedGenerator other = LoadGenerator("latest_net_G.pth", "a2b");   // settings from the shapes
//
// Thread safety: free functions.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "cyclegan/network/generator.h"
#include "runtime/base/files.h"

namespace agon::cyclegan {

struct LoadedGenerator {
  std::unique_ptr<Generator> generator;
  std::map<std::string, std::string> metadata;  // empty for a .pth
  // "a2b" or "b2a" of a file that has both; empty: the file holds one generator alone.
  std::string direction;
};

// `direction`: a2b or b2a; a file that holds one generator alone gives that one for both. Error
// (kModel), one line: not a generator (saying what it seems to be and where one comes from),
// tensors missing or of other shapes (saying which architecture the file fits best: "a ResNet
// generator of 6 blocks of 64"), NaN.
[[nodiscard]] LoadedGenerator LoadGenerator(const Path& file, std::string_view direction);

// Both directions as "a2b.model.1.weight", "b2a.model.1.weight", ... with the settings. The states
// are those of generators with these settings. Atomic.
void SaveGenerators(const Path& file, const GeneratorSettings& settings, const NamedTensors& a2b,
                    const NamedTensors& b2a, const std::map<std::string, std::string>& metadata);

// The state dict that the reference (antialias: CUT) loads strictly: the generator's tensors, and
// the constant filters that CUT keeps among them.
[[nodiscard]] NamedTensors ReferenceState(const Generator& generator);

// A state dict as a zip .pth that torch.load reads with weights_only=True. Atomic.
void ExportPth(const Path& file, const NamedTensors& state);

}  // namespace agon::cyclegan
