// SPDX-License-Identifier: Apache-2.0
// The component kind "model": settings that build a Network. Built in: mlp, smallcnn, net_a,
// preact_resnet18, sequential (layers in YAML), torchscript (a user's traced or scripted model).
//
// Thread safety: models are immutable settings.
#pragma once

#include <nlohmann/json.hpp>

#include "runtime/nn/network.h"
#include "runtime/plugin/registry.h"

namespace agon::nn {

// What the dataset says about images; a model's own `input` and `classes` win.
struct DataSpec {
  Shape input;
  std::int64_t classes = 0;
  std::string classes_from = {};  // what alone says so ("FILE: label 9 at index 4"), for messages
};

class Model {
 public:
  static constexpr std::string_view kKind = "model";
  struct Capabilities {
    [[nodiscard]] nlohmann::json ToJson() const { return nlohmann::json::object(); }
  };

  virtual ~Model();

  // Layers, then weights from `weights` (matched by name, else by order and shape, which is
  // logged), else initialised from the seed. Evaluation mode, CPU. Error(kModel) naming the file
  // and the tensor: wrong shapes, missing or spare tensors, NaN.
  [[nodiscard]] std::unique_ptr<Network> Build(const DataSpec& data, std::uint64_t seed,
                                               const std::string& name) const;
  [[nodiscard]] const Path& weights() const { return weights_; }  // empty: none
  // True when its layers come with weights (torchscript).
  [[nodiscard]] virtual bool HasOwnWeights() const { return false; }

  // The fields all models share: weights, mean, std, input, classes, output.
  template <class T>
  static void DescribeCommon(Description<T>& d) {
    d.Field(&T::weights_, "weights",
            "weights to load: .safetensors, .npz, .pt or .pth; none: random");
    d.Field(&T::mean_, "mean", "subtracted from the input, per channel").ScalarIsList();
    d.Field(&T::std_, "std", "divides the input, per channel").ScalarIsList();
    d.Field(&T::input_, "input", "shape of an image as [C,H,W]; empty: the dataset's");
    d.Field(&T::classes_, "classes", "number of classes; 0: the dataset's").Min(0);
    d.Field(&T::output_, "output", "what the last layer gives")
        .Choices({"logits", "probabilities"});
  }

 protected:
  [[nodiscard]] virtual LayerPtr Layers(const Shape& input, std::int64_t classes) const = 0;

  Path weights_;
  std::vector<double> mean_, std_;
  std::vector<std::int64_t> input_;
  std::int64_t classes_ = 0;
  std::string output_ = "logits";
};

void RegisterModels(Registry& registry);

// Set once by --trust-model: TorchScript files are programs.
void TrustModels(bool trust);
[[nodiscard]] bool ModelsTrusted();

}  // namespace agon::nn
