// SPDX-License-Identifier: Apache-2.0
#include "cli/completion.h"

#include <fmt/format.h>

#include "runtime/base/text.h"

namespace agon::cli {
namespace {

// Inside single quotes, for all three shells.
std::string Quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

// Of a group: "selfplay match".
bool IsMember(const CommandInfo& command) { return command.name.find(' ') != std::string::npos; }

std::string CommandNames(const std::vector<CommandInfo>& commands) {
  std::vector<std::string> names;
  for (const CommandInfo& command : commands) {
    if (!IsMember(command)) names.push_back(command.name);
  }
  return Join(names, " ");
}

// "selfplay|...", for a pattern; none: a word that no command is.
std::string GroupNames(const std::vector<CommandInfo>& commands) {
  std::vector<std::string> names;
  for (const CommandInfo& command : commands) {
    if (command.is_group) names.push_back(command.name);
  }
  return names.empty() ? "-" : Join(names, "|");
}

std::string Bash(const std::vector<CommandInfo>& commands) {
  std::string cases;
  for (const CommandInfo& command : commands) {
    std::vector<std::string> flags;
    std::string values;  // what may follow an option
    for (const OptionInfo& option : command.options) {
      flags.insert(flags.end(), option.names.begin(), option.names.end());
      if (!option.takes_value) continue;
      values += fmt::format("        {}) {};;\n", Join(option.names, "|"),
                            option.value_is_path ? "COMPREPLY=($(compgen -f -- \"$word\")); return"
                            : option.choices.empty()
                                ? std::string("return")
                                : fmt::format("COMPREPLY=($(compgen -W {} -- \"$word\")); return",
                                              Quoted(Join(option.choices, " "))));
    }
    const std::string arguments = command.takes_paths
                                      ? "COMPREPLY=($(compgen -f -- \"$word\"))"
                                      : fmt::format("COMPREPLY=($(compgen -W {} -- \"$word\"))",
                                                    Quoted(Join(command.argument_choices, " ")));
    cases += fmt::format(R"(    {})
      case "$previous" in
{}      esac
      if [[ $word == -* ]]; then
        COMPREPLY=($(compgen -W {} -- "$word"))
      else
        {}
      fi;;
)",
                         Quoted(command.name), values, Quoted(Join(flags, " ")), arguments);
  }
  return fmt::format(
      R"(# Completion of agon for bash: agon completion bash > ~/.local/share/bash-completion/completions/agon
_agon() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}}
  COMPREPLY=()
  if [[ $COMP_CWORD -eq 1 ]]; then
    COMPREPLY=($(compgen -W {} -- "$word"))
    return
  fi
  local command=${{COMP_WORDS[1]}}
  case "$command" in
    {})
      [[ $COMP_CWORD -gt 2 ]] && command="$command ${{COMP_WORDS[2]}}";;
  esac
  case "$command" in
{}  esac
}}
complete -o filenames -F _agon agon
)",
      Quoted(CommandNames(commands) + " --help --version"), GroupNames(commands), cases);
}

// For the texts of _arguments and _describe, where ':' and brackets mean something.
std::string ZshText(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == ':' || c == '[' || c == ']' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string Zsh(const std::vector<CommandInfo>& commands) {
  std::string names;
  std::string cases;
  for (const CommandInfo& command : commands) {
    if (!IsMember(command)) {
      names += "    " + Quoted(fmt::format("{}:{}", command.name, ZshText(command.help))) + "\n";
    }
    std::string arguments;
    for (const OptionInfo& option : command.options) {
      std::string value;
      if (option.takes_value) {
        value = option.value_is_path     ? ":file:_files"
                : option.choices.empty() ? ":value:"
                                         : fmt::format(":value:({})", Join(option.choices, " "));
      }
      for (const std::string& name : option.names) {
        arguments += fmt::format(
            " \\\n        {}", Quoted(fmt::format("*{}[{}]{}", name, ZshText(option.help), value)));
      }
    }
    if (command.takes_paths) {
      arguments += " \\\n        '*:file:_files'";
    } else if (!command.argument_choices.empty()) {
      arguments +=
          fmt::format(" \\\n        {}",
                      Quoted(fmt::format("*:value:({})", Join(command.argument_choices, " "))));
    }
    cases += fmt::format("    {})\n      _arguments{};;\n", Quoted(command.name), arguments);
  }
  return fmt::format(R"(#compdef agon
# Completion of agon for zsh: agon completion zsh > a folder of $fpath/_agon
_agon() {{
  local -a commands
  commands=(
{}  )
  if (( CURRENT == 2 )); then
    _describe 'command' commands
    return
  fi
  local command=$words[2]
  case $command in
    {})
      if (( CURRENT > 3 )); then
        command="$command $words[3]"
        shift words
        (( CURRENT-- ))
      fi;;
  esac
  shift words
  (( CURRENT-- ))
  case $command in
{}  esac
}}
compdef _agon agon
)",
                     names, GroupNames(commands), cases);
}

// When the words typed so far are this command. A group's own names are asked of once.
std::string FishCondition(const CommandInfo& command) {
  const std::string seen = "__fish_seen_subcommand_from ";
  if (command.is_group) {
    return seen + command.name + "; and not " + seen + Join(command.argument_choices, " ");
  }
  const std::vector<std::string> words = Split(command.name, ' ');
  return words.size() == 1 ? seen + words[0] : seen + words[0] + "; and " + seen + words[1];
}

std::string Fish(const std::vector<CommandInfo>& commands) {
  std::string script =
      "# Completion of agon for fish: agon completion fish > "
      "~/.config/fish/completions/agon.fish\n"
      "complete -c agon -f\n";
  for (const CommandInfo& command : commands) {
    if (!IsMember(command)) {
      script += fmt::format("complete -c agon -n __fish_use_subcommand -a {} -d {}\n", command.name,
                            Quoted(command.help));
    }
    const std::string when = Quoted(FishCondition(command));
    if (command.takes_paths) script += fmt::format("complete -c agon -n {} -F\n", when);
    if (!command.argument_choices.empty()) {
      script += fmt::format("complete -c agon -n {} -a {}\n", when,
                            Quoted(Join(command.argument_choices, " ")));
    }
    for (const OptionInfo& option : command.options) {
      std::string line = "complete -c agon -n " + when;
      for (const std::string& name : option.names) {
        line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      }
      if (option.takes_value) line += option.value_is_path ? " -r -F" : " -x";
      if (!option.choices.empty()) line += " -a " + Quoted(Join(option.choices, " "));
      script += line + " -d " + Quoted(option.help) + "\n";
    }
  }
  return script;
}

}  // namespace

std::string CompletionScript(std::string_view shell, const std::vector<CommandInfo>& commands) {
  if (shell == "zsh") return Zsh(commands);
  if (shell == "fish") return Fish(commands);
  return Bash(commands);
}

}  // namespace agon::cli
