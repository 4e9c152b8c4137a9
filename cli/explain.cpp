// SPDX-License-Identifier: Apache-2.0
#include "cli/explain.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/text.h"

namespace agon::cli {
namespace {

std::vector<std::string> NamesOf(const std::vector<CommandInfo>& commands) {
  std::vector<std::string> names;
  for (const CommandInfo& command : commands) {
    if (command.name.find(' ') == std::string::npos) names.push_back(command.name);
  }
  return names;
}

const CommandInfo* Find(const std::vector<CommandInfo>& commands, std::string_view name) {
  const auto found = std::find_if(commands.begin(), commands.end(),
                                  [&](const CommandInfo& command) { return command.name == name; });
  return found == commands.end() ? nullptr : &*found;
}

std::string CheckSelfplay(const CommandLine& line) {
  const SelfplayOptions& options = line.selfplay;
  const auto missing = [&](const std::string& what) {
    return fmt::format("agon {}: {}", line.command, what);
  };
  if (options.game.empty()) return missing("the game is missing: --game NAME; agon list game");
  if (line.command == "selfplay match") {
    if (options.players.size() != 2) {
      return missing(
          fmt::format("expected two players, found {}: agon selfplay match --game {} "
                      "mcts:sims=1000 random",
                      options.players.size(), options.game));
    }
    return {};
  }
  if (options.players.empty()) return missing("the player is missing: --player mcts:sims=1000");
  if (line.command != "selfplay evaluate") return {};
  if (options.positions.empty() == options.record.empty()) {
    return missing(options.record.empty()
                       ? "say what to evaluate: --positions FILE or --record FILE"
                       : "--positions and --record exclude one another");
  }
  return {};
}

std::string CheckCyclegan(const CommandLine& line) {
  const CycleganOptions& options = line.cyclegan;
  const auto missing = [&](const std::string& what) {
    return fmt::format("agon {}: {}", line.command, what);
  };
  const bool translates = line.command == "cyclegan translate";
  if (translates && options.weights.empty()) {
    return missing("the generator is missing: --weights FILE, or --weights identity");
  }
  if (options.input.empty()) {
    return missing("the input is missing: --input FILE, a video, a picture or a folder of them");
  }
  if (options.output.empty()) {
    return missing(translates ? "the output is missing: --output FILE, as in --output zebra.mp4"
                              : "the translation is missing: --output FILE");
  }
  if (options.features.empty() != options.reference.empty()) {
    return missing("--features MODEL and --reference FOLDER need one another");
  }
  return {};
}

// The configuration file of a command that takes one; null for others.
const std::string* ConfigOf(const CommandLine& line) {
  if (line.command == "train") return &line.train.config;
  if (line.command == "attack") return &line.attack.config;
  if (line.command == "selfplay train") return &line.selfplay.config;
  if (line.command == "cyclegan train") return &line.cyclegan.config;
  return nullptr;
}

// What else a resumed run of this command would have been given; empty: nothing.
std::string GivenBesidesResume(const CommandLine& line) {
  const SelfplayOptions& selfplay = line.selfplay;
  if (line.command == "selfplay match" && (!selfplay.players.empty() || !selfplay.game.empty() ||
                                           selfplay.games || selfplay.opening_moves)) {
    return "players, --game, --games or --opening-moves";
  }
  const CycleganOptions& c = line.cyclegan;
  if (line.command != "cyclegan translate") return {};
  if (!c.weights.empty()) return "--weights";
  if (!c.input.empty()) return "--input";
  if (!c.output.empty()) return "--output";
  if (!c.direction.empty() || c.height || c.crf || c.batch || c.segment || c.steady || c.metrics ||
      c.codec || c.preset || c.precision || c.side_by_side) {
    return "an option of the translation";
  }
  return {};
}

}  // namespace

std::string Explain(std::string_view problem, const std::vector<CommandInfo>& commands,
                    const std::vector<std::string>& arguments,
                    const std::vector<std::string>& not_understood) {
  const CommandInfo* command = nullptr;
  for (const std::string& argument : arguments) {
    if (argument.starts_with("-")) continue;
    if (command == nullptr) {
      command = Find(commands, argument);
      if (command == nullptr) {
        return fmt::format("agon: unknown command \"{}\"{}; agon --help lists them", argument,
                           DidYouMean(argument, NamesOf(commands)));
      }
      if (command->is_group) continue;
      break;
    }
    const CommandInfo* const member = Find(commands, command->name + " " + argument);
    if (member == nullptr) {
      return fmt::format("agon {0}: unknown command \"{1}\"{2}; agon {0} --help lists them",
                         command->name, argument, DidYouMean(argument, command->argument_choices));
    }
    command = member;
    break;
  }
  if (command != nullptr && command->is_group && not_understood.empty()) {
    return fmt::format("agon {}: a command is missing: {}", command->name,
                       Join(command->argument_choices, ", "));
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
  std::string message(problem);
  std::replace(message.begin(), message.end(), '\n', ' ');
  while (message.ends_with(' ')) message.pop_back();
  return fmt::format("{}: {}; see {} --help", where, message, where);
}

std::string CheckCombination(const CommandLine& line) {
  const CommonOptions& common = line.common;
  const std::string* const config = ConfigOf(line);
  if (config != nullptr && config->empty() && common.resume.empty()) {
    return fmt::format(
        "agon {0}: a configuration file is missing: agon {0} CONFIG, or agon {0} "
        "--resume RUN",
        line.command);
  }
  if (!common.resume.empty()) {
    const auto refuse = [&](const std::string& what) {
      return fmt::format(
          "agon {}: {} cannot be used with --resume, which continues {} as it was "
          "configured",
          line.command, what, common.resume);
    };
    if (config != nullptr && !config->empty()) return refuse("a configuration file");
    if (!common.sets.empty()) return refuse("--set");
    if (common.seed) return refuse("--seed");
    if (!common.run.empty()) return refuse("--run");
    if (const std::string given = GivenBesidesResume(line); !given.empty()) return refuse(given);
  } else if (line.command.starts_with("selfplay ") && config == nullptr) {
    if (std::string problem = CheckSelfplay(line); !problem.empty()) return problem;
  } else if (line.command == "cyclegan translate" || line.command == "cyclegan evaluate") {
    if (std::string problem = CheckCyclegan(line); !problem.empty()) return problem;
  }
  if (line.command == "check" && line.check.config.empty() && !line.check.schema) {
    return "agon check: a configuration file is missing: agon check CONFIG, or agon check --schema";
  }
  return {};
}

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

}  // namespace agon::cli
