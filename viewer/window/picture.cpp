// SPDX-License-Identifier: Apache-2.0
#include "viewer/window/picture.h"

#include <imgui.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "runtime/base/clock.h"
#include "runtime/base/error.h"
#include "viewer/window/gl_textures.h"
#include "viewer/window/look.h"
#include "viewer/window/pace.h"
#include "viewer/window/surface.h"

namespace agon::viewer {
namespace {

constexpr int kWidth = 1280, kHeight = 800;
constexpr double kMostSeconds = 60;

// A window shows these as a sign beside the timeline and in the list of runs. That nothing was
// recorded is no fault.
std::vector<std::string> ProblemsOfTheRun(Workspace& workspace) {
  std::vector<std::string> problems;
  const auto run = workspace.selected();
  if (!run) return problems;
  if (const auto entry = workspace.runs().Find(run->folder); entry && !entry->problem.empty()) {
    problems.push_back(entry->problem);
  }
  std::error_code failed;
  if (std::filesystem::exists(run->tracks->file(), failed) && !run->tracks->problem().empty()) {
    problems.push_back(run->tracks->problem());
  }
  return problems;
}

}  // namespace

Picture DrawPicture(const ViewArguments& arguments, const Path& program) {
  Workspace workspace({.roots = RootsOf(arguments),
                       .program = program,
                       .settings_file = {},
                       .clock = [] { return 0.0; },
                       .follow = false});
  ApplyColours(arguments, workspace.settings());
  workspace.PollAll();
  if (!workspace.selected()) {
    Fail(ErrorKind::kUsage, "agon view: no run in {}; name a run's folder",
         RootsOf(arguments).front().string());
  }
  const ImGuiScope imgui;
  ImGuiIO& io = ImGui::GetIO();
  io.ConfigInputTextCursorBlink = false;
  Look look(arguments.fixed_fonts);
  look.Apply(workspace.settings().dark, arguments.scale > 0 ? arguments.scale : 1);
  const auto surface = OpenMemory({.width = arguments.width.value_or(kWidth),
                                   .height = arguments.height.value_or(kHeight),
                                   .on_key = {}});
  GlTextures textures;
  ApplicationOptions options;
  options.only_panel = !arguments.whole;
  options.panel = arguments.panel;
  Application application(workspace, textures, options);
  const Stopwatch watch;
  const auto draw = [&] {
    surface->NewFrame();
    io.DeltaTime = static_cast<float>(Pace::kFrameSeconds);
    ImGui::NewFrame();
    application.Draw(0);
    ImGui::Render();
  };
  draw();
  ShowWhatWasAsked(arguments, workspace, application);
  for (int rested = 0; rested < Pace::kRestFrames;) {
    draw();
    rested = application.settled() ? rested + 1 : 0;
    if (rested > 0) continue;
    if (watch.Seconds() > kMostSeconds) {
      Fail(ErrorKind::kData, "agon view: the panel was not ready after {} s", kMostSeconds);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  Picture picture;
  surface->Show([&](formats::Pixels read) { picture.pixels = std::move(read); });
  picture.problems = ProblemsOfTheRun(workspace);
  for (Toast& toast : workspace.toasts().Current(0)) {
    if (toast.tone == Toast::Tone::kError) picture.problems.push_back(std::move(toast.text));
  }
  return picture;
}

}  // namespace agon::viewer
