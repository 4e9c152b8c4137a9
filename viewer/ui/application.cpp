// SPDX-License-Identifier: Apache-2.0
#include "viewer/ui/application.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "runtime/base/clock.h"
#include "viewer/ui/chrome.h"
#include "viewer/ui/panes.h"
#include "viewer/ui/widgets.h"

namespace agon::viewer {
namespace {

constexpr int kLayouts = 4;
constexpr double kJump = 0.1;  // of the timeline
constexpr double kScaleStep = 1.1, kSmallest = 0.5, kLargest = 4;
constexpr double kNarrowest = 140, kWidest = 700;  // of the list of runs
constexpr int kEscape = 256;                       // GLFW's number
constexpr double kLongestFrame = 0.25;             // what a frame counts as, in seconds

constexpr ImGuiWindowFlags kFixed = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                                    ImGuiWindowFlags_NoSavedSettings |
                                    ImGuiWindowFlags_NoBringToFrontOnFocus;

}  // namespace

struct Application::Impl {
  Impl(Workspace& space, TextureBackend& textures, ApplicationOptions given)
      : workspace(space),
        options(std::move(given)),
        panes(space, textures, options.registry == nullptr ? GlobalRegistry() : *options.registry) {
    if (options.only_panel) panes.SetSingle();
    if (panes.Known(options.panel)) {
      panes.Show(0, options.panel, /*chosen=*/true);
    } else if (!options.panel.empty()) {
      workspace.toasts().Error(fmt::format("there is no panel \"{}\"", options.panel));
    }
  }

  void Act(Action action);
  void ActOnTimeline(Action action);
  void Scale(double factor);
  void Export(bool to_clipboard);
  void DrawAll();
  void DrawParts(ImVec2 display);
  void DrawSplitter(ImVec2 low, float height);
  void TakeSaved();

  Workspace& workspace;
  ApplicationOptions options;
  Panes panes;
  bool running = true, help = false;
  std::string run_filter;
  std::vector<Action> pressed;
  std::vector<Pending<std::string>> saving;  // what to tell when it is done
  Path screenshot;
};

void Application::Impl::Scale(double factor) {
  constexpr double kSteps = 20;  // to the unit
  const double scale = std::clamp(static_cast<double>(ui::Scale()) * factor, kSmallest, kLargest);
  workspace.settings().scale = std::round(scale * kSteps) / kSteps;
}

void Application::Impl::Export(bool to_clipboard) {
  // Called by a key, from within the window library, which knows no exceptions.
  std::string csv;
  try {
    PanelView* const view = panes.View(panes.focus());
    if (view != nullptr) csv = view->Csv();
  } catch (const std::exception& error) {
    workspace.toasts().Error(panes.FocusedTitle() + ": " + error.what());
    return;
  }
  if (csv.empty()) {
    workspace.toasts().Info(panes.FocusedTitle() + ": nothing to export yet");
  } else if (to_clipboard) {
    ui::Copy(csv);
    workspace.toasts().Info("copied");
  } else {
    const std::string name =
        fmt::format("agon-{}-{}.csv", panes.PanelIn(panes.focus()), FolderTimestamp());
    saving.push_back(workspace.background().Run<std::string>([name, csv] {
      WriteFileAtomic(name, csv);
      return "saved " + name;
    }));
  }
}

void Application::Impl::TakeSaved() {
  std::erase_if(saving, [&](const Pending<std::string>& pending) {
    if (pending.running()) return false;
    if (const std::string* const message = pending.get()) {
      workspace.toasts().Info(*message);
    } else {
      workspace.toasts().Error(pending.error());
    }
    return true;
  });
}

void Application::Impl::ActOnTimeline(Action action) {
  Timeline& timeline = workspace.timeline();
  switch (action) {
    case Action::kPlayPause:
      timeline.Play(!timeline.playing());
      break;
    case Action::kStepBack:
      timeline.Move(-1);
      break;
    case Action::kStepForward:
      timeline.Move(1);
      break;
    case Action::kJumpBack:
      timeline.SetShare(timeline.share() - kJump);
      break;
    case Action::kJumpForward:
      timeline.SetShare(timeline.share() + kJump);
      break;
    case Action::kFirst:
      timeline.SetShare(0);
      break;
    case Action::kLast:
      timeline.Follow(true);
      break;
    case Action::kTimelineMode:
      timeline.SetMode(timeline.mode() == TimelineMode::kStep ? TimelineMode::kTime
                                                              : TimelineMode::kStep);
      break;
    default:
      break;
  }
}

void Application::Impl::Act(Action action) {
  Settings& settings = workspace.settings();
  switch (action) {
    case Action::kHelp:
      help = !help;
      break;
    case Action::kQuit:
      running = false;
      break;
    case Action::kNextPanel:
      panes.Cycle(1);
      break;
    case Action::kPreviousPanel:
      panes.Cycle(-1);
      break;
    case Action::kPanel1:
    case Action::kPanel2:
    case Action::kPanel3:
    case Action::kPanel4:
    case Action::kPanel5: {
      const auto place =
          static_cast<std::size_t>(action) - static_cast<std::size_t>(Action::kPanel1);
      if (place < panes.names().size()) panes.Show(panes.focus(), panes.names()[place].name, true);
      break;
    }
    case Action::kLayout:
      settings.layout = (settings.layout + 1) % kLayouts;
      break;
    case Action::kSidebar:
      settings.sidebar_open = !settings.sidebar_open;
      break;
    case Action::kTheme:
      settings.dark = !settings.dark;
      break;
    case Action::kScaleUp:
      Scale(kScaleStep);
      break;
    case Action::kScaleDown:
      Scale(1 / kScaleStep);
      break;
    case Action::kCopy:
      Export(/*to_clipboard=*/true);
      break;
    case Action::kExportCsv:
      Export(/*to_clipboard=*/false);
      break;
    case Action::kExportPng:
      screenshot = fmt::format("agon-view-{}.png", FolderTimestamp());
      break;
    default:
      ActOnTimeline(action);
      break;
  }
}

namespace {

// A bar of the window's own colour.
void DrawBar(const char* name, ImVec2 low, ImVec2 size, const std::function<void()>& draw) {
  ImGui::SetCursorScreenPos(low);
  ImGui::PushStyleColor(ImGuiCol_ChildBg, chrome::BarColour());
  ImGui::PushStyleVar(ImGuiStyleVar_ChildRounding, 0);
  if (ImGui::BeginChild(name, size, false,
                        ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse)) {
    draw();
  }
  ImGui::EndChild();
  ImGui::PopStyleVar();
  ImGui::PopStyleColor();
}

// Children would take the mouse: it lies between them.
float SplitterWidth() { return std::max(3.0F, std::floor(ui::Px(3))); }

}  // namespace

// The border between the list of runs and the panes, which a drag moves.
void Application::Impl::DrawSplitter(ImVec2 low, float height) {
  ImGui::SetCursorScreenPos(low);
  ImGui::InvisibleButton("##splitter", ImVec2(SplitterWidth(), height));
  ui::ReportItem("Splitter");
  const bool active = ImGui::IsItemActive();
  if (active || ImGui::IsItemHovered()) ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeEW);
  if (active) {
    const double moved = static_cast<double>(ImGui::GetIO().MouseDelta.x / ui::Scale());
    double& width = workspace.settings().sidebar;
    width = std::clamp(width + moved, kNarrowest, kWidest);
  }
  const Theme& theme = CurrentTheme();
  ImGui::GetWindowDrawList()->AddRectFilled(low, ImVec2(low.x + SplitterWidth(), low.y + height),
                                            active ? theme.accent : theme.grid);
}

void Application::Impl::DrawParts(ImVec2 display) {
  const float menu = chrome::MenuHeight(), timeline = chrome::TimelineHeight();
  std::vector<std::string> shown;
  for (std::size_t i = 0; i < panes.count(); ++i) shown.push_back(panes.PanelIn(i));
  chrome::MenuChoice choice;
  DrawBar("##menu", ImVec2(0, 0), ImVec2(display.x, menu), [&] {
    choice = chrome::DrawMenuLine(workspace, {.panels = panes.names(),
                                              .focused = panes.PanelIn(panes.focus()),
                                              .shown = shown,
                                              .help_open = help});
  });
  const float height = std::max(1.0F, display.y - menu - timeline);
  float left = 0;
  if (workspace.settings().sidebar_open) {
    left = std::min(std::floor(ui::Px(static_cast<float>(workspace.settings().sidebar))),
                    std::floor(display.x / 2));
    DrawBar("##sidebar", ImVec2(0, menu), ImVec2(left, height),
            [&] { chrome::DrawSidebar(workspace, run_filter); });
    DrawSplitter(ImVec2(left, menu), height);
    left += SplitterWidth();
  }
  panes.Draw(ImVec2(left, menu), ImVec2(std::max(1.0F, display.x - left), height), pressed);
  DrawBar("##timeline", ImVec2(0, display.y - timeline), ImVec2(display.x, timeline),
          [&] { chrome::DrawTimelineBar(workspace); });
  if (!choice.panel.empty()) panes.Show(panes.focus(), choice.panel, /*chosen=*/true);
  if (choice.layout >= 0) workspace.settings().layout = choice.layout;
  for (const Action action : choice.actions) Act(action);
}

void Application::Impl::DrawAll() {
  const ImVec2 display = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos(ImVec2(0, 0));
  ImGui::SetNextWindowSize(display);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0, 0));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, 0);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 0);
  const bool visible = ImGui::Begin("##agon", nullptr, kFixed);
  ImGui::PopStyleVar(3);
  if (visible && options.only_panel) {
    panes.Draw(ImVec2(0, 0), display, pressed);
  } else if (visible) {
    DrawParts(display);
  }
  ImGui::End();
  if (options.only_panel) return;
  chrome::DrawToasts(workspace, ImVec2(display.x, display.y - chrome::TimelineHeight()));
  chrome::DrawHelp(help);
}

Application::Application(Workspace& workspace, TextureBackend& textures, ApplicationOptions options)
    : impl_(std::make_unique<Impl>(workspace, textures, std::move(options))) {}
Application::~Application() = default;

void Application::Draw(double seconds) {
  Impl& impl = *impl_;
  if (CurrentTheme().dark != impl.workspace.settings().dark) {
    ApplyTheme(impl.workspace.settings().dark, ui::Scale());
  }
  impl.workspace.Update(std::clamp(seconds, 0.0, kLongestFrame));
  impl.panes.FollowRun();
  impl.TakeSaved();
  impl.DrawAll();
  impl.pressed.clear();
}

bool Application::running() const { return impl_->running; }

bool Application::settled() const {
  return impl_->workspace.idle() && impl_->saving.empty() && !impl_->panes.busy();
}

void Application::ShowPanel(std::size_t pane, const std::string& name) {
  impl_->panes.Show(pane, name, /*chosen=*/true);
}

PanelView* Application::PanelIn(std::size_t pane) {
  return pane < Panes::kMost ? impl_->panes.View(pane) : nullptr;
}

bool Application::Set(std::string_view key, std::string_view value) {
  PanelView* const view = PanelIn(0);
  return view != nullptr && view->Set(key, value);
}

bool Application::Key(int key, bool control, bool shift) {
  if (key == kEscape && impl_->help) {
    impl_->help = false;
    return true;
  }
  const KeyBinding* const binding = FindKey(key, control, shift);
  if (binding == nullptr) return false;
  // What is typed into a field is text.
  if (ImGui::GetIO().WantTextInput && !control && binding->action != Action::kHelp) return false;
  impl_->pressed.push_back(binding->action);
  impl_->Act(binding->action);
  return true;
}

Path Application::TakeScreenshotRequest() { return std::exchange(impl_->screenshot, {}); }

}  // namespace agon::viewer
