// SPDX-License-Identifier: Apache-2.0
// What is told about a translation and about a measured pair of videos: report.json, report.html,
// metrics.csv.
//
// Thread safety: free functions.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cyclegan/translate/config.h"
#include "cyclegan/translate/job_state.h"
#include "cyclegan/translate/samples.h"
#include "runtime/record/html.h"

namespace agon::cyclegan {

struct TranslationFacts {
  const TranslateConfig& config;
  const media::VideoInfo& source;
  const JobState& state;
  std::string network;  // "resnet, 9 blocks of 64"
  double statistics_decay = 0;
  std::string device;
  double estimated_seconds = 0;  // 0: none was made
  const TemporalMetrics* metrics = nullptr;
  std::vector<media::StreamInfo> streams;
  std::vector<std::string> notes;
};

[[nodiscard]] nlohmann::json TranslationJson(const TranslationFacts& facts);
[[nodiscard]] std::string TranslationPage(const nlohmann::json& report,
                                          const std::vector<TemporalRow>& rows,
                                          const std::vector<Sample>& samples);

// frame,seconds,flicker_input,flicker_output,warp_input,warp_output,tof,covered; empty: no flow.
[[nodiscard]] std::string MetricsCsv(const std::vector<TemporalRow>& rows);
// Curves of the metrics with a table of their means.
void AddMetrics(record::HtmlReport& page, const nlohmann::json& summary,
                const std::vector<TemporalRow>& rows);
// Cards of the two ratios that say whether the output is as steady as the input.
void AddMetricCards(std::vector<record::HtmlReport::VerdictCard>& cards,
                    const nlohmann::json& summary);

}  // namespace agon::cyclegan
