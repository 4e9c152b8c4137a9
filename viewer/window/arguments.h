// SPDX-License-Identifier: Apache-2.0
// The command line of agon-view. People type `agon view`, which checks the same options and starts
// this program; agon-view alone takes them too.
//
// Thread safety: plain data.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/files.h"

namespace agon::viewer {

struct ViewArguments {
  std::vector<Path> roots;  // none: runs/ of the working directory
  std::string panel;        // empty: what goes with the run
  std::optional<std::int64_t> step;
  std::vector<std::pair<std::string, std::string>> show;  // --show KEY=VALUE, to the panel
  Path png;                                               // empty: a window
  std::optional<int> width, height;                       // --size WxH
  double scale = 0;                  // 0: as remembered, or as the display says
  bool light = false, dark = false;  // neither: as remembered
  bool whole = false;                // --png shows the whole interface, not one panel
  bool fixed_fonts = false;          // ImGui's own font, whatever the machine has: for tests
  bool headless = false;             // draws for nobody: for measuring
  Path program;                      // agon, where it is not beside agon-view: for tests
  Path probe;                        // what is drawn where, as JSON, again and again: for tests
  Path timings;                      // empty: none; for measuring
  std::int64_t frames = 0;           // leave after so many; 0: when asked to
  bool help = false, version = false;
};

// Error(kUsage).
[[nodiscard]] ViewArguments ParseArguments(const std::vector<std::string>& words);
[[nodiscard]] std::string HelpText();

}  // namespace agon::viewer
