// SPDX-License-Identifier: Apache-2.0
#include "viewer/window/viewer.h"

#include <imgui.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <mutex>

#include "runtime/base/clock.h"
#include "runtime/base/error.h"
#include "runtime/base/stop.h"
#include "runtime/base/text.h"
#include "viewer/window/gl_textures.h"
#include "viewer/window/look.h"
#include "viewer/window/pace.h"
#include "viewer/window/picture.h"
#include "viewer/window/probe_file.h"
#include "viewer/window/register_panels.h"
#include "viewer/window/surface.h"
#include "viewer/window/timings.h"

namespace agon::viewer {
namespace {

constexpr int kNiceness = 5;  // runs come first
constexpr double kShortestFrame = 1e-4;

void CheckPanel(const std::string& name) {
  const std::vector<std::string> names = GlobalRegistry().Names(Panel::kKind);
  if (name.empty() || std::find(names.begin(), names.end(), name) != names.end()) return;
  Fail(ErrorKind::kUsage, "agon view: there is no panel \"{}\"{}; there are {}", name,
       DidYouMean(name, names), Join(names, ", "));
}

// Before the seconds that drawing takes. What only writing shows (a full disk) comes later.
void CheckCanWrite(const Path& picture) {
  const Path folder = picture.has_parent_path() ? picture.parent_path() : Path(".");
  std::error_code error;
  if (std::filesystem::is_directory(picture, error)) {
    Fail(ErrorKind::kUsage, "agon view: --png: {} is a folder; name a file", picture.string());
  }
  if (!std::filesystem::is_directory(folder, error)) {
    Fail(ErrorKind::kUsage, "agon view: --png: there is no folder {}; make it first",
         folder.string());
  }
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    Fail(ErrorKind::kUsage, "agon view: --png: the folder {} cannot be written", folder.string());
  }
}

int WritePicture(const ViewArguments& arguments, const Path& program) {
  CheckCanWrite(arguments.png);
  const Picture picture = DrawPicture(arguments, program);
  WriteFileAtomic(arguments.png, formats::EncodePng(picture.pixels));
  for (const std::string& problem : picture.problems) {
    fmt::print(stderr, "agon view: {}\n", problem);
  }
  return 0;
}

void SaveScreenshot(Workspace& workspace, const Path& file, formats::Pixels pixels) {
  workspace.background().Post([&toasts = workspace.toasts(), file, pixels = std::move(pixels)] {
    try {
      WriteFileAtomic(file, formats::EncodePng(pixels));
      toasts.Info("saved " + file.string());
    } catch (const std::exception& error) {
      toasts.Error(error.what());
    }
  });
}

// A window, or frames for nobody (--headless), until it is closed.
class Show {
 public:
  Show(const ViewArguments& arguments, const Path& program)
      : arguments_(arguments),
        timings_(arguments.timings),
        probe_(arguments.probe),
        workspace_({.roots = RootsOf(arguments),
                    .program = program,
                    .settings_file = arguments.headless ? Path() : SettingsFile(),
                    .clock = {},
                    .follow = true}),
        look_(arguments.fixed_fonts),
        pace_(arguments.frames > 0) {
    // Of this thread and those it starts from now on (the graphics library's); not of the
    // background's, which start runs.
    ::setpriority(PRIO_PROCESS, 0, kNiceness);
    Settings& settings = workspace_.settings();
    remembered_ = settings;
    ApplyColours(arguments, settings);
    if (arguments.scale > 0) settings.scale = arguments.scale;
    given_ = settings;
    const SurfaceOptions options{.width = arguments.width.value_or(settings.width),
                                 .height = arguments.height.value_or(settings.height),
                                 .on_key = [this](int key, bool control, bool shift) {
                                   if (application_) application_->Key(key, control, shift);
                                 }};
    surface_ = arguments.headless ? OpenMemory(options) : OpenWindow(options);
    textures_ = std::make_unique<GlTextures>();
    ApplicationOptions shown;
    shown.panel = arguments.panel;
    application_ = std::make_unique<Application>(workspace_, *textures_, shown);
  }

  int Run() {
    bool first = true;
    while (application_->running() && surface_->open() && StopSignal() == 0) {
      const bool visible = surface_->visible();
      if (surface_->Wait(first ? 0 : pace_.Wait(clock_.Seconds(), visible))) pace_.Event();
      pace_.Look(clock_.Seconds(), workspace_.timeline().playing(), !application_->settled(),
                 workspace_.news());
      if (!visible || !pace_.Due()) continue;
      first = false;
      Frame();
      if (arguments_.frames > 0 && timings_.measured() >= arguments_.frames) break;
    }
    timings_.Write();
    Settings& settings = workspace_.settings();
    if (!arguments_.headless && !arguments_.width) surface_->Size(settings.width, settings.height);
    // What an option asked for is of this start only, unless the user changed it since.
    if (settings.dark == given_.dark) settings.dark = remembered_.dark;
    if (settings.scale == given_.scale) settings.scale = remembered_.scale;
    return 0;
  }

 private:
  void Frame() {
    const Settings& settings = workspace_.settings();
    const double begun = clock_.Seconds();
    look_.Apply(settings.dark, settings.scale > 0 ? settings.scale : surface_->scale());
    surface_->NewFrame();
    const double passed = std::max(kShortestFrame, begun - drawn_);
    drawn_ = begun;
    if (arguments_.headless) ImGui::GetIO().DeltaTime = static_cast<float>(passed);
    ImGui::NewFrame();
    application_->Draw(passed);
    ImGui::Render();
    const Path picture = application_->TakeScreenshotRequest();
    if (picture.empty()) {
      surface_->Show({});
    } else {
      surface_->Show(
          [&](formats::Pixels pixels) { SaveScreenshot(workspace_, picture, std::move(pixels)); });
    }
    probe_.Frame();
    const auto run = workspace_.selected();
    surface_->SetTitle(run ? run->name + " - Agon" : "Agon");
    const double end = clock_.Seconds();
    pace_.Drawn(end, end - begun);
    timings_.Frame(end - begun, workspace_.runs().looked(), application_->settled());
    // The moment can only be set when the recording was read up to it.
    if (!asked_ && run && run->tracks->at_end()) {
      asked_ = true;
      ShowWhatWasAsked(arguments_, workspace_, *application_);
    }
  }

  // In the order of dependency: what is last goes first.
  const ViewArguments& arguments_;
  const Stopwatch clock_;
  Timings timings_;
  ImGuiScope imgui_;
  ProbeFile probe_;
  Workspace workspace_;
  Look look_;
  Pace pace_;
  Settings remembered_, given_;  // before and after the options of the command line
  std::unique_ptr<Surface> surface_;
  std::unique_ptr<GlTextures> textures_;
  std::unique_ptr<Application> application_;
  double drawn_ = 0;
  bool asked_ = false;
};

}  // namespace

int RunViewer(const ViewArguments& arguments, const Path& program) {
  static std::once_flag once;
  std::call_once(once, [] { RegisterPanels(GlobalRegistry()); });
  CheckPanel(arguments.panel);
  if (!arguments.png.empty()) return WritePicture(arguments, program);
  CatchStopSignals();
  return Show(arguments, program).Run();
}

}  // namespace agon::viewer
