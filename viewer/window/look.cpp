// SPDX-License-Identifier: Apache-2.0
#include "viewer/window/look.h"

#include <backends/imgui_impl_opengl3.h>
#include <imgui.h>

#include "runtime/base/error.h"
#include "viewer/ui/theme.h"

namespace agon::viewer {

ImGuiScope::ImGuiScope() {
  ImGui::CreateContext();
  ImGuiIO& io = ImGui::GetIO();
  io.IniFilename = nullptr;
  io.LogFilename = nullptr;
}
ImGuiScope::~ImGuiScope() { ImGui::DestroyContext(); }

void Look::Apply(bool dark, double scale) {
  if (scale == scale_ && dark == dark_) return;
  if (scale != scale_) {
    LoadFonts(static_cast<float>(scale), fixed_fonts_);
    if (scale_ > 0) ::ImGui_ImplOpenGL3_DestroyDeviceObjects();  // made anew by the next frame
  }
  ApplyTheme(dark, static_cast<float>(scale));
  scale_ = scale;
  dark_ = dark;
}

std::vector<Path> RootsOf(const ViewArguments& arguments) {
  return arguments.roots.empty() ? std::vector<Path>{"runs"} : arguments.roots;
}

void ApplyColours(const ViewArguments& arguments, Settings& settings) {
  if (arguments.light) settings.dark = false;
  if (arguments.dark) settings.dark = true;
}

void ShowWhatWasAsked(const ViewArguments& arguments, Workspace& workspace,
                      Application& application) {
  if (arguments.step) workspace.timeline().SetStep(*arguments.step);
  for (const auto& [key, value] : arguments.show) {
    if (application.Set(key, value)) continue;
    Fail(ErrorKind::kUsage, "agon view: --show {}={}: the panel has no such setting", key, value);
  }
}

}  // namespace agon::viewer
