// SPDX-License-Identifier: Apache-2.0
// The model "sequential": layers written in the configuration.
//   layers: [{conv: {out: 16, kernel: 4, stride: 2, padding: 1}}, relu, flatten, {linear: 10}]
// Numbers of inputs follow from the shape that reaches a layer. Names of parameters are those of
// torch.nn.Sequential with the same layers, so that its weights load by name.
#include <variant>

#include "runtime/base/error.h"
#include "runtime/base/text.h"
#include "runtime/nn/zoo.h"

namespace agon::nn {
namespace {

constexpr double kMaxSize = 1 << 20;  // of anything: larger is a typing error

struct ConvOptions {
  std::int64_t out = 0, kernel = 3, stride = 1, padding = 0;
  bool bias = true;
  static void Describe(config::Fields<ConvOptions>& f) {
    f.Field(&ConvOptions::out, "out", "channels out").Required().Min(1).Max(kMaxSize);
    f.Field(&ConvOptions::kernel, "kernel", "width and height").Min(1).Max(kMaxSize);
    f.Field(&ConvOptions::stride, "stride", "step of the window").Min(1).Max(kMaxSize);
    f.Field(&ConvOptions::padding, "padding", "zeros around the image").Min(0).Max(kMaxSize);
    f.Field(&ConvOptions::bias, "bias", "with a bias");
  }
};

struct LinearOptions {
  std::int64_t out = 0;
  bool bias = true;
  static void Describe(config::Fields<LinearOptions>& f) {
    f.Field(&LinearOptions::out, "out", "units out").Required().Min(1).Max(kMaxSize);
    f.Field(&LinearOptions::bias, "bias", "with a bias");
  }
};

struct PoolOptions {
  std::int64_t kernel = 2, stride = 0, padding = 0;
  static void Describe(config::Fields<PoolOptions>& f) {
    f.Field(&PoolOptions::kernel, "kernel", "width and height").Min(1).Max(kMaxSize);
    f.Field(&PoolOptions::stride, "stride", "step; 0: the kernel").Min(0).Max(kMaxSize);
    f.Field(&PoolOptions::padding, "padding", "around the image").Min(0).Max(kMaxSize);
    f.Check([](const PoolOptions& options) -> std::string {
      return 2 * options.padding > options.kernel ? "padding is more than half of the kernel" : "";
    });
  }
};

struct DropoutOptions {
  double probability = 0.5;
  static void Describe(config::Fields<DropoutOptions>& f) {
    f.Field(&DropoutOptions::probability, "probability", "of a number to become 0").Min(0).Max(1);
  }
};

struct NoOptions {
  static void Describe(config::Fields<NoOptions>& /*f*/) {}
};

using Options = std::variant<NoOptions, ConvOptions, LinearOptions, PoolOptions, DropoutOptions>;

// A kind of layer in the list.
struct LayerType {
  std::string_view name;
  std::string_view main_field;  // what the short form {linear: 10} sets; may be empty
  Options (*read)(const config::Value&, config::Reader&, const std::string& path);
  LayerPtr (*make)(const Options&, const Shape& input);
};

template <class T>
Options ReadOptions(const config::Value& value, config::Reader& reader, const std::string& path) {
  return config::Read<T>(value, reader, path);
}

template <class T>
const T& As(const Options& options) {
  return std::get<T>(options);
}

std::int64_t First(const Shape& shape) { return shape.empty() ? 0 : shape[0]; }

std::int64_t StrideOf(const PoolOptions& o) { return o.stride > 0 ? o.stride : o.kernel; }

const LayerType kTypes[] = {
    {"conv", "out", ReadOptions<ConvOptions>,
     [](const Options& options, const Shape& input) {
       const auto& o = As<ConvOptions>(options);
       return Conv(First(input), {.out = o.out,
                                  .kernel = o.kernel,
                                  .stride = o.stride,
                                  .padding = o.padding,
                                  .bias = o.bias});
     }},
    {"linear", "out", ReadOptions<LinearOptions>,
     [](const Options& options, const Shape& input) {
       const auto& o = As<LinearOptions>(options);
       return Linear(input.empty() ? 0 : input.back(), o.out, o.bias);
     }},
    {"relu", "", ReadOptions<NoOptions>, [](const Options&, const Shape&) { return Relu(); }},
    {"tanh", "", ReadOptions<NoOptions>, [](const Options&, const Shape&) { return Tanh(); }},
    {"flatten", "", ReadOptions<NoOptions>, [](const Options&, const Shape&) { return Flatten(); }},
    {"batchnorm", "", ReadOptions<NoOptions>,
     [](const Options&, const Shape& input) { return BatchNorm(First(input)); }},
    {"maxpool", "kernel", ReadOptions<PoolOptions>,
     [](const Options& options, const Shape&) {
       const auto& o = As<PoolOptions>(options);
       return MaxPool(o.kernel, StrideOf(o), o.padding);
     }},
    {"avgpool", "kernel", ReadOptions<PoolOptions>,
     [](const Options& options, const Shape&) {
       const auto& o = As<PoolOptions>(options);
       return AvgPool(o.kernel, StrideOf(o), o.padding);
     }},
    {"global_avgpool", "", ReadOptions<NoOptions>,
     [](const Options&, const Shape&) { return GlobalAvgPool(); }},
    {"dropout", "probability", ReadOptions<DropoutOptions>,
     [](const Options& options, const Shape&) {
       return Dropout(As<DropoutOptions>(options).probability);
     }},
};

std::vector<std::string> TypeNames() {
  std::vector<std::string> names;
  for (const LayerType& type : kTypes) names.emplace_back(type.name);
  return names;
}

// One entry of the list.
struct LayerEntry {
  const LayerType* type = &kTypes[2];
  Options options;

  static LayerEntry FromConfig(const config::Value& value, config::Reader& reader,
                               const std::string& path);
  [[nodiscard]] config::Value ToConfig() const {
    config::Value settings =
        std::visit([](const auto& options) { return config::Dump(options); }, this->options);
    config::Value name = config::Value::Scalar(std::string(type->name));
    if (settings.entries().empty()) return name;
    config::Value entry = config::Value::Mapping();
    entry.Set(name.text(), std::move(settings));
    return entry;
  }
  static std::string TypeName() { return "layer"; }
};

LayerEntry LayerEntry::FromConfig(const config::Value& value, config::Reader& reader,
                                  const std::string& path) {
  const bool is_mapping = value.IsMapping() && value.entries().size() == 1;
  if (!value.IsScalar() && !is_mapping) {
    reader.problems.Add(value.location, path, "expected a layer, found " + value.Describe(),
                        "write a name such as relu, or {conv: {out: 16, kernel: 3}}");
    return {};
  }
  const std::string name = is_mapping ? value.entries()[0].key : value.text();
  const config::Location& place = is_mapping ? value.entries()[0].key_location : value.location;
  const LayerType* type = nullptr;
  for (const LayerType& candidate : kTypes) {
    if (candidate.name == name) type = &candidate;
  }
  if (type == nullptr) {
    const auto names = TypeNames();
    reader.problems.Add(place, path,
                        fmt::format("unknown layer \"{}\"{}", name, DidYouMean(name, names)),
                        "one of " + Join(names, ", "));
    return {};
  }
  config::Value settings = is_mapping ? value.entries()[0].value : config::Value();
  if (settings.IsNull()) settings.location = value.location;
  if (settings.IsScalar() && !type->main_field.empty()) {
    config::Value only = config::Value::Mapping();
    only.location = settings.location;
    only.Set(std::string(type->main_field), std::move(settings));
    settings = std::move(only);
  }
  return {type, type->read(settings, reader, config::JoinPath(path, name))};
}

class Sequential final : public Model {
 public:
  static void Describe(Description<Sequential>& d) {
    d.Field(&Sequential::layers_, "layers",
            "layers in order: " + Join(TypeNames(), ", ") + "; the last gives the classes")
        .Required();
    DescribeCommon(d);
  }

 protected:
  LayerPtr Layers(const Shape& input, std::int64_t /*classes*/) const override {
    Shape shape = input;
    std::vector<LayerPtr> layers;
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      try {
        layers.push_back(layers_[i].type->make(layers_[i].options, shape));
        shape = layers.back()->OutputShape(shape);
      } catch (const Error& error) {
        Fail(error.kind(), "layers[{}]: {}", i, error.what());
      }
    }
    return Sequence(std::move(layers));
  }

 private:
  std::vector<LayerEntry> layers_;
};

}  // namespace

void RegisterSequential(Registry& registry) {
  registry.Add<Model, Sequential>("sequential", "layers written in the configuration");
}

}  // namespace agon::nn
