// SPDX-License-Identifier: Apache-2.0
#include "tests/defenses/defense_helpers.h"

#include <cstring>
#include <mutex>

#include "runtime/base/stop.h"

namespace agon::defenses {
namespace {

class Scripted final : public Objective {
 public:
  static void Describe(Description<Scripted>& /*d*/) {}
  ObjectiveValue Loss(const TrainingStep& step, const Batch& batch) const override {
    Script& script = TheScript();
    ++script.step;
    if (script.before) script.before(script.step, batch);
    const Tensor logits = step.network.Forward(batch.images);
    Tensor loss = at::cross_entropy_loss(logits, batch.labels);
    if (script.change) loss = script.change(script.step, loss);
    return {.loss = loss, .logits = logits.detach()};
  }
};

class ScriptedAttack final : public attacks::Attack {
 public:
  static void Describe(Description<ScriptedAttack>& d) {
    d.Norms({attacks::Norm::kLinf}).Needs(Access::kScore);
  }
  Tensor Run(Target& /*target*/, const Batch& batch, const attacks::Threat& /*threat*/,
             attacks::Context& /*context*/) const override {
    if (TheScript().attacked) TheScript().attacked();
    return batch.images.clone();
  }
};

config::Value Parse(const std::string& yaml) {
  config::Problems problems;
  config::Value value = config::ParseYaml(yaml, "test.yaml", {}, problems);
  problems.ThrowIfAny();
  return value;
}

TrainResult TrainIn(const TrainConfig& config, run::Run run, bool resume) {
  TrainOptions options;
  options.resume = resume;
  TrainResult result =
      Train(config, Halves(70), run, {.device = at::kCPU, .description = {}, .notes = {}}, options);
  run.Finish();
  return result;
}

}  // namespace

void RegisterEverything() {
  static std::once_flag once;
  std::call_once(once, [] {
    Registry& registry = GlobalRegistry();
    attacks::RegisterAttacks(registry);
    data::RegisterDatasets(registry);
    nn::RegisterModels(registry);
    train::RegisterOptimizers(registry);
    train::RegisterSchedules(registry);
    RegisterObjectives(registry);
    registry.Add<Objective, Scripted>("scripted", "of the tests");
    registry.Add<attacks::Attack, ScriptedAttack>("scripted", "of the tests");
  });
}

Script& TheScript() {
  static Script script;
  return script;
}

data::Dataset Halves(std::int64_t n) {
  data::Dataset dataset;
  dataset.name = "halves";
  dataset.classes = 2;
  dataset.labels = at::arange(n, at::kLong).remainder(2);  // [N]
  const Tensor indices = at::arange(n, at::kLong);
  dataset.images = RandomSource(7).For(indices).Uniform({1, 4, 4}, 0.0, 0.2);  // [N,1,4,4]
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t left = i % 2 == 0 ? 0 : 2;
    dataset.images[i].slice(2, left, left + 2).add_(0.6);
  }
  return dataset;
}

TrainConfig ConfigOf(const std::string& yaml) {
  RegisterEverything();
  return ReadTrainConfig(Parse(yaml));
}

TrainConfig SmallConfig(const std::string& lines) {
  RegisterEverything();
  config::Value value = Parse(R"(
seed: 3
dataset: fashion_mnist  # only named: the tests hand the images over
model: {name: mlp, hidden: 8}
objective: standard
optimizer: {name: sgd, learning_rate: 0.1}
schedule: cosine
epochs: 2
loader: {batch_size: 8}
validate: {count: 10}
)");
  const config::Value more = Parse("{" + lines + "}");
  for (const auto& entry : more.entries()) value.Set(entry.key, entry.value);
  return ReadTrainConfig(value);
}

Workplace::Workplace() {
  TheScript() = {};
  ClearStop();
}

Workplace::~Workplace() {
  TheScript() = {};
  ClearStop();
}

TrainResult Workplace::Train(const TrainConfig& config, const std::string& name) {
  run::RunOptions options;
  options.folder = Folder(name);
  options.command = "train";
  options.config = config::Dump(config);
  return TrainIn(config, run::Run::Create(options), false);
}

TrainResult Workplace::Resume(const TrainConfig& config, const std::string& name) {
  return TrainIn(config, run::Run::Resume(Folder(name), "train"), true);
}

bool SameBits(const NamedTensors& a, const NamedTensors& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const Tensor x = a[i].second.contiguous();
    const Tensor y = b[i].second.contiguous();
    if (a[i].first != b[i].first || x.nbytes() != y.nbytes()) return false;
    if (std::memcmp(x.const_data_ptr(), y.const_data_ptr(), x.nbytes()) != 0) return false;
  }
  return true;
}

}  // namespace agon::defenses
