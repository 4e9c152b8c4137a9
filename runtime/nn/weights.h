// SPDX-License-Identifier: Apache-2.0
// Weights in and out of networks.
#pragma once

#include <map>

#include "runtime/base/files.h"
#include "runtime/nn/network.h"

namespace agon::nn {

// What a training leaves in its run folder.
inline constexpr const char* kWeightsOfRun = "weights.safetensors";

// Error(kModel) when RUN/weights.safetensors is not there, which says how it comes to be there.
// Missing files of other names are left to whoever reads them.
void CheckTraining(const Path& file);

// .safetensors, .npz, .pt/.pth by content. Error(kModel/kData) naming the file.
[[nodiscard]] NamedTensors ReadWeights(const Path& file);

// Copies `weights` into the network: by name when the names are ours; else by order when the
// shapes, in order, agree one to one (num_batches_tracked is ignored); the log says which. Floating
// types are converted to float32. Error(kModel) names the first tensor that does not fit, with both
// shapes, or that holds a NaN or infinity.
void LoadWeights(Network& network, const NamedTensors& weights, const std::string& file);

// safetensors with metadata: model, classes, input, mean, std, format "agon".
void SaveWeights(const Network& network, const Path& file,
                 const std::map<std::string, std::string>& metadata = {});

}  // namespace agon::nn
