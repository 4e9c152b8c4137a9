// SPDX-License-Identifier: Apache-2.0
#include "viewer/ui/panes.h"

#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <exception>

#include "viewer/ui/widgets.h"

namespace agon::viewer {
namespace {

constexpr std::array<std::size_t, 4> kPanesOfLayout{1, 2, 2, 4};
constexpr std::array<const char*, 5> kFirstPanels{"runs", "curves", "attack", "video", "game"};
constexpr int kStacked = 2;  // of the settings' layouts

bool IsHeld(Action action) {
  const KeyBinding* const binding = FindKey(action);
  const ImGuiIO& io = ImGui::GetIO();
  return binding != nullptr && !io.WantTextInput && io.KeysDown[binding->key] &&
         io.KeyCtrl == binding->control;
}

}  // namespace

Panes::Panes(Workspace& workspace, TextureBackend& textures, const Registry& registry)
    : workspace_(workspace), registry_(registry) {
  for (const char* const name : kFirstPanels) {
    if (registry_.Find(Panel::kKind, name) != nullptr) AddName(name);
  }
  for (const std::string& name : registry_.Names(Panel::kKind)) {
    if (!Known(name)) AddName(name);
  }
  const std::vector<std::string>& remembered = workspace_.settings().panes;
  for (std::size_t i = 0; i < kMost; ++i) {
    panes_.push_back(std::make_unique<Pane>(textures));
    if (i < remembered.size() && Known(remembered[i])) {
      panes_[i]->panel = remembered[i];
    } else if (!names_.empty()) {
      panes_[i]->panel = names_[i % names_.size()].name;
    }
  }
}

void Panes::AddName(const std::string& name) {
  const auto& capabilities = registry_.CapabilitiesOf<Panel>(name);
  names_.push_back({name, capabilities.title.empty() ? name : capabilities.title});
}

bool Panes::Known(const std::string& name) const {
  return std::any_of(names_.begin(), names_.end(),
                     [&](const chrome::PanelName& panel) { return panel.name == name; });
}

std::string Panes::TitleOf(const std::string& name) const {
  for (const chrome::PanelName& panel : names_) {
    if (panel.name == name) return panel.title;
  }
  return name;
}

std::size_t Panes::count() const {
  if (single_) return 1;
  return kPanesOfLayout.at(
      static_cast<std::size_t>(std::clamp(workspace_.settings().layout, 0, 3)));
}

const std::string& Panes::PanelIn(std::size_t place) const { return panes_.at(place)->panel; }

void Panes::Show(std::size_t place, const std::string& name, bool chosen) {
  if (place >= panes_.size() || !Known(name)) return;
  panes_[place]->panel = name;
  panes_[place]->chosen = panes_[place]->chosen || chosen;
  std::vector<std::string>& remembered = workspace_.settings().panes;
  remembered.resize(kMost);
  remembered[place] = name;
}

void Panes::Cycle(int by) {
  const int count = static_cast<int>(names_.size());
  for (int i = 0; i < count; ++i) {
    if (names_[static_cast<std::size_t>(i)].name != panes_[focus_]->panel) continue;
    Show(focus_, names_[static_cast<std::size_t>((i + by + count) % count)].name, true);
    return;
  }
}

void Panes::FollowRun() {
  const auto run = workspace_.selected();
  if (!run || run->folder == followed_run_) return;
  const auto entry = workspace_.runs().Find(run->folder);
  if (!entry) return;
  followed_run_ = run->folder;
  Pane& first = *panes_.front();
  if (first.chosen) return;
  for (const chrome::PanelName& panel : names_) {
    const auto& commands = registry_.CapabilitiesOf<Panel>(panel.name).commands;
    if (std::find(commands.begin(), commands.end(), entry->manifest.command) != commands.end()) {
      first.panel = panel.name;
      return;
    }
  }
  if (Known("curves")) first.panel = "curves";
}

PanelView* Panes::View(std::size_t place) {
  Pane& pane = *panes_.at(place);
  if (pane.panel.empty()) return nullptr;
  auto& view = pane.views[pane.panel];
  if (!view) {
    config::Problems problems;
    config::Reader reader{problems, nullptr};
    const auto panel = registry_.Create<Panel>(config::Value::Scalar(pane.panel), reader, "panel");
    problems.ThrowIfAny();
    view = panel->Open();
  }
  return view.get();
}

std::string Panes::FocusedTitle() const { return TitleOf(panes_[focus_]->panel); }

bool Panes::busy() const {
  for (std::size_t i = 0; i < count(); ++i) {
    if (panes_[i]->busy) return true;
  }
  return false;
}

// Ends what a panel that failed had begun and not ended.
void Panes::EndWindowsWithin(const ImGuiWindow* own) {
  const auto current = [] { return ImGui::GetCurrentWindowRead(); };
  // ImGui 1.86 ends tables first, and expects that nothing is pushed any more inside them.
  const auto end_within = [] {
    const ImGuiContext& context = *ImGui::GetCurrentContext();
    const auto pop = [&] {
      const ImGuiStackSizes& before = context.CurrentWindowStack.back().StackSizesOnBegin;
      while (context.DisabledStackSize > before.SizeOfDisabledStack) ImGui::EndDisabled();
      while (context.ColorStack.Size > before.SizeOfColorStack) ImGui::PopStyleColor();
      while (context.StyleVarStack.Size > before.SizeOfStyleVarStack) ImGui::PopStyleVar();
    };
    pop();
    ImGui::ErrorCheckEndWindowRecover(nullptr);
    pop();  // of the window around a table that had one of its own
  };
  while (current() != own) {
    end_within();
    if (current() == own) break;
    if ((current()->Flags & ImGuiWindowFlags_ChildWindow) != 0) {
      ImGui::EndChild();
    } else {
      ImGui::End();
    }
  }
  end_within();
}

// The panel's title, where there is more than one; a click gives the pane the focus.
float Panes::DrawHeader(std::size_t place, ImVec2 low, float width) {
  const Theme& theme = CurrentTheme();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const float height = std::floor(ui::Px(24));
  const bool focused = place == focus_;
  const std::string title = TitleOf(panes_[place]->panel);
  list.AddRectFilled(low, ImVec2(low.x + width, low.y + height),
                     WithAlpha(focused ? theme.accent : theme.text, focused ? 0.16 : 0.04));
  list.AddText(ImVec2(std::floor(low.x + ui::Px(10)),
                      std::floor(low.y + (height - ImGui::GetFontSize()) / 2)),
               focused ? theme.text : theme.text_dim, title.c_str());
  ImGui::SetCursorScreenPos(low);
  const std::string id = fmt::format("##pane{}", place + 1);
  if (ImGui::InvisibleButton(id.c_str(), ImVec2(std::max(1.0F, width), height))) focus_ = place;
  ui::ReportItem(fmt::format("Pane {}", place + 1), panes_[place]->panel);
  return height;
}

void Panes::DrawPane(std::size_t place, ImVec2 low, ImVec2 size,
                     const std::vector<Action>& pressed) {
  Pane& pane = *panes_[place];
  const float header = count() > 1 ? DrawHeader(place, low, size.x) : 0;
  ImGui::SetCursorScreenPos(ImVec2(low.x, low.y + header));
  const std::string name = fmt::format("##panel{}{}", place + 1, pane.panel);
  if (ImGui::BeginChild(
          name.c_str(), ImVec2(size.x, std::max(1.0F, size.y - header)), false,
          ImGuiWindowFlags_AlwaysUseWindowPadding | ImGuiWindowFlags_NoSavedSettings)) {
    if (ImGui::IsMouseClicked(ImGuiMouseButton_Left) &&
        ImGui::IsWindowHovered(ImGuiHoveredFlags_ChildWindows |
                               ImGuiHoveredFlags_AllowWhenBlockedByActiveItem)) {
      focus_ = place;
    }
    PanelContext context{.workspace = workspace_, .textures = pane.textures};
    context.focused = place == focus_;
    if (context.focused) {
      context.pressed = [&pressed](Action action) {
        return std::find(pressed.begin(), pressed.end(), action) != pressed.end();
      };
      context.held = IsHeld;
    }
    const ImGuiWindow* const own = ImGui::GetCurrentWindowRead();
    try {
      if (PanelView* const view = View(place)) {
        view->Draw(context);
      } else {
        ui::CentredNote("no panels");
      }
    } catch (const std::exception& error) {
      EndWindowsWithin(own);
      workspace_.toasts().Error(TitleOf(pane.panel) + ": " + error.what());
    }
    pane.busy = context.busy;
  }
  ImGui::EndChild();
  pane.textures.EndFrame();
}

void Panes::Draw(ImVec2 low, ImVec2 size, const std::vector<Action>& pressed) {
  const std::size_t shown = count();
  focus_ = std::min(focus_, shown - 1);
  const bool stacked = workspace_.settings().layout == kStacked;
  const float columns = shown == 1 || stacked ? 1 : 2;
  const float rows = shown == kMost || (shown > 1 && stacked) ? 2 : 1;
  const float width = std::floor(size.x / columns), height = std::floor(size.y / rows);
  const ImU32 line = CurrentTheme().grid;
  for (std::size_t i = 0; i < shown; ++i) {
    const auto column = static_cast<float>(stacked ? 0 : i % 2);
    const auto row = static_cast<float>(stacked ? i : i / 2);
    const ImVec2 at(low.x + column * width, low.y + row * height);
    const ImVec2 end(column + 1 == columns ? low.x + size.x : at.x + width,
                     row + 1 == rows ? low.y + size.y : at.y + height);
    DrawPane(i, at, ImVec2(end.x - at.x, end.y - at.y), pressed);
    ImDrawList& list = *ImGui::GetWindowDrawList();
    if (column > 0) list.AddLine(at, ImVec2(at.x, end.y), line);
    if (row > 0) list.AddLine(at, ImVec2(end.x, at.y), line);
  }
}

}  // namespace agon::viewer
