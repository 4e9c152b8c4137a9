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
#include "runtime/base/text.h"
#include "runtime/base/version.h"

namespace agon::cli {
namespace {

constexpr int kUsageError = 2;
constexpr const char* kPathType = "PATH";  // options whose value is a file or folder

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
    AddInspection();
    app_.footer(kFooter);  // after the commands, which would inherit it
  }

  [[nodiscard]] CLI::App& app() { return app_; }
  [[nodiscard]] CommandLine& line() { return line_; }
  [[nodiscard]] const std::string& shell() const { return shell_; }

  [[nodiscard]] std::vector<CommandInfo> Commands();

 private:
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
  // Options of every command that runs.
  void AddCommon(CLI::App& command) {
    AddSet(command);
    AddDevice(command);
    command
        .add_option("--run", line_.common.run,
                    "folder of the run; without it runs/<date-time>-<command>")
        ->type_name(kPathType);
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
        ->type_name("attack|train")
        ->check(CLI::IsMember({"attack", "train"}).description(""));
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

std::vector<CommandInfo> Parser::Commands() {
  std::vector<CommandInfo> commands;
  for (CLI::App* const command : app_.get_subcommands([](CLI::App*) { return true; })) {
    CommandInfo info;
    info.name = command->get_name();
    info.help = command->get_description();
    for (const CLI::Option* const option : command->get_options()) {
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
      if (entry.names.front() == "--kind") entry.choices = {"attack", "train"};
      info.options.push_back(std::move(entry));
    }
    if (info.name == "completion") info.argument_choices = kShells;
    commands.push_back(std::move(info));
  }
  return commands;
}

std::vector<std::string> NamesOf(const std::vector<CommandInfo>& commands) {
  std::vector<std::string> names;
  for (const CommandInfo& command : commands) names.push_back(command.name);
  return names;
}

const CommandInfo* Find(const std::vector<CommandInfo>& commands, std::string_view name) {
  const auto found = std::find_if(commands.begin(), commands.end(),
                                  [&](const CommandInfo& command) { return command.name == name; });
  return found == commands.end() ? nullptr : &*found;
}

int FailUsage(const std::string& message) {
  fmt::print(stderr, "{}\n", message);
  return kUsageError;
}

// CLI11's own messages do not know what was nearly right.
std::string Explain(const CLI::ParseError& error, const std::vector<CommandInfo>& commands,
                    const std::vector<std::string>& arguments,
                    const std::vector<std::string>& not_understood) {
  const CommandInfo* command = nullptr;
  for (const std::string& argument : arguments) {
    if (argument.starts_with("-")) continue;
    command = Find(commands, argument);
    if (command == nullptr) {
      return fmt::format("agon: unknown command \"{}\"{}; agon --help lists them", argument,
                         DidYouMean(argument, NamesOf(commands)));
    }
    break;
  }
  if (command == nullptr && not_understood.empty()) {
    return "agon: a command is missing; agon --help lists them";
  }
  const std::string where = command == nullptr ? "agon" : "agon " + command->name;
  if (!not_understood.empty()) {
    const std::string word = Split(not_understood.front(), '=').front();
    if (!word.starts_with("-")) {
      return fmt::format("{}: unexpected argument \"{}\"; see {} --help", where, word, where);
    }
    std::vector<std::string> options{"--help", "--version"};
    if (command != nullptr) {
      options.clear();
      for (const OptionInfo& option : command->options) {
        options.insert(options.end(), option.names.begin(), option.names.end());
      }
    }
    return fmt::format("{}: unknown option \"{}\"{}; see {} --help", where, word,
                       DidYouMean(word, options), where);
  }
  std::string message = error.what();
  std::replace(message.begin(), message.end(), '\n', ' ');
  while (message.ends_with(' ')) message.pop_back();
  return fmt::format("{}: {}; see {} --help", where, message, where);
}

// What CLI11 cannot say: options that exclude or need one another. Empty when all is well.
std::string CheckCombination(const CommandLine& line) {
  const CommonOptions& common = line.common;
  const bool has_config = line.command == "train" || line.command == "attack";
  const std::string& config = line.command == "train" ? line.train.config : line.attack.config;
  if (has_config && config.empty() && common.resume.empty()) {
    return fmt::format(
        "agon {0}: a configuration file is missing: agon {0} CONFIG, or agon {0} "
        "--resume RUN",
        line.command);
  }
  if (!common.resume.empty()) {
    const auto refuse = [&](const char* what) {
      return fmt::format(
          "agon {}: {} cannot be used with --resume, which continues {} as it was "
          "configured",
          line.command, what, common.resume);
    };
    if (has_config && !config.empty()) return refuse("a configuration file");
    if (!common.sets.empty()) return refuse("--set");
    if (common.seed) return refuse("--seed");
    if (!common.run.empty()) return refuse("--run");
  }
  if (line.command == "check" && line.check.config.empty() && !line.check.schema) {
    return "agon check: a configuration file is missing: agon check CONFIG, or agon check --schema";
  }
  return {};
}

// As it could be typed again.
std::string AsTyped(const std::vector<std::string>& arguments) {
  std::string typed = "agon";
  for (const std::string& argument : arguments) {
    const bool plain = !argument.empty() &&
                       argument.find_first_of(" \t\n'\"\\$`*?[]{}()<>|&;#~") == std::string::npos;
    std::string quoted = "'";
    for (const char c : argument) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    typed += " " + (plain ? argument : quoted + "'");
  }
  return typed;
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
    exit_code =
        FailUsage(Explain(error, parser->Commands(), arguments, app.remaining(/*recurse=*/true)));
    return std::nullopt;
  }

  CommandLine& line = parser->line();
  line.command = app.get_subcommands().front()->get_name();
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
