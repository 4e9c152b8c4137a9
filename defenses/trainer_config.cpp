// SPDX-License-Identifier: Apache-2.0
#include "defenses/trainer_config.h"

#include <algorithm>

#include "runtime/base/error.h"
#include "runtime/base/text.h"

namespace agon::defenses {
namespace {

// The text `yaml` as a value with no place in a file.
config::Value Default(const char* yaml, config::Problems& problems) {
  return config::ParseYaml(yaml, "default", {}, problems);
}

// A dataset is read from its training split unless the file says otherwise.
void ChooseTrainingSplit(config::Value& root) {
  config::Value* const given = root.Find("dataset");
  if (given == nullptr || given->IsSequence() || given->IsNull()) return;
  if (given->IsMapping() && given->Find("split") != nullptr) return;
  const config::Value* const name = given->IsMapping() ? given->Find("name") : given;
  if (name == nullptr || !name->IsScalar()) return;
  const ComponentInfo* const info = GlobalRegistry().Find(data::DatasetSource::kKind, name->text());
  if (info == nullptr) return;  // reported when it is read
  const bool has_split = std::any_of(info->fields.begin(), info->fields.end(),
                                     [](const config::FieldInfo& f) { return f.name == "split"; });
  if (!has_split) return;
  if (given->IsScalar()) {
    config::Value mapping = config::Value::Mapping();
    mapping.location = given->location;
    mapping.Set("name", *given);
    *given = std::move(mapping);
  }
  given->Set("split", config::Value::Scalar("train"));
}

// Where a problem of a whole section is shown.
const config::Value& At(const config::Value& root, std::string_view key) {
  const config::Value* const value = root.Find(key);
  return value == nullptr ? root : *value;
}

std::string NamesOf(const std::set<attacks::Norm>& norms) {
  std::vector<std::string> names;
  for (const attacks::Norm norm : norms) names.emplace_back(NameOf(norm));
  return Join(names, ", ");
}

void CheckThreat(const TrainConfig& config, const config::Value& root, config::Problems& problems) {
  const auto& needs = GlobalRegistry().CapabilitiesOf<Objective>(config.objective.name());
  if (!config.threat) {
    if (needs.NeedsThreat()) {
      problems.Add(At(root, "objective").location, "objective",
                   config.objective.name() + " trains against a threat, and there is none",
                   "add threat: {norm: linf, epsilon: 0.1}");
    }
    return;
  }
  const config::Value& threat = At(root, "threat");
  if (config.threat->epsilon.size() != 1) {
    problems.Add(threat.location, "threat.epsilon", "training takes one epsilon, not a list");
    return;
  }
  if (config.threat->target != "none") {
    problems.Add(threat.location, "threat.target", "training knows no target class",
                 "leave target out");
  }
  if (config.threat->query_budget != 0) {
    problems.Add(threat.location, "threat.query_budget", "training counts no queries",
                 "leave query_budget out");
  }
  const attacks::Norm norm = config.Threat()->norm;
  if (needs.NeedsThreat() && !needs.norms.contains(norm)) {
    problems.Add(threat.location, "threat.norm",
                 fmt::format("{} works in {}, not in {}", config.objective.name(),
                             NamesOf(needs.norms), NameOf(norm)));
  }
}

void CheckValidationAttack(const TrainConfig& config, const config::Value& root,
                           config::Problems& problems) {
  if (!config.validate.attack) return;
  const config::Location& place = At(root, "validate").location;
  if (!config.threat) {
    problems.Add(place, "validate.attack", "an attack needs a threat, and there is none",
                 "add threat: {norm: linf, epsilon: 0.1}, or leave the attack out");
    return;
  }
  const std::string& name = config.validate.attack->attack.name();
  const auto& can = GlobalRegistry().CapabilitiesOf<attacks::Attack>(name);
  if (!can.norms.contains(config.Threat()->norm)) {
    problems.Add(place, "validate.attack",
                 fmt::format("{} works in {}, not in {}", name, NamesOf(can.norms),
                             NameOf(config.Threat()->norm)));
  }
}

}  // namespace

void ValidationSettings::Describe(config::Fields<ValidationSettings>& f) {
  using V = ValidationSettings;
  f.Field(&V::count, "count",
          "images held out: the last ones of the training split, never trained on; 0: none")
      .Min(0);
  f.Field(&V::every, "every", "epochs from one validation to the next").Min(1);
  f.Field(&V::attack, "attack",
          "attack that measures robust accuracy under the threat; with a threat, pgd with 10 steps "
          "when left out");
  f.Field(&V::keep, "keep",
          "weights that are the result: best (by robust accuracy, without a threat by clean "
          "accuracy) or last")
      .Choices({"best", "last"});
  f.Field(&V::patience, "patience",
          "validations without improvement after which training ends; 0: never")
      .Min(0);
}

void TrainConfig::Describe(config::Fields<TrainConfig>& f) {
  using T = TrainConfig;
  f.Field(&T::seed, "seed", "of all random numbers").Min(0);
  f.Field(&T::plugins, "plugins", "plug-in libraries to load");
  f.Field(&T::dataset, "dataset", "images to train on; its training split unless `split` says else")
      .Required();
  f.Field(&T::model, "model", "the network; with `weights` training starts from them").Required();
  f.Field(&T::threat, "threat", "what an attacker may do; needed by adversarial objectives");
  f.Field(&T::objective, "objective", "what is minimised").Required();
  f.Field(&T::optimizer, "optimizer", "how the weights follow the gradient").Required();
  f.Field(&T::schedule, "schedule", "the learning rate over training; constant when left out");
  f.Field(&T::epochs, "epochs", "passes over the training images").Min(1).Unit("epochs");
  f.Field(&T::loader, "loader", "batches and augmentation");
  f.Field(&T::averaging, "averaging",
          "average of the weights; once it has begun it is what is validated and kept");
  f.Field(&T::precision, "precision", "of the network's arithmetic; bf16 by autocast")
      .Choices({"float32", "bf16"});
  f.Field(&T::gradient_clip, "gradient_clip", "largest length of the gradient; 0: no limit").Min(0);
  f.Field(&T::validate, "validate", "accuracy on held-out images, and which weights to keep");
  f.Field(&T::max_seconds, "max_seconds",
          "ends training cleanly after this time, resumed parts included; 0: no limit")
      .Min(0)
      .Unit("seconds")
      .Live();
  f.Field(&T::checkpoint_every, "checkpoint_every",
          "time between checkpoints, beside the one after each epoch; 0: after every step")
      .Min(0)
      .Unit("seconds")
      .Live();
}

std::optional<attacks::Threat> TrainConfig::Threat() const {
  if (!threat) return std::nullopt;
  const auto threats = threat->Threats();
  AGON_CHECK(threats.size() == 1);
  return threats.front();
}

std::vector<Path> TrainConfig::ModelFiles() const {
  std::vector<Path> files;
  if (model && !model->weights().empty()) files.push_back(model->weights());
  return files;
}

TrainConfig ReadTrainConfig(const config::Value& value) {
  config::Problems problems;
  config::Reader reader{problems, nullptr};
  config::Value root = value;
  if (root.IsMapping()) {
    ChooseTrainingSplit(root);
    if (root.Find("schedule") == nullptr) root.Set("schedule", Default("constant", problems));
  }
  auto config = config::Read<TrainConfig>(root, reader);
  problems.ThrowIfAny();
  if (config.threat && !config.validate.attack && config.validate.count > 0) {
    config.validate.attack = attacks::SuiteEntry::FromConfig(
        Default("{name: pgd, steps: 10}", problems), reader, "validate.attack");
  }
  CheckThreat(config, root, problems);
  if (problems.empty()) CheckValidationAttack(config, root, problems);
  problems.ThrowIfAny();
  return config;
}

}  // namespace agon::defenses
