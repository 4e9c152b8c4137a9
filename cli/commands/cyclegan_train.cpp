// SPDX-License-Identifier: Apache-2.0
// `agon cyclegan train`: reads, checks, opens the run, and lets cyclegan/learn/trainer.h do the
// work.
#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/commands/cyclegan.h"
#include "cyclegan/learn/report.h"
#include "runtime/base/text.h"

namespace agon::cli {

using cyclegan::CycleganConfig;
using cyclegan::CycleganResult;

std::string CycleganSummary(const CycleganResult& result) {
  std::string text =
      fmt::format("{}: {} of {} iterations in {}{}\n", result.domains, result.state.step,
                  result.iterations, FormatDuration(result.state.seconds),
                  result.state.ended == "time" ? ", ended by max_minutes" : "");
  if (result.state.collapse) text += "noted: " + result.state.collapse->message + "\n";
  if (!result.state.judged.empty()) {
    const cyclegan::TruthVerdict& verdict = result.state.judged.back().verdict;
    for (const auto& line : verdict.Lines()) {
      text += fmt::format("{:>8}  {} ({}{})\n", line.value, line.name, line.limit,
                          line.met ? "" : ": missed");
    }
  }
  return text +
         fmt::format("weights: {}\nreport: {}\n", result.weights.string(), result.report.string());
}

config::Value ResolveCycleganConfig(const config::Value& value) {
  return config::Dump(cyclegan::ReadCycleganConfig(value));
}

std::vector<config::FieldInfo> CycleganConfigFields() {
  return config::Fields<CycleganConfig>::Get().Infos();
}

int RunCycleganTrain(const CommandLine& line, Session& session) {
  const config::Value raw = session.LoadConfig(line.cyclegan.config);
  const CycleganConfig config = cyclegan::ReadCycleganConfig(raw);
  const DevicePolicy& device = session.Device();
  const auto seed = static_cast<std::uint64_t>(config.seed);
  const cyclegan::DomainPair domains = config.domains->Load(config.pictures, seed);
  cyclegan::CheckBeforeCyclegan(config, domains);

  run::RunOptions options;
  options.config = config::Dump(config);
  options.seed = seed;
  options.inputs = domains.files;
  if (!config.weights.empty()) options.inputs.push_back(config.weights);
  for (const std::string& note : domains.notes) options.notes.push_back(note);
  run::Run& run = session.OpenRun(std::move(options));

  const CycleganResult result =
      cyclegan::TrainCyclegan(config, domains, run, device, {.resume = session.resuming()});
  run.Finish();
  session.Print(CycleganSummary(result));
  session.PrintJson(cyclegan::CycleganReportJson(result));
  return kExitDone;
}

}  // namespace agon::cli
