// SPDX-License-Identifier: Apache-2.0
// Registration of the built-in models, file by file; called by RegisterModels (model.h).
#pragma once

#include "runtime/nn/model.h"

namespace agon::nn {

void RegisterZoo(Registry& registry);
void RegisterSequential(Registry& registry);
void RegisterTorchScript(Registry& registry);

}  // namespace agon::nn
