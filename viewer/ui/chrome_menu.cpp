// SPDX-License-Identifier: Apache-2.0
// The menu line, the messages and the table of keys.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "viewer/ui/chrome.h"
#include "viewer/ui/icons.h"
#include "viewer/ui/theme.h"
#include "viewer/ui/widgets.h"

namespace agon::viewer::chrome {
namespace {

constexpr int kLayouts = 4;

float TextWidth(std::string_view text) {
  return ImGui::CalcTextSize(text.data(), text.data() + text.size()).x;
}

bool Contains(const std::vector<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

// One panel's name: underlined where it has the focus, dimly where another pane shows it.
bool Tab(const PanelName& panel, bool focused, bool shown, float height) {
  const Theme& theme = CurrentTheme();
  const std::string label = panel.title + "##tab";
  const float width = TextWidth(panel.title) + ui::Px(20);
  const bool pressed = ImGui::InvisibleButton(label.c_str(), ImVec2(width, height));
  ui::ReportItem(panel.title, focused ? "1" : "0");
  const bool hovered = ImGui::IsItemHovered();
  const ImVec2 low = ImGui::GetItemRectMin(), high = ImGui::GetItemRectMax();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  if (hovered) list.AddRectFilled(low, high, WithAlpha(theme.text, 0.06));
  const float line = std::max(2.0F, ui::Px(2));
  if (focused || shown) {
    list.AddRectFilled(ImVec2(low.x + ui::Px(8), high.y - line), ImVec2(high.x - ui::Px(8), high.y),
                       focused ? theme.accent : WithAlpha(theme.text_dim, 0.5));
  }
  const ImU32 colour = focused || hovered ? theme.text : theme.text_dim;
  list.AddText(ImVec2(std::floor(low.x + ui::Px(10)),
                      std::floor((low.y + high.y - ImGui::GetFontSize()) / 2)),
               colour, panel.title.c_str());
  return pressed;
}

// The run's name and state, in the middle of what is free between `left` and `right`.
void DrawTitle(Workspace& workspace, ImVec2 low, ImVec2 high) {
  const Theme& theme = CurrentTheme();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const float width = high.x - low.x;
  if (width < ui::Px(60)) return;
  const float y = std::floor((low.y + high.y - ImGui::GetFontSize()) / 2);
  const auto run = workspace.selected();
  if (!run) {
    ui::DrawFitted(list, ImVec2(low.x, y), width, theme.text_dim,
                   workspace.runs().looked() ? "no runs here" : "looking for runs");
    return;
  }
  const auto entry = workspace.runs().Find(run->folder);
  const std::string state(entry ? NameOf(entry->state) : std::string_view());
  const std::string command = entry ? entry->manifest.command : std::string();
  const float gap = ui::Px(10), chip_gap = ui::Px(14);
  const float state_width = state.empty() ? 0 : TextWidth(state) + chip_gap;
  const float command_width = command.empty() ? 0 : TextWidth(command) + gap;
  const float name_width = std::min(TextWidth(run->name), width - state_width);
  const bool with_command = name_width + command_width + state_width + gap <= width;
  const float whole = name_width + gap + (with_command ? command_width : 0) + state_width;
  float x = std::max(low.x, (low.x + high.x - whole) / 2);
  ui::DrawFitted(list, ImVec2(x, y), name_width + 1, theme.text, run->name);
  ui::ReportRect("Title", ImVec2(x, low.y), ImVec2(x + name_width, high.y), run->name);
  x += name_width + gap;
  if (with_command) {
    list.AddText(ImVec2(std::floor(x), y), theme.text_dim, command.c_str());
    x += command_width;
  }
  if (!entry || state.empty()) return;
  const ImU32 colour = ColourOf(entry->state);
  const float radius = ui::Px(3.5F);
  list.AddCircleFilled(ImVec2(x + radius, (low.y + high.y) / 2), radius, colour);
  list.AddText(ImVec2(std::floor(x + chip_gap), y), colour, state.c_str());
  ui::ReportRect("State", ImVec2(x, low.y), ImVec2(x + state_width, high.y), state);
}

}  // namespace

float MenuHeight() { return std::floor(ui::Px(34)); }
ImU32 BarColour() { return ImGui::GetColorU32(ImGuiCol_MenuBarBg); }

MenuChoice DrawMenuLine(Workspace& workspace, const MenuState& state) {
  const ui::Scope scope("Menu");
  const Theme& theme = CurrentTheme();
  const Settings& settings = workspace.settings();
  MenuChoice choice;
  const ImVec2 low = ImGui::GetWindowPos();
  const ImVec2 size = ImGui::GetWindowSize();
  const float icon = std::floor(ui::Px(24)), inset = std::floor((size.y - icon) / 2);
  const auto put = [&](float x, float y) { ImGui::SetCursorScreenPos(ImVec2(x, low.y + y)); };
  const auto act = [&](bool pressed, Action action) {
    if (pressed) choice.actions.push_back(action);
  };

  float x = low.x + ui::Px(6);
  put(x, inset);
  act(ui::IconButton("Sidebar", ui::Icon::kSidebar, "the list of runs (B)", settings.sidebar_open),
      Action::kSidebar);
  x += icon + ui::Px(8);
  for (const PanelName& panel : state.panels) {
    put(x, 0);
    if (Tab(panel, panel.name == state.focused, Contains(state.shown, panel.name), size.y)) {
      choice.panel = panel.name;
    }
    x = ImGui::GetItemRectMax().x;
  }

  float right = low.x + size.x - ui::Px(6) - icon;
  put(right, inset);
  act(ui::IconButton("Keys", ui::Icon::kHelp, "all keys (F1)", state.help_open), Action::kHelp);
  right -= icon;
  put(right, inset);
  act(ui::IconButton("Theme", ui::Icon::kTheme, "light or dark (T)"), Action::kTheme);
  right -= ui::Px(10);
  static constexpr std::array<ui::Icon, kLayouts> kIcons{
      ui::Icon::kPaneOne, ui::Icon::kPaneBeside, ui::Icon::kPaneStacked, ui::Icon::kPaneFour};
  static constexpr std::array<const char*, kLayouts> kNames{"One pane", "Two beside", "Two stacked",
                                                            "Four panes"};
  for (int i = kLayouts - 1; i >= 0; --i) {
    const auto place = static_cast<std::size_t>(i);
    right -= icon;
    put(right, inset);
    const std::string tip = std::string(kNames.at(place)) + " (L changes)";
    if (ui::IconButton(kNames.at(place), kIcons.at(place), tip.c_str(), settings.layout == i)) {
      choice.layout = i;
    }
  }
  DrawTitle(workspace, ImVec2(x + ui::Px(16), low.y), ImVec2(right - ui::Px(12), low.y + size.y));
  ImGui::GetWindowDrawList()->AddLine(ImVec2(low.x, low.y + size.y - 1),
                                      ImVec2(low.x + size.x, low.y + size.y - 1), theme.grid);
  return choice;
}

void DrawToasts(Workspace& workspace, ImVec2 lower_right) {
  const std::vector<Toast> toasts = workspace.toasts().Current(workspace.now());
  const Theme& theme = CurrentTheme();
  const ui::Scope scope("Messages");
  float bottom = lower_right.y - ui::Px(10);
  for (std::size_t i = toasts.size(); i-- > 0;) {
    const Toast& toast = toasts[i];
    const bool bad = toast.tone == Toast::Tone::kError;
    const float width = std::min(ui::Px(380), lower_right.x - ui::Px(20));
    const std::string text =
        toast.count > 1 ? fmt::format("{} ({} times)", toast.text, toast.count) : toast.text;
    const float wrap = width - ui::Px(44);
    const float height = ImGui::CalcTextSize(text.c_str(), nullptr, false, wrap).y + ui::Px(18);
    ImGui::SetNextWindowPos(ImVec2(lower_right.x - width - ui::Px(12), bottom - height));
    ImGui::SetNextWindowSize(ImVec2(width, height));
    ImGui::PushStyleColor(ImGuiCol_WindowBg, ImGui::GetStyleColorVec4(ImGuiCol_PopupBg));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0, 0));
    const std::string name = fmt::format("##toast{}", i);
    if (ImGui::Begin(name.c_str(), nullptr,
                     ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoSavedSettings |
                         ImGuiWindowFlags_NoFocusOnAppearing | ImGuiWindowFlags_NoNav |
                         ImGuiWindowFlags_NoMove)) {
      const ImVec2 low = ImGui::GetWindowPos();
      ImDrawList& list = *ImGui::GetWindowDrawList();
      list.AddRectFilled(low, ImVec2(low.x + ui::Px(4), low.y + height),
                         bad ? theme.bad : theme.accent, ui::Px(2));
      list.AddText(ImGui::GetFont(), ImGui::GetFontSize(),
                   ImVec2(low.x + ui::Px(14), low.y + ui::Px(9)), theme.text, text.c_str(), nullptr,
                   wrap);
      ui::ReportRect(std::to_string(i), low, ImVec2(low.x + width, low.y + height), text);
      ImGui::SetCursorScreenPos(ImVec2(low.x + width - ui::Px(28), low.y + ui::Px(4)));
      const std::string close = fmt::format("Close {}", i);
      if (ui::IconButton(close.c_str(), ui::Icon::kClose, "close")) workspace.toasts().Dismiss(i);
    }
    ImGui::End();
    ImGui::PopStyleVar();
    ImGui::PopStyleColor();
    bottom -= height + ui::Px(8);
  }
}

namespace {

// The keys that are for one place, in a table of their own.
void DrawKeysOf(std::string_view where) {
  const Theme& theme = CurrentTheme();
  std::string heading(where);
  heading.front() = static_cast<char>(heading.front() - 'a' + 'A');
  ImGui::TextColored(ImGui::ColorConvertU32ToFloat4(theme.accent), "%s", heading.c_str());
  if (!ImGui::BeginTable(heading.c_str(), 2, ImGuiTableFlags_SizingFixedFit)) return;
  ImGui::TableSetupColumn("key", ImGuiTableColumnFlags_WidthFixed, ui::Px(112));
  ImGui::TableSetupColumn("what", ImGuiTableColumnFlags_WidthFixed, ui::Px(270));
  for (const KeyBinding& binding : KeyBindings()) {
    if (binding.where != where) continue;
    ImGui::TableNextRow();
    ImGui::TableNextColumn();
    ImGui::TextUnformatted(binding.label.data(), binding.label.data() + binding.label.size());
    ui::ReportItem(binding.label, binding.help);
    ImGui::TableNextColumn();
    ImGui::PushStyleColor(ImGuiCol_Text, theme.text_dim);
    ImGui::TextUnformatted(binding.help.data(), binding.help.data() + binding.help.size());
    ImGui::PopStyleColor();
  }
  ImGui::EndTable();
  ImGui::Dummy(ImVec2(0, ui::Px(6)));
}

}  // namespace

void DrawHelp(bool& open) {
  if (!open) return;
  const ui::Scope scope("Keys");
  const ImVec2 display = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos(ImVec2(display.x / 2, display.y / 2), ImGuiCond_Always,
                          ImVec2(0.5F, 0.5F));
  ImGui::SetNextWindowSizeConstraints(ImVec2(0, 0),
                                      ImVec2(display.x - ui::Px(40), display.y - ui::Px(40)));
  ImGui::PushStyleColor(ImGuiCol_WindowBg, ImGui::GetStyleColorVec4(ImGuiCol_PopupBg));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(ui::Px(20), ui::Px(16)));
  if (ImGui::Begin("##keys", nullptr,
                   ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoResize |
                       ImGuiWindowFlags_NoMove | ImGuiWindowFlags_AlwaysAutoResize |
                       ImGuiWindowFlags_NoSavedSettings)) {
    if (ImGui::BeginTable("##columns", 2, ImGuiTableFlags_SizingFixedFit)) {
      std::string_view where;
      ImGui::TableNextColumn();
      for (const KeyBinding& binding : KeyBindings()) {
        if (binding.where == where) continue;
        if (where == KeyBindings().front().where) ImGui::TableNextColumn();
        where = binding.where;
        DrawKeysOf(where);
      }
      ImGui::EndTable();
    }
    // A click elsewhere closes it.
    if (ImGui::IsMouseClicked(ImGuiMouseButton_Left) && !ImGui::IsWindowAppearing() &&
        !ImGui::IsWindowHovered(ImGuiHoveredFlags_ChildWindows)) {
      open = false;
    }
  }
  ImGui::End();
  ImGui::PopStyleVar();
  ImGui::PopStyleColor();
}

}  // namespace agon::viewer::chrome
