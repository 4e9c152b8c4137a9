// SPDX-License-Identifier: Apache-2.0
// A network as an Evaluator, as fast as this machine evaluates it: batch norm folded into the
// convolutions, and on the CPU LibTorch's fused oneDNN operators on weights packed once, channels
// last, in bfloat16 where the processor computes in it. Where an operator is missing, and on CUDA
// (there in bfloat16 too), the same folded weights go through plain operators.
//
//   auto evaluator = MakeNetworkEvaluator(network, {.threads = 1}, device);
//   evaluator->Evaluate(batch);
//   evaluator->SetWeights(average.weights());   // while others evaluate
//
// Weights are copied; the network may be trained on meanwhile. Batches are padded to a few fixed
// sizes, since oneDNN prepares a program for every size.
//
// Who needs this file: whoever plays with a network. Many threads with few leaves each go through
// selfplay/search/evaluator_service.h.
//
// Thread safety: all members, from any thread. A call in progress keeps the weights it began with.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/tensor/device.h"
#include "selfplay/network/network.h"
#include "selfplay/search/evaluator.h"

namespace agon::selfplay {

struct InferenceSettings {
  // auto: bf16 where the processor multiplies in it, and on CUDA; float32 elsewhere.
  std::string precision = "auto";
  // Sizes that batches are padded to, rising; larger calls are cut. Empty: a ladder up to 256. One
  // size alone makes the answer to a row independent of its company.
  std::vector<std::int64_t> batch_sizes = {};
  // Threads for the operators of one call. 0: as the calling thread has it. Another number holds
  // from then on for every thread that calls Evaluate: for threads that do nothing else.
  std::int64_t threads = 0;
  static void Describe(config::Fields<InferenceSettings>& f);
};

// Folded weights in the form they are computed with; immutable.
class InferenceNetwork;

class NetworkEvaluator final : public Evaluator {
 public:
  NetworkEvaluator(const PolicyValueNetwork& network, const InferenceSettings& settings,
                   const DevicePolicy& device);
  ~NetworkEvaluator() override;
  NetworkEvaluator(const NetworkEvaluator&) = delete;
  NetworkEvaluator& operator=(const NetworkEvaluator&) = delete;

  // Error(kUsage) for rows of another shape.
  void Evaluate(EvalBatch& batch, int first = 0) override;

  // `state` as PolicyValueNetwork::State() names it. Calls that begin afterwards use it.
  void SetWeights(const NamedTensors& state);

  // The bare network, without batches of rows and padding: planes as PolicyValueNetwork::Forward
  // takes them; logits in float32 on the CPU.
  [[nodiscard]] PolicyValueNetwork::Heads Logits(const Tensor& planes) const;

  [[nodiscard]] const std::string& precision() const { return precision_; }  // float32 or bf16
  [[nodiscard]] bool fused() const;  // through oneDNN's fused operators
  [[nodiscard]] const std::vector<std::int64_t>& batch_sizes() const { return batch_sizes_; }
  // "bf16, fused oneDNN operators"
  [[nodiscard]] std::string Description() const;

 private:
  [[nodiscard]] std::shared_ptr<const InferenceNetwork> Current() const;
  void EvaluateRows(const InferenceNetwork& network, EvalBatch& batch, int first, int count) const;

  GameShape shape_;
  NetworkSettings settings_;
  std::string precision_;
  std::vector<std::int64_t> batch_sizes_;
  std::int64_t threads_;
  at::Device device_;
  struct Shared;
  std::unique_ptr<Shared> shared_;  // the present weights behind their lock
};

[[nodiscard]] std::unique_ptr<NetworkEvaluator> MakeNetworkEvaluator(
    const PolicyValueNetwork& network, const InferenceSettings& settings,
    const DevicePolicy& device);

// Whether this processor multiplies bfloat16 matrices in hardware.
[[nodiscard]] bool CpuComputesBf16();
// "float32" or "bf16" for the word of a configuration ("auto" too).
[[nodiscard]] std::string ResolvePrecision(const std::string& word, at::Device device);

}  // namespace agon::selfplay
