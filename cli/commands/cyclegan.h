// SPDX-License-Identifier: Apache-2.0
// What the CycleGAN commands share with one another and with `agon demo --all`.
//
// Who needs this file: cyclegan_train.cpp, cyclegan_demo.cpp and demo.cpp. Thread safety: one
// thread.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "cli/commands/session.h"
#include "cyclegan/learn/trainer.h"

namespace agon::cli {

// What a training ended with, for a terminal.
[[nodiscard]] std::string CycleganSummary(const cyclegan::CycleganResult& result);

// Everything of the demo in `folder`, a new one or one that is continued; returns its report.json
// and prints where to look. Error(kUsage): the folder holds a demo of another configuration.
[[nodiscard]] nlohmann::json DoCycleganDemo(Session& session, const Path& folder);
inline constexpr const char* kCycleganDemoFolder = "runs/cyclegan-demo";
inline constexpr const char* kCycleganDemoCommand = "cyclegan demo";

}  // namespace agon::cli
