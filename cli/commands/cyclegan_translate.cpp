// SPDX-License-Identifier: Apache-2.0
// `agon cyclegan translate`: its options become a configuration; cyclegan/translate/translation.h
// does the work.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cyclegan/translate/translation.h"
#include "runtime/base/text.h"

namespace agon::cli {
namespace {

using cyclegan::TranslateConfig;
using cyclegan::TranslateResult;

std::string Absolute(const std::string& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

config::Value RootOf(const CycleganOptions& options) {
  config::Value root = config::Value::Mapping();
  const auto set = [&](const char* key, const std::string& text) {
    root.Set(key, config::ToValue(text));
  };
  const auto number = [&](const char* key, const std::optional<std::int64_t>& value) {
    if (value) root.Set(key, config::ToValue(*value));
  };
  const auto word = [&](const char* key, const std::optional<std::string>& value) {
    if (value) root.Set(key, config::ToValue(*value));
  };
  set("weights",
      options.weights == cyclegan::kIdentity ? options.weights : Absolute(options.weights));
  if (!options.direction.empty()) set("direction", options.direction);
  set("input", Absolute(options.input));
  set("output", Absolute(options.output));
  number("height", options.height);
  word("steady", options.steady);
  if (options.side_by_side) root.Set("side_by_side", config::ToValue(true));
  word("metrics", options.metrics);
  word("codec", options.codec);
  number("crf", options.crf);
  word("preset", options.preset);
  number("batch", options.batch);
  number("segment", options.segment);
  word("precision", options.precision);
  return root;
}

std::string Summary(const TranslateResult& result) {
  const nlohmann::json& report = result.report;
  const auto damaged = report.at("damaged").get<std::int64_t>();
  std::string text = fmt::format(
      "{} frames in {}, {:.2f} a second{}\n", report.at("frames").get<std::int64_t>(),
      FormatDuration(report.at("seconds")), report.at("frames_per_second").get<double>(),
      damaged > 0 ? fmt::format("; damaged: {}", damaged) : "");
  const nlohmann::json& metrics = report.at("metrics");
  if (!metrics.is_null() && metrics.at("pairs").get<std::int64_t>() > 0) {
    text += fmt::format(
        "warping error {:.3g}, of the input {:.3g}; flicker {:.3g}, {:.3g}\n",
        metrics.at("warp_output").get<double>(), metrics.at("warp_input").get<double>(),
        metrics.at("flicker_output").get<double>(), metrics.at("flicker_input").get<double>());
  }
  if (report.at("steady") != "off") {
    text += fmt::format("steady {}: {:.1f} ms a frame\n", report.at("steady").get<std::string>(),
                        report.at("steady_ms_per_frame").get<double>());
  }
  for (const nlohmann::json& stream : report.at("streams")) {
    if (stream.at("kept").get<bool>()) continue;
    text +=
        fmt::format("left out: {} {}: {}\n", stream.at("kind").get<std::string>(),
                    stream.at("codec").get<std::string>(), stream.at("reason").get<std::string>());
  }
  for (const nlohmann::json& note : report.at("notes")) {
    text += fmt::format("noted: {}\n", note.get<std::string>());
  }
  return text +
         fmt::format("output: {}\nreport: {}\n", result.output.string(), result.page.string());
}

}  // namespace

int RunCycleganTranslate(const CommandLine& line, Session& session) {
  const config::Value raw =
      session.resuming() ? session.LoadConfig({}) : session.CompleteConfig(RootOf(line.cyclegan));
  const auto config = ReadConfig<TranslateConfig>(raw);
  cyclegan::Translation translation(config, session.Device());
  run::RunOptions options;
  options.config = config::Dump(translation.config());
  options.seed = static_cast<std::uint64_t>(config.seed);
  options.inputs = translation.InputFiles();
  run::Run& run = session.OpenRun(std::move(options));
  const TranslateResult result = translation.Run(run, {.folder = {}, .resume = session.resuming()});
  run.Finish();
  session.Print(Summary(result));
  session.PrintJson(result.report);
  return kExitDone;
}

}  // namespace agon::cli
