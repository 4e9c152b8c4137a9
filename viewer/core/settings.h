// SPDX-License-Identifier: Apache-2.0
// What the viewer remembers from one start to the next, in one small YAML file
// ($XDG_CONFIG_HOME/agon/view.yaml). A damaged file is as none.
//
// Thread safety: one thread.
#pragma once

#include <string>
#include <vector>

#include "runtime/base/files.h"
#include "runtime/config/fields.h"

namespace agon::viewer {

struct Settings {
  bool dark = true;
  double scale = 0;  // of everything; 0: as the display says
  int layout = 0;    // of panes: 0 one, 1 two beside, 2 two stacked, 3 four
  std::vector<std::string> panes = {"attack", "curves", "runs", "game"};
  double sidebar = 260;            // pixels at scale 1
  int width = 1280, height = 800;  // of the window
  double smoothing = 0.6;          // of curves
  bool sidebar_open = true;
  static void Describe(config::Fields<Settings>& d);
};

[[nodiscard]] Path SettingsFile();
[[nodiscard]] Settings LoadSettings(const Path& file);          // never throws
void SaveSettings(const Path& file, const Settings& settings);  // Error(kIo)

}  // namespace agon::viewer
