// SPDX-License-Identifier: Apache-2.0
#include "tests/attacks/attack_helpers.h"

#include <cstdlib>
#include <mutex>

namespace agon::attacks {
namespace {

config::Value Parse(const std::string& yaml) {
  config::Problems problems;
  config::Value value = config::ParseYaml(yaml, "test", ".", problems);
  problems.ThrowIfAny();
  return value;
}

template <class T>
T FromYaml(const std::string& yaml) {
  RegisterEverything();
  config::Problems problems;
  config::Reader reader{problems};
  T made = T::FromConfig(Parse(yaml), reader, "test");
  problems.ThrowIfAny();
  return made;
}

}  // namespace

LinearTarget::LinearTarget(Tensor weights, Tensor bias)
    : weights_(std::move(weights)),
      bias_(bias.defined() ? std::move(bias) : at::zeros({weights_.size(0)})) {
  traits_.name = "linear";
  traits_.input = {1, 1, weights_.size(1)};
  traits_.classes = weights_.size(0);
}

Tensor LinearTarget::DoLogits(const Tensor& images) {
  return images.flatten(1).matmul(weights_.t()) + bias_;
}

LossGradient LinearTarget::DoGradient(const Tensor& images, const Goal& goal) {
  const Tensor logits = DoLogits(images);
  // d CE / d logits = softmax - onehot; targeted attacks go the other way.
  Tensor d = logits.softmax(1);
  d = d - at::one_hot(goal.labels, logits.size(1)).to(at::kFloat);
  if (goal.targeted) d = -d;
  return {AttackerLoss(logits, goal), d.matmul(weights_).view_as(images), logits};
}

void RegisterEverything() {
  static std::once_flag once;
  std::call_once(once, [] {
    RegisterAttacks(GlobalRegistry());
    nn::RegisterModels(GlobalRegistry());
    data::RegisterDatasets(GlobalRegistry());
  });
}

Component<Attack> MakeAttack(const std::string& yaml) { return FromYaml<Component<Attack>>(yaml); }
SuiteSettings MakeSuite(const std::string& yaml) { return FromYaml<SuiteSettings>(yaml); }

Tensor Candidates(const std::string& attack, Target& target, const Batch& batch,
                  const Threat& threat, std::uint64_t seed) {
  Probe probe;
  Context context{RandomSource(seed).Stream("test").For(batch.indices), probe};
  target.Begin(batch.size(), batch.images.device());
  return MakeAttack(attack)->Run(target, batch, threat, context);
}

Path TestData() {
  const char* given = std::getenv("AGON_TEST_DATA");
  const Path folder =
      given != nullptr ? Path(given) : Path(AGON_SOURCE_DIR) / ".." / "shared" / "data";
  return std::filesystem::is_directory(folder / "models") ? folder : Path();
}

data::Dataset LoadDataset(const std::string& yaml) {
  return FromYaml<Component<data::DatasetSource>>(yaml)->Load();
}

std::unique_ptr<nn::Network> LoadNetwork(const std::string& yaml, const data::Dataset& dataset) {
  return FromYaml<Component<nn::Model>>(yaml)->Build({dataset.image_shape(), dataset.classes}, 0,
                                                     "network");
}

}  // namespace agon::attacks
