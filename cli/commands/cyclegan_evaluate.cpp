// SPDX-License-Identifier: Apache-2.0
// `agon cyclegan evaluate`: how steady a translation is, and how far from real pictures.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cyclegan/translate/evaluate.h"

namespace agon::cli {
namespace {

using cyclegan::EvaluateConfig;

EvaluateConfig ReadEvaluateConfig(const CycleganOptions& options, Session& session) {
  config::Value root = config::Value::Mapping();
  const auto path = [&](const char* key, const std::string& file) {
    if (file.empty()) return;
    root.Set(key, config::ToValue(std::filesystem::absolute(file).lexically_normal()));
  };
  path("input", options.input);
  path("output", options.output);
  path("reference", options.reference);
  if (!options.features.empty()) {
    config::Problems problems;
    root.Set("features", config::ParseYaml(options.features, "--features",
                                           std::filesystem::current_path(), problems));
    problems.ThrowIfAny();
  }
  return ReadConfig<EvaluateConfig>(session.CompleteConfig(std::move(root)));
}

std::string Summary(const nlohmann::json& report, const Path& page) {
  const nlohmann::json& metrics = report.at("metrics");
  std::vector<std::vector<std::string>> rows{{"mean", "input", "output"}};
  const auto row = [&](const char* name, const char* input, const char* output) {
    rows.push_back({name, fmt::format("{:.4g}", metrics.at(input).get<double>()),
                    fmt::format("{:.4g}", metrics.at(output).get<double>())});
  };
  row("warping error", "warp_input", "warp_output");
  row("flicker", "flicker_input", "flicker_output");
  std::string text =
      fmt::format("{} frames, optical flow of {} pairs\n", report.at("frames").get<std::int64_t>(),
                  metrics.at("pairs").get<std::int64_t>());
  text += FormatTable(rows, {false, true, true});
  text += fmt::format("tOF {:.4g} pixels\n", metrics.at("tof").get<double>());
  if (const nlohmann::json& distance = report.at("distance"); !distance.is_null()) {
    text += fmt::format(
        "Frechet distance {:.4g}, kernel distance {:.4g} in {} features of {}\n",
        distance.at("frechet_distance").get<double>(), distance.at("kernel_distance").get<double>(),
        distance.at("dimensions").get<std::int64_t>(), distance.at("features").get<std::string>());
  }
  for (const nlohmann::json& note : report.at("notes")) {
    text += fmt::format("noted: {}\n", note.get<std::string>());
  }
  return text + fmt::format("report: {}\n", page.string());
}

}  // namespace

int RunCycleganEvaluate(const CommandLine& line, Session& session) {
  const EvaluateConfig config = ReadEvaluateConfig(line.cyclegan, session);
  cyclegan::Evaluation evaluation(config, session.Device());
  run::RunOptions options;
  options.config = config::Dump(config);
  options.seed = static_cast<std::uint64_t>(config.seed);
  options.inputs = evaluation.InputFiles();
  run::Run& run = session.OpenRun(std::move(options));
  const nlohmann::json report = evaluation.Run(run);
  run.Finish();
  session.Print(Summary(report, run.folder() / "report.html"));
  session.PrintJson(report);
  return kExitDone;
}

}  // namespace agon::cli
