// SPDX-License-Identifier: Apache-2.0
// ImGui's context, colours and fonts, and what --step and --show ask for: what a window and a
// picture do alike.
//
// Thread safety: the thread that draws.
#pragma once

#include "viewer/ui/application.h"
#include "viewer/window/arguments.h"

namespace agon::viewer {

// ImGui's context, which writes no files.
class ImGuiScope {
 public:
  ImGuiScope();
  ~ImGuiScope();
  ImGuiScope(const ImGuiScope&) = delete;
  ImGuiScope& operator=(const ImGuiScope&) = delete;
};

// Colours and fonts, as the settings say. `fixed_fonts`: ImGui's own, whatever the machine has.
class Look {
 public:
  explicit Look(bool fixed_fonts) : fixed_fonts_(fixed_fonts) {}
  // Before a surface's NewFrame.
  void Apply(bool dark, double scale);

 private:
  bool fixed_fonts_;
  double scale_ = 0;
  bool dark_ = true;
};

[[nodiscard]] std::vector<Path> RootsOf(const ViewArguments& arguments);
void ApplyColours(const ViewArguments& arguments, Settings& settings);
// The moment, then what the panel is told, which may depend on it. Needs a run. Error(kUsage).
void ShowWhatWasAsked(const ViewArguments& arguments, Workspace& workspace,
                      Application& application);

}  // namespace agon::viewer
