// SPDX-License-Identifier: Apache-2.0
// The commands and options of the program as plain data, and shell completion made from them.
//
// Who needs this file: parser.cpp, which fills the data from the parser's own declarations, so
// that help, completion and suggestions cannot disagree.
//
// Thread safety: free functions over plain data.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agon::cli {

struct OptionInfo {
  std::vector<std::string> names;    // "--output", "-o"
  std::string help;                  // first sentence
  std::vector<std::string> choices;  // fixed values; empty: free text
  bool takes_value = false;
  bool value_is_path = false;
};

struct CommandInfo {
  std::string name;  // "attack", "selfplay match"
  std::string help;
  std::vector<OptionInfo> options;
  std::vector<std::string> argument_choices;  // values of its positional argument, where fixed
  bool takes_paths = false;                   // its positional argument is a file or folder
  bool is_group = false;  // of commands: argument_choices are their names; each follows under both
};

inline const std::vector<std::string> kShells{"bash", "zsh", "fish"};

// The completion script of a shell of kShells.
[[nodiscard]] std::string CompletionScript(std::string_view shell,
                                           const std::vector<CommandInfo>& commands);

}  // namespace agon::cli
