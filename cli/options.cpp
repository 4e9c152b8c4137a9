// SPDX-License-Identifier: Apache-2.0
#include "cli/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "cli/explain.h"
#include "cli/parser.h"

namespace agon::cli {
namespace {

constexpr int kUsageError = 2;

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
  const CLI::App* command = &chosen;
  if (!chosen.get_subcommands().empty()) {
    command = chosen.get_subcommands().front();
    line.command += " " + command->get_name();
  }
  line.resumable = command->get_option_no_throw("--resume") != nullptr;
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
