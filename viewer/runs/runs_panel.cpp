// SPDX-License-Identifier: Apache-2.0
// The Runs panel: the list of all runs, and below it what the selected one is.
#include <imgui.h>

#include <algorithm>
#include <array>
#include <optional>

#include "runtime/base/clock.h"
#include "viewer/core/text_tail.h"
#include "viewer/runs/views.h"
#include "viewer/ui/chrome.h"
#include "viewer/ui/panel.h"
#include "viewer/ui/theme.h"
#include "viewer/ui/widgets.h"

namespace agon::viewer {
namespace {

enum class Tab { kOverview, kConfig, kDifference, kLog, kControl, kNewRun };
struct TabName {
  Tab tab;
  const char* key;  // of --show tab=KEY
  const char* title;
  const char* help;
};
constexpr std::array<TabName, 6> kTabs = {{
    {Tab::kOverview, "overview", "Overview", "what the run says about itself"},
    {Tab::kConfig, "config", "Config", "its configuration, with every default"},
    {Tab::kDifference, "difference", "Difference",
     "where its configuration differs from another's"},
    {Tab::kLog, "log", "Log", "what it logged"},
    {Tab::kControl, "control", "Control", "pause, resume, step, stop, checkpoint, change"},
    {Tab::kNewRun, "new", "New run", "start one from an edited configuration"},
}};

constexpr float kListShare = 0.42F;  // of the panel's height, at most

void ColouredCell(const std::string& path, std::string_view text, ImU32 colour) {
  const std::string shown = ui::Elided(text, ImGui::GetContentRegionAvail().x);
  ImGui::PushStyleColor(ImGuiCol_Text, colour);
  ImGui::TextUnformatted(shown.data(), shown.data() + shown.size());
  ImGui::PopStyleColor();
  ui::ReportItem(path, text);
  if (shown != text) ui::Tooltip(std::string(text).c_str());
}

void DrawProgress(const RunEntry& run) {
  const Theme& theme = CurrentTheme();
  const auto share = ShareDone(run);
  const std::string text = ProgressText(run);
  const ImVec2 low = ImGui::GetCursorScreenPos();
  const float width = std::max(1.0F, ImGui::GetContentRegionAvail().x);
  const float height = ImGui::GetTextLineHeight();
  if (share && IsAlive(run.state)) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddRectFilled(low, {low.x + width, low.y + height}, WithAlpha(theme.text, 0.08),
                       ui::Px(2));
    list.AddRectFilled(low, {low.x + width * static_cast<float>(*share), low.y + height},
                       WithAlpha(chrome::ColourOf(run.state), 0.45), ui::Px(2));
  }
  ColouredCell("progress", text, theme.text);
  const auto& progress = run.manifest.progress;
  if (progress) ui::Tooltip((progress->label + "\n" + progress->note).c_str());
}

class RunsView final : public PanelView {
 public:
  void Draw(PanelContext& context) override;
  [[nodiscard]] std::string Csv() override;
  bool Set(std::string_view key, std::string_view value) override;

 private:
  void DrawList(PanelContext& context, const std::vector<RunEntry>& runs);
  void DrawRow(PanelContext& context, const RunEntry& run, bool selected);
  void DrawTabs();
  void DrawTab(PanelContext& context, const std::optional<RunEntry>& run);
  void TakeStarted(PanelContext& context);

  Tab tab_ = Tab::kOverview;
  std::string filter_;
  RunConfigs configs_;
  ConfigView config_;
  DifferenceView difference_;
  LogView log_;
  ControlView control_;
  NewRunView new_run_;
  std::unique_ptr<RunStarter> starter_;
  std::size_t selected_started_ = 0;  // so many of those that were started have been told of
  std::shared_ptr<const std::vector<RunEntry>> runs_;  // of the last frame
};

void RunsView::Draw(PanelContext& context) {
  const ui::Scope scope("Runs");
  Workspace& workspace = context.workspace;
  if (!starter_) {
    starter_ = std::make_unique<RunStarter>(workspace.background(), workspace.program());
  }
  TakeStarted(context);
  const auto runs = workspace.runs().Runs();
  if (!workspace.runs().looked()) {
    context.busy = true;
    ui::CentredNote("looking for runs");
    return;
  }
  runs_ = runs;
  DrawList(context, *runs);
  std::optional<RunEntry> run;
  if (const auto open = workspace.selected()) run = workspace.runs().Find(open->folder);
  DrawTabs();
  ImGui::Separator();
  if (ImGui::BeginChild("tab")) DrawTab(context, run);
  ImGui::EndChild();
}

// A run that was started here is looked at as soon as it stands.
void RunsView::TakeStarted(PanelContext& context) {
  const auto started = starter_->started();
  while (selected_started_ < started.size()) {
    const RunStarter::Started& next = started[selected_started_];
    if (next.stands) {
      context.workspace.runs().AddRoot(next.folder);
      if (!context.workspace.runs().Find(next.folder)) return;  // the list has not seen it yet
      context.workspace.Select(next.folder);
    } else if (next.failed()) {
      const std::string why = next.problem.empty()
                                  ? "agon " + next.command + ": " + next.end->Describe()
                                  : next.problem;
      context.workspace.toasts().Error(ValidUtf8(why));
    } else if (!next.end) {
      return;
    }
    ++selected_started_;
  }
}

void RunsView::DrawList(PanelContext& context, const std::vector<RunEntry>& runs) {
  const ui::Scope scope("List");
  ImGui::SetNextItemWidth(ui::Px(220));
  ui::InputText("##Filter", filter_, "filter runs", "words of the name, the command or the state");
  std::vector<const RunEntry*> shown;
  for (const RunEntry& run : runs) {
    if (filter_.empty() || Matches(run, filter_)) shown.push_back(&run);
  }
  ImGui::SameLine();
  ImGui::AlignTextToFramePadding();
  std::string count = shown.size() == 1 ? "1 run" : std::to_string(shown.size()) + " runs";
  if (shown.size() != runs.size()) count += " of " + std::to_string(runs.size());
  if (context.workspace.runs().limited()) count += "; more are there than are looked at";
  ui::TextDim(count);

  const float row = ImGui::GetTextLineHeight() + 2 * ImGui::GetStyle().CellPadding.y;
  const float wanted =
      row * static_cast<float>(std::max<std::size_t>(shown.size(), 1) + 1) + ui::Px(6);
  const float height =
      std::clamp(wanted, row * 3, std::max(row * 3, ImGui::GetContentRegionAvail().y * kListShare));
  constexpr ImGuiTableFlags kFlags = ImGuiTableFlags_RowBg | ImGuiTableFlags_ScrollY |
                                     ImGuiTableFlags_Resizable | ImGuiTableFlags_BordersInnerV;
  if (!ImGui::BeginTable("runs", 6, kFlags, {0, height})) return;
  ImGui::TableSetupScrollFreeze(0, 1);
  ImGui::TableSetupColumn("run", ImGuiTableColumnFlags_WidthStretch, 0.30F);
  ImGui::TableSetupColumn("state", ImGuiTableColumnFlags_WidthStretch, 0.12F);
  ImGui::TableSetupColumn("command", ImGuiTableColumnFlags_WidthStretch, 0.15F);
  ImGui::TableSetupColumn("progress", ImGuiTableColumnFlags_WidthStretch, 0.20F);
  ImGui::TableSetupColumn("time", ImGuiTableColumnFlags_WidthStretch, 0.15F);
  ImGui::TableSetupColumn("curves", ImGuiTableColumnFlags_WidthFixed, ui::Px(46));
  ImGui::TableHeadersRow();
  const auto selected = context.workspace.selected();
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(shown.size()), row);
  while (clipper.Step()) {
    for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
      const RunEntry& run = *shown[static_cast<std::size_t>(i)];
      DrawRow(context, run, selected && selected->folder == run.folder);
    }
  }
  ImGui::EndTable();
}

void RunsView::DrawRow(PanelContext& context, const RunEntry& run, bool selected) {
  const Theme& theme = CurrentTheme();
  Workspace& workspace = context.workspace;
  ImGui::TableNextRow();
  if (selected) {
    ImGui::TableSetBgColor(ImGuiTableBgTarget_RowBg0, WithAlpha(theme.accent, 0.16));
  }
  ImGui::TableNextColumn();
  if (ui::Selectable(ui::Literal(run.name).c_str(), selected, run.folder.string().c_str())) {
    workspace.Select(run.folder);
  }
  const ui::Scope scope(run.name);
  ImGui::TableNextColumn();
  ColouredCell("state", NameOf(run.state), chrome::ColourOf(run.state));
  const std::string& why = run.problem.empty() ? run.manifest.message : run.problem;
  ui::Tooltip(ValidUtf8(why).c_str());
  ImGui::TableNextColumn();
  ColouredCell("command", run.manifest.command, theme.text_dim);
  ImGui::TableNextColumn();
  DrawProgress(run);
  ImGui::TableNextColumn();
  ColouredCell("time", TimeText(run, UnixTime()), theme.text_dim);
  ImGui::TableNextColumn();
  bool compared = workspace.IsCompared(run.folder);
  ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, {0, 0});
  if (ui::Checkbox("##compare", compared, "show its curves beside the selected run's")) {
    workspace.Compare(run.folder, compared);
  }
  ImGui::PopStyleVar();
}

void RunsView::DrawTabs() {
  const ui::Scope scope("Tabs");
  for (const TabName& name : kTabs) {
    if (name.tab != kTabs.front().tab) ui::SameLineIfRoom(ui::Px(90));
    const bool active = name.tab == tab_;
    ImGui::PushStyleColor(ImGuiCol_Button,
                          active ? WithAlpha(CurrentTheme().accent, 0.45) : IM_COL32(0, 0, 0, 0));
    if (ui::Button(name.title, name.help)) tab_ = name.tab;
    ImGui::PopStyleColor();
  }
}

void RunsView::DrawTab(PanelContext& context, const std::optional<RunEntry>& run) {
  if (tab_ == Tab::kNewRun) {
    return new_run_.Draw(context, run ? &*run : nullptr, *starter_);
  }
  if (!run) return ui::CentredNote("choose a run");
  switch (tab_) {
    case Tab::kOverview:
      return DrawFacts(*run, UnixTime());
    case Tab::kConfig:
      return config_.Draw(context, *run, configs_);
    case Tab::kDifference:
      return difference_.Draw(context, *run, configs_);
    case Tab::kLog:
      return log_.Draw(context, *context.workspace.selected());
    case Tab::kControl:
      return control_.Draw(context, *run, configs_, *starter_);
    case Tab::kNewRun:
      break;
  }
}

std::string RunsView::Csv() {
  switch (tab_) {
    case Tab::kConfig:
      return config_.Csv();
    case Tab::kDifference:
      return difference_.Csv();
    case Tab::kLog:
      return log_.Csv();
    case Tab::kOverview:
    case Tab::kControl:
    case Tab::kNewRun:
      break;
  }
  if (!runs_) return {};
  std::string text = "run,state,command,progress,time,started,folder\n";
  for (const RunEntry& run : *runs_) {
    if (!filter_.empty() && !Matches(run, filter_)) continue;
    text += CsvCell(run.name) + "," + std::string(NameOf(run.state)) + "," +
            CsvCell(run.manifest.command) + "," + CsvCell(ProgressText(run)) + "," +
            CsvCell(TimeText(run, UnixTime())) + "," + run.manifest.started + "," +
            CsvCell(run.folder.string()) + "\n";
  }
  return text;
}

bool RunsView::Set(std::string_view key, std::string_view value) {
  if (key == "tab") {
    const auto found = std::find_if(kTabs.begin(), kTabs.end(),
                                    [&](const TabName& name) { return name.key == value; });
    if (found == kTabs.end()) return false;
    tab_ = found->tab;
    return true;
  }
  if (key == "filter") {
    config_.filter = log_.filter = std::string(value);
    return true;
  }
  if (key == "runs") {
    filter_ = std::string(value);
    return true;
  }
  if (key == "with") {
    difference_.other = std::string(value);
    return true;
  }
  return false;
}

class RunsPanel final : public Panel {
 public:
  static void Describe(Description<RunsPanel>& d) { d.Title("Runs"); }
  [[nodiscard]] std::unique_ptr<PanelView> Open() const override {
    return std::make_unique<RunsView>();
  }
};

}  // namespace

void RegisterRunsPanel(Registry& registry);
void RegisterRunsPanel(Registry& registry) {
  registry.Add<Panel, RunsPanel>("runs",
                                 "every run, its state, configuration, log and control; new runs");
}

}  // namespace agon::viewer
