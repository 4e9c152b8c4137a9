// SPDX-License-Identifier: Apache-2.0
// What a run is, its configuration, and the difference of two.
#include <imgui.h>

#include <algorithm>

#include "viewer/core/text_tail.h"
#include "viewer/runs/views.h"
#include "viewer/ui/theme.h"
#include "viewer/ui/widgets.h"

namespace agon::viewer {
namespace {

constexpr ImGuiTableFlags kTable = ImGuiTableFlags_RowBg | ImGuiTableFlags_BordersInnerV |
                                   ImGuiTableFlags_Resizable | ImGuiTableFlags_ScrollY;

std::string KeyOf(const RunEntry& run) {
  return run.folder.string() + "\n" + run.manifest.config_hash;
}

// A cell of a table: cut where it does not fit, whole in its tooltip.
void Cell(const std::string& path, std::string_view text, ImU32 colour) {
  const std::string shown = ui::Elided(text, ImGui::GetContentRegionAvail().x);
  ImGui::PushStyleColor(ImGuiCol_Text, colour);
  ImGui::TextUnformatted(shown.data(), shown.data() + shown.size());
  ImGui::PopStyleColor();
  ui::ReportItem(path, text);
  if (shown != text) ui::Tooltip(std::string(text).c_str());
}

ImU32 ColourOf(Fact::Tone tone) {
  const Theme& theme = CurrentTheme();
  switch (tone) {
    case Fact::Tone::kGood:
      return theme.good;
    case Fact::Tone::kBad:
      return theme.bad;
    case Fact::Tone::kWarning:
      return theme.warning;
    case Fact::Tone::kPlain:
      break;
  }
  return theme.text;
}

}  // namespace

std::shared_ptr<const RunConfigs::Config> RunConfigs::Get(PanelContext& context,
                                                          const RunEntry& run) {
  const std::string key = KeyOf(run);
  auto found = configs_.find(key);
  if (found == configs_.end()) {
    if (configs_.size() >= kMost) configs_.clear();
    const Path file = run.folder / "config.yaml";
    found = configs_
                .emplace(key, context.workspace.background().Run<Config>([file] {
                  Config config;
                  config.text = ReadFileText(file, config::kMaxConfigBytes);
                  config::Problems problems;
                  config.value =
                      config::ParseYaml(config.text, file.string(), file.parent_path(), problems);
                  problems.ThrowIfAny();
                  config.rows = ConfigRows(config.value);
                  return config;
                }))
                .first;
  }
  if (found->second.running()) context.busy = true;
  return found->second.share();
}

std::string RunConfigs::Problem(const RunEntry& run) const {
  const auto found = configs_.find(KeyOf(run));
  return found == configs_.end() ? std::string() : ValidUtf8(found->second.error());
}

void DrawFacts(const RunEntry& run, double now) {
  const ui::Scope scope("Overview");
  if (!ImGui::BeginTable("facts", 2, ImGuiTableFlags_ScrollY | ImGuiTableFlags_SizingFixedFit)) {
    return;
  }
  ImGui::TableSetupColumn("name", ImGuiTableColumnFlags_WidthFixed);
  ImGui::TableSetupColumn("value", ImGuiTableColumnFlags_WidthStretch);
  for (const Fact& fact : Facts(run, now)) {
    ImGui::TableNextRow();
    ImGui::TableNextColumn();
    ImGui::PushStyleColor(ImGuiCol_Text, CurrentTheme().text_dim);
    ImGui::TextUnformatted(fact.name.c_str());
    ImGui::PopStyleColor();
    ImGui::TableNextColumn();
    ImGui::PushStyleColor(ImGuiCol_Text, ColourOf(fact.tone));
    ImGui::PushTextWrapPos(0);
    ImGui::TextUnformatted(fact.value.c_str());
    ImGui::PopTextWrapPos();
    ImGui::PopStyleColor();
    ui::ReportItem(fact.name, fact.value);
  }
  ImGui::EndTable();
}

void ConfigView::Filter(const std::string& of, const std::vector<ConfigRow>& rows) {
  const std::string key = of + "\n" + filter;
  if (key == filtered_) return;
  filtered_ = key;
  std::vector<std::string> lines;
  lines.reserve(rows.size());
  for (const ConfigRow& row : rows) lines.push_back(row.path + " " + row.value);
  shown_.clear();
  for (const std::size_t i : FilterLines(lines, filter)) {
    shown_.push_back({.path = ValidUtf8(rows[i].path), .value = ValidUtf8(rows[i].value)});
  }
}

std::string ConfigView::Csv() const {
  if (shown_.empty()) return {};
  std::string text = "key,value\n";
  for (const ConfigRow& row : shown_) text += CsvCell(row.path) + "," + CsvCell(row.value) + "\n";
  return text;
}

void ConfigView::Draw(PanelContext& context, const RunEntry& run, RunConfigs& configs) {
  const ui::Scope scope("Config");
  const std::shared_ptr<const RunConfigs::Config> config = configs.Get(context, run);
  if (!config) {
    shown_.clear();
    filtered_.clear();
    const std::string problem = configs.Problem(run);
    if (problem.empty()) {
      ui::CentredNote("reading config.yaml");
    } else {
      ui::TextError(problem);
    }
    return;
  }
  ImGui::SetNextItemWidth(ui::Px(220));
  ui::InputText("##Filter", filter, "filter keys and values", "words that a row must have");
  ImGui::SameLine();
  if (ui::Button("Copy YAML", "the whole configuration, as config.yaml has it")) {
    ui::Copy(config->text);
    context.workspace.toasts().Info("copied config.yaml");
  }
  Filter(KeyOf(run), config->rows);
  if (!ImGui::BeginTable("config", 2, kTable)) return;
  ImGui::TableSetupScrollFreeze(0, 1);
  ImGui::TableSetupColumn("key", ImGuiTableColumnFlags_WidthStretch, 0.4F);
  ImGui::TableSetupColumn("value", ImGuiTableColumnFlags_WidthStretch, 0.6F);
  ImGui::TableHeadersRow();
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(shown_.size()));
  while (clipper.Step()) {
    for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
      const ConfigRow& row = shown_[static_cast<std::size_t>(i)];
      ImGui::TableNextRow();
      ImGui::TableNextColumn();
      Cell(row.path + "/key", row.path, CurrentTheme().text_dim);
      ImGui::TableNextColumn();
      Cell(row.path, row.value, CurrentTheme().text);
    }
  }
  ImGui::EndTable();
}

// By itself: the first run whose curves are shown beside this one's, else the newest other run of
// the same command.
const RunEntry* DifferenceView::ChooseOther(PanelContext& context, const RunEntry& run,
                                            const std::vector<RunEntry>& runs) {
  std::vector<const RunEntry*> others;
  std::vector<std::string> names;
  int choice = -1, compared = -1, alike = -1;
  for (const RunEntry& candidate : runs) {
    if (candidate.folder == run.folder) continue;
    const int place = static_cast<int>(others.size());
    if (candidate.name == other) choice = place;
    if (compared < 0 && context.workspace.IsCompared(candidate.folder)) compared = place;
    if (alike < 0 && candidate.manifest.command == run.manifest.command) alike = place;
    others.push_back(&candidate);
    names.push_back(candidate.name);
  }
  if (choice < 0) choice = compared >= 0 ? compared : alike;
  ImGui::AlignTextToFramePadding();
  ui::Text("with");
  ImGui::SameLine();
  ImGui::SetNextItemWidth(std::min(ui::Px(320), ImGui::GetContentRegionAvail().x * 0.6F));
  if (ui::Combo("##With", choice, names, "the run to compare with")) {
    other = names[static_cast<std::size_t>(choice)];
  }
  ui::SameLineIfRoom(ui::Px(150));
  ui::Checkbox("only differences", only_differences, "leave out the keys that are the same");
  return choice < 0 ? nullptr : others[static_cast<std::size_t>(choice)];
}

std::string DifferenceView::Csv() const {
  return rows_.empty() ? std::string() : ToCsv(rows_, left_, right_);
}

void DifferenceView::Draw(PanelContext& context, const RunEntry& run, RunConfigs& configs) {
  const ui::Scope scope("Difference");
  const auto runs = context.workspace.runs().Runs();
  const RunEntry* const with = ChooseOther(context, run, *runs);
  if (with == nullptr) {
    rows_.clear();
    compared_.clear();
    ui::CentredNote("choose a run to compare with");
    return;
  }
  const std::shared_ptr<const RunConfigs::Config> left = configs.Get(context, run);
  const std::shared_ptr<const RunConfigs::Config> right = configs.Get(context, *with);
  if (!left || !right) {
    const std::string problem = configs.Problem(!left ? run : *with);
    if (problem.empty()) {
      ui::CentredNote("reading config.yaml");
    } else {
      ui::TextError(problem);
    }
    return;
  }
  const std::string pair = KeyOf(run) + "\n" + KeyOf(*with);
  if (pair != compared_) {
    rows_ = CompareConfigs(left->value, right->value);
    compared_ = pair;
    left_ = run.name;
    right_ = with->name;
  }
  const auto differences = std::count_if(rows_.begin(), rows_.end(),
                                         [](const DifferenceRow& row) { return !row.same(); });
  ui::TextDim(differences == 0   ? std::string("the configurations are the same")
              : differences == 1 ? std::string("1 key differs")
                                 : std::to_string(differences) + " keys differ");
  std::vector<const DifferenceRow*> shown;
  for (const DifferenceRow& row : rows_) {
    if (!only_differences || !row.same()) shown.push_back(&row);
  }
  if (shown.empty()) return;
  if (!ImGui::BeginTable("difference", 3, kTable)) return;
  ImGui::TableSetupScrollFreeze(0, 1);
  const std::string left_name = ui::Literal(run.name) + "##left";
  const std::string right_name = ui::Literal(with->name) + "##right";
  ImGui::TableSetupColumn("key", ImGuiTableColumnFlags_WidthStretch, 0.4F);
  ImGui::TableSetupColumn(left_name.c_str(), ImGuiTableColumnFlags_WidthStretch, 0.3F);
  ImGui::TableSetupColumn(right_name.c_str(), ImGuiTableColumnFlags_WidthStretch, 0.3F);
  ImGui::TableHeadersRow();
  const Theme& theme = CurrentTheme();
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(shown.size()));
  while (clipper.Step()) {
    for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
      const DifferenceRow& row = *shown[static_cast<std::size_t>(i)];
      ImGui::TableNextRow();
      ImGui::TableNextColumn();
      Cell(row.path + "/key", ValidUtf8(row.path), row.same() ? theme.text_dim : theme.text);
      const ImU32 one_sided = theme.warning;
      ImGui::TableNextColumn();
      Cell(row.path + "/left", ValidUtf8(row.left.value_or("-")),
           row.same() ? theme.text_dim : (row.right ? theme.series[0] : one_sided));
      ImGui::TableNextColumn();
      Cell(row.path + "/right", ValidUtf8(row.right.value_or("-")),
           row.same() ? theme.text_dim : (row.left ? theme.series[1] : one_sided));
    }
  }
  ImGui::EndTable();
}

}  // namespace agon::viewer
