// SPDX-License-Identifier: Apache-2.0
// `agon demo`: configs/demo.yaml, the main job from nothing to the report. One run folder holds the
// trainings (train-NAME/) and the examination; started again it goes on where it was, and when it
// is done it says so at once. With --all the demos of the other modules follow, each in a run of
// its own.
#include <fmt/format.h>

#include <filesystem>

#include "cli/commands/attack.h"
#include "cli/commands/commands.h"
#include "cli/commands/cyclegan.h"
#include "cli/commands/demo_start.h"
#include "defenses/trainer.h"
#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/base/text.h"

namespace agon::cli {
namespace {

constexpr const char* kDefaultFolder = "runs/demo";

struct Training {
  std::string label;
  defenses::TrainConfig config;
};

struct Demo {
  config::Value resolved;
  std::vector<Training> trainings;
  config::Value attack;  // without models
  std::int64_t seed = 0;
};

// The `attack` section with the trained networks as its models; without weights before they exist.
config::Value WithModels(const Demo& demo, const Path& run_folder) {
  config::Value models = config::Value::Sequence();
  for (const Training& training : demo.trainings) {
    config::Value model = training.config.model.ToConfig();
    model.Set("label", config::Value::Scalar(training.label));
    if (run_folder.empty()) {
      model.Set("untrained", config::ToValue(true));
    } else {
      model.Set("weights",
                config::ToValue(run_folder / ("train-" + training.label) / "weights.safetensors"));
    }
    models.items().push_back(std::move(model));
  }
  config::Value attack = demo.attack;
  attack.Set("models", std::move(models));
  return attack;
}

Demo ReadDemo(const config::Value& root) {
  config::Problems problems;
  for (const auto& entry : root.entries()) {
    const std::vector<std::string> known = {"seed", "plugins", "train", "attack"};
    if (std::find(known.begin(), known.end(), entry.key) == known.end()) {
      problems.Add(entry.key_location, entry.key, "unknown key" + DidYouMean(entry.key, known),
                   "known: " + Join(known, ", "));
    }
  }
  const config::Value* const train = root.Find("train");
  const config::Value* const attack = root.Find("attack");
  if (train == nullptr || !train->IsMapping() || train->entries().empty()) {
    problems.Add(root.location, "train", "expected a mapping from names to trainings");
  }
  if (attack == nullptr || !attack->IsMapping()) {
    problems.Add(root.location, "attack", "expected what `agon attack` takes");
  }
  problems.ThrowIfAny();

  Demo demo;
  demo.resolved = config::Value::Mapping();
  const config::Value* const seed = root.Find("seed");
  const config::Value seed_value = seed != nullptr ? *seed : config::ToValue(std::int64_t{0});
  demo.resolved.Set("seed", seed_value);
  config::Value trainings = config::Value::Mapping();
  for (const auto& entry : train->entries()) {
    config::Value settings = entry.value;
    if (settings.Find("seed") == nullptr) settings.Set("seed", seed_value);
    demo.trainings.push_back({entry.key, defenses::ReadTrainConfig(settings)});
    demo.seed = demo.trainings.back().config.seed;
    trainings.Set(entry.key, config::Dump(demo.trainings.back().config));
  }
  demo.resolved.Set("train", std::move(trainings));
  demo.attack = *attack;
  if (demo.attack.Find("seed") == nullptr) demo.attack.Set("seed", seed_value);
  demo.resolved.Set("attack", demo.attack);
  (void)ReadAttackConfig(WithModels(demo, {}));  // mistakes are found before anything is trained
  return demo;
}

std::string Verdict(const nlohmann::json& report) {
  std::string text;
  std::vector<std::string> seen;
  for (const nlohmann::json& result : report.at("results")) {
    const auto model = result.at("model").get<std::string>();
    if (std::find(seen.begin(), seen.end(), model) != seen.end())
      continue;  // the first is the headline
    seen.push_back(model);
    text += fmt::format(
        "{:>12}: {:5.1f} % of {} test images right, {:5.1f} % under attack ({} {})\n", model,
        100 * result.at("clean_accuracy").get<double>(), result.at("examples").get<std::int64_t>(),
        100 * result.at("robust_accuracy").get<double>(), result.at("threat").get<std::string>(),
        FormatReal(result.at("epsilon").get<double>()));
  }
  return text;
}

void PrintEnd(const Session& session, const Path& folder, const nlohmann::json& report) {
  session.Print(fmt::format("\n{}report: {}\n", Verdict(report),
                            std::filesystem::absolute(folder / "report.html").string()));
}

// The images of each training; those that say the same share them.
std::vector<data::Dataset> LoadAll(const Demo& demo) {
  std::vector<data::Dataset> datasets;
  std::vector<std::string> sources;
  for (const Training& training : demo.trainings) {
    sources.push_back(config::ToYaml(training.config.dataset.ToConfig()));
    const auto same = std::find(sources.begin(), sources.end(), sources.back()) - sources.begin();
    datasets.push_back(same < std::ssize(datasets) ? datasets[static_cast<std::size_t>(same)]
                                                   : training.config.dataset->Load());
  }
  return datasets;
}

// Trains what is not trained yet; a finished training has its weights.
void TrainAll(const Demo& demo, const std::vector<data::Dataset>& datasets, Session& session,
              run::Run& run) {
  for (std::size_t i = 0; i < demo.trainings.size(); ++i) {
    const Training& training = demo.trainings[i];
    defenses::TrainOptions options;
    options.folder = run.folder() / ("train-" + training.label);
    options.label = training.label;
    options.track_prefix = training.label + "/";
    options.resume = true;
    if (std::filesystem::exists(options.folder / "report.json")) {  // written last
      log::Info("{}: already trained", training.label);
      continue;
    }
    (void)defenses::Train(training.config, datasets[i], run, session.Device(), options);
  }
}

}  // namespace

config::Value ResolveDemoConfig(const config::Value& value) { return ReadDemo(value).resolved; }

namespace {

// The main job; its report in `result`.
int DoDemo(const CommandLine& line, Session& session, nlohmann::json& result) {
  const Path wanted = line.common.run.empty() ? Path(kDefaultFolder) : Path(line.common.run);
  const Path folder = session.resuming() ? Path(line.common.resume) : wanted;
  const config::Value raw =
      session.resuming() ? session.LoadConfig({})
                         : session.LoadConfigFile(FindShippedConfig(line.program, "demo.yaml"));
  const Demo demo = ReadDemo(raw);
  const DemoState state = StateOfDemo(session, folder, demo.resolved);
  if (state == DemoState::kDone) {
    result = nlohmann::json::parse(ReadFileText(folder / "report.json"));
    PrintEnd(session, folder, result);
    return kExitDone;
  }

  const std::vector<data::Dataset> datasets = LoadAll(demo);
  for (std::size_t i = 0; i < datasets.size(); ++i) {
    defenses::CheckBeforeTraining(demo.trainings[i].config, datasets[i]);
  }
  run::RunOptions options;
  options.folder = folder;
  options.config = demo.resolved;
  options.seed = static_cast<std::uint64_t>(demo.seed);
  for (const data::Dataset& dataset : datasets) {
    for (const Path& file : dataset.files) {
      if (std::find(options.inputs.begin(), options.inputs.end(), file) == options.inputs.end()) {
        options.inputs.push_back(file);
      }
    }
  }
  const bool exists = state == DemoState::kBegun;
  run::Run& run = exists ? session.ContinueRun(folder) : session.OpenRun(std::move(options));
  TrainAll(demo, datasets, session, run);

  const AttackConfig attack = ReadAttackConfig(WithModels(demo, run.folder()));
  const data::Dataset examined = attack.dataset->Load();
  const auto networks = BuildModels(attack, examined, session.Device().device);
  const attacks::RobustnessReport report =
      RunAttacks(attack, examined, networks, session, run, exists);
  run.Finish();
  session.Print(Summary(report));
  result = report.ToJson();
  PrintEnd(session, run.folder(), result);
  return report.RequirementsMet() ? kExitDone : kExitRequirement;
}

}  // namespace

int RunDemo(const CommandLine& line, Session& session) {
  nlohmann::json main;
  if (!line.demo.all) {
    const int code = DoDemo(line, session, main);
    session.PrintJson(main);
    return code;
  }
  if (session.resuming() || !line.common.sets.empty()) {
    Fail(ErrorKind::kUsage,
         "agon demo --all: {} says not which demo is meant; use it with agon demo or agon cyclegan "
         "demo (--all started again goes on where it was)",
         session.resuming() ? "--resume" : "--set");
  }
  const int code = DoDemo(line, session, main);
  const Path folder =
      line.common.run.empty() ? Path(kCycleganDemoFolder) : Path(line.common.run + "-cyclegan");
  const nlohmann::json cyclegan = DoCycleganDemo(session, folder);
  session.PrintJson({{"demo", main}, {"cyclegan_demo", cyclegan}});
  return code;
}

}  // namespace agon::cli
