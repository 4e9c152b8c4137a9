// SPDX-License-Identifier: Apache-2.0
// Layers: the parts networks are built of. Deliberately small: a forward function over LibTorch's
// operators and a list of named parameters; gradients come from autograd.
//
// Who needs this file: the model zoo and `sequential`. Most code uses runtime/nn/network.h.
//
// Thread safety: Forward in evaluation mode from several threads; training mode from one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/tensor/types.h"

namespace agon::nn {

// A parameter or buffer in its layer, by reference.
struct Slot {
  std::string name;  // "conv1.weight"
  Tensor* tensor = nullptr;
  bool trainable = true;    // false: a buffer (running mean)
  std::int64_t fan_in = 0;  // > 0: initialised uniform in +-1/sqrt(fan_in), as PyTorch does
};

class Layer {
 public:
  virtual ~Layer();
  // x: [N, input...]; the shape was checked by OutputShape when the network was built.
  [[nodiscard]] virtual Tensor Forward(const Tensor& x) = 0;
  // Shape without the batch dimension. Error(kModel) when the input does not fit.
  [[nodiscard]] virtual Shape OutputShape(const Shape& input) const = 0;
  virtual void Collect(const std::string& prefix, std::vector<Slot>& slots);
  virtual void SetTraining(bool training);
  [[nodiscard]] virtual std::string Summary() const = 0;  // "conv 16 4x4 stride 2 padding 1"
};

using LayerPtr = std::unique_ptr<Layer>;

struct ConvSettings {
  std::int64_t out = 0, kernel = 3, stride = 1, padding = 0;
  bool bias = true;
};
[[nodiscard]] LayerPtr Conv(std::int64_t in, const ConvSettings& settings);
[[nodiscard]] LayerPtr Linear(std::int64_t in, std::int64_t out, bool bias = true);
[[nodiscard]] LayerPtr BatchNorm(std::int64_t channels);  // 1-d or 2-d by its input
[[nodiscard]] LayerPtr Relu();
[[nodiscard]] LayerPtr Tanh();
[[nodiscard]] LayerPtr MaxPool(std::int64_t kernel, std::int64_t stride, std::int64_t padding = 0);
[[nodiscard]] LayerPtr AvgPool(std::int64_t kernel, std::int64_t stride, std::int64_t padding = 0);
[[nodiscard]] LayerPtr GlobalAvgPool();
[[nodiscard]] LayerPtr Flatten();
[[nodiscard]] LayerPtr Dropout(double probability);

struct NamedLayer {
  std::string name;
  LayerPtr layer;
};
[[nodiscard]] LayerPtr Sequence(std::vector<NamedLayer> layers);
// Names 0, 1, 2, ... as torch.nn.Sequential gives them.
[[nodiscard]] LayerPtr Sequence(std::vector<LayerPtr> layers);

}  // namespace agon::nn
