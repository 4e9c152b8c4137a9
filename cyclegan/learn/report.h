// SPDX-License-Identifier: Apache-2.0
// What a CycleGAN training leaves behind beside its weights: report.json, report.html and
// samples/ITERATION-DIRECTION.png.
//
// Who needs this file: the trainer, and the demo, whose page holds this one's blocks. Thread
// safety: free functions.
#pragma once

#include <string>

#include "cyclegan/learn/trainer.h"
#include "runtime/record/html.h"

namespace agon::cyclegan {

inline constexpr const char* kWeightsFile = "weights.safetensors";
inline constexpr const char* kReportFile = "report.html";
inline constexpr const char* kSampleFolder = "samples";

// "samples/000500-a2b.png": rows of input, translation, translated back, translated by the other.
[[nodiscard]] Path SampleFile(std::int64_t step, std::size_t direction);
[[nodiscard]] formats::Pixels SampleGrid(const std::vector<SampleRow>& rows);

// {format: 1, command: "cyclegan train", domains, ..., judge, evaluations, history};
// docs/formats.md, "Reports".
[[nodiscard]] nlohmann::json CycleganReportJson(const CycleganResult& result);

// The page in parts: the verdict at its top; samples, judgement and curves below.
void AddTrainingVerdict(record::HtmlReport& page, const CycleganResult& result);
void AddTrainingBlocks(record::HtmlReport& page, const CycleganResult& result);

// Both files, in result.folder.
void WriteCycleganReport(const CycleganResult& result, const std::string& config_yaml);

}  // namespace agon::cyclegan
