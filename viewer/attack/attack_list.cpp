// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "viewer/attack/attack_panel.h"
#include "viewer/ui/widgets.h"

namespace agon::viewer {
namespace {

using Which = ExampleFilter::Which;
constexpr int kFirstAttack = static_cast<int>(Which::kBrokenBy);

void Combo(const char* label, const char* text, int& choice,
           const std::vector<std::string>& choices, const char* tooltip, bool& changed) {
  // A name beside its box, not an item of its own.
  ImGui::PushStyleColor(ImGuiCol_Text, CurrentTheme().text_dim);
  ImGui::AlignTextToFramePadding();
  ImGui::TextUnformatted(text);
  ImGui::PopStyleColor();
  ImGui::SameLine(ui::Px(58));
  ImGui::SetNextItemWidth(-1);
  if (ui::Combo(label, choice, choices, tooltip)) changed = true;
}

ImU32 ColourOf(std::int64_t broken_by) {
  const Theme& theme = CurrentTheme();
  return broken_by >= 0 ? theme.bad : broken_by == kStands ? theme.good : theme.text_dim;
}

}  // namespace

void AttackList::Draw(AttackModel& model) {
  bool changed = false;
  int title = static_cast<int>(model.title());
  Combo("##result", "result", title, model.titles(), "model, norm and epsilon", changed);
  if (changed) {
    model.SelectTitle(static_cast<std::size_t>(title));
    return;  // table and result are the other title's from the next Update on
  }
  if (model.table() != nullptr) {
    Filters(model);
  } else {
    ui::TextDim(model.busy() ? "Reading the examples ..."
                             : "The recorded examples; all come with the result.");
  }
  const float line = ImGui::GetTextLineHeightWithSpacing();
  const float figures = model.table() == nullptr ? 0 : 8 * line;
  Examples(model, std::max(ImGui::GetContentRegionAvail().y - figures, 4 * line));
  if (model.table() != nullptr) Figures(model);
}

void AttackList::Filters(AttackModel& model) {
  if (classes_of_ != model.table()) {
    classes_of_ = model.table();
    classes_ = {"any"};
    for (std::int64_t label = 0; label < classes_of_->classes; ++label) {
      classes_.push_back(model.ClassName(label));
    }
  }
  bool changed = false;
  ExampleFilter& filter = model.filter;
  std::vector<std::string> shows = {"all", "broken", "still standing", "wrong when clean"};
  for (const AttackFigures& attack : model.result()->attacks) {
    shows.push_back(fmt::format("broken by {}", attack.name));
  }
  int show = static_cast<int>(filter.which);
  if (filter.which == Which::kBrokenBy) show += static_cast<int>(filter.attack);
  Combo("##show", "show", show, shows, "which examples are listed", changed);
  int label = static_cast<int>(filter.label) + 1;
  Combo("##class", "class", label, classes_, "their true class", changed);
  int seen_as = static_cast<int>(filter.seen_as) + 1;
  Combo("##seen as", "seen as", seen_as, classes_, "the class the model sees after the attack",
        changed);
  int order = 2 * static_cast<int>(filter.order) + (filter.descending ? 1 : 0);
  static const std::vector<std::string> orders = {"number",         "number, last first",
                                                  "least distance", "largest distance",
                                                  "fewest queries", "most queries"};
  Combo("##order", "order", order, orders, "what the list is sorted by", changed);
  if (!changed) return;
  filter.which = static_cast<Which>(std::min(show, kFirstAttack));
  filter.attack = std::max(show - kFirstAttack, 0);
  filter.label = label - 1;
  filter.seen_as = seen_as - 1;
  filter.order = static_cast<ExampleFilter::Order>(order / 2);
  filter.descending = order % 2 == 1;
}

void AttackList::Examples(AttackModel& model, float height) {
  const ui::Scope scope("Examples");
  ImGui::BeginChild("examples", {0, height}, true);
  const float row_height = ImGui::GetTextLineHeightWithSpacing();
  const float square = ImGui::GetFontSize() * 0.55F;
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(model.listed()), row_height);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  while (clipper.Step()) {
    for (int place = clipper.DisplayStart; place < clipper.DisplayEnd; ++place) {
      const AttackModel::Entry entry = model.Listed(static_cast<std::size_t>(place));
      const ImVec2 at = ImGui::GetCursorScreenPos();
      const float width = ImGui::GetContentRegionAvail().x;
      const std::string name = fmt::format("##{}", entry.index);
      const ExampleRow* const row = entry.row ? &model.table()->rows[*entry.row] : nullptr;
      const std::string tip =
          row == nullptr ? std::string("recorded step by step")
                         : fmt::format("{}{}", model.BrokenByText(row->broken_by),
                                       entry.recorded == nullptr ? "" : "; recorded step by step");
      const bool chosen = model.selected() == entry.index;
      if (ui::Selectable(name.c_str(), chosen, tip.c_str())) {
        model.Select(entry.index);
        scrolled_to_ = entry.index;
      }
      const float text_height = ImGui::GetFontSize();
      const float top = at.y + (text_height - square) / 2;
      const ImU32 colour = row == nullptr ? CurrentTheme().text_dim : ColourOf(row->broken_by);
      list.AddRectFilled({at.x, top}, {at.x + square, top + square}, colour);
      float right = at.x + width;
      if (entry.recorded != nullptr) {  // a dot: it has steps
        list.AddCircleFilled({right - square / 2, at.y + text_height / 2}, square * 0.35F,
                             CurrentTheme().accent);
        right -= 1.5F * square;
      }
      std::string text = std::to_string(entry.index);
      if (row != nullptr) {
        text += "  " + model.ClassName(row->label);
        if (row->prediction != row->label) text += " > " + model.ClassName(row->prediction);
      }
      const float left = at.x + 1.6F * square;
      const std::string shown = ui::Elided(text, right - left);
      list.AddText({left, at.y}, CurrentTheme().text, shown.data(), shown.data() + shown.size());
    }
  }
  clipper.End();
  if (model.listed() == 0) ui::TextDim("None is like that.");
  // Keys move the choice: it stays in sight.
  if (model.selected() && scrolled_to_ != model.selected()) {
    scrolled_to_ = model.selected();
    if (const auto place = model.PlaceOf(*model.selected())) {
      const float top = static_cast<float>(*place) * row_height;
      const float seen = ImGui::GetWindowHeight();
      if (top < ImGui::GetScrollY() || top + 2 * row_height > ImGui::GetScrollY() + seen) {
        ImGui::SetScrollY(std::max(0.0F, top - seen / 2));
      }
    }
  }
  ImGui::EndChild();
}

void AttackList::Figures(const AttackModel& model) {
  const TableFigures& figures = model.figures();
  ImGui::BeginChild("figures", {0, 0});
  ui::Text(fmt::format("{} listed: {} broken, {} stand, {} wrong when clean", figures.all.examples,
                       figures.all.broken, figures.all.stands, figures.all.wrong_when_clean));
  if (figures.all.broken > 0) {
    ui::TextDim(fmt::format("{} of the broken: mean {:.4g}, largest {:.4g}", model.norm(),
                            figures.mean_distance, figures.largest_distance));
  }
  for (std::size_t i = 0; i < figures.broken_by.size(); ++i) {
    const AttackFigures& attack = model.result()->attacks[i];
    ui::TextDim(fmt::format("{}: {} broken, {:.1f} % stand, {:.1f} s", attack.name,
                            figures.broken_by[i], 100 * attack.robust_after, attack.seconds));
  }
  if (figures.classes.size() > 1 && ui::TreeNode("by class")) {
    for (const ClassFigures& one : figures.classes) {
      ui::TextDim(
          fmt::format("{}: {} of {} stand", model.ClassName(one.label), one.stands, one.examples));
    }
    ImGui::TreePop();
  }
  for (const std::string& flag : model.result()->flags) ui::TextDim("note: " + flag);
  ImGui::EndChild();
}

}  // namespace agon::viewer
