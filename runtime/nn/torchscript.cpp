// SPDX-License-Identifier: Apache-2.0
// The model "torchscript": a user's network, traced or scripted by PyTorch. The file is a program
// that runs with our rights, so --trust-model has to be given.
#include <torch/script.h>

#include "runtime/base/error.h"
#include "runtime/formats/torch_file.h"
#include "runtime/nn/zoo.h"

namespace agon::nn {
namespace {

class ScriptLayer final : public Layer {
 public:
  explicit ScriptLayer(torch::jit::Module module, std::string file)
      : module_(std::move(module)), file_(std::move(file)) {
    for (const auto& item : module_.named_parameters()) tensors_.push_back({item.name, item.value});
    parameters_ = tensors_.size();
    for (const auto& item : module_.named_buffers()) tensors_.push_back({item.name, item.value});
    module_.eval();
  }
  Tensor Forward(const Tensor& x) override {
    const auto output = module_.forward({x});
    if (!output.isTensor()) {
      Fail(ErrorKind::kModel, "{}: the program gives {}, expected one tensor", file_,
           output.tagKind());
    }
    return output.toTensor();
  }
  // Found by running it on zeros: a program does not tell.
  Shape OutputShape(const Shape& input) const override {
    Shape batch{2};
    batch.insert(batch.end(), input.begin(), input.end());
    const at::NoGradGuard no_grad;
    try {
      auto module = module_;
      const auto output = module.forward({at::zeros(batch, at::kFloat)});
      if (!output.isTensor() || output.toTensor().dim() < 1 || output.toTensor().size(0) != 2) {
        Fail(ErrorKind::kModel, "{}: the program does not give one tensor [N,classes]", file_);
      }
      const auto sizes = output.toTensor().sizes().slice(1);
      return {sizes.begin(), sizes.end()};
    } catch (const Error&) {
      throw;
    } catch (const std::exception& error) {
      Fail(ErrorKind::kModel, "{}: the program fails on such an input: {}", file_, LastLine(error));
    }
  }
  void Collect(const std::string& prefix, std::vector<Slot>& slots) override {
    for (std::size_t i = 0; i < tensors_.size(); ++i) {
      slots.push_back({prefix + tensors_[i].first, &tensors_[i].second, i < parameters_, 0});
    }
  }
  void SetTraining(bool training) override { module_.train(training); }
  std::string Summary() const override { return "torchscript " + file_; }

  // LibTorch's messages carry a backtrace; the last line of a program's error says what it was.
  static std::string LastLine(const std::exception& error) {
    const auto* torch_error = dynamic_cast<const c10::Error*>(&error);
    std::string text =
        torch_error != nullptr ? torch_error->what_without_backtrace() : error.what();
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
    const auto last = text.find_last_of('\n');
    return last == std::string::npos ? text : text.substr(last + 1);
  }

 private:
  torch::jit::Module module_;
  std::string file_;
  // Parameters, then buffers: handles that share with the module.
  NamedTensors tensors_;
  std::size_t parameters_ = 0;
};

class TorchScript final : public Model {
 public:
  static void Describe(Description<TorchScript>& d) {
    d.Field(&TorchScript::file_, "file", "archive written by torch.jit.save").Required();
    DescribeCommon(d);
  }

  [[nodiscard]] bool HasOwnWeights() const override { return true; }

 protected:
  LayerPtr Layers(const Shape& /*input*/, std::int64_t /*classes*/) const override {
    if (!ModelsTrusted()) {
      Fail(ErrorKind::kModel,
           "{}: a TorchScript file is a program; pass --trust-model to run it, if you trust it",
           file_.string());
    }
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(file_, ignored)) {
      Fail(ErrorKind::kModel, "{}: {}", file_.string(),
           std::filesystem::exists(file_, ignored) ? "is not a file" : "no such file");
    }
    // LibTorch's own messages about such files speak of its insides.
    if (!formats::IsTorchScript(file_)) {
      Fail(ErrorKind::kModel,
           "{}: holds no TorchScript program; torch.jit.save writes one (weights alone go with "
           "model {{name: sequential}} or another)",
           file_.string());
    }
    try {
      return std::make_unique<ScriptLayer>(torch::jit::load(file_.string(), at::kCPU),
                                           file_.string());
    } catch (const c10::Error& error) {
      const std::string reason = ScriptLayer::LastLine(error);
      Fail(ErrorKind::kModel, "{}: a damaged TorchScript archive, or one of another version: {}",
           file_.string(), reason.substr(0, reason.find(". This is an internal")));
    }
  }

 private:
  Path file_;
};

}  // namespace

void RegisterTorchScript(Registry& registry) {
  registry.Add<Model, TorchScript>("torchscript", "a network traced or scripted by PyTorch");
}

}  // namespace agon::nn
