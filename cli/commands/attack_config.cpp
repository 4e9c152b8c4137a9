// SPDX-License-Identifier: Apache-2.0
// How an attack run is written in a configuration.
#include "cli/commands/attack.h"
#include "cli/commands/commands.h"
#include "runtime/base/text.h"

namespace agon::cli {
namespace {

std::string CheckModels(const AttackConfig& config) {
  if (config.model && !config.models.empty()) return "write model or models, not both";
  const std::vector<LabelledModel> models = config.Models();
  if (models.empty()) return "model is missing";
  for (std::size_t i = 0; i < models.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (models[i].Title() == models[j].Title()) {
        return fmt::format("models[{}] and models[{}] are both called \"{}\"; give each a label", j,
                           i, models[i].Title());
      }
    }
  }
  return {};
}

// A suite that was resolved into its entries (RUN/config.yaml) gets its name back, so that a
// continued run reports what the first one would have.
void NameSuite(attacks::SuiteSettings& suite) {
  for (const auto& [name, text] : attacks::NamedSuites()) {
    config::Problems problems;
    config::Reader reader{problems, nullptr};
    const auto named =
        attacks::SuiteSettings::FromConfig(config::Value::Scalar(name), reader, "suite");
    if (problems.empty() && ToYaml(named.ToConfig()) == ToYaml(suite.ToConfig())) {
      suite.name = name;
    }
  }
}

}  // namespace

LabelledModel LabelledModel::FromConfig(const config::Value& value, config::Reader& reader,
                                        const std::string& path) {
  LabelledModel result;
  config::Value settings = value;
  const auto take = [&](const char* name, const char* type, auto& member) {
    const config::Value* const given = value.IsMapping() ? value.Find(name) : nullptr;
    if (given == nullptr) return;
    config::FieldInfo info;
    info.name = name;
    info.type = type;
    config::ReadValue(*given, info, reader, config::JoinPath(path, info.name), member);
    settings.Erase(name);
  };
  take("label", "text", result.label);
  take("untrained", "boolean", result.untrained);
  result.model = Component<nn::Model>::FromConfig(settings, reader, path);
  if (result.model && !result.model->HasOwnWeights()) {
    const bool weights = !result.model->weights().empty();
    if (!weights && !result.untrained) {
      reader.problems.Add(
          value.location, path, fmt::format("{} has no weights", result.model.name()),
          "write weights: FILE, or untrained: true to attack it as the seed makes it");
    }
    if (weights && result.untrained) {
      reader.problems.Add(value.location, path, "has both weights and untrained: true",
                          "remove one of them");
    }
  }
  return result;
}

config::Value LabelledModel::ToConfig() const {
  config::Value value = model.ToConfig();
  if (!label.empty()) value.Set("label", config::ToValue(label));
  if (untrained) value.Set("untrained", config::ToValue(untrained));
  return value;
}

void AttackConfig::Describe(config::Fields<AttackConfig>& f) {
  f.Field(&AttackConfig::seed, "seed", "seed of all random numbers").Min(0);
  f.Field(&AttackConfig::plugins, "plugins", "plug-in libraries to load");
  f.Field(&AttackConfig::dataset, "dataset", "labelled images, as in {name: fashion_mnist}")
      .Required();
  f.Field(&AttackConfig::model, "model",
          "model under attack, as in {name: net_a, weights: robust.safetensors}");
  f.Field(&AttackConfig::models, "models",
          "several of them instead, compared in one report; each may carry a label");
  f.Field(&AttackConfig::threat, "threat", "what a perturbation may be").Required();
  f.Field(&AttackConfig::suite, "suite", "a named suite (quick), or a list of attacks").Required();
  f.Field(&AttackConfig::batch_size, "batch_size", "examples attacked at a time")
      .Min(1)
      .Unit("examples");
  f.Field(&AttackConfig::draws, "draws",
          "whose random numbers: each example's own, or one generator for the batch, as the "
          "reference implementations draw")
      .Choices({"example", "batch"});
  f.Field(&AttackConfig::checkpoint_every, "checkpoint_every", "time between checkpoints, at least")
      .Min(0)
      .Unit("seconds");
  f.Field(&AttackConfig::record, "record",
          "what is recorded for the viewer beyond the curves, as in {examples: 4}");
  f.Field(&AttackConfig::require, "require",
          "bounds on the result, as in {robust_accuracy: \">= 0.60\"}; exit code 3 when not met");
  f.Check(&CheckModels);
}

std::vector<LabelledModel> AttackConfig::Models() const {
  return model ? std::vector<LabelledModel>{*model} : models;
}

std::vector<Path> AttackConfig::ModelFiles() const {
  std::vector<Path> files;
  for (const LabelledModel& entry : Models()) {
    if (!entry.model) continue;
    if (!entry.model->weights().empty()) files.push_back(entry.model->weights());
    // A model that is a program names it `file`.
    const config::Value resolved = entry.model.ToConfig();
    const config::Value* const file = resolved.Find("file");
    if (file != nullptr && file->IsScalar() && !file->text().empty()) {
      files.emplace_back(file->text());
    }
  }
  return files;
}

AttackConfig ReadAttackConfig(const config::Value& value) {
  auto config = ReadConfig<AttackConfig>(value);
  for (const attacks::Threat& threat : config.threat.Threats()) {
    attacks::CheckCompatible(config.suite, threat);
  }
  NameSuite(config.suite);
  return config;
}

config::Value ResolveAttackConfig(const config::Value& value) {
  return config::Dump(ReadAttackConfig(value));
}

std::vector<config::FieldInfo> AttackConfigFields() {
  return config::Fields<AttackConfig>::Get().Infos();
}

}  // namespace agon::cli
