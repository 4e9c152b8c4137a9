// SPDX-License-Identifier: Apache-2.0
#include "viewer/ui/widgets.h"

#include <fmt/format.h>
#include <imgui_internal.h>
#include <imgui_stdlib.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "viewer/ui/theme.h"

namespace agon::viewer::ui {
namespace {

struct State {
  Probe* probe = nullptr;
  std::string path;  // "Attack/"
};

State& Ui() {
  static State state;
  return state;
}

std::string_view PathPart(std::string_view label) {
  while (label.starts_with('#')) label.remove_prefix(1);
  return label;
}

// The last item, with its value, and its tooltip.
void Finish(std::string_view label, std::string_view value, const char* tooltip) {
  ReportItem(label, value);
  Tooltip(tooltip);
}

std::string_view YesNo(bool value) { return value ? "1" : "0"; }

void ColouredText(std::string_view text, ImU32 colour) {
  ImGui::PushStyleColor(ImGuiCol_Text, colour);
  Text(text);
  ImGui::PopStyleColor();
}

// Bytes of the UTF-8 sequence that begins here.
std::size_t SequenceLength(std::string_view text, std::size_t at) {
  std::size_t length = 1;
  while (at + length < text.size() &&
         (static_cast<unsigned char>(text[at + length]) & 0xC0U) == 0x80U) {
    ++length;
  }
  return length;
}

// What an open combo shows.
bool Choices(const char* label, int& choice, const std::vector<std::string>& choices) {
  const Scope scope(label);
  bool changed = false;
  for (int i = 0; std::cmp_less(i, choices.size()); ++i) {
    ImGui::PushID(i);
    const std::string text = Literal(choices[static_cast<std::size_t>(i)]);
    if (Selectable(text.c_str(), i == choice)) {
      changed = changed || choice != i;
      choice = i;
    }
    if (i == choice && ImGui::IsWindowAppearing()) ImGui::SetScrollHereY();
    ImGui::PopID();
  }
  return changed;
}

}  // namespace

Probe::Probe() : before_(std::exchange(Ui().probe, this)) {}
Probe::~Probe() { Ui().probe = before_; }

void Probe::NewFrame() {
  items_ = std::move(drawing_);
  drawing_.clear();
}

const ProbedItem* Probe::Find(std::string_view path) const {
  const auto found = items_.find(path);
  return found == items_.end() ? nullptr : &found->second;
}

std::vector<std::string> Probe::Paths() const {
  std::vector<std::string> paths;
  paths.reserve(items_.size());
  for (const auto& [path, item] : items_) paths.push_back(path);
  return paths;
}

void Probe::Report(std::string path, ProbedItem item) {
  if (!drawing_.contains(path)) {
    drawing_.emplace(std::move(path), std::move(item));
    return;
  }
  for (int copy = 2;; ++copy) {
    std::string numbered = fmt::format("{} ({})", path, copy);
    if (drawing_.contains(numbered)) continue;
    drawing_.emplace(std::move(numbered), std::move(item));
    return;
  }
}

Scope::Scope(std::string_view name)
    : length_(Ui().path.size()), window_(ImGui::GetCurrentWindowRead()) {
  ImGui::PushID(name.data(), name.data() + name.size());
  Ui().path += PathPart(name);
  Ui().path += '/';
}

Scope::~Scope() {
  // Elsewhere an exception is on its way through a window that was not ended; whoever catches it
  // mends ImGui's stacks.
  if (ImGui::GetCurrentWindowRead() == window_) ImGui::PopID();
  Ui().path.resize(length_);
}

std::string Literal(std::string_view text) {
  std::string label;
  label.reserve(text.size() + 1);
  for (const char letter : text) {
    // A blank between two of them is the smallest change that ImGui shows.
    if (letter == '#' && label.ends_with('#')) label += ' ';
    label += letter;
  }
  // ImGui refuses an empty label.
  return label.empty() ? std::string(" ") : label;
}

void ReportItem(std::string_view label, std::string_view value) {
  if (Ui().probe == nullptr) return;
  ReportRect(label, ImGui::GetItemRectMin(), ImGui::GetItemRectMax(), value);
}

void ReportRect(std::string_view label, ImVec2 min, ImVec2 max, std::string_view value) {
  State& ui = Ui();
  if (ui.probe == nullptr) return;
  ProbedItem item;
  item.value = value;
  item.visible = ImGui::IsRectVisible(min, max);
  item.enabled = (ImGui::GetCurrentContext()->CurrentItemFlags & ImGuiItemFlags_Disabled) == 0;
  item.min = min;
  item.max = max;
  if (item.visible) {
    const ImRect& clip = ImGui::GetCurrentWindowRead()->ClipRect;
    item.min = {std::max(min.x, clip.Min.x), std::max(min.y, clip.Min.y)};
    item.max = {std::min(max.x, clip.Max.x), std::min(max.y, clip.Max.y)};
  }
  ui.probe->Report(ui.path + std::string(PathPart(label)), std::move(item));
}

bool Button(const char* label, const char* tooltip) {
  const bool pressed = ImGui::Button(label);
  Finish(label, {}, tooltip);
  return pressed;
}

bool SmallButton(const char* label, const char* tooltip) {
  const bool pressed = ImGui::SmallButton(label);
  Finish(label, {}, tooltip);
  return pressed;
}

bool Checkbox(const char* label, bool& value, const char* tooltip) {
  const bool changed = ImGui::Checkbox(label, &value);
  Finish(label, YesNo(value), tooltip);
  return changed;
}

bool GroupCheckbox(const char* label, bool& value, bool mixed, const char* tooltip) {
  ImGui::PushItemFlag(ImGuiItemFlags_MixedValue, mixed);
  const std::string hidden = std::string("##") + label;
  const bool changed = ImGui::Checkbox(hidden.c_str(), &value);
  ImGui::PopItemFlag();
  Finish(label, mixed ? "mixed" : YesNo(value), tooltip);
  return changed;
}

bool FoldButton(const char* label, bool& open) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float side = ImGui::GetFrameHeight();
  const float size = ImGui::GetFontSize();
  const bool pressed = ImGui::InvisibleButton(label, {size, side});
  if (pressed) open = !open;
  constexpr float kSmall = 0.8F;
  ImGui::RenderArrow(ImGui::GetWindowDrawList(),
                     {at.x + size * (1 - kSmall) / 2, at.y + (side - size * kSmall) / 2},
                     ImGui::IsItemHovered() ? CurrentTheme().text : CurrentTheme().text_dim,
                     open ? ImGuiDir_Down : ImGuiDir_Right, kSmall);
  ReportItem(label, YesNo(open));
  return pressed;
}

bool Combo(const char* label, int& choice, const std::vector<std::string>& choices,
           const char* tooltip) {
  const bool known = choice >= 0 && static_cast<std::size_t>(choice) < choices.size();
  const std::string shown = known ? choices[static_cast<std::size_t>(choice)] : std::string();
  const bool open = ImGui::BeginCombo(label, shown.c_str(), ImGuiComboFlags_HeightLarge);
  bool changed = false;
  if (open) {
    changed = Choices(label, choice, choices);
    ImGui::EndCombo();
  }
  Finish(label, shown, open ? nullptr : tooltip);
  return changed;
}

bool SliderFloat(const char* label, float& value, float low, float high, const char* format,
                 const char* tooltip) {
  const bool changed =
      ImGui::SliderFloat(label, &value, low, high, format, ImGuiSliderFlags_AlwaysClamp);
  Finish(label, Ui().probe == nullptr ? std::string() : fmt::format("{:g}", value), tooltip);
  return changed;
}

bool SliderInt(const char* label, int& value, int low, int high, const char* tooltip) {
  const bool changed =
      ImGui::SliderInt(label, &value, low, high, "%d", ImGuiSliderFlags_AlwaysClamp);
  Finish(label, Ui().probe == nullptr ? std::string() : fmt::format("{}", value), tooltip);
  return changed;
}

bool InputText(const char* label, std::string& text, const char* hint, const char* tooltip) {
  const bool changed = ImGui::InputTextWithHint(label, hint, &text);
  Finish(label, text, ImGui::IsItemActive() ? nullptr : tooltip);
  return changed;
}

bool Selectable(const char* label, bool selected, const char* tooltip) {
  const bool pressed = ImGui::Selectable(label, selected);
  Finish(label, YesNo(selected), tooltip);
  return pressed;
}

bool RadioButton(const char* label, bool active, const char* tooltip) {
  const bool pressed = ImGui::RadioButton(label, active);
  Finish(label, YesNo(active), tooltip);
  return pressed;
}

bool TreeNode(const char* label, bool open_at_first) {
  const bool open = ImGui::TreeNodeEx(
      label, ImGuiTreeNodeFlags_SpanAvailWidth |
                 (open_at_first ? ImGuiTreeNodeFlags_DefaultOpen : ImGuiTreeNodeFlags_None));
  ReportItem(label, YesNo(open));
  return open;
}

void Text(std::string_view text) {
  ImGui::PushTextWrapPos(0);
  ImGui::TextUnformatted(text.data(), text.data() + text.size());
  ImGui::PopTextWrapPos();
  ReportItem(text, text);
}

void TextDim(std::string_view text) { ColouredText(text, CurrentTheme().text_dim); }
void TextError(std::string_view text) { ColouredText(text, CurrentTheme().bad); }

void Tooltip(const char* text) {
  if (text == nullptr || *text == '\0') return;
  if (!ImGui::IsItemHovered(ImGuiHoveredFlags_AllowWhenDisabled)) return;
  // A tooltip that comes at once is in the way of whoever only passes.
  constexpr float kDelay = 0.35F;
  const ImGuiContext& context = *ImGui::GetCurrentContext();
  if (context.HoveredId != 0 && context.HoveredIdTimer < kDelay) return;
  if (ImGui::IsMouseDown(ImGuiMouseButton_Left)) return;
  ImGui::BeginTooltip();
  constexpr float kWidth = 28;  // letters
  ImGui::PushTextWrapPos(ImGui::GetFontSize() * kWidth);
  ImGui::TextUnformatted(text);
  ImGui::PopTextWrapPos();
  ImGui::EndTooltip();
}

void CentredNote(std::string_view text) {
  const ImVec2 room = ImGui::GetContentRegionAvail();
  constexpr float kShare = 0.8F;
  const float width = std::max(room.x * kShare, 1.0F);
  const ImVec2 size = ImGui::CalcTextSize(text.data(), text.data() + text.size(), false, width);
  const ImVec2 cursor = ImGui::GetCursorPos();
  ImGui::SetCursorPos({cursor.x + std::max(0.0F, std::floor((room.x - size.x) / 2)),
                       cursor.y + std::max(0.0F, std::floor((room.y - size.y) / 2))});
  ImGui::PushStyleColor(ImGuiCol_Text, CurrentTheme().text_dim);
  ImGui::PushTextWrapPos(ImGui::GetCursorPosX() + width);
  ImGui::TextUnformatted(text.data(), text.data() + text.size());
  ImGui::PopTextWrapPos();
  ImGui::PopStyleColor();
  ReportItem(text, text);
}

void Copy(const std::string& text) { ImGui::SetClipboardText(text.c_str()); }

std::string Elided(std::string_view text, float width) {
  const auto wide = [](std::string_view part) {
    return ImGui::CalcTextSize(part.data(), part.data() + part.size()).x;
  };
  if (wide(text) <= width) return std::string(text);
  const float room = width - wide("...");
  if (room <= 0) return "...";
  // Letters are taken from the left and the right in turn until the next would not fit.
  std::vector<std::size_t> starts;
  for (std::size_t at = 0; at < text.size(); at += SequenceLength(text, at)) starts.push_back(at);
  starts.push_back(text.size());
  std::size_t left = 0;
  std::size_t right = starts.size() - 1;
  float used = 0;
  for (bool from_left = true; left < right; from_left = !from_left) {
    const std::size_t begin = from_left ? starts[left] : starts[right - 1];
    const std::size_t end = from_left ? starts[left + 1] : starts[right];
    used += wide(text.substr(begin, end - begin));
    if (used > room) break;
    if (from_left) {
      ++left;
    } else {
      --right;
    }
  }
  return fmt::format("{}...{}", text.substr(0, starts[left]), text.substr(starts[right]));
}

void SameLineIfRoom(float width) {
  const float right =
      ImGui::GetWindowPos().x + ImGui::GetWindowContentRegionMax().x - ImGui::GetItemRectMax().x;
  if (right >= width + ImGui::GetStyle().ItemSpacing.x) ImGui::SameLine();
}

float Scale() { return CurrentTheme().scale; }

}  // namespace agon::viewer::ui
