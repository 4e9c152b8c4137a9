// SPDX-License-Identifier: Apache-2.0
// The panels of the program, one line each in register_panels.cpp.
#pragma once

#include "runtime/plugin/registry.h"

namespace agon::viewer {

void RegisterPanels(Registry& registry);

}  // namespace agon::viewer
