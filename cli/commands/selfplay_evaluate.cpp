// SPDX-License-Identifier: Apache-2.0
// `agon selfplay evaluate`: a player's moves against the truth, or a game looked through move by
// move.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/commands/selfplay.h"
#include "runtime/base/error.h"
#include "runtime/base/text.h"
#include "selfplay/play/analyse_record.h"
#include "selfplay/play/evaluate.h"
#include "selfplay/play/vertex.h"

namespace agon::cli {
namespace {

using selfplay::MoveErrors;
using selfplay::PositionSet;

struct EvaluateConfig {
  std::int64_t seed = 0;
  std::vector<Path> plugins;
  Component<selfplay::AnyGame> game;
  std::string player;
  std::vector<std::string> positions;
  std::int64_t count = 0;
  std::string record;

  static void Describe(config::Fields<EvaluateConfig>& f) {
    using C = EvaluateConfig;
    f.Field(&C::seed, "seed", "of the player").Min(0);
    f.Field(&C::plugins, "plugins", "libraries with further games");
    f.Field(&C::game, "game", "what is played").Required();
    f.Field(&C::player, "player", "a PLAYER").Required();
    f.Field(&C::positions, "positions",
            "files of positions with exact scores, reachable or solved");
    f.Field(&C::count, "count", "positions of each file, evenly spread; 0: all").Min(0);
    f.Field(&C::record, "record", "a game to analyse instead");
  }
};

EvaluateConfig ReadEvaluateConfig(const CommandLine& line, Session& session) {
  const SelfplayOptions& options = line.selfplay;
  config::Value root = GameRoot(options);
  root.Set("player", config::Value::Scalar(options.players.front(), true));
  config::Value positions = config::Value::Sequence();
  for (const std::string& file : options.positions) {
    positions.items().push_back(config::Value::Scalar(file, true));
  }
  root.Set("positions", std::move(positions));
  if (options.count) root.Set("count", config::Value::Scalar(std::to_string(*options.count)));
  if (!options.record.empty()) root.Set("record", config::Value::Scalar(options.record, true));
  return ReadConfig<EvaluateConfig>(session.CompleteConfig(std::move(root)));
}

run::RunOptions OptionsOf(const EvaluateConfig& config, const selfplay::PlayerSource& players) {
  run::RunOptions options;
  options.config = config::Dump(config);
  options.seed = static_cast<std::uint64_t>(config.seed);
  options.inputs = players.Files();
  for (const std::string& file : config.positions) {
    if (selfplay::NamesPositionFile(file)) options.inputs.emplace_back(file);
  }
  if (!config.record.empty()) options.inputs.emplace_back(config.record);
  return options;
}

nlohmann::json ReportHead(const EvaluateConfig& config, const selfplay::PlayerSource& players) {
  return {{"format", 1},
          {"command", "selfplay evaluate"},
          {"game", selfplay::GameText(config.game)},
          {"player", players.name()}};
}

std::vector<std::string> RowOf(const std::string& name, const MoveErrors& errors) {
  return {name, std::to_string(errors.positions), fmt::format("{:.2f} %", 100 * errors.error_rate),
          fmt::format("{:.2f} %", 100 * errors.error_rate_decidable),
          errors.mean_score_loss ? fmt::format("{:.3f}", *errors.mean_score_loss) : "unknown"};
}

// A line for every position: what was chosen and what it was worth.
void AddRows(const PositionSet& set, const std::vector<selfplay::Move>& chosen, std::string& csv) {
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const selfplay::GameState& state = set.states[i];
    std::string moves;
    for (const selfplay::Move move : state.moves()) {
      moves += (moves.empty() ? "" : " ") + state.game().MoveText(move);
    }
    int best = -1;
    const selfplay::ScoredMove* played = nullptr;
    for (const selfplay::ScoredMove& move : set.moves[i]) {
      best = std::max(best, move.outcome);
      if (move.move == chosen[i]) played = &move;
    }
    csv += fmt::format("{},{},{},{},{}\n", set.name, moves,
                       played != nullptr ? state.game().MoveText(chosen[i]) : "none", best,
                       played != nullptr ? std::to_string(played->outcome) : "");
  }
}

int EvaluatePositions(const EvaluateConfig& config, Session& session) {
  std::vector<PositionSet> sets;
  for (const std::string& file : config.positions) {
    sets.push_back(selfplay::PositionsOf(file, config.game, config.count));
  }
  const DevicePolicy& device = session.Device();
  const auto players = selfplay::MakePlayerSource(config.player, config.game,
                                                  {.device = &device, .threads = device.threads});
  run::Run& run = session.OpenRun(OptionsOf(config, *players));
  nlohmann::json list = nlohmann::json::array();
  std::vector<std::vector<std::string>> rows{
      {"positions", "number", "error", "of the decidable", "mean score loss"}};
  std::string csv = "set,moves,chosen,best_outcome,chosen_outcome\n";
  MoveErrors total;
  for (const PositionSet& set : sets) {
    const std::vector<selfplay::Move> chosen = selfplay::ChooseMoves(
        set, *players, static_cast<std::uint64_t>(config.seed), device.threads);
    const MoveErrors errors = selfplay::CountErrors(set, chosen);
    total.Add(errors);
    AddRows(set, chosen, csv);
    rows.push_back(RowOf(set.name, errors));
    list.push_back(errors.ToJson());
    list.back()["name"] = set.name;
    (void)run.Tick();
  }
  if (sets.size() > 1) rows.push_back(RowOf("all", total));
  nlohmann::json report = ReportHead(config, *players);
  report.update(total.ToJson());
  report["sets"] = std::move(list);
  WriteFileAtomic(run.folder() / "moves.csv", csv);
  WriteFileAtomic(run.folder() / "report.json", report.dump(2) + "\n");
  run.Finish();
  session.Print(fmt::format("{} on {}\n", players->name(), selfplay::GameText(config.game)));
  session.Print(FormatTable(rows, {false, true, true, true, true}));
  session.PrintJson(report);
  return kExitDone;
}

std::string AnalysisTable(const selfplay::GameAnalysis& analysis) {
  std::vector<std::vector<std::string>> rows{
      {"move", "", "played", "best", "value", "loss", "expected"}};
  for (const selfplay::MoveAnalysis& move : analysis.moves) {
    rows.push_back({std::to_string(move.number), std::string(selfplay::ColourText(move.player)),
                    move.move, move.best, fmt::format("{:+.2f}", move.value),
                    move.loss > 0.005 ? fmt::format("{:.2f}", move.loss) : "", move.line});
  }
  return FormatTable(rows, {true, false, false, false, true, true, false});
}

int AnalyseGame(EvaluateConfig config, Session& session) {
  const auto record =
      selfplay::ReadGameRecord(ReadFileText(config.record, selfplay::kMaxSgfBytes), config.record);
  // Board size and komi are the record's own.
  const auto game = selfplay::GameFromText(record.game, config.record);
  if (game.name() != config.game.name()) {
    Fail(ErrorKind::kData, "{}: is a game of {}, not of {}", config.record,
         selfplay::GameText(game), selfplay::GameText(config.game));
  }
  config.game = game;
  const DevicePolicy& device = session.Device();
  const auto players = selfplay::MakePlayerSource(config.player, game, {.device = &device});
  selfplay::GameState check(game);
  selfplay::Replay(record, check, config.record);
  run::Run& run = session.OpenRun(OptionsOf(config, *players));
  const auto player = players->Make(static_cast<std::uint64_t>(config.seed));
  const auto analysis = selfplay::AnalyseRecord(record, game, *player, config.record);
  nlohmann::json report = ReportHead(config, *players);
  report.update(analysis.ToJson());
  WriteFileAtomic(run.folder() / "report.json", report.dump(2) + "\n");
  run.Finish();
  session.Print(AnalysisTable(analysis));
  session.Print(fmt::format("mean loss: {:.3f} (first player), {:.3f} (second)\n",
                            analysis.mean_loss[0], analysis.mean_loss[1]));
  session.PrintJson(report);
  return kExitDone;
}

}  // namespace

int RunSelfplayEvaluate(const CommandLine& line, Session& session) {
  EvaluateConfig config = ReadEvaluateConfig(line, session);
  return config.record.empty() ? EvaluatePositions(config, session)
                               : AnalyseGame(std::move(config), session);
}

}  // namespace agon::cli
