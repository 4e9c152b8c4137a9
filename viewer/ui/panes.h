// SPDX-License-Identifier: Apache-2.0
// The panes of the window and the panels in them. A part of Application, which alone needs this
// file.
//
// Thread safety: the thread that draws.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "viewer/ui/chrome.h"
#include "viewer/ui/panel.h"

struct ImGuiWindow;  // of imgui_internal.h

namespace agon::viewer {

class Panes {
 public:
  static constexpr std::size_t kMost = 4;

  Panes(Workspace& workspace, TextureBackend& textures, const Registry& registry);

  // All panels there are: the usual ones in their order, then others by name.
  [[nodiscard]] const std::vector<chrome::PanelName>& names() const { return names_; }
  [[nodiscard]] bool Known(const std::string& name) const;
  // As the settings' layout says; one when `single`.
  [[nodiscard]] std::size_t count() const;
  void SetSingle() { single_ = true; }

  [[nodiscard]] const std::string& PanelIn(std::size_t place) const;
  // `chosen` by the user: the pane does not change when another run is selected.
  void Show(std::size_t place, const std::string& name, bool chosen);
  // The next (1) or previous (-1) panel in the pane that has the focus.
  void Cycle(int by);
  // A run opens with the panel that goes with its command, until the user chooses another.
  void FollowRun();

  [[nodiscard]] std::size_t focus() const { return focus_; }
  // Opens it when it was not; null when there are no panels.
  [[nodiscard]] PanelView* View(std::size_t place);
  [[nodiscard]] std::string FocusedTitle() const;
  // A panel that is shown waits for something of its own.
  [[nodiscard]] bool busy() const;

  // `pressed`: actions whose keys went down since the last frame.
  void Draw(ImVec2 low, ImVec2 size, const std::vector<Action>& pressed);

 private:
  struct Pane {
    explicit Pane(TextureBackend& backend) : textures(backend) {}
    Textures textures;
    std::string panel;
    std::map<std::string, std::unique_ptr<PanelView>> views;  // keep their state when not shown
    bool chosen = false, busy = false;
  };
  void AddName(const std::string& name);
  [[nodiscard]] std::string TitleOf(const std::string& name) const;
  float DrawHeader(std::size_t place, ImVec2 low, float width);
  static void EndWindowsWithin(const ImGuiWindow* own);
  void DrawPane(std::size_t place, ImVec2 low, ImVec2 size, const std::vector<Action>& pressed);

  Workspace& workspace_;
  const Registry& registry_;
  std::vector<chrome::PanelName> names_;
  std::vector<std::unique_ptr<Pane>> panes_;
  std::size_t focus_ = 0;
  bool single_ = false;
  Path followed_run_;  // whose panel was chosen by itself
};

}  // namespace agon::viewer
