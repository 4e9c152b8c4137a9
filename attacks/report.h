// SPDX-License-Identifier: Apache-2.0
// The robustness report: report.json (fields fixed by the interface, docs/formats.md),
// examples.csv, adversarial.safetensors and report.html.
//
// Thread safety: free functions.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "attacks/suite.h"

namespace agon::attacks {

// `require: {robust_accuracy: ">= 0.60"}`: field -> comparison.
struct Requirement {
  std::string field;       // robust_accuracy or clean_accuracy
  std::string comparison;  // >=, >, <=, <
  double bound = 0;
  [[nodiscard]] bool MetBy(double value) const;
};
struct Requirements {
  std::vector<Requirement> list;
  static Requirements FromConfig(const config::Value& value, config::Reader& reader,
                                 const std::string& path);
  [[nodiscard]] config::Value ToConfig() const;
  static std::string TypeName() { return "requirements"; }
};

struct RobustnessReport {
  std::string dataset;  // "fashion_mnist test [0, 1000)"
  std::vector<std::string> class_names;
  std::vector<SuiteResult> results;  // models x epsilons, in that order
  Requirements require;

  [[nodiscard]] bool RequirementsMet() const;
  [[nodiscard]] nlohmann::json ToJson() const;
};

// Writes report.json, report.html, and per result examples.csv and adversarial.safetensors: at the
// top of the run when there is one result, else in results/<number>-<model>-<norm>-<epsilon>/. The
// first result of each model is its headline: a configuration names that epsilon first.
void WriteReport(const Path& run_folder, const RobustnessReport& report,
                 const data::Dataset& dataset, const std::string& config_yaml);
// Only the page.
[[nodiscard]] std::string ReportHtml(const RobustnessReport& report, const data::Dataset& dataset,
                                     const std::string& config_yaml);
// "fashion_mnist test, examples 0 to 999"
[[nodiscard]] std::string DescribeExamples(const data::Dataset& dataset);

}  // namespace agon::attacks
