// SPDX-License-Identifier: Apache-2.0
// A configuration as inputs: one row a field, settings of components and groups indented below.
#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>

#include "runtime/base/text.h"
#include "viewer/core/text_tail.h"
#include "viewer/runs/views.h"
#include "viewer/ui/theme.h"
#include "viewer/ui/widgets.h"

namespace agon::viewer {
namespace {

constexpr float kNameWidth = 170, kInputWidth = 260;

std::string Join(const std::string& path, const std::string& key) {
  return path.empty() ? key : path + "." + key;
}

std::string HelpOf(const FieldSpec& field) {
  std::string expected = Expectation(field);
  if (!field.default_value.IsNull()) {
    expected += "; without it " + FlowText(field.default_value);
  } else if (field.required) {
    expected += "; must be given";
  }
  return ValidUtf8(field.help) + (field.help.empty() ? "" : "\n") + ValidUtf8(expected);
}

// The name at the left, with what the field is for; the input's place at the right.
void Name(const FieldSpec& field, bool given) {
  ImGui::AlignTextToFramePadding();
  const std::string shown = ui::Elided(field.name, ui::Px(kNameWidth));
  ImGui::PushStyleColor(ImGuiCol_Text, given ? CurrentTheme().text : CurrentTheme().text_dim);
  ImGui::TextUnformatted(shown.c_str());
  ImGui::PopStyleColor();
  ui::Tooltip(HelpOf(field).c_str());
  ImGui::SameLine(ImGui::GetCursorPosX() + ui::Px(kNameWidth));
  ImGui::SetNextItemWidth(
      std::clamp(ImGui::GetContentRegionAvail().x - ui::Px(60), ui::Px(60), ui::Px(kInputWidth)));
}

// What a field is for, where there is room beside its input.
void Help(const FieldSpec& field) {
  constexpr float kLeast = 120;
  ImGui::SameLine();
  const float room = ImGui::GetContentRegionAvail().x;
  if (room < ui::Px(kLeast) || field.help.empty()) return ImGui::NewLine();
  const std::string help = ui::Elided(ValidUtf8(field.help), room);
  ImGui::PushStyleColor(ImGuiCol_Text, CurrentTheme().text_dim);
  ImGui::TextUnformatted(help.c_str());
  ImGui::PopStyleColor();
}

bool HasSettings(const FieldSpec& field, const config::Value& value) {
  const auto* const component = field.FindComponent(ComponentName(value));
  return component != nullptr && !component->fields.empty();
}

}  // namespace

bool FormView::Draw(const FieldSpec& spec, config::Value& value,
                    const std::vector<FormProblem>& problems) {
  const ui::Scope scope("Form");
  problems_.clear();
  for (const FormProblem& problem : problems) problems_.emplace(problem.path, problem.message);
  if (!value.IsMapping()) value = config::Value::Mapping();
  return DrawFields(spec.fields, value, {});
}

bool FormView::DrawFields(const std::vector<FieldSpec>& fields, config::Value& mapping,
                          const std::string& path) {
  bool changed = false;
  for (const FieldSpec* const field : InOrder(fields, mapping)) {
    if (DrawField(*field, mapping, Join(path, field->name))) changed = true;
  }
  // What no field is for: it can only be taken out.
  std::string unknown;
  for (const auto& entry : mapping.entries()) {
    const bool known = std::any_of(fields.begin(), fields.end(),
                                   [&](const FieldSpec& f) { return f.name == entry.key; });
    if (known || (entry.key == "name" && !path.empty())) continue;
    const ui::Scope scope(entry.key);
    ui::TextError(ValidUtf8(entry.key));
    ImGui::SameLine();
    if (ui::SmallButton("Remove", "no field has this name")) unknown = entry.key;
    DrawProblem(Join(path, entry.key));
  }
  if (unknown.empty()) return changed;
  mapping.Erase(unknown);
  return true;
}

bool FormView::DrawField(const FieldSpec& field, config::Value& mapping, const std::string& path) {
  const ui::Scope scope(field.name);
  const config::Value* const present = mapping.Find(field.name);
  // Drawn on a copy: a field that is not given shows its default, and is given once it is changed.
  config::Value value = present != nullptr ? *present : field.default_value;
  bool changed = false;
  const bool group = field.kind == FieldKind::kObject;
  if (group && field.optional && value.IsNull()) {
    Name(field, false);
    if (ui::Button("Add", HelpOf(field).c_str())) {
      value = config::Value::Mapping();
      changed = true;
    }
  } else if (group) {
    const bool open = ui::TreeNode(field.name.c_str(), present != nullptr);
    ui::Tooltip(HelpOf(field).c_str());
    if (open) {
      if (field.optional && ui::SmallButton("Leave out", "as if it were not given")) {
        value = {};
        changed = true;
      } else if (!value.IsMapping()) {
        value = config::Value::Mapping();
      }
      if (value.IsMapping() && DrawFields(field.fields, value, path)) changed = true;
      ImGui::TreePop();
    }
  } else {
    Name(field, present != nullptr);
    changed = DrawValue(field, value, path);
    if (IsOneLine(field)) Help(field);
  }
  DrawProblem(path);
  if (changed) mapping.Set(field.name, std::move(value));
  return changed;
}

bool FormView::DrawValue(const FieldSpec& field, config::Value& value, const std::string& path) {
  switch (field.kind) {
    case FieldKind::kBoolean: {
      bool on = value.IsScalar() && value.text() == "true";
      if (!ui::Checkbox("##value", on, HelpOf(field).c_str())) return false;
      value = config::Value::Scalar(on ? "true" : "false");
      return true;
    }
    case FieldKind::kChoice:
      return DrawChoice(field, value);
    case FieldKind::kComponent:
      return DrawComponent(field, value, path);
    case FieldKind::kObject:
      ImGui::NewLine();
      if (!value.IsMapping()) value = config::Value::Mapping();
      return DrawFields(field.fields, value, path);
    case FieldKind::kTexts:
      return DrawTexts(field, value, path);
    case FieldKind::kList:
      if (!IsOneLine(field)) return DrawList(field, value, path);
      return DrawOneLine(field, value);
    case FieldKind::kInteger:
    case FieldKind::kNumber:
    case FieldKind::kText:
    case FieldKind::kYaml:
      return DrawOneLine(field, value);
  }
  return false;
}

bool FormView::DrawOneLine(const FieldSpec& field, config::Value& value) {
  std::string text = InputText(field, value);
  const std::string hint = field.optional ? "none" : "";
  if (!ui::InputText("##value", text, hint.c_str(), HelpOf(field).c_str())) return false;
  value = FromInput(field, text);
  return true;
}

bool FormView::DrawChoice(const FieldSpec& field, config::Value& value) {
  const auto found = std::find(field.choices.begin(), field.choices.end(), value.text());
  int choice = found == field.choices.end() ? -1 : static_cast<int>(found - field.choices.begin());
  if (!ui::Combo("##value", choice, field.choices, HelpOf(field).c_str())) return false;
  value = FromInput(field, field.choices[static_cast<std::size_t>(choice)]);
  return true;
}

bool FormView::DrawComponent(const FieldSpec& field, config::Value& value,
                             const std::string& path) {
  std::vector<std::string> names;
  int choice = -1;
  const std::string name = ComponentName(value);
  for (const auto& component : field.components) {
    if (component.name == name) choice = static_cast<int>(names.size());
    names.push_back(component.name);
  }
  bool changed = false;
  const auto* const chosen = field.FindComponent(name);
  const std::string help = chosen == nullptr ? HelpOf(field) : field.help + "\n" + chosen->summary;
  if (ui::Combo("##value", choice, names, help.c_str())) {
    SetComponent(field, names[static_cast<std::size_t>(choice)], value);
    changed = true;
  }
  if (!HasSettings(field, value)) return changed;
  ImGui::Indent();
  const bool open = ui::TreeNode("settings", true);
  if (open) {
    config::Value& settings = SettingsOf(value);
    if (DrawFields(field.FindComponent(ComponentName(settings))->fields, settings, path)) {
      changed = true;
    }
    ImGui::TreePop();
  }
  ImGui::Unindent();
  return changed;
}

bool FormView::DrawList(const FieldSpec& field, config::Value& value, const std::string& path) {
  static const std::string kOwnList = "a list of its own";
  bool changed = false;
  if (!field.choices.empty()) {
    std::vector<std::string> choices = field.choices;
    choices.push_back(kOwnList);
    const auto found = std::find(choices.begin(), choices.end(), value.text());
    int choice = value.IsSequence() ? static_cast<int>(choices.size()) - 1
                                    : static_cast<int>(found - choices.begin());
    if (ui::Combo("##value", choice, choices, HelpOf(field).c_str())) {
      const std::string& name = choices[static_cast<std::size_t>(choice)];
      value = name == kOwnList ? config::Value::Sequence() : config::Value::Scalar(name);
      changed = true;
    }
    if (!value.IsSequence()) return changed;
  } else {
    ImGui::NewLine();
  }
  if (!value.IsSequence()) {
    config::Value list = config::Value::Sequence();
    if (!value.IsNull()) list.items().push_back(value);
    value = std::move(list);
  }
  ImGui::Indent();
  std::optional<std::size_t> removed;
  for (std::size_t i = 0; i < value.items().size(); ++i) {
    const std::string number = std::to_string(i);
    const ui::Scope scope(number);
    ImGui::AlignTextToFramePadding();
    ImGui::TextUnformatted(number.c_str());
    ImGui::SameLine();
    if (ui::SmallButton("-", "take this one out")) removed = i;
    ImGui::SameLine();
    ImGui::SetNextItemWidth(
        std::clamp(ImGui::GetContentRegionAvail().x, ui::Px(60), ui::Px(kInputWidth)));
    const std::string place = fmt::format("{}[{}]", path, i);
    if (DrawValue(field.item.front(), value.items()[i], place)) changed = true;
    DrawProblem(place);
  }
  if (ui::SmallButton("+", "one more")) {
    value.items().push_back(NewItem(field.item.front()));
    changed = true;
  }
  ImGui::Unindent();
  if (removed) {
    value.items().erase(value.items().begin() + static_cast<std::ptrdiff_t>(*removed));
    changed = true;
  }
  return changed;
}

bool FormView::DrawTexts(const FieldSpec& field, config::Value& value, const std::string& path) {
  ImGui::NewLine();
  if (!value.IsMapping()) value = config::Value::Mapping();
  bool changed = false;
  std::string removed;
  ImGui::Indent();
  for (auto& entry : value.entries()) {
    const ui::Scope scope(entry.key);
    FieldSpec text;
    text.kind = FieldKind::kText;
    text.name = entry.key;
    text.help = field.help;
    Name(text, true);
    if (DrawOneLine(text, entry.value)) changed = true;
    ImGui::SameLine();
    if (ui::SmallButton("-", "take this one out")) removed = entry.key;
  }
  std::string& key = new_keys_[path];
  ImGui::SetNextItemWidth(ui::Px(kNameWidth));
  ui::InputText("##New key", key, "new key");
  ImGui::SameLine();
  ImGui::BeginDisabled(key.empty() || value.Find(key) != nullptr);
  if (ui::SmallButton("+", "a row for this key")) {
    value.Set(key, config::Value::Scalar("", true));
    key.clear();
    changed = true;
  }
  ImGui::EndDisabled();
  ImGui::Unindent();
  if (!removed.empty()) {
    value.Erase(removed);
    changed = true;
  }
  return changed;
}

void FormView::DrawProblem(const std::string& path) {
  const auto found = problems_.find(path);
  if (found != problems_.end()) ui::TextError(found->second);
}

}  // namespace agon::viewer
