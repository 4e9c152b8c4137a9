// SPDX-License-Identifier: Apache-2.0
// What is said about a command line that cannot be meant, and how one is written down.
//
// Who needs this file: options.cpp.
//
// Thread safety: free functions over plain data.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/completion.h"
#include "cli/options.h"

namespace agon::cli {

// CLI11's own messages do not know what was nearly right. `problem` is such a message,
// `not_understood` the arguments that no command or option took.
[[nodiscard]] std::string Explain(std::string_view problem,
                                  const std::vector<CommandInfo>& commands,
                                  const std::vector<std::string>& arguments,
                                  const std::vector<std::string>& not_understood);

// What CLI11 cannot say: options that exclude or need one another. Empty when all is well.
[[nodiscard]] std::string CheckCombination(const CommandLine& line);

// The command line as it could be typed again.
[[nodiscard]] std::string AsTyped(const std::vector<std::string>& arguments);

}  // namespace agon::cli
