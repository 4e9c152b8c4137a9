// SPDX-License-Identifier: Apache-2.0
// What every demo begins with: a configuration that comes with the program, and a run folder that
// may hold this demo already.
//
// Thread safety: one thread.
#pragma once

#include <string>

#include "cli/commands/session.h"

namespace agon::cli {

// configs/NAME beside the build folder, or where it was installed. Error(kUsage) when it is in
// neither place. `program`: absolute path of the executable.
[[nodiscard]] Path FindShippedConfig(const std::string& program, const std::string& name);

enum class DemoState { kNew, kBegun, kDone };

// Of the demo with this configuration in `folder`; says so when it is done. Error(kUsage) when the
// folder holds one with another configuration.
[[nodiscard]] DemoState StateOfDemo(const Session& session, const Path& folder,
                                    const config::Value& resolved);

}  // namespace agon::cli
