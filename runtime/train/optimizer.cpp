// SPDX-License-Identifier: Apache-2.0
#include "runtime/train/optimizer.h"

#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/_fused_sgd.h>

#include <map>

#include "runtime/base/error.h"
#include "runtime/formats/array.h"

namespace agon::train {

OptimizerState::~OptimizerState() = default;
Optimizer::~Optimizer() = default;

namespace {

// The gradient in the memory order of its parameter: the fused operators walk both as flat arrays.
Tensor GradientOf(const Tensor& parameter) {
  const Tensor& gradient = parameter.grad();
  if (gradient.strides() == parameter.strides()) return gradient;
  return at::empty_like(parameter).copy_(gradient);
}

// A saved tensor that has to look like `like`; Error(kData) when it does not.
void CheckSaved(const std::string& name, const Tensor& saved, const Tensor& like) {
  if (saved.sizes() != like.sizes() || saved.scalar_type() != like.scalar_type()) {
    Fail(ErrorKind::kData, "optimizer state: {} is {} {}, the network needs {} {}", name,
         c10::toString(saved.scalar_type()), formats::ShapeText(saved.sizes().vec()),
         c10::toString(like.scalar_type()), formats::ShapeText(like.sizes().vec()));
  }
}

// The saved tensors by name, and a check that every one of them was wanted.
class SavedState {
 public:
  explicit SavedState(const NamedTensors& state) : state_(state.begin(), state.end()) {}
  // Undefined when there is none.
  [[nodiscard]] Tensor Take(const std::string& name, const Tensor& like) {
    const auto place = state_.find(name);
    if (place == state_.end()) return {};
    Tensor saved = place->second;
    CheckSaved(name, saved, like);
    state_.erase(place);
    return saved;
  }
  void CheckAllTaken() const {
    if (!state_.empty()) {
      Fail(ErrorKind::kData, "optimizer state: {} belongs to another optimizer or network",
           state_.begin()->first);
    }
  }

 private:
  std::map<std::string, Tensor> state_;
};

// A copy in the layout and on the device of `like`; undefined stays undefined.
Tensor CopyLike(const Tensor& saved, const Tensor& like) {
  if (!saved.defined()) return {};
  return at::empty_like(like, like.options().requires_grad(false)).copy_(saved);
}

struct SgdSettings {
  double momentum = 0.9;
  bool nesterov = true;
  double weight_decay = 0;
  bool decoupled = false;
};

// Decoupled, as AdamW has it (Loshchilov & Hutter 2019): first w <- (1 - learning_rate *
// weight_decay) * w, and then without weight decay
// g <- g + weight_decay * w;  v <- momentum * v + g, at first v <- g;
// w <- w - learning_rate * (nesterov ? g + momentum * v : v)
class SgdState final : public OptimizerState {
 public:
  SgdState(std::vector<Tensor> parameters, const SgdSettings& settings)
      : parameters_(std::move(parameters)), settings_(settings), velocity_(parameters_.size()) {}

  void Step(double learning_rate) override {
    const c10::NoGradGuard no_grad;
    Lists seasoned, fresh;  // with a velocity, and those that get their first gradient now
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      const Tensor& parameter = parameters_[i];
      if (!parameter.grad().defined()) continue;
      const bool first = settings_.momentum != 0 && !velocity_[i].defined();
      if (first) velocity_[i] = at::empty_like(parameter, parameter.options().requires_grad(false));
      (first ? fresh : seasoned).Add(parameter, velocity_[i]);
    }
    Update(fresh, learning_rate, /*is_first=*/true);
    Update(seasoned, learning_rate, /*is_first=*/false);
  }

  NamedTensors State() const override {
    NamedTensors state;
    for (std::size_t i = 0; i < velocity_.size(); ++i) {
      if (velocity_[i].defined()) state.emplace_back(Name(i), velocity_[i]);
    }
    return state;
  }

  void LoadState(const NamedTensors& state) override {
    SavedState saved(state);
    std::vector<Tensor> loaded(parameters_.size());
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      loaded[i] = CopyLike(saved.Take(Name(i), parameters_[i]), parameters_[i]);
    }
    saved.CheckAllTaken();
    velocity_ = std::move(loaded);
  }

 private:
  struct Lists {
    std::vector<Tensor> parameters, gradients, velocities;
    void Add(const Tensor& parameter, const Tensor& velocity) {
      parameters.push_back(parameter);
      gradients.push_back(GradientOf(parameter));
      if (velocity.defined()) velocities.push_back(velocity);
    }
  };

  static std::string Name(std::size_t i) { return "velocity." + std::to_string(i); }

  void Update(const Lists& lists, double learning_rate, bool is_first) const {
    if (lists.parameters.empty()) return;
    double weight_decay = settings_.weight_decay;
    if (settings_.decoupled && weight_decay != 0) {
      at::_foreach_mul_(lists.parameters, 1 - learning_rate * weight_decay);
      weight_decay = 0;
    }
    at::_fused_sgd_(lists.parameters, lists.gradients, lists.velocities, weight_decay,
                    settings_.momentum, learning_rate, /*dampening=*/0.0, settings_.nesterov,
                    /*maximize=*/false, is_first);
  }

  std::vector<Tensor> parameters_;
  SgdSettings settings_;
  std::vector<Tensor> velocity_;  // undefined before the first gradient
};

struct AdamSettings {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0;
  bool decoupled = false;  // AdamW
};

class AdamState final : public OptimizerState {
 public:
  AdamState(std::vector<Tensor> parameters, const AdamSettings& settings)
      : parameters_(std::move(parameters)), settings_(settings), moments_(parameters_.size()) {}

  void Step(double learning_rate) override {
    const c10::NoGradGuard no_grad;
    std::vector<Tensor> parameters, gradients, means, squares, steps;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      const Tensor& parameter = parameters_[i];
      if (!parameter.grad().defined()) continue;
      Moments& moments = moments_[i];
      if (!moments.mean.defined()) {
        const auto options = parameter.options().requires_grad(false);
        moments.mean = at::zeros_like(parameter, options);
        moments.square = at::zeros_like(parameter, options);
        moments.step = at::zeros({}, options.dtype(at::kFloat));
      }
      parameters.push_back(parameter);
      gradients.push_back(GradientOf(parameter));
      means.push_back(moments.mean);
      squares.push_back(moments.square);
      steps.push_back(moments.step);
    }
    if (parameters.empty()) return;
    at::_foreach_add_(steps, 1);
    const auto& s = settings_;
    const auto update = s.decoupled ? &FusedAdamW : &FusedAdam;
    update(parameters, gradients, means, squares, steps, learning_rate, s);
  }

  NamedTensors State() const override {
    NamedTensors state;
    for (std::size_t i = 0; i < moments_.size(); ++i) {
      if (!moments_[i].mean.defined()) continue;
      state.emplace_back(Name("mean.", i), moments_[i].mean);
      state.emplace_back(Name("square.", i), moments_[i].square);
      state.emplace_back(Name("step.", i), moments_[i].step);
    }
    return state;
  }

  void LoadState(const NamedTensors& state) override {
    SavedState saved(state);
    std::vector<Moments> loaded(parameters_.size());
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      const Tensor& parameter = parameters_[i];
      const Tensor count =
          at::zeros({}, parameter.options().requires_grad(false).dtype(at::kFloat));
      loaded[i].mean = CopyLike(saved.Take(Name("mean.", i), parameter), parameter);
      loaded[i].square = CopyLike(saved.Take(Name("square.", i), parameter), parameter);
      loaded[i].step = CopyLike(saved.Take(Name("step.", i), count), count);
      if (loaded[i].mean.defined() != loaded[i].square.defined() ||
          loaded[i].mean.defined() != loaded[i].step.defined()) {
        Fail(ErrorKind::kData,
             "optimizer state: of mean.{0}, square.{0} and step.{0} some are missing", i);
      }
    }
    saved.CheckAllTaken();
    moments_ = std::move(loaded);
  }

 private:
  struct Moments {
    Tensor mean, square;  // as the parameter; undefined before the first gradient
    Tensor step;          // [] float32, on the parameter's device, as the fused operator wants it
  };
  using List = std::vector<Tensor>;

  static std::string Name(const char* prefix, std::size_t i) { return prefix + std::to_string(i); }

  static void FusedAdam(const List& parameters, const List& gradients, const List& means,
                        const List& squares, const List& steps, double learning_rate,
                        const AdamSettings& s) {
    at::_fused_adam_(parameters, gradients, means, squares, /*max_exp_avg_sqs=*/{}, steps,
                     learning_rate, s.beta1, s.beta2, s.weight_decay, s.eps, /*amsgrad=*/false,
                     /*maximize=*/false);
  }
  static void FusedAdamW(const List& parameters, const List& gradients, const List& means,
                         const List& squares, const List& steps, double learning_rate,
                         const AdamSettings& s) {
    at::_fused_adamw_(parameters, gradients, means, squares, /*max_exp_avg_sqs=*/{}, steps,
                      learning_rate, s.beta1, s.beta2, s.weight_decay, s.eps, /*amsgrad=*/false,
                      /*maximize=*/false);
  }

  std::vector<Tensor> parameters_;
  AdamSettings settings_;
  std::vector<Moments> moments_;
};

class Sgd final : public Optimizer {
 public:
  static void Describe(Description<Sgd>& d) {
    d.Field(&Sgd::learning_rate_, "learning_rate", "the peak; the schedule scales it").Above(0);
    d.Field(&Sgd::momentum_, "momentum", "share of the last step that is kept; 0: none")
        .Min(0)
        .Max(1);
    d.Field(&Sgd::nesterov_, "nesterov", "Nesterov's momentum");
    d.Field(&Sgd::weight_decay_, "weight_decay", "times the weights, added to the gradient").Min(0);
    d.Field(&Sgd::decoupled_, "decoupled",
            "weight decay takes its share of the weights away directly, as adamw does");
  }
  double learning_rate() const override { return learning_rate_; }
  std::unique_ptr<OptimizerState> Start(const std::vector<Tensor>& parameters) const override {
    return Start(parameters, weight_decay_);
  }
  std::unique_ptr<OptimizerState> StartWithoutDecay(
      const std::vector<Tensor>& parameters) const override {
    return Start(parameters, 0);
  }

 private:
  std::unique_ptr<OptimizerState> Start(const std::vector<Tensor>& parameters,
                                        double weight_decay) const {
    // Without momentum there is nothing to look ahead with.
    return std::make_unique<SgdState>(
        parameters, SgdSettings{momentum_, nesterov_ && momentum_ > 0, weight_decay, decoupled_});
  }

  double learning_rate_ = 0.1;
  double momentum_ = 0.9;
  bool nesterov_ = true;
  double weight_decay_ = 0;
  bool decoupled_ = false;
};

template <bool decoupled>
class AdamLike final : public Optimizer {
 public:
  static void Describe(Description<AdamLike>& d) {
    d.Paper(decoupled ? "Loshchilov & Hutter 2019, arXiv:1711.05101"
                      : "Kingma & Ba 2015, arXiv:1412.6980");
    d.Field(&AdamLike::learning_rate_, "learning_rate", "the peak; the schedule scales it")
        .Above(0);
    d.Field(&AdamLike::beta1_, "beta1", "decay of the mean of gradients").Min(0).Max(1);
    d.Field(&AdamLike::beta2_, "beta2", "decay of the mean of squared gradients").Min(0).Max(1);
    d.Field(&AdamLike::eps_, "eps", "added to the root of the mean square").Above(0);
    d.Field(&AdamLike::weight_decay_, "weight_decay",
            decoupled ? "share of the weights taken away per step, times the learning rate"
                      : "times the weights, added to the gradient")
        .Min(0);
    d.Check([](const AdamLike& adam) -> std::string {
      return adam.beta1_ < 1 && adam.beta2_ < 1 ? "" : "beta1 and beta2 must be below 1";
    });
  }
  double learning_rate() const override { return learning_rate_; }
  std::unique_ptr<OptimizerState> Start(const std::vector<Tensor>& parameters) const override {
    return Start(parameters, weight_decay_);
  }
  std::unique_ptr<OptimizerState> StartWithoutDecay(
      const std::vector<Tensor>& parameters) const override {
    return Start(parameters, 0);
  }

 private:
  std::unique_ptr<OptimizerState> Start(const std::vector<Tensor>& parameters,
                                        double weight_decay) const {
    return std::make_unique<AdamState>(parameters,
                                       AdamSettings{beta1_, beta2_, eps_, weight_decay, decoupled});
  }

  double learning_rate_ = 0.001;
  double beta1_ = 0.9;
  double beta2_ = 0.999;
  double eps_ = 1e-8;
  double weight_decay_ = decoupled ? 0.01 : 0.0;
};

}  // namespace

void RegisterOptimizers(Registry& registry) {
  registry.Add<Optimizer, Sgd>("sgd", "gradient descent with momentum");
  registry.Add<Optimizer, AdamLike<false>>("adam", "Adam");
  registry.Add<Optimizer, AdamLike<true>>("adamw", "Adam with decoupled weight decay");
}

}  // namespace agon::train
