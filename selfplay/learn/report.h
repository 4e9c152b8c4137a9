// SPDX-License-Identifier: Apache-2.0
// What a self-play training leaves behind beside its weights: report.json and report.html.
//
// Who needs this file: the trainer. Thread safety: free functions.
#pragma once

#include <string>

#include "selfplay/learn/trainer.h"

namespace agon::selfplay {

inline constexpr const char* kSelfplayWeightsFile = "weights.safetensors";
inline constexpr const char* kSelfplayReportFile = "report.html";

[[nodiscard]] std::string SelfplayReportHtml(const SelfplayResult& result,
                                             const std::string& config_yaml);
// Both, at the top of `folder`.
void WriteSelfplayReport(const Path& folder, const SelfplayResult& result,
                         const std::string& config_yaml);

}  // namespace agon::selfplay
