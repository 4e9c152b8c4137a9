// SPDX-License-Identifier: Apache-2.0
// Starting agon-view, the viewer, which is a program of its own: `agon view` becomes it, `--view`
// puts it beside a running command. Nothing here needs LibTorch.
//
// Thread safety: all functions.
#pragma once

#include <string>
#include <vector>

#include "cli/options.h"

namespace agon::cli {

// The command line of agon-view, without its own name.
[[nodiscard]] std::vector<std::string> ViewerWords(const ViewOptions& options);

// Becomes agon-view, which lies beside `program`. Returns only when that failed: the one line to
// print.
[[nodiscard]] std::string BecomeViewer(const std::string& program,
                                       const std::vector<std::string>& words);

// Starts agon-view on a run; it goes on when this process ends, and no signal or output of one
// reaches the other. Empty when it was started, else why not and the cure, in one line.
[[nodiscard]] std::string StartViewer(const std::string& program, const std::string& run_folder);

}  // namespace agon::cli
