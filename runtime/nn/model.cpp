// SPDX-License-Identifier: Apache-2.0
#include "runtime/nn/model.h"

#include <atomic>

#include "runtime/base/error.h"
#include "runtime/nn/weights.h"
#include "runtime/nn/zoo.h"

namespace agon::nn {
namespace {

std::atomic<bool> models_trusted{false};

}  // namespace

Model::~Model() = default;

std::unique_ptr<Network> Model::Build(const DataSpec& data, std::uint64_t seed,
                                      const std::string& name) const {
  NetworkInfo info;
  info.name = name;
  info.input = input_.empty() ? data.input : Shape(input_.begin(), input_.end());
  info.classes = classes_ > 0 ? classes_ : data.classes;
  if (classes_ == 0) info.classes_from = data.classes_from;
  info.mean = mean_;
  info.std = std_;
  info.output = output_ == "probabilities" ? OutputKind::kProbabilities : OutputKind::kLogits;
  if (info.input.empty()) {
    Fail(ErrorKind::kModel, "model {}: the shape of its images is not known; write input: [C,H,W]",
         name);
  }
  if (info.classes < 1) {
    Fail(ErrorKind::kModel, "model {}: the number of classes is not known; write classes: N", name);
  }
  if (HasOwnWeights() && !weights_.empty()) {
    Fail(ErrorKind::kModel, "model {} carries its own weights; remove weights: {}", name,
         weights_.string());
  }
  if (!data.classes_from.empty() && data.classes > info.classes) {
    Fail(ErrorKind::kModel, "{} is out of range: model {} has {} classes", data.classes_from, name,
         info.classes);
  }
  LayerPtr layers;
  try {
    layers = Layers(info.input, info.classes);
  } catch (const c10::Error& error) {
    Fail(ErrorKind::kModel, "model {} cannot be built: {}", name, error.what_without_backtrace());
  }
  auto network = std::make_unique<Network>(std::move(info), std::move(layers));
  network->SetRequiresGrad(false);
  if (!weights_.empty()) {
    LoadWeights(*network, ReadWeights(weights_), weights_.string());
  } else if (!HasOwnWeights()) {
    Initialise(*network, seed);
  }
  return network;
}

void RegisterModels(Registry& registry) {
  RegisterZoo(registry);
  RegisterSequential(registry);
  RegisterTorchScript(registry);
}

void TrustModels(bool trust) { models_trusted.store(trust); }
bool ModelsTrusted() { return models_trusted.load(); }

}  // namespace agon::nn
