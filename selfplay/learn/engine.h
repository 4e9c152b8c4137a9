// SPDX-License-Identifier: Apache-2.0
// What plays in a training: the network in the form it is evaluated in, the service and the cache
// in front of it, and new weights for all three at once.
//
// Who needs this file: the trainer. Thread safety: SetWeights from one thread while others play.
#pragma once

#include <memory>
#include <vector>

#include "runtime/tensor/device.h"
#include "selfplay/learn/config.h"
#include "selfplay/network/evaluator.h"
#include "selfplay/network/network.h"
#include "selfplay/search/evaluation_cache.h"
#include "selfplay/search/evaluator_service.h"

namespace agon::selfplay {

class PlayingEngine {
 public:
  PlayingEngine(const SelfplayConfig& config, const PolicyValueNetwork& network,
                const DevicePolicy& device);

  [[nodiscard]] int threads() const { return threads_; }  // that play
  [[nodiscard]] std::int64_t servers() const { return servers_; }
  [[nodiscard]] EvaluatorService& service() { return *service_; }
  [[nodiscard]] EvaluationCache* cache() { return cache_.get(); }  // null: none
  [[nodiscard]] const NetworkEvaluator& network() const { return *network_; }

  void SetWeights(const NamedTensors& weights);
  // An evaluator of its own with these weights, with a cache, for matches and measurements.
  [[nodiscard]] std::shared_ptr<Evaluator> Copy(const NamedTensors& weights) const;

 private:
  [[nodiscard]] std::shared_ptr<NetworkEvaluator> Make(const NamedTensors& weights) const;
  const SelfplayConfig& config_;
  const PolicyValueNetwork& shape_;
  const DevicePolicy device_;
  int threads_ = 1;
  std::int64_t servers_ = 0;
  std::shared_ptr<NetworkEvaluator> network_;
  std::unique_ptr<EvaluationCache> cache_;
  std::unique_ptr<EvaluatorService> service_;
};

// Sizes of batches up to `most`, about an eighth apart.
[[nodiscard]] std::vector<std::int64_t> BatchSizes(std::int64_t most);

}  // namespace agon::selfplay
