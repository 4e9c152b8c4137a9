// SPDX-License-Identifier: Apache-2.0
// `agon selfplay match`: games between two players, their records in the run, Elo with its
// interval.
#include <fmt/format.h>

#include <atomic>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/commands/selfplay.h"
#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/base/stop.h"
#include "runtime/base/text.h"
#include "selfplay/play/match.h"
#include "selfplay/play/vertex.h"

namespace agon::cli {
namespace {

using selfplay::MatchResult;
using selfplay::PlayedGame;
using selfplay::PlayerSource;

struct MatchConfig {
  std::int64_t seed = 0;
  std::vector<Path> plugins;
  Component<selfplay::AnyGame> game;
  std::string first, second;
  std::int64_t games = 100;
  std::int64_t opening_moves = -1;

  static void Describe(config::Fields<MatchConfig>& f) {
    using C = MatchConfig;
    f.Field(&C::seed, "seed", "of openings and players").Min(0);
    f.Field(&C::plugins, "plugins", "libraries with further games");
    f.Field(&C::game, "game", "what is played").Required();
    f.Field(&C::first, "first", "a PLAYER; the result is from its view").Required();
    f.Field(&C::second, "second", "a PLAYER").Required();
    f.Field(&C::games, "games", "number of games; two for each opening").Min(1).Max(1e6);
    f.Field(&C::opening_moves, "opening_moves",
            "random moves before both games of a pair; -1: as few as give different games")
        .Min(-1)
        .Max(1000);
  }
};

MatchConfig ReadMatchConfig(const CommandLine& line, Session& session) {
  if (session.resuming()) return ReadConfig<MatchConfig>(session.LoadConfig({}));
  const SelfplayOptions& options = line.selfplay;
  config::Value root = GameRoot(options);
  const auto set = [&](const char* key, std::string value, bool quoted = false) {
    root.Set(key, config::Value::Scalar(std::move(value), quoted));
  };
  set("first", options.players.at(0), true);
  set("second", options.players.at(1), true);
  if (options.games) set("games", std::to_string(*options.games));
  if (options.opening_moves) set("opening_moves", std::to_string(*options.opening_moves));
  return ReadConfig<MatchConfig>(session.CompleteConfig(std::move(root)));
}

// The finished games of a run: RUN/games.jsonl, a line each, and their records in RUN/games.
class GameFolder {
 public:
  GameFolder(const Path& run, const Component<selfplay::AnyGame>& game)
      : folder_(run / "games"),
        list_(run / "games.jsonl"),
        extension_(selfplay::IsGo(game) ? "sgf" : "txt") {
    MakeFolder(folder_);
  }

  // A line that was cut short when the process died is a game that is played again.
  [[nodiscard]] std::vector<selfplay::GameSummary> Known() const {
    std::vector<selfplay::GameSummary> known;
    std::ifstream file(list_);
    std::string text;
    while (std::getline(file, text)) {
      if (text.empty()) continue;  // each game begins a line of its own, whatever was cut short
      try {
        known.push_back(selfplay::GameSummary::FromJson(nlohmann::json::parse(text)));
      } catch (const nlohmann::json::exception&) {
        log::Warning("{}: a damaged line: its game is played again", list_.string());
      }
    }
    return known;
  }

  void Add(const PlayedGame& game) const {
    WriteFileAtomic(folder_ / fmt::format("{:05d}.{}", game.number + 1, extension_),
                    selfplay::WriteGameRecord(game.record));
    std::ofstream file(list_, std::ios::app);
    file << "\n" << game.ToJson().dump() << "\n" << std::flush;
    if (!file) Fail(ErrorKind::kIo, "{}: cannot be written", list_.string());
  }

 private:
  Path folder_, list_;
  std::string extension_;
};

// Whole games for the viewer, move by move, from the first on; a long match has enough of them.
class MatchRecording {
 public:
  static constexpr std::int64_t kMostBoards = 5000;

  // `known` games were recorded by an earlier attempt.
  MatchRecording(record::Recorder& recorder, const Component<selfplay::AnyGame>& game,
                 const std::vector<selfplay::GameSummary>& known)
      : games_(recorder, "match/game"), game_(selfplay::GameText(game)) {
    for (const selfplay::GameSummary& one : known) boards_ += one.moves + 1;
  }

  [[nodiscard]] bool Wanted() const { return boards_ < kMostBoards; }

  void Add(const PlayedGame& game) {
    if (game.searched.empty()) return;
    const std::vector<selfplay::RecordedPosition> positions =
        selfplay::WholeGame(game.state, game.searched);
    games_.Begin({.title = fmt::format("game {}", game.number + 1),
                  .game = game_,
                  .first = game.record.first,
                  .second = game.record.second},
                 boards_);
    games_.Add(positions);
    games_.End(game.record.result, game.ending);
    boards_ += static_cast<std::int64_t>(positions.size());
  }

 private:
  selfplay::GameRecorder games_;
  std::string game_;
  std::atomic<std::int64_t> boards_{0};
};

std::string Summary(const MatchConfig& config, const MatchResult& result) {
  std::string text = fmt::format(
      "{} against {}: {} games of {}: {} won, {} drawn, {} lost\n"
      "Elo {:+.0f} (95 %: {:+.0f} to {:+.0f}), {:.1f} moves a game\n",
      config.first, config.second, result.games, config.game.name(), result.wins, result.draws,
      result.losses, result.elo.elo, result.elo.low, result.elo.high, result.mean_moves);
  if (result.distinct_games < result.games) {
    text += fmt::format(
        "{} different games: the players repeat themselves; take more "
        "--opening-moves\n",
        result.distinct_games);
  }
  if (result.forfeits + result.opponent_forfeits > 0) {
    text += fmt::format("lost by failure, not by play: {} by the first player, {} by the second\n",
                        result.forfeits, result.opponent_forfeits);
  }
  return text;
}

}  // namespace

int RunSelfplayMatch(const CommandLine& line, Session& session) {
  const MatchConfig config = ReadMatchConfig(line, session);
  const DevicePolicy& device = session.Device();
  const auto threads = static_cast<int>(std::min<std::int64_t>(device.threads, config.games));
  const selfplay::PlayerContext context{.device = &device, .threads = threads};
  const auto first = selfplay::MakePlayerSource(config.first, config.game, context);
  const auto second = selfplay::MakePlayerSource(config.second, config.game, context);
  selfplay::MatchSettings settings;
  settings.games = config.games;
  settings.opening_moves = config.opening_moves;
  settings.seed = static_cast<std::uint64_t>(config.seed);
  settings.threads = threads;
  settings.progress = true;
  settings.stop = [] { return StopSignal() != 0; };
  (void)selfplay::RandomOpenings(config.game, 1, config.opening_moves, settings.seed);

  run::RunOptions options;
  options.config = config::Dump(config);
  options.seed = settings.seed;
  for (const PlayerSource* const source : {first.get(), second.get()}) {
    for (Path& file : source->Files()) options.inputs.push_back(std::move(file));
  }
  run::Run& run = session.OpenRun(std::move(options));
  const GameFolder folder(run.folder(), config.game);
  if (session.resuming()) settings.known = folder.Known();
  double points = 0;
  for (const selfplay::GameSummary& game : settings.known) points += game.points;
  auto count = static_cast<std::int64_t>(settings.known.size());
  MatchRecording recording(run.recorder(), config.game, settings.known);
  settings.pictured = [&](std::int64_t) { return recording.Wanted(); };
  settings.finished = [&](const PlayedGame& game) {  // one at a time, from any thread
    folder.Add(game);
    recording.Add(game);
    points += game.points;
    ++count;
    run.recorder().Board("match/board", game.number, game.state.Picture());
    run.recorder().Scalar("match/score", count, points / static_cast<double>(count));
    (void)run.Tick();
  };
  const MatchResult result = selfplay::PlayMatch(*first, *second, config.game, settings);

  nlohmann::json report = result.ToJson();
  report.update({{"format", 1},
                 {"command", "selfplay match"},
                 {"game", selfplay::GameText(config.game)},
                 {"first", config.first},
                 {"second", config.second}});
  WriteFileAtomic(run.folder() / "report.json", report.dump(2) + "\n");
  run.Finish();
  session.Print(Summary(config, result));
  session.Print(fmt::format("games: {}\n", (run.folder() / "games").string()));
  session.PrintJson(report);
  return kExitDone;
}

}  // namespace agon::cli
