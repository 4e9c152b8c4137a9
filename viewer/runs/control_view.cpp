// SPDX-License-Identifier: Apache-2.0
// Commands to a run: through its control folder when it runs, by starting agon when it has ended.
#include <imgui.h>

#include <algorithm>

#include "runtime/base/error.h"
#include "runtime/record/control.h"
#include "viewer/core/text_tail.h"
#include "viewer/runs/views.h"
#include "viewer/ui/theme.h"
#include "viewer/ui/widgets.h"

namespace agon::viewer {
namespace {

// "optimizer.learning_rate" in a configuration; null when it is not there.
const config::Value* FindPath(const config::Value& root, std::string_view path) {
  const config::Value* value = &root;
  while (value != nullptr && !path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    value = value->IsMapping() ? value->Find(path.substr(0, dot)) : nullptr;
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return value;
}

std::string WhyNot(const RunEntry& run) {
  if (run.state == RunState::kGone) return "the run's folder is not there any more";
  if (run.state == RunState::kUnreadable) return "the run's manifest cannot be read";
  return "the run has ended (" + std::string(NameOf(run.state)) + ")";
}

}  // namespace

void ControlView::Send(PanelContext& context, const RunEntry& run, const std::string& command,
                       const std::string& key, const std::string& value) {
  const record::ControlCommand sent{.command = command, .key = key, .value = value};
  const std::string told =
      run.name + ": " + (key.empty() ? command : key + " = " + value) + " is asked for";
  // The run may have ended, or its folder gone, since the list was last looked through.
  sending_.emplace_back(told, context.workspace.background().Run<bool>([folder = run.folder, sent] {
    const record::Manifest manifest = record::ReadManifest(folder);
    if (manifest.status != record::RunStatus::kRunning || record::IsDead(manifest)) {
      Fail(ErrorKind::kUsage, "{}: the run has ended; nobody reads its control folder",
           folder.string());
    }
    record::SendControl(folder, sent);
    return true;
  }));
}

void ControlView::Draw(PanelContext& context, const RunEntry& run, RunConfigs& configs,
                       RunStarter& starter) {
  const ui::Scope scope("Control");
  for (const auto& [told, sent] : sending_) {
    if (sent.running()) continue;
    if (sent.get() != nullptr) {
      context.workspace.toasts().Info(told);
    } else {
      context.workspace.toasts().Error(ValidUtf8(sent.error()));
    }
  }
  std::erase_if(sending_, [](const auto& entry) { return !entry.second.running(); });

  const bool alive = IsAlive(run.state);
  const bool paused = run.state == RunState::kPaused;
  if (!alive) ui::TextDim(WhyNot(run));
  const auto button = [&](const char* label, const char* command, bool enabled, const char* help) {
    ui::SameLineIfRoom(ui::Px(110));
    ImGui::BeginDisabled(!enabled);
    if (ui::Button(label, help)) Send(context, run, command);
    ImGui::EndDisabled();
  };
  ImGui::Dummy({0, 0});
  button("Pause", "pause", alive && !paused, "wait after the step that is being done");
  button("Resume", "resume", alive && paused, "go on");
  button("One step", "step", alive && paused, "do one step, then wait again");
  button("Checkpoint now", "checkpoint", alive,
         "save a state that the run can be continued from, and go on");
  button("Stop", "stop", alive, "save a checkpoint and end: the run can be continued later");

  const bool can_resume = CanResume(run) && !context.workspace.program().empty();
  if (CanResume(run)) {
    ImGui::BeginDisabled(!can_resume || starter.starting());
    if (ui::Button("Continue this run", "agon ... --resume: from its newest checkpoint")) {
      starter.Resume(run.manifest.command, run.folder);
      context.workspace.toasts().Info(run.name + ": is being continued");
    }
    ImGui::EndDisabled();
    if (context.workspace.program().empty()) {
      ui::TextDim("the program agon was not found beside agon-view");
    }
  }
  if (alive) DrawLiveFields(context, run, configs, starter);
}

void ControlView::DrawLiveFields(PanelContext& context, const RunEntry& run, RunConfigs& configs,
                                 RunStarter& starter) {
  const CommandKind* const kind = KindOfCommand(run.manifest.command);
  if (kind == nullptr) return;
  ImGui::Separator();
  ui::TextDim("settings that may be changed while it runs");
  const auto spec = starter.Schema(kind->kind);
  if (!spec) {
    const std::string problem = starter.SchemaProblem(kind->kind);
    if (problem.empty()) {
      context.busy = true;
      ui::Text("asking agon which ones");
    } else {
      ui::TextError(ValidUtf8(problem));
    }
    return;
  }
  const auto fields = LiveFields(*spec);
  if (fields.empty()) ui::Text("none");
  const std::shared_ptr<const RunConfigs::Config> config = configs.Get(context, run);
  for (const auto& [path, field] : fields) {
    const std::string key = run.folder.string() + "\n" + path;
    auto edited = edited_.find(key);
    if (edited == edited_.end()) {
      if (!config) continue;
      const config::Value* const value = FindPath(config->value, path);
      edited =
          edited_.emplace(key, value == nullptr ? std::string() : InputText(*field, *value)).first;
    }
    const ui::Scope scope(path);
    ImGui::AlignTextToFramePadding();
    ui::Text(path);
    ui::Tooltip((field->help + "\n" + Expectation(*field)).c_str());
    ImGui::SameLine(ui::Px(220));
    ImGui::SetNextItemWidth(ui::Px(120));
    ui::InputText("##value", edited->second, "", field->help.c_str());
    FieldSpec root;
    root.kind = FieldKind::kObject;
    root.fields.push_back(*field);
    config::Value wrapped = config::Value::Mapping();
    wrapped.Set(field->name, FromInput(*field, edited->second));
    const auto problems = FindProblems(root, wrapped);
    ImGui::SameLine();
    ImGui::BeginDisabled(!problems.empty());
    if (ui::Button("Set", "from the next step on")) {
      Send(context, run, "set", path, edited->second);
    }
    ImGui::EndDisabled();
    if (!problems.empty()) ui::TextError(problems.front().message);
  }
}

}  // namespace agon::viewer
