// SPDX-License-Identifier: Apache-2.0
// The networks that published results are about. Names of layers are those of the reference code,
// so that its weights load by name.
#include "runtime/nn/zoo.h"

#include "runtime/base/error.h"
#include "runtime/formats/array.h"

namespace agon::nn {
namespace {

void NeedsImage(const Shape& input, std::string_view model) {
  if (input.size() != 3) {
    Fail(ErrorKind::kModel, "model {} takes images [C,H,W], but the input is {}", model,
         formats::ShapeText(input));
  }
}

// Layers in order, with the shape that has been reached; fails as soon as one does not fit.
class Stack {
 public:
  explicit Stack(Shape input) : shape_(std::move(input)) {}
  void Add(std::string name, LayerPtr layer) {
    shape_ = layer->OutputShape(shape_);
    layers_.push_back({std::move(name), std::move(layer)});
  }
  [[nodiscard]] const Shape& shape() const { return shape_; }
  [[nodiscard]] LayerPtr Take() { return Sequence(std::move(layers_)); }

 private:
  Shape shape_;
  std::vector<NamedLayer> layers_;
};

class Mlp final : public Model {
 public:
  static void Describe(Description<Mlp>& d) {
    d.Field(&Mlp::hidden_, "hidden", "widths of the hidden layers").ScalarIsList();
    DescribeCommon(d);
    d.Check([](const Mlp& model) -> std::string {
      for (const std::int64_t width : model.hidden_) {
        if (width < 1) return "hidden: a layer needs at least one unit";
      }
      return {};
    });
  }

 protected:
  LayerPtr Layers(const Shape& input, std::int64_t classes) const override {
    Stack stack(input);
    stack.Add("flatten", Flatten());
    for (std::size_t i = 0; i < hidden_.size(); ++i) {
      stack.Add(fmt::format("fc{}", i + 1), Linear(stack.shape()[0], hidden_[i]));
      stack.Add(fmt::format("relu{}", i + 1), Relu());
    }
    stack.Add(fmt::format("fc{}", hidden_.size() + 1), Linear(stack.shape()[0], classes));
    return stack.Take();
  }

 private:
  std::vector<std::int64_t> hidden_{256, 256};
};

// The MNIST network of TRADES (Zhang et al. 2019).
class SmallCnn final : public Model {
 public:
  static void Describe(Description<SmallCnn>& d) {
    d.Paper("Zhang et al. 2019, arXiv:1901.08573 (architecture of Carlini & Wagner 2017)");
    DescribeCommon(d);
  }

 protected:
  LayerPtr Layers(const Shape& input, std::int64_t classes) const override {
    NeedsImage(input, "smallcnn");
    Stack features(input);
    const auto conv = [&](int number, std::int64_t out) {
      features.Add(fmt::format("conv{}", number),
                   Conv(features.shape()[0], {.out = out, .kernel = 3}));
      features.Add(fmt::format("relu{}", number), Relu());
    };
    conv(1, 32);
    conv(2, 32);
    features.Add("maxpool1", MaxPool(2, 2));
    conv(3, 64);
    conv(4, 64);
    features.Add("maxpool2", MaxPool(2, 2));

    Stack classifier({c10::multiply_integers(features.shape())});
    const auto hidden = [&](int number) {
      classifier.Add(fmt::format("fc{}", number), Linear(classifier.shape()[0], 200));
      classifier.Add(fmt::format("relu{}", number), Relu());
    };
    hidden(1);
    hidden(2);
    classifier.Add("fc3", Linear(200, classes));

    std::vector<NamedLayer> parts;
    parts.push_back({"feature_extractor", features.Take()});
    parts.push_back({"flatten", Flatten()});
    parts.push_back({"classifier", classifier.Take()});
    return Sequence(std::move(parts));
  }
};

// The small network of the literature on certified training (Wong & Kolter 2018).
class NetA final : public Model {
 public:
  static void Describe(Description<NetA>& d) {
    d.Paper("Wong & Kolter 2018, arXiv:1711.00851");
    DescribeCommon(d);
  }

 protected:
  LayerPtr Layers(const Shape& input, std::int64_t classes) const override {
    NeedsImage(input, "net_a");
    Stack stack(input);
    stack.Add("0", Conv(input[0], {.out = 16, .kernel = 4, .stride = 2, .padding = 1}));
    stack.Add("1", Relu());
    stack.Add("2", Conv(16, {.out = 32, .kernel = 4, .stride = 2, .padding = 1}));
    stack.Add("3", Relu());
    stack.Add("4", Flatten());
    stack.Add("5", Linear(stack.shape()[0], 100));
    stack.Add("6", Relu());
    stack.Add("7", Linear(100, classes));
    return stack.Take();
  }
};

// Batch norm and ReLU before each convolution (He et al. 2016, "Identity mappings"); the shortcut
// starts after the first ReLU.
class PreActBlock final : public Layer {
 public:
  PreActBlock(std::int64_t in, std::int64_t out, std::int64_t stride)
      : bn1_(BatchNorm(in)),
        conv1_(Conv(in, {.out = out, .kernel = 3, .stride = stride, .padding = 1, .bias = false})),
        bn2_(BatchNorm(out)),
        conv2_(Conv(out, {.out = out, .kernel = 3, .stride = 1, .padding = 1, .bias = false})) {
    if (stride != 1 || in != out) {
      shortcut_ = Conv(in, {.out = out, .kernel = 1, .stride = stride, .bias = false});
    }
  }
  Tensor Forward(const Tensor& x) override {
    const Tensor active = at::relu(bn1_->Forward(x));
    const Tensor around = shortcut_ ? shortcut_->Forward(active) : x;
    const Tensor inside = conv1_->Forward(active);
    return conv2_->Forward(at::relu(bn2_->Forward(inside))) + around;
  }
  Shape OutputShape(const Shape& input) const override {
    return conv2_->OutputShape(conv1_->OutputShape(bn1_->OutputShape(input)));
  }
  void Collect(const std::string& prefix, std::vector<Slot>& slots) override {
    bn1_->Collect(prefix + "bn1.", slots);
    conv1_->Collect(prefix + "conv1.", slots);
    bn2_->Collect(prefix + "bn2.", slots);
    conv2_->Collect(prefix + "conv2.", slots);
    if (shortcut_) shortcut_->Collect(prefix + "shortcut.0.", slots);
  }
  void SetTraining(bool training) override {
    bn1_->SetTraining(training);
    bn2_->SetTraining(training);
  }
  std::string Summary() const override {
    return fmt::format("pre-activation block: {}, {}{}", conv1_->Summary(), conv2_->Summary(),
                       shortcut_ ? ", shortcut 1x1" : "");
  }

 private:
  LayerPtr bn1_, conv1_, bn2_, conv2_, shortcut_;
};

// With the batch norm at the end that the adversarial training literature uses (Rice et al. 2020,
// AWP, Fast-AT); the original has none.
class PreActResNet18 final : public Model {
 public:
  static void Describe(Description<PreActResNet18>& d) {
    d.Paper("He et al. 2016, arXiv:1603.05027");
    DescribeCommon(d);
  }

 protected:
  LayerPtr Layers(const Shape& input, std::int64_t classes) const override {
    NeedsImage(input, "preact_resnet18");
    Stack stack(input);
    stack.Add("conv1",
              Conv(input[0], {.out = 64, .kernel = 3, .stride = 1, .padding = 1, .bias = false}));
    std::int64_t in = 64;
    for (int stage = 0; stage < 4; ++stage) {
      const std::int64_t out = std::int64_t{64} << stage;
      std::vector<LayerPtr> blocks;
      blocks.push_back(std::make_unique<PreActBlock>(in, out, stage == 0 ? 1 : 2));
      blocks.push_back(std::make_unique<PreActBlock>(out, out, 1));
      stack.Add(fmt::format("layer{}", stage + 1), Sequence(std::move(blocks)));
      in = out;
    }
    stack.Add("bn", BatchNorm(in));
    stack.Add("relu", Relu());
    stack.Add("pool", GlobalAvgPool());
    stack.Add("linear", Linear(in, classes));
    return stack.Take();
  }
};

}  // namespace

void RegisterZoo(Registry& registry) {
  registry.Add<Model, Mlp>("mlp", "fully connected network");
  registry.Add<Model, SmallCnn>("smallcnn", "TRADES's MNIST network: 4 convolutions, 3 layers");
  registry.Add<Model, NetA>("net_a", "2 convolutions, 2 layers; common in certified training");
  registry.Add<Model, PreActResNet18>("preact_resnet18", "ResNet-18, pre-activation, CIFAR style");
}

}  // namespace agon::nn
