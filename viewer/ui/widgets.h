// SPDX-License-Identifier: Apache-2.0
// ImGui's widgets as the viewer uses them: named by a label path, with a tooltip, visible to the
// probe that tests drive the whole interface with. Panels use these, not ImGui's own.
//
//   ui::Scope scope("Attack");                      // labels below are "Attack/..."
//   if (ui::Button("Export CSV", "what is shown, as a table")) ...
//
// Labels are shown up to "##" as with ImGui (Literal() for names from data); their path is the
// whole label, without a leading "##". The second item of a path in a frame is "PATH (2)", and so
// on. All other texts are UTF-8 and shown literally.
//
// Thread safety: the thread that draws.
#pragma once

#include <imgui.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

struct ImGuiWindow;  // of imgui_internal.h

namespace agon::viewer::ui {

// What was drawn in the last frame, for tests. Off (and free) unless a Probe exists.
struct ProbedItem {
  ImVec2 min, max;    // what is seen of it; all of it when nothing is
  std::string value;  // the text of a label, the state of a box ("1"), the value of an input
  bool enabled = true;
  bool visible = true;  // not clipped away
};
class Probe {
 public:
  Probe();  // becomes the one that widgets report to
  ~Probe();
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  void NewFrame();  // what was drawn since the last call can now be found
  [[nodiscard]] const ProbedItem* Find(std::string_view path) const;  // "Attack/Export CSV"
  [[nodiscard]] std::vector<std::string> Paths() const;
  void Report(std::string path, ProbedItem item);

 private:
  std::map<std::string, ProbedItem, std::less<>> items_, drawing_;
  Probe* before_;
};

// Prefixes labels (and ImGui's ids) with "NAME/".
class Scope {
 public:
  explicit Scope(std::string_view name);
  ~Scope();
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

 private:
  std::size_t length_;         // of the path before
  const ImGuiWindow* window_;  // where it began
};
// A label that shows all of `text`, whatever it contains.
[[nodiscard]] std::string Literal(std::string_view text);
// Reports the last drawn item to the probe under the present scope: for widgets of one's own.
void ReportItem(std::string_view label, std::string_view value = {});
void ReportRect(std::string_view label, ImVec2 min, ImVec2 max, std::string_view value = {});

// All return whether the value changed (or the button was pressed).
bool Button(const char* label, const char* tooltip = nullptr);
bool SmallButton(const char* label, const char* tooltip = nullptr);
bool Checkbox(const char* label, bool& value, const char* tooltip = nullptr);
// A box of several: neither on nor off while they differ. Its label is not drawn.
bool GroupCheckbox(const char* label, bool& value, bool mixed, const char* tooltip = nullptr);
// A triangle that points down while `open`. Its label is not drawn.
bool FoldButton(const char* label, bool& open);
// A choice out of range shows as empty; each choice is an item "LABEL/CHOICE" while it is open.
bool Combo(const char* label, int& choice, const std::vector<std::string>& choices,
           const char* tooltip = nullptr);
bool SliderFloat(const char* label, float& value, float low, float high, const char* format,
                 const char* tooltip = nullptr);
bool SliderInt(const char* label, int& value, int low, int high, const char* tooltip = nullptr);
bool InputText(const char* label, std::string& text, const char* hint = "",
               const char* tooltip = nullptr);
bool Selectable(const char* label, bool selected, const char* tooltip = nullptr);
bool RadioButton(const char* label, bool active, const char* tooltip = nullptr);
// Open: followed by ImGui::TreePop.
bool TreeNode(const char* label, bool open_at_first = false);
void Text(std::string_view text);  // wrapped
void TextDim(std::string_view text);
void TextError(std::string_view text);
void Tooltip(const char* text);  // of the last item; null or empty: none
// A text in the middle of what is left of the window: "nothing recorded yet".
void CentredNote(std::string_view text);
// Copies to the clipboard.
void Copy(const std::string& text);
// The text, cut in the middle by "..." where it is wider than `width` pixels.
[[nodiscard]] std::string Elided(std::string_view text, float width);
// The next item stands beside the last one where `width` pixels are left, below it otherwise.
void SameLineIfRoom(float width);

// Sizes in this file are in pixels at scale 1.
[[nodiscard]] float Scale();
[[nodiscard]] inline float Px(float pixels) { return pixels * Scale(); }

}  // namespace agon::viewer::ui
