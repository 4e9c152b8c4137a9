// SPDX-License-Identifier: Apache-2.0
#include "runtime/nn/layer.h"

#include "runtime/base/error.h"
#include "runtime/formats/array.h"

namespace agon::nn {

Layer::~Layer() = default;
void Layer::Collect(const std::string& /*prefix*/, std::vector<Slot>& /*slots*/) {}
void Layer::SetTraining(bool /*training*/) {}

namespace {

using formats::ShapeText;

Tensor Zeros(at::IntArrayRef shape) { return at::zeros(shape, at::kFloat); }

// Channels, height and width after a window slides over the input.
Shape SlideOver(const Shape& input, std::int64_t channels, std::int64_t kernel, std::int64_t stride,
                std::int64_t padding, std::string_view what) {
  if (input.size() != 3) {
    Fail(ErrorKind::kModel, "{} takes images [C,H,W], but its input is {}", what, ShapeText(input));
  }
  Shape output{channels};
  for (std::size_t i = 1; i < 3; ++i) {
    const std::int64_t room = input[i] + 2 * padding - kernel;
    if (room < 0) {
      Fail(ErrorKind::kModel, "{} has a window larger than its input {}", what, ShapeText(input));
    }
    output.push_back(room / stride + 1);
  }
  return output;
}

std::string WindowText(std::int64_t kernel, std::int64_t stride, std::int64_t padding) {
  return fmt::format("{}x{} stride {} padding {}", kernel, kernel, stride, padding);
}

class ConvLayer final : public Layer {
 public:
  ConvLayer(std::int64_t in, const ConvSettings& settings)
      : in_(in),
        settings_(settings),
        weight_(Zeros({settings.out, in, settings.kernel, settings.kernel})) {
    if (settings.bias) bias_ = Zeros({settings.out});
  }
  Tensor Forward(const Tensor& x) override {
    return at::conv2d(x, weight_, bias_, {settings_.stride, settings_.stride},
                      {settings_.padding, settings_.padding});
  }
  Shape OutputShape(const Shape& input) const override {
    const std::string what = Summary();
    Shape output = SlideOver(input, settings_.out, settings_.kernel, settings_.stride,
                             settings_.padding, what);
    if (input[0] != in_) {
      Fail(ErrorKind::kModel, "{} takes {} channels, but its input is {}", what, in_,
           ShapeText(input));
    }
    return output;
  }
  void Collect(const std::string& prefix, std::vector<Slot>& slots) override {
    const std::int64_t fan_in = in_ * settings_.kernel * settings_.kernel;
    slots.push_back({prefix + "weight", &weight_, true, fan_in});
    if (settings_.bias) slots.push_back({prefix + "bias", &bias_, true, fan_in});
  }
  std::string Summary() const override {
    return fmt::format("conv {} {}", settings_.out,
                       WindowText(settings_.kernel, settings_.stride, settings_.padding));
  }

 private:
  std::int64_t in_;
  ConvSettings settings_;
  Tensor weight_, bias_;
};

class LinearLayer final : public Layer {
 public:
  LinearLayer(std::int64_t in, std::int64_t out, bool bias)
      : in_(in), out_(out), weight_(Zeros({out, in})) {
    if (bias) bias_ = Zeros({out});
  }
  Tensor Forward(const Tensor& x) override { return at::linear(x, weight_, bias_); }
  Shape OutputShape(const Shape& input) const override {
    if (input.size() != 1 || input[0] != in_) {
      Fail(ErrorKind::kModel, "{} takes [{}], but its input is {}{}", Summary(), in_,
           ShapeText(input), input.size() == 3 ? "; put flatten before it" : "");
    }
    return {out_};
  }
  void Collect(const std::string& prefix, std::vector<Slot>& slots) override {
    slots.push_back({prefix + "weight", &weight_, true, in_});
    if (bias_.defined()) slots.push_back({prefix + "bias", &bias_, true, in_});
  }
  std::string Summary() const override { return fmt::format("linear {}", out_); }

 private:
  std::int64_t in_, out_;
  Tensor weight_, bias_;
};

class BatchNormLayer final : public Layer {
 public:
  explicit BatchNormLayer(std::int64_t channels)
      : channels_(channels),
        weight_(at::ones({channels}, at::kFloat)),
        bias_(Zeros({channels})),
        mean_(Zeros({channels})),
        variance_(at::ones({channels}, at::kFloat)) {}
  Tensor Forward(const Tensor& x) override {
    constexpr double kMomentum = 0.1;  // PyTorch's defaults
    constexpr double kEpsilon = 1e-5;
    return at::batch_norm(x, weight_, bias_, mean_, variance_, training_, kMomentum, kEpsilon,
                          /*cudnn_enabled=*/true);
  }
  Shape OutputShape(const Shape& input) const override {
    if (input.empty() || input[0] != channels_) {
      Fail(ErrorKind::kModel, "{} takes {} channels, but its input is {}", Summary(), channels_,
           ShapeText(input));
    }
    return input;
  }
  void Collect(const std::string& prefix, std::vector<Slot>& slots) override {
    slots.push_back({prefix + "weight", &weight_, true, 0});
    slots.push_back({prefix + "bias", &bias_, true, 0});
    slots.push_back({prefix + "running_mean", &mean_, false, 0});
    slots.push_back({prefix + "running_var", &variance_, false, 0});
  }
  void SetTraining(bool training) override { training_ = training; }
  std::string Summary() const override { return fmt::format("batchnorm {}", channels_); }

 private:
  std::int64_t channels_;
  Tensor weight_, bias_, mean_, variance_;
  bool training_ = false;
};

// Layers without parameters that keep the shape.
class Pointwise final : public Layer {
 public:
  Pointwise(std::string name, Tensor (*function)(const Tensor&))
      : name_(std::move(name)), function_(function) {}
  Tensor Forward(const Tensor& x) override { return function_(x); }
  Shape OutputShape(const Shape& input) const override { return input; }
  std::string Summary() const override { return name_; }

 private:
  std::string name_;
  Tensor (*function_)(const Tensor&);
};

class PoolLayer final : public Layer {
 public:
  PoolLayer(bool max, std::int64_t kernel, std::int64_t stride, std::int64_t padding)
      : max_(max), kernel_(kernel), stride_(stride), padding_(padding) {
    if (2 * padding > kernel) {
      Fail(ErrorKind::kModel, "{}: padding is more than half of the window", Summary());
    }
  }
  Tensor Forward(const Tensor& x) override {
    if (max_) {
      return at::max_pool2d(x, {kernel_, kernel_}, {stride_, stride_}, {padding_, padding_});
    }
    return at::avg_pool2d(x, {kernel_, kernel_}, {stride_, stride_}, {padding_, padding_});
  }
  Shape OutputShape(const Shape& input) const override {
    return SlideOver(input, input.empty() ? 0 : input[0], kernel_, stride_, padding_, Summary());
  }
  std::string Summary() const override {
    return fmt::format("{} {}", max_ ? "maxpool" : "avgpool",
                       WindowText(kernel_, stride_, padding_));
  }

 private:
  bool max_;
  std::int64_t kernel_, stride_, padding_;
};

class GlobalAvgPoolLayer final : public Layer {
 public:
  Tensor Forward(const Tensor& x) override { return x.mean({2, 3}); }
  Shape OutputShape(const Shape& input) const override {
    if (input.size() != 3) {
      Fail(ErrorKind::kModel, "global_avgpool takes images [C,H,W], but its input is {}",
           ShapeText(input));
    }
    return {input[0]};
  }
  std::string Summary() const override { return "global_avgpool"; }
};

class FlattenLayer final : public Layer {
 public:
  Tensor Forward(const Tensor& x) override { return x.flatten(1); }
  Shape OutputShape(const Shape& input) const override { return {c10::multiply_integers(input)}; }
  std::string Summary() const override { return "flatten"; }
};

class DropoutLayer final : public Layer {
 public:
  explicit DropoutLayer(double probability) : probability_(probability) {}
  Tensor Forward(const Tensor& x) override { return at::dropout(x, probability_, training_); }
  Shape OutputShape(const Shape& input) const override { return input; }
  void SetTraining(bool training) override { training_ = training; }
  std::string Summary() const override { return fmt::format("dropout {}", probability_); }

 private:
  double probability_;
  bool training_ = false;
};

class SequenceLayer final : public Layer {
 public:
  explicit SequenceLayer(std::vector<NamedLayer> layers) : layers_(std::move(layers)) {}
  Tensor Forward(const Tensor& x) override {
    Tensor y = x;
    for (const auto& [name, layer] : layers_) y = layer->Forward(y);
    return y;
  }
  Shape OutputShape(const Shape& input) const override {
    Shape shape = input;
    for (const auto& [name, layer] : layers_) {
      try {
        shape = layer->OutputShape(shape);
      } catch (const Error& error) {
        Fail(error.kind(), "layer {}: {}", name, error.what());
      }
    }
    return shape;
  }
  void Collect(const std::string& prefix, std::vector<Slot>& slots) override {
    for (const auto& [name, layer] : layers_) layer->Collect(prefix + name + ".", slots);
  }
  void SetTraining(bool training) override {
    for (const auto& [name, layer] : layers_) layer->SetTraining(training);
  }
  std::string Summary() const override {
    std::string text;
    for (const auto& [name, layer] : layers_) {
      std::string part = layer->Summary();
      for (auto at = part.find('\n'); at != std::string::npos; at = part.find('\n', at + 1)) {
        part.insert(at + 1, "  ");
      }
      const bool nested = part.find('\n') != std::string::npos;
      text += fmt::format("{}{}:{}{}", text.empty() ? "" : "\n", name, nested ? "\n  " : " ", part);
    }
    return text;
  }

 private:
  std::vector<NamedLayer> layers_;
};

}  // namespace

LayerPtr Conv(std::int64_t in, const ConvSettings& settings) {
  return std::make_unique<ConvLayer>(in, settings);
}
LayerPtr Linear(std::int64_t in, std::int64_t out, bool bias) {
  return std::make_unique<LinearLayer>(in, out, bias);
}
LayerPtr BatchNorm(std::int64_t channels) { return std::make_unique<BatchNormLayer>(channels); }
LayerPtr Relu() {
  return std::make_unique<Pointwise>("relu", [](const Tensor& x) { return at::relu(x); });
}
LayerPtr Tanh() {
  return std::make_unique<Pointwise>("tanh", [](const Tensor& x) { return at::tanh(x); });
}
LayerPtr MaxPool(std::int64_t kernel, std::int64_t stride, std::int64_t padding) {
  return std::make_unique<PoolLayer>(true, kernel, stride, padding);
}
LayerPtr AvgPool(std::int64_t kernel, std::int64_t stride, std::int64_t padding) {
  return std::make_unique<PoolLayer>(false, kernel, stride, padding);
}
LayerPtr GlobalAvgPool() { return std::make_unique<GlobalAvgPoolLayer>(); }
LayerPtr Flatten() { return std::make_unique<FlattenLayer>(); }
LayerPtr Dropout(double probability) { return std::make_unique<DropoutLayer>(probability); }
LayerPtr Sequence(std::vector<NamedLayer> layers) {
  return std::make_unique<SequenceLayer>(std::move(layers));
}
LayerPtr Sequence(std::vector<LayerPtr> layers) {
  std::vector<NamedLayer> named;
  named.reserve(layers.size());
  for (auto& layer : layers) {
    named.push_back({std::to_string(named.size()), std::move(layer)});
  }
  return Sequence(std::move(named));
}

}  // namespace agon::nn
