// SPDX-License-Identifier: Apache-2.0
// What a training leaves behind: weights.safetensors, report.json and report.html.
//
// Who needs this file: the trainer; `agon train --json` prints the object.
// Thread safety: free functions.
#pragma once

#include <nlohmann/json.hpp>

#include "defenses/trainer.h"

namespace agon::defenses {

// {format: 1, command: "train", model, dataset, objective, parameters, epochs, ended, seconds,
//  threat, validation, history, weights}; docs/formats.md.
[[nodiscard]] nlohmann::json TrainReportJson(const TrainResult& result);
[[nodiscard]] std::string TrainReportHtml(const TrainResult& result,
                                          const std::string& config_yaml);

inline constexpr const char* kWeightsFile = "weights.safetensors";
inline constexpr const char* kReportFile = "report.html";
// All three, at the top of `folder`; the metadata of the weights says which epoch they are of.
void WriteTrainResult(const Path& folder, const TrainResult& result,
                      const std::string& config_yaml);

}  // namespace agon::defenses
