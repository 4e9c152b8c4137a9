// SPDX-License-Identifier: Apache-2.0
// The commands and their options, declared to CLI11, which costs 5 seconds of compile time: only
// parser*.cpp and options.cpp include this file.
//
// Who needs this file: whoever adds a command or an option (parser.cpp, or parser_modules.cpp for
// the groups of commands of the modules). ParseCommandLine of cli/options.h is what others call.
//
// Thread safety: one thread.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli/completion.h"
#include "cli/options.h"

namespace agon::cli {

inline constexpr const char* kPathType = "PATH";  // options whose value is a file or folder

class Parser {
 public:
  Parser();

  [[nodiscard]] CLI::App& app() { return app_; }
  [[nodiscard]] CommandLine& line() { return line_; }
  [[nodiscard]] const std::string& shell() const { return shell_; }
  // What was declared, as plain data. A command of a group has both names: "selfplay match".
  [[nodiscard]] std::vector<CommandInfo> Commands();

 private:
  [[nodiscard]] static CommandInfo InfoOf(const CLI::App& command);
  CLI::App& Command(const std::string& name, const std::string& help);
  // A group of commands, and a command of it.
  CLI::App& Group(const std::string& name, const std::string& help);
  static CLI::App& Member(CLI::App& group, const std::string& name, const std::string& help);

  // Options that several commands have.
  void AddJson(CLI::App& command, const std::string& help);
  void AddQuiet(CLI::App& command);
  void AddPlugin(CLI::App& command);
  void AddSet(CLI::App& command);
  void AddDevice(CLI::App& command);
  void AddRun(CLI::App& command);
  void AddCommon(CLI::App& command);  // of every command that runs
  void AddConfig(CLI::App& command, std::string& config);

  void AddWork();
  void AddInspection();
  void AddView();
  void AddFiles();

  void AddSelfplay();
  void AddGame(CLI::App& command);
  void AddPlayer(CLI::App& command, const std::string& help);
  void AddInteractive(CLI::App& command, const std::string& who);

  void AddCyclegan();
  void AddTranslate(CLI::App& group);
  void AddEvaluate(CLI::App& group);

  CLI::App app_;
  CommandLine line_;
  std::string shell_;
};

}  // namespace agon::cli
