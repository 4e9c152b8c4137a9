// SPDX-License-Identifier: Apache-2.0
#include "selfplay/learn/engine.h"

#include <algorithm>

namespace agon::selfplay {

namespace {
constexpr std::int64_t kMeasuringCache = std::int64_t{16} << 20;
}

std::vector<std::int64_t> BatchSizes(std::int64_t most) {
  std::vector<std::int64_t> sizes;
  for (std::int64_t size = 1; size < most;
       size += std::max<std::int64_t>(1, size < 8 ? size : size / 8 / 8 * 8 + 8)) {
    sizes.push_back(size);
  }
  sizes.push_back(most);
  return sizes;
}

PlayingEngine::PlayingEngine(const SelfplayConfig& config, const PolicyValueNetwork& network,
                             const DevicePolicy& device)
    : config_(config), shape_(network), device_(device) {
  threads_ = static_cast<int>(config.selfplay.threads);
  if (threads_ == 0) threads_ = std::max(1, device.threads);
  servers_ = config.selfplay.servers;
  if (servers_ < 0) servers_ = device.device.is_cpu() ? 0 : 2;
  network_ = Make(network.State());
  EvaluatorServiceSettings settings;
  settings.servers = servers_;
  settings.buckets = network_->batch_sizes();
  settings.clients = threads_;
  settings.deterministic = config.deterministic;
  service_ = std::make_unique<EvaluatorService>(network_, settings);
  if (config.selfplay.cache_megabytes > 0) {
    cache_ = std::make_unique<EvaluationCache>(network_, network.shape(),
                                               config.selfplay.cache_megabytes << 20);
  }
}

std::shared_ptr<NetworkEvaluator> PlayingEngine::Make(const NamedTensors& weights) const {
  InferenceSettings settings;
  settings.precision = config_.selfplay.precision;
  settings.batch_sizes = BatchSizes(config_.selfplay.batch);
  // One size: what a row is answered then does not depend on how many it came with.
  if (config_.deterministic) settings.batch_sizes = {config_.selfplay.batch};
  settings.threads = device_.device.is_cpu() ? 1 : 0;
  std::shared_ptr<NetworkEvaluator> made = MakeNetworkEvaluator(shape_, settings, device_);
  made->SetWeights(weights);
  return made;
}

void PlayingEngine::SetWeights(const NamedTensors& weights) {
  network_->SetWeights(weights);
  if (cache_) cache_->Clear();
}

std::shared_ptr<Evaluator> PlayingEngine::Copy(const NamedTensors& weights) const {
  return std::make_shared<EvaluationCache>(Make(weights), shape_.shape(), kMeasuringCache);
}

}  // namespace agon::selfplay
