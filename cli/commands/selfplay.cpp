// SPDX-License-Identifier: Apache-2.0
// `agon selfplay train`: reads, checks, opens the run, and lets selfplay/learn/trainer.h do the
// work.
#include "cli/commands/selfplay.h"

#include <fmt/format.h>

#include <filesystem>

#include "cli/commands/commands.h"
#include "runtime/base/text.h"
#include "selfplay/learn/trainer.h"

namespace agon::cli {
namespace {

using selfplay::SelfplayConfig;
using selfplay::SelfplayResult;

std::string Summary(const SelfplayResult& result) {
  const selfplay::GameCounts& played = result.state.games;
  std::string text = fmt::format("{}: {} games, {} moves, {} generations in {}; {}\n", result.game,
                                 played.games, played.moves, result.state.generations.size(),
                                 FormatDuration(result.state.seconds), result.network);
  if (!result.state.evaluated.empty()) {
    const selfplay::EvaluationRow& last = result.state.evaluated.back();
    for (const selfplay::OracleRow& row : last.oracle) {
      text += fmt::format("{}: error {:.2f} % with {} simulations, {:.2f} % of the bare network\n",
                          row.file, 100 * row.error, last.simulations, 100 * row.raw_error);
    }
    for (const selfplay::OpponentRow& row : last.opponents) {
      text += fmt::format("against {}: {} won, {} drawn, {} lost\n", row.player, row.wins,
                          row.draws, row.losses);
    }
  }
  return text +
         fmt::format("weights: {}\nreport: {}\n", result.weights.string(), result.report.string());
}

}  // namespace

config::Value GameRoot(const SelfplayOptions& options) {
  config::Problems problems;
  config::Value game =
      config::ParseYaml(options.game, "--game", std::filesystem::current_path(), problems);
  problems.ThrowIfAny();
  if (game.IsScalar()) {
    config::Value mapping = config::Value::Mapping();
    mapping.location = game.location;
    mapping.Set("name", game);
    game = std::move(mapping);
  }
  config::Value root = config::Value::Mapping();
  root.Set("game", std::move(game));
  return root;
}

config::Value ResolveSelfplayConfig(const config::Value& value) {
  return config::Dump(selfplay::ReadSelfplayConfig(value));
}

std::vector<config::FieldInfo> SelfplayConfigFields() {
  return config::Fields<SelfplayConfig>::Get().Infos();
}

int RunSelfplayTrain(const CommandLine& line, Session& session) {
  const config::Value raw = session.LoadConfig(line.selfplay.config);
  const SelfplayConfig config = selfplay::ReadSelfplayConfig(raw);
  const DevicePolicy& device = session.Device();
  selfplay::CheckBeforeSelfplay(config);

  run::RunOptions options;
  options.config = config::Dump(config);
  options.seed = static_cast<std::uint64_t>(config.seed);
  options.inputs = config.InputFiles();
  run::Run& run = session.OpenRun(std::move(options));

  const SelfplayResult result =
      selfplay::TrainSelfplay(config, run, device, {.resume = session.resuming()});
  run.Finish();
  session.Print(Summary(result));
  session.PrintJson(selfplay::SelfplayReportJson(result));
  return kExitDone;
}

}  // namespace agon::cli
