// SPDX-License-Identifier: Apache-2.0
// The parts of the Runs panel: what a run is, its configuration, the difference of two, its log,
// its control, and a form for a new one. Each draws into the current window.
//
// Who needs this file: runs_panel.cpp alone.
//
// Thread safety: the thread that draws.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "viewer/runs/config_form.h"
#include "viewer/runs/config_rows.h"
#include "viewer/runs/run_facts.h"
#include "viewer/runs/run_starter.h"
#include "viewer/ui/panel.h"

namespace agon::viewer {

// RUN/config.yaml of the runs that are looked at, read in the background.
class RunConfigs {
 public:
  struct Config {
    config::Value value;
    std::vector<ConfigRow> rows;
    std::string text;
  };
  // Null while it is on its way (`context.busy` is set then) and when it cannot be read. Hold it as
  // long as it is used: the next Get may let go of all others.
  [[nodiscard]] std::shared_ptr<const Config> Get(PanelContext& context, const RunEntry& run);
  [[nodiscard]] std::string Problem(const RunEntry& run) const;

 private:
  static constexpr std::size_t kMost = 16;
  std::map<std::string, Pending<Config>> configs_;
};

void DrawFacts(const RunEntry& run, double now);

class ConfigView {
 public:
  void Draw(PanelContext& context, const RunEntry& run, RunConfigs& configs);
  [[nodiscard]] std::string Csv() const;
  std::string filter;

 private:
  void Filter(const std::string& of, const std::vector<ConfigRow>& rows);
  std::string filtered_;  // which configuration, by which words
  std::vector<ConfigRow> shown_;
};

class DifferenceView {
 public:
  void Draw(PanelContext& context, const RunEntry& run, RunConfigs& configs);
  [[nodiscard]] std::string Csv() const;
  std::string other;  // the name of the run that is compared with; empty: the most likely one
  bool only_differences = true;

 private:
  const RunEntry* ChooseOther(PanelContext& context, const RunEntry& run,
                              const std::vector<RunEntry>& runs);
  std::string compared_;  // which two
  std::string left_, right_;
  std::vector<DifferenceRow> rows_;
};

class LogView {
 public:
  void Draw(PanelContext& context, OpenRun& run);
  [[nodiscard]] std::string Csv() const;
  std::string filter;

 private:
  std::shared_ptr<const std::vector<std::string>> lines_;
  std::string filtered_by_;
  std::vector<std::size_t> shown_;
  bool follow_ = true;
};

class ControlView {
 public:
  void Draw(PanelContext& context, const RunEntry& run, RunConfigs& configs, RunStarter& starter);

 private:
  void Send(PanelContext& context, const RunEntry& run, const std::string& command,
            const std::string& key = {}, const std::string& value = {});
  void DrawLiveFields(PanelContext& context, const RunEntry& run, RunConfigs& configs,
                      RunStarter& starter);
  std::vector<std::pair<std::string, Pending<bool>>> sending_;  // what to tell when it is done
  std::map<std::string, std::string> edited_;                   // by run and field
};

// A configuration as inputs, from its schema.
class FormView {
 public:
  // True when anything was changed.
  bool Draw(const FieldSpec& spec, config::Value& value, const std::vector<FormProblem>& problems);

 private:
  bool DrawFields(const std::vector<FieldSpec>& fields, config::Value& mapping,
                  const std::string& path);
  bool DrawField(const FieldSpec& field, config::Value& mapping, const std::string& path);
  bool DrawValue(const FieldSpec& field, config::Value& value, const std::string& path);
  bool DrawOneLine(const FieldSpec& field, config::Value& value);
  bool DrawChoice(const FieldSpec& field, config::Value& value);
  bool DrawComponent(const FieldSpec& field, config::Value& value, const std::string& path);
  bool DrawList(const FieldSpec& field, config::Value& value, const std::string& path);
  bool DrawTexts(const FieldSpec& field, config::Value& value, const std::string& path);
  void DrawProblem(const std::string& path);

  std::map<std::string, std::string> problems_;  // by path
  std::map<std::string, std::string> new_keys_;  // by path: of mappings with any keys
};

class NewRunView {
 public:
  void Draw(PanelContext& context, const RunEntry* run, RunStarter& starter);

 private:
  void Begin(RunStarter& starter, const Path& file, std::string_view kind, const Path& parent);
  void DrawBase(const RunEntry* run, RunStarter& starter);
  void DrawStart(PanelContext& context, RunStarter& starter);
  void TakeLoaded();
  void Changed(const FieldSpec& spec, double now);

  std::string file_;  // that the form begins with
  Pending<RunStarter::Loaded> loading_;
  std::string kind_, command_, base_;
  std::string load_problem_;
  config::Value value_;
  bool loaded_ = false;
  FormView form_;
  std::vector<FormProblem> problems_;
  Pending<RunStarter::Checked> checking_;
  std::string checked_yaml_;  // what is being, or was last, checked
  double changed_at_ = -1e9;  // of the workspace's clock: long ago
  std::string folder_, device_ = "auto";
};

}  // namespace agon::viewer
