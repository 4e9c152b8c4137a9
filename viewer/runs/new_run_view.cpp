// SPDX-License-Identifier: Apache-2.0
// A new run: from another run's configuration or a file, edited in a form, checked by agon while
// one types, started by agon.
#include <imgui.h>

#include <algorithm>

#include "runtime/base/text.h"
#include "viewer/core/text_tail.h"
#include "viewer/runs/views.h"
#include "viewer/ui/theme.h"
#include "viewer/ui/widgets.h"

namespace agon::viewer {
namespace {

constexpr double kRestSeconds = 0.4;  // without a key before agon is asked

std::vector<std::string> KindNames() {
  std::vector<std::string> names;
  for (const CommandKind& kind : CommandKinds()) names.emplace_back(kind.command);
  return names;
}

void DrawStarted(const RunStarter& starter) {
  const auto all = starter.started();
  if (all.empty()) return;
  const RunStarter::Started& last = all.back();
  const std::string what = "agon " + last.command + ", " + last.folder.string();
  if (!last.problem.empty()) {
    ui::TextError(ValidUtf8(last.problem));
  } else if (last.failed()) {
    ui::TextError(what + ": " + last.end->Describe());
    if (!last.output.empty()) ui::TextError(last.output);
  } else if (last.end) {
    ui::TextDim(what + ": has ended");
  } else {
    ui::TextDim(what + (last.stands ? ": is running" : ": is starting"));
  }
}

}  // namespace

void NewRunView::TakeLoaded() {
  if (!loading_.started() || loading_.running()) return;
  if (const RunStarter::Loaded* const loaded = loading_.get()) {
    kind_ = loaded->kind;
    value_ = loaded->value;
    load_problem_ = ValidUtf8(loaded->problem);
    loaded_ = value_.IsMapping();
    if (!loaded_ && load_problem_.empty()) load_problem_ = "the configuration is empty";
    checked_yaml_.clear();
    checking_ = {};
  } else {
    load_problem_ = ValidUtf8(loading_.error());
    loaded_ = false;
  }
  loading_ = {};
  for (const CommandKind& kind : CommandKinds()) {
    if (kind.kind == kind_) command_ = kind.command;
  }
}

void NewRunView::Draw(PanelContext& context, const RunEntry* run, RunStarter& starter) {
  const ui::Scope scope("New run");
  if (context.workspace.program().empty()) {
    ui::CentredNote("the program agon was not found beside agon-view: build it, or install both");
    return;
  }
  TakeLoaded();
  DrawBase(run, starter);
  if (loading_.running()) {
    context.busy = true;
    ui::TextDim("reading the configuration");
  }
  DrawStarted(starter);
  if (!loaded_) {
    if (!load_problem_.empty()) ui::TextError(load_problem_);
    return;
  }
  const auto spec = starter.Schema(kind_);
  if (!spec) {
    const std::string problem = starter.SchemaProblem(kind_);
    if (problem.empty()) {
      context.busy = true;
      ui::TextDim("asking agon for the schema");
    } else {
      ui::TextError(ValidUtf8(problem));
    }
    return;
  }
  if (checked_yaml_.empty() && !checking_.started()) problems_ = FindProblems(*spec, value_);
  DrawStart(context, starter);
  if (ImGui::BeginChild("form", {0, 0}, true)) {
    if (form_.Draw(*spec, value_, problems_)) Changed(*spec, context.workspace.now());
  }
  ImGui::EndChild();
}

void NewRunView::Changed(const FieldSpec& spec, double now) {
  problems_ = FindProblems(spec, value_);
  changed_at_ = now;
}

void NewRunView::Begin(RunStarter& starter, const Path& file, std::string_view kind,
                       const Path& parent) {
  loading_ = starter.Load(file, std::string(kind));
  loaded_ = false;
  load_problem_.clear();
  base_ = parent.string();
  folder_.clear();
}

void NewRunView::DrawBase(const RunEntry* run, RunStarter& starter) {
  const CommandKind* const kind = run == nullptr || run->state == RunState::kGone
                                      ? nullptr
                                      : KindOfCommand(run->manifest.command);
  const bool fresh = !loaded_ && !loading_.started() && load_problem_.empty();
  bool from_run = fresh && kind != nullptr;  // what is most likely meant
  ImGui::BeginDisabled(kind == nullptr || loading_.running());
  if (ui::Button("From this run", "its configuration, to be changed")) from_run = true;
  ImGui::EndDisabled();
  ui::SameLineIfRoom(ui::Px(330));
  ImGui::SetNextItemWidth(ui::Px(240));
  ui::InputText("##File", file_, "configs/attack/fashion_mnist.yaml",
                "a configuration file; relative to where the viewer was started");
  ImGui::SameLine();
  ImGui::BeginDisabled(file_.empty() || loading_.running());
  if (ui::Button("From this file", "the configuration in the file, to be changed")) {
    std::error_code error;
    const Path here = std::filesystem::current_path(error);
    Begin(starter, error ? Path(file_) : here / file_, {},
          run == nullptr ? here / "runs" : run->folder.parent_path());
    from_run = false;
  }
  ImGui::EndDisabled();
  if (from_run && !loading_.running()) {
    Begin(starter, run->folder / "config.yaml", kind->kind, run->folder.parent_path());
  }
  if (run != nullptr && kind == nullptr && !loaded_ && !loading_.running()) {
    ui::TextDim("agon " + run->manifest.command +
                " has no configuration file: choose another run, or a file");
  }
  if (run == nullptr && !loaded_ && !loading_.running()) {
    ui::TextDim("begin with a file, as one of configs/");
  }
}

void NewRunView::DrawStart(PanelContext& context, RunStarter& starter) {
  const std::vector<std::string> names = KindNames();
  int choice = static_cast<int>(std::find(names.begin(), names.end(), command_) - names.begin());
  ImGui::SetNextItemWidth(ui::Px(150));
  if (ui::Combo("command", choice, names, "what the configuration is for")) {
    command_ = names[static_cast<std::size_t>(choice)];
    kind_ = CommandKinds()[static_cast<std::size_t>(choice)].kind;
    folder_.clear();
    checked_yaml_.clear();
    checking_ = {};
    return;  // the schema is another one
  }
  if (folder_.empty()) folder_ = NewRunFolder(base_, command_).string();
  ui::SameLineIfRoom(ui::Px(170));
  ImGui::SetNextItemWidth(ui::Px(100));
  ui::InputText("device", device_, "auto", "auto, cpu, cuda or cuda:N");
  ImGui::SetNextItemWidth(std::max(ui::Px(120), ImGui::GetContentRegionAvail().x - ui::Px(60)));
  ui::InputText("folder", folder_, "", "of the new run; must not exist yet, or be empty");

  const std::string yaml = config::ToYaml(value_);
  const bool rested = context.workspace.now() - changed_at_ >= kRestSeconds;
  if (yaml != checked_yaml_ && !checking_.running() && rested) {
    checked_yaml_ = yaml;
    checking_ = starter.Check(kind_, yaml);
  }
  const bool current = yaml == checked_yaml_ && !checking_.running();
  if (!current) context.busy = true;
  const RunStarter::Checked* const checked = current ? checking_.get() : nullptr;
  const bool fine = checked != nullptr && checked->ok;
  const bool can_start = fine && !folder_.empty() && !starter.starting();
  ImGui::BeginDisabled(!can_start);
  if (ui::Button("Start", "agon runs it; it goes on when the viewer is closed")) {
    std::vector<std::string> more;
    if (!device_.empty()) more = {"--device", device_};
    std::error_code error;
    const Path folder = std::filesystem::absolute(folder_, error);
    starter.Start(command_, yaml, error ? Path(folder_) : folder, more);
    context.workspace.toasts().Info("starting agon " + command_);
    folder_.clear();
  }
  ImGui::EndDisabled();
  ImGui::SameLine();
  if (ui::Button("Copy YAML", "the configuration as it stands in the form")) {
    ui::Copy(yaml);
    context.workspace.toasts().Info("copied the configuration");
  }
  ImGui::SameLine();
  ImGui::AlignTextToFramePadding();
  if (fine) {
    ui::TextDim("the configuration is right");
  } else if (!current) {
    ui::TextDim("checking");
  } else if (checked != nullptr) {
    ui::TextError("agon check:");
    ui::TextError(checked->text);
  } else {
    ui::TextError(ValidUtf8(checking_.error()));
  }
}

}  // namespace agon::viewer
