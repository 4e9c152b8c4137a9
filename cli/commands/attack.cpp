// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/attack.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/commands.h"
#include "runtime/base/clock.h"
#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/base/text.h"
#include "runtime/run/checkpoint.h"

namespace agon::cli {
namespace {

using attacks::SuiteResult;

// Large results take long to write; saving them may cost a twentieth of the time.
constexpr double kCheckpointShare = 0.05;

// The results so far: whole ones, then perhaps one that is under way.
class Attempt {
 public:
  Attempt(run::Run& run, bool resume, double checkpoint_every)
      : run_(run), checkpoint_every_(checkpoint_every) {
    const auto checkpoint =
        resume ? run::LoadNewestCheckpoint(run.folder()) : std::optional<run::Checkpoint>();
    if (!checkpoint) {
      if (resume) log::Info("no checkpoint yet: starting from the beginning");
      return;
    }
    step_ = checkpoint->step;
    whole_ = checkpoint->state.at("whole").get<std::size_t>();
    const auto& states = checkpoint->state.at("results");
    for (std::size_t i = 0; i < states.size(); ++i) {
      const std::string prefix = std::to_string(i) + ".";
      NamedTensors tensors;
      for (const auto& [name, tensor] : checkpoint->tensors) {
        if (name.starts_with(prefix)) tensors.emplace_back(name.substr(prefix.size()), tensor);
      }
      results_.push_back(attacks::Restore(states[i], tensors));
    }
    log::Info("continuing from step {}", step_);
  }

  [[nodiscard]] std::size_t whole() const { return whole_; }
  // The result under way that a checkpoint held, if any.
  [[nodiscard]] const SuiteResult* Partial() const {
    return results_.size() > whole_ ? &results_[whole_] : nullptr;
  }
  void Add(SuiteResult result) {
    results_.resize(whole_);
    results_.push_back(std::move(result));
    ++whole_;
  }
  [[nodiscard]] std::vector<SuiteResult> Take() { return std::move(results_); }

  // After each batch: false when the run was asked to stop; a checkpoint is then written.
  [[nodiscard]] bool Continue(const SuiteResult& current) {
    ++step_;
    const run::Run::Requests requests = run_.Tick();
    for (const record::ControlCommand& change : requests.changes) {
      log::Warning("{}: cannot be changed while an attack runs", change.key);
    }
    const double wait = std::max(checkpoint_every_, save_seconds_ / kCheckpointShare);
    if (requests.stop || requests.checkpoint || since_save_.Seconds() >= wait) Save(current);
    return !requests.stop;
  }

 private:
  void Save(const SuiteResult& current) {
    const Stopwatch watch;
    run::Checkpoint checkpoint;
    checkpoint.step = step_;
    nlohmann::json states = nlohmann::json::array();
    const auto add = [&](const SuiteResult& result) {
      const std::string prefix = std::to_string(states.size()) + ".";
      for (auto& [name, tensor] : attacks::TensorsOf(result)) {
        checkpoint.tensors.emplace_back(prefix + name, tensor);
      }
      states.push_back(attacks::StateOf(result));
    };
    for (std::size_t i = 0; i < whole_; ++i) add(results_[i]);
    add(current);
    checkpoint.state = {{"whole", whole_}, {"results", states}};
    run::SaveCheckpoint(run_.folder(), checkpoint);
    save_seconds_ = watch.Seconds();
    since_save_.Restart();
  }

  run::Run& run_;
  double checkpoint_every_;  // seconds
  std::vector<SuiteResult> results_;
  std::size_t whole_ = 0;
  std::int64_t step_ = 0;
  Stopwatch since_save_;
  double save_seconds_ = 0;
};

std::string TitleOf(const std::string& model, const attacks::Threat& threat) {
  return fmt::format("{} {} {}", model, attacks::NameOf(threat.norm), FormatReal(threat.epsilon));
}

std::string Percent(double share) { return fmt::format("{:.2f} %", 100 * share); }

}  // namespace

std::vector<std::unique_ptr<nn::Network>> BuildModels(const AttackConfig& config,
                                                      const data::Dataset& dataset,
                                                      at::Device device) {
  const nn::DataSpec spec{dataset.image_shape(), dataset.classes, dataset.classes_from};
  std::vector<std::unique_ptr<nn::Network>> networks;
  for (const LabelledModel& entry : config.Models()) {
    auto network = entry.model->Build(spec, static_cast<std::uint64_t>(config.seed), entry.Title());
    network->To(device);
    network->SetTraining(false);
    networks.push_back(std::move(network));
  }
  return networks;
}

attacks::RobustnessReport RunAttacks(const AttackConfig& config, const data::Dataset& dataset,
                                     const std::vector<std::unique_ptr<nn::Network>>& networks,
                                     Session& session, run::Run& run, bool resume) {
  Attempt attempt(run, resume, config.checkpoint_every);
  const std::vector<attacks::Threat> threats = config.threat.Threats();
  attacks::SuiteOptions options;
  options.batch_size = config.batch_size;
  options.seed = static_cast<std::uint64_t>(config.seed);
  options.draws_per_batch = config.draws == "batch";
  options.target = config.threat.target;
  options.recorder = &run.recorder();
  options.record = config.record;
  bool stopped = false;
  options.after_batch = [&](const SuiteResult& current) {
    stopped = !attempt.Continue(current);
    return !stopped;
  };
  std::size_t place = 0;
  for (const auto& network : networks) {
    NetworkTarget target(*network);
    for (const attacks::Threat& threat : threats) {
      if (place++ < attempt.whole()) continue;
      options.progress_label = TitleOf(network->info().name, threat);
      options.track = "attack/" + options.progress_label;
      SuiteResult result = attacks::RunSuite(target, dataset, threat, config.suite, options,
                                             session.Device().device, attempt.Partial());
      if (stopped) session.Stop();
      attempt.Add(std::move(result));
    }
  }
  attacks::RobustnessReport report;
  report.dataset = attacks::DescribeExamples(dataset);
  report.class_names = dataset.class_names;
  report.results = attempt.Take();
  report.require = config.require;
  attacks::WriteReport(run.folder(), report, dataset, config::ToYaml(config::Dump(config)));
  return report;
}

std::string Summary(const attacks::RobustnessReport& report) {
  std::string text;
  for (const SuiteResult& result : report.results) {
    text += fmt::format("{} on {}: {} clean, {} robust ({} at 8 bits)\n",
                        TitleOf(result.model, result.threat), report.dataset,
                        Percent(result.clean_accuracy), Percent(result.robust_accuracy),
                        Percent(result.robust_accuracy_8bit));
    std::vector<std::vector<std::string>> rows{{"attack", "broken", "robust after", "seconds"}};
    for (const attacks::AttackRow& row : result.attacks) {
      rows.push_back({row.name, std::to_string(row.broken), Percent(row.robust_accuracy_after),
                      fmt::format("{:.1f}", row.seconds)});
    }
    text += FormatTable(rows, {false, true, true, true});
    for (const std::string& flag : result.flags) text += "  note: " + flag + "\n";
  }
  if (!report.RequirementsMet()) text += "a requirement of the configuration was not met\n";
  return text;
}

int RunAttack(const CommandLine& line, Session& session) {
  const config::Value raw = session.LoadConfig(line.attack.config);
  const AttackConfig config = ReadAttackConfig(raw);
  const at::Device device = session.Device().device;
  const data::Dataset dataset = config.dataset->Load();
  const auto networks = BuildModels(config, dataset, device);

  run::Run& run = session.OpenRunOf(config, dataset);

  const attacks::RobustnessReport report =
      RunAttacks(config, dataset, networks, session, run, session.resuming());
  run.Finish();
  session.Print(Summary(report));
  session.Print(fmt::format("report: {}\n", (run.folder() / "report.html").string()));
  session.PrintJson(report.ToJson());
  return report.RequirementsMet() ? kExitDone : kExitRequirement;
}

}  // namespace agon::cli
