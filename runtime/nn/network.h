// SPDX-License-Identifier: Apache-2.0
// A network: layers behind an input description. Normalisation (mean, std) happens inside, so
// callers always pass images in the dataset's own box, [0,1] as a rule.
//
//   std::unique_ptr<Network> network = model->Build({.input = {1, 28, 28}, .classes = 10}, seed);
//   Tensor logits = network->Forward(images);   // [N,K]
//
// Thread safety: Forward in evaluation mode from several threads; everything else from one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/nn/layer.h"

namespace agon::nn {

enum class OutputKind { kLogits, kProbabilities };

struct NetworkInfo {
  std::string name;  // "net_a"
  Shape input;       // [C,H,W]
  std::int64_t classes = 0;
  std::string classes_from = {};  // what alone says so, as in DataSpec; for messages
  std::vector<double> mean, std;  // per channel or one for all; empty: none
  OutputKind output = OutputKind::kLogits;
};

class Network {
 public:
  // Runs the shape check. Error(kModel) when the layers do not fit the input or the classes.
  Network(NetworkInfo info, LayerPtr layers);

  // images [N,C,H,W] float32 -> logits [N,K] float32. Probabilities become log-probabilities (their
  // softmax is the same), clamped at 1e-12.
  [[nodiscard]] Tensor Forward(const Tensor& images);

  [[nodiscard]] const NetworkInfo& info() const { return info_; }
  [[nodiscard]] const std::vector<Slot>& slots() const { return slots_; }
  [[nodiscard]] std::vector<Tensor> Parameters() const;  // trainable ones
  [[nodiscard]] NamedTensors State() const;              // parameters and buffers, shared storage
  void LoadState(const NamedTensors& state);             // copies; names and shapes must be equal
  void SetTraining(bool training);
  void SetRequiresGrad(bool requires_grad);
  void To(at::Device device);
  [[nodiscard]] std::int64_t ParameterCount() const;
  [[nodiscard]] std::string Summary() const;  // one line a layer

 private:
  NetworkInfo info_;
  LayerPtr layers_;
  std::vector<Slot> slots_;
  Tensor mean_, std_;  // [1,C,1,1], undefined when not normalising
};

// PyTorch's default: weights and biases uniform in +-1/sqrt(fan_in); batch norm 1 and 0. The draw
// of a parameter depends on the seed and its name only.
void Initialise(Network& network, std::uint64_t seed);

}  // namespace agon::nn
