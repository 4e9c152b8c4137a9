// SPDX-License-Identifier: Apache-2.0
// The only file that knows CLI11 (5 seconds of compile time).
#include "cli/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <memory>

#include "cli/completion.h"
#include "cli/explain.h"
#include "runtime/base/text.h"
#include "runtime/base/version.h"

namespace agon::cli {
namespace {

constexpr int kUsageError = 2;
constexpr const char* kPathType = "PATH";  // options whose value is a file or folder
const std::vector<std::string> kConfigKinds{"attack", "train", "selfplay"};

constexpr const char* kFooter =
    "\nagon COMMAND --help shows a command's options.\n"
    "Exit codes: 0 done, 1 a fault during work (the run can be resumed), 2 wrong usage or input,\n"
    "3 a `require` of the configuration was not met, 130 interrupted, 143 terminated.";

class Parser {
 public:
  Parser() : app_("Agon: attacks, defences and robustness reports for neural networks", "agon") {
    app_.set_version_flag("--version", "agon " AGON_VERSION);
    app_.require_subcommand(1);
    app_.get_formatter()->column_width(28);
    app_.get_formatter()->label("SUBCOMMAND", "COMMAND");
    AddWork();
    AddSelfplay();
    AddInspection();
    app_.footer(kFooter);  // after the commands, which would inherit it
  }

  [[nodiscard]] CLI::App& app() { return app_; }
  [[nodiscard]] CommandLine& line() { return line_; }
  [[nodiscard]] const std::string& shell() const { return shell_; }

  [[nodiscard]] std::vector<CommandInfo> Commands();

 private:
  [[nodiscard]] static CommandInfo InfoOf(const CLI::App& command);
  CLI::App& Command(const std::string& name, const std::string& help) {
    CLI::App& command = *app_.add_subcommand(name, help)->group("Commands");
    command.get_formatter()->column_width(34);
    return command;
  }

  void AddJson(CLI::App& command, const std::string& help) {
    command.add_flag("--json", line_.common.json, help);
  }
  void AddQuiet(CLI::App& command) {
    command.add_flag("--quiet", line_.common.quiet, "no progress and no messages but warnings");
  }
  void AddPlugin(CLI::App& command) {
    command.add_option("--plugin", line_.common.plugins, "load a plug-in library; may be repeated")
        ->type_name(kPathType)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->allow_extra_args(false);
  }
  void AddSet(CLI::App& command) {
    command
        .add_option("--set", line_.common.sets,
                    "override a key of the configuration, as in --set threat.epsilon=8/255; may "
                    "be repeated")
        ->type_name("KEY=VALUE")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->allow_extra_args(false);
    command.add_option("--seed", line_.common.seed, "seed of all random numbers")
        ->type_name("N")
        ->take_last()
        ->check(
            CLI::Range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max()).description(""));
  }
  void AddDevice(CLI::App& command) {
    command.add_option("--device", line_.common.device, "auto, cpu, cuda or cuda:N")
        ->type_name("DEVICE")
        ->take_last();
    command.add_option("--threads", line_.common.threads, "CPU threads; 0: as many as there are")
        ->type_name("N")
        ->take_last()
        ->check(CLI::Range(0, 4096).description(""));
  }
  void AddRun(CLI::App& command) {
    command
        .add_option("--run", line_.common.run,
                    "folder of the run; without it runs/<date-time>-<command>")
        ->type_name(kPathType);
  }
  // Options of every command that runs.
  void AddCommon(CLI::App& command) {
    AddSet(command);
    AddDevice(command);
    AddRun(command);
    command.add_option("--resume", line_.common.resume, "continue this run where it stopped")
        ->type_name(kPathType);
    AddJson(command, "print the result as JSON on standard output");
    AddQuiet(command);
    AddPlugin(command);
    command.add_flag("--trust-model", line_.common.trust_model,
                     "load TorchScript files, which are programs");
  }
  void AddConfig(CLI::App& command, std::string& config) {
    command.add_option("config", config, "configuration file (YAML)")->type_name(kPathType);
    AddCommon(command);
  }

  void AddWork() {
    AddConfig(Command("train", "train a network, with or without a defence"), line_.train.config);
    AddConfig(Command("attack", "attack a model and write a robustness report"),
              line_.attack.config);
    CLI::App& demo = Command("demo", "train two networks on real data, attack both, open a report");
    AddCommon(demo);
  }

  CLI::App& SelfplayCommand(CLI::App& group, const std::string& name, const std::string& help) {
    CLI::App& command = *group.add_subcommand(name, help)->group("Commands");
    command.get_formatter()->column_width(34);
    return command;
  }
  void AddGame(CLI::App& command) {
    command
        .add_option("--game", line_.selfplay.game,
                    "the game: a name (agon list game), or with settings \"{name: go, size: 9}\"")
        ->type_name("GAME")
        ->take_last();
  }
  void AddPlayer(CLI::App& command, const std::string& help) {
    command
        .add_option("--player", line_.selfplay.players,
                    help +
                        "; as in net:weights=FILE,sims=400, mcts:sims=1000, minimax:depth=5, "
                        "perfect, random, gtp:cmd=COMMAND")
        ->type_name("PLAYER")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
        ->allow_extra_args(false);
  }

  void AddSelfplay() {
    CLI::App& group = Command("selfplay", "train an agent by self-play, measure it, play with it");
    group.require_subcommand(1);
    group.get_formatter()->label("SUBCOMMAND", "COMMAND");
    SelfplayOptions& options = line_.selfplay;

    AddConfig(SelfplayCommand(group, "train", "learn a game from nothing"), options.config);

    CLI::App& match = SelfplayCommand(group, "match", "play two players against one another");
    match.add_option("players", options.players, "two players, as in net:weights=FILE,sims=400")
        ->type_name("PLAYER")
        ->expected(0, 2);
    AddGame(match);
    match.add_option("--games", options.games, "number of games; default 100")
        ->type_name("N")
        ->take_last();
    match
        .add_option("--opening-moves", options.opening_moves,
                    "random moves before both games of a pair; default: as few as give different "
                    "games")
        ->type_name("N")
        ->take_last();
    AddCommon(match);

    CLI::App& evaluate = SelfplayCommand(
        group, "evaluate", "compare a player's moves with the truth, or look through a game");
    AddGame(evaluate);
    evaluate
        .add_option("--positions", options.positions,
                    "file of positions with exact scores, `reachable` for all of a small game, or "
                    "`solved` for random ones solved now; may be repeated")
        ->type_name(kPathType)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->allow_extra_args(false);
    evaluate
        .add_option("--count", options.count, "only so many positions of each file, evenly spread")
        ->type_name("N")
        ->take_last();
    evaluate
        .add_option("--record", options.record,
                    "a game (SGF or list of moves) to analyse move by move instead")
        ->type_name(kPathType)
        ->take_last();
    AddPlayer(evaluate, "who chooses the moves");
    AddSet(evaluate);
    AddDevice(evaluate);
    AddRun(evaluate);
    AddJson(evaluate, "print the result as JSON on standard output");
    AddQuiet(evaluate);
    AddPlugin(evaluate);

    CLI::App& gtp = SelfplayCommand(group, "gtp", "serve a player by GTP (GoGui, Sabaki, twogtp)");
    AddInteractive(gtp, "who is served");
    CLI::App& play = SelfplayCommand(group, "play", "play against a player in the terminal");
    AddInteractive(play, "whom you play against");
    play.add_option("--colour", options.colour, "yours: first or second to move; default first")
        ->type_name("first|second")
        ->take_last()
        ->check(CLI::IsMember({"first", "second"}).description(""));
  }
  void AddInteractive(CLI::App& command, const std::string& who) {
    AddGame(command);
    AddPlayer(command, who);
    AddSet(command);
    AddDevice(command);
    AddQuiet(command);
    AddPlugin(command);
  }

  void AddInspection() {
    CLI::App& list = Command("list", "list attacks, models, datasets and other components");
    list.add_option("kind", line_.list.kind, "only this kind: attack, model, dataset, ...")
        ->type_name("KIND");
    AddJson(list, "print as JSON");
    AddPlugin(list);

    CLI::App& describe = Command("describe", "describe one component and its settings");
    describe.add_option("name", line_.describe.name, "its name, as in pgd or attack/pgd")
        ->type_name("NAME")
        ->required();
    AddJson(describe, "print as JSON, with the JSON schema of its settings");
    AddPlugin(describe);

    CLI::App& check = Command("check", "check a configuration without running it");
    check.add_option("config", line_.check.config, "configuration file (YAML)")
        ->type_name(kPathType);
    check.add_flag("--resolved", line_.check.resolved, "print it with every default written out");
    check.add_flag("--schema", line_.check.schema, "print the JSON schema of such configurations");
    check
        .add_option("--kind", line_.check.kind,
                    "what it is for; without it the file's own keys decide")
        ->type_name("attack|train|selfplay")
        ->check(CLI::IsMember(kConfigKinds).description(""));
    AddSet(check);
    AddPlugin(check);

    CLI::App& doctor =
        Command("doctor", "show what was found on this machine, and what is missing");
    AddDevice(doctor);
    AddJson(doctor, "print as JSON");

    CLI::App& report = Command("report", "compare runs of `agon attack` on one page");
    report.add_option("runs", line_.report.runs, "folders of runs")
        ->type_name(kPathType)
        ->required();
    report.add_option("-o,--output", line_.report.output, "page to write; default report.html")
        ->type_name(kPathType);
    AddJson(report, "print the compared results as JSON");

    CLI::App& bench = Command("bench", "measure speed and memory against bare LibTorch");
    bench.add_option("name", line_.bench.name, "which benchmark; without it: list them")
        ->type_name("NAME");
    bench
        .add_option("--pairs", line_.bench.pairs,
                    "interleaved pairs that a ratio is the median of; default 9")
        ->type_name("N")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{1000}).description(""));
    AddDevice(bench);
    AddJson(bench, "print as JSON");
    AddQuiet(bench);

    CLI::App& completion = Command("completion", "print a completion script for a shell");
    completion.add_option("shell", shell_, "bash, zsh or fish")
        ->type_name("SHELL")
        ->required()
        ->check(CLI::IsMember(kShells).description(""));
  }

  CLI::App app_;
  CommandLine line_;
  std::string shell_;
};

CommandInfo Parser::InfoOf(const CLI::App& command) {
  CommandInfo info;
  info.name = command.get_name();
  info.help = command.get_description();
  for (const CLI::Option* const option : command.get_options()) {
    const bool is_path = option->get_type_name().find(kPathType) != std::string::npos;
    if (option->get_positional()) {
      info.takes_paths = info.takes_paths || is_path;
      continue;
    }
    OptionInfo entry;
    entry.help = option->get_description();
    entry.takes_value = option->get_items_expected_max() > 0;
    entry.value_is_path = is_path;
    for (const std::string& name : option->get_lnames()) entry.names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) entry.names.push_back("-" + name);
    if (entry.names.front() == "--device") entry.choices = {"auto", "cpu", "cuda"};
    if (entry.names.front() == "--kind") entry.choices = kConfigKinds;
    if (entry.names.front() == "--colour") entry.choices = {"first", "second"};
    info.options.push_back(std::move(entry));
  }
  if (info.name == "completion") info.argument_choices = kShells;
  return info;
}

// A command of a group has both names: "selfplay match".
std::vector<CommandInfo> Parser::Commands() {
  const auto all = [](CLI::App*) { return true; };
  std::vector<CommandInfo> commands;
  for (CLI::App* const command : app_.get_subcommands(all)) {
    CommandInfo group = InfoOf(*command);
    std::vector<CommandInfo> members;
    for (CLI::App* const member : command->get_subcommands(all)) {
      group.argument_choices.push_back(member->get_name());
      members.push_back(InfoOf(*member));
      members.back().name = group.name + " " + members.back().name;
    }
    group.is_group = !members.empty();
    commands.push_back(std::move(group));
    for (CommandInfo& member : members) commands.push_back(std::move(member));
  }
  return commands;
}

int FailUsage(const std::string& message) {
  fmt::print(stderr, "{}\n", message);
  return kUsageError;
}

}  // namespace

std::optional<CommandLine> ParseCommandLine(int argc, char** argv, int& exit_code) {
  exit_code = 0;
  const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  const auto parser = std::make_unique<Parser>();
  CLI::App& app = parser->app();
  if (arguments.empty()) {
    fmt::print(stderr, "{}", app.help());
    exit_code = kUsageError;
    return std::nullopt;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& done) {  // help or version, on stdout
    app.exit(done);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    exit_code = FailUsage(
        Explain(error.what(), parser->Commands(), arguments, app.remaining(/*recurse=*/true)));
    return std::nullopt;
  }

  CommandLine& line = parser->line();
  const CLI::App& chosen = *app.get_subcommands().front();
  line.command = chosen.get_name();
  if (!chosen.get_subcommands().empty()) {
    line.command += " " + chosen.get_subcommands().front()->get_name();
  }
  if (line.command == "completion") {
    fmt::print("{}", CompletionScript(parser->shell(), parser->Commands()));
    return std::nullopt;
  }
  if (const std::string problem = CheckCombination(line); !problem.empty()) {
    exit_code = FailUsage(problem);
    return std::nullopt;
  }
  std::error_code ignored;
  line.program = std::filesystem::read_symlink("/proc/self/exe", ignored).string();
  line.arguments = AsTyped(arguments);
  return line;
}

}  // namespace agon::cli
