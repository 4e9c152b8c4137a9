// SPDX-License-Identifier: Apache-2.0
#include "selfplay/network/learner.h"

#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_norm.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <limits>

#include "runtime/base/error.h"
#include "runtime/train/precision.h"
#include "selfplay/network/evaluator.h"

namespace agon::selfplay {
namespace {

constexpr const char* kSteps = "steps";

// Places of the sums; each is a sum over positions of weight x figure, but for the last two.
enum Sum : std::int64_t {
  kPolicyLoss,
  kEntropy,
  kOutcomeLoss,
  kPolicyRight,
  kOutcomeRight,
  kWeight,
  kGradientNorm,
  kSumCount
};

void Append(NamedTensors& all, const std::string& group, const NamedTensors& tensors) {
  for (const auto& [name, tensor] : tensors) {
    all.emplace_back(fmt::format("{}.{}", group, name), tensor);
  }
}

NamedTensors Take(const NamedTensors& all, const std::string& group) {
  NamedTensors tensors;
  for (const auto& [name, tensor] : all) {
    if (name.starts_with(group + ".")) tensors.emplace_back(name.substr(group.size() + 1), tensor);
  }
  return tensors;
}

config::Value Default(const std::string& yaml) {
  config::Problems problems;
  config::Value value = config::ParseYaml(yaml, "default", {}, problems);
  problems.ThrowIfAny();
  return value;
}

// Log-probabilities [N,A] in float32, over the legal moves where they are known; the others' are
// far below any, yet finite, so that 0 x them stays 0.
Tensor LogPolicy(const Tensor& logits, const Tensor& legal) {
  constexpr double kImpossible = -1e9;
  const Tensor exact = logits.to(at::kFloat);
  return at::log_softmax(
      legal.defined() ? exact.masked_fill(legal.logical_not(), kImpossible) : exact, 1);
}

// Before anything else takes the network's tensors.
PolicyValueNetwork& MoveTo(at::Device device, PolicyValueNetwork& network) {
  network.To(device);
  return network;
}

}  // namespace

void LearnerSettings::Describe(config::Fields<LearnerSettings>& f) {
  using L = LearnerSettings;
  f.Field(&L::optimizer, "optimizer",
          "how the weights follow the gradient; weight decay acts on convolutions and linear "
          "layers only");
  f.Field(&L::schedule, "schedule", "the learning rate over training; constant when left out");
  f.Field(&L::averaging, "averaging", "of the weights over the steps; the average is what plays");
  f.Field(&L::policy_weight, "policy_weight", "of the policy's cross-entropy in the loss").Min(0);
  f.Field(&L::outcome_weight, "outcome_weight", "of the outcome's cross-entropy in the loss")
      .Min(0);
  f.Field(&L::gradient_clip, "gradient_clip", "largest length of the gradient; 0: no limit").Min(0);
  f.Field(&L::precision, "precision",
          "of forward and backward; bf16 by autocast, auto: where the processor multiplies in it")
      .Choices({"auto", "float32", "bf16"});
}

void FillLearnerDefaults(config::Value& learner) {
  if (learner.Find("optimizer") == nullptr) {
    learner.Set("optimizer", Default("{name: adamw, learning_rate: 0.001, weight_decay: 1e-4}"));
  }
  if (learner.Find("schedule") == nullptr) learner.Set("schedule", Default("constant"));
}

TrainBatch TrainBatch::To(at::Device device) const {
  const auto to = [device](const Tensor& tensor) {
    return tensor.defined() ? tensor.to(device, /*non_blocking=*/true) : tensor;
  };
  return {.planes = to(planes),
          .policy = to(policy),
          .legal = to(legal),
          .outcome = to(outcome),
          .weight = to(weight)};
}

Learner::Learner(PolicyValueNetwork& network, const LearnerSettings& settings,
                 const DevicePolicy& device)
    : network_(MoveTo(device.device, network)),
      settings_(settings),
      device_(device.device),
      precision_(ResolvePrecision(settings.precision, device.device)),
      average_(settings.averaging, network_.State()) {
  AGON_CHECK(settings_.optimizer && settings_.schedule);
  network_.SetTraining(true);
  network_.SetRequiresGrad(true);
  weights_ = network_.State();
  for (const nn::Slot& slot : network_.slots()) {
    if (!slot.trainable) continue;
    parameters_.push_back(*slot.tensor);
    (slot.tensor->dim() > 1 ? decayed_ : others_).push_back(*slot.tensor);
  }
  decayed_optimizer_ = settings_.optimizer->Start(decayed_);
  others_optimizer_ = settings_.optimizer->StartWithoutDecay(others_);
  sums_ = at::zeros({kSumCount}, at::TensorOptions(at::kDouble).device(device_));
}

Learner::~Learner() = default;

void Learner::Step(const TrainBatch& given, double done, double total) {
  const TrainBatch batch = given.To(device_);
  PolicyValueNetwork::Heads heads;
  {
    const train::AutocastGuard autocast(precision_ == "bf16", device_);
    heads = network_.Forward(batch.planes.contiguous(at::MemoryFormat::ChannelsLast));
  }
  const Tensor log_policy = LogPolicy(heads.policy, batch.legal);               // [N,A]
  const Tensor log_outcome = at::log_softmax(heads.outcome.to(at::kFloat), 1);  // [N,3]
  const Tensor policy_loss = -(batch.policy * log_policy).sum(1);               // [N]
  const Tensor outcome_loss = -(batch.outcome * log_outcome).sum(1);            // [N]
  Tensor loss = settings_.policy_weight * policy_loss + settings_.outcome_weight * outcome_loss;
  loss = batch.weight.defined() ? (loss * batch.weight).sum() / batch.weight.sum() : loss.mean();
  const std::vector<Tensor> gradients = torch::autograd::grad({loss}, parameters_);

  const c10::NoGradGuard no_grad;
  const Tensor norm = at::stack(at::_foreach_norm(gradients, 2)).norm();  // []
  if (settings_.gradient_clip > 0) {
    at::_foreach_mul_(gradients, (settings_.gradient_clip / (norm + 1e-6)).clamp_max(1.0));
  }
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    parameters_[i].mutable_grad() = gradients[i];
  }
  learning_rate_ = settings_.optimizer->learning_rate() * settings_.schedule->Factor(done, total);
  decayed_optimizer_->Step(learning_rate_);
  others_optimizer_->Step(learning_rate_);
  ++steps_;
  average_.Update(weights_, total > 0 ? done / total : 0.0);
  Accumulate(batch, log_policy, log_outcome, policy_loss, outcome_loss, norm);
}

void Learner::Accumulate(const TrainBatch& batch, const Tensor& log_policy,
                         const Tensor& log_outcome, const Tensor& policy_loss,
                         const Tensor& outcome_loss, const Tensor& gradient_norm) {
  const Tensor weight = batch.weight.defined() ? batch.weight : at::ones_like(policy_loss);  // [N]
  const auto same_best = [](const Tensor& a, const Tensor& b) {
    return (a.argmax(1) == b.argmax(1)).to(at::kFloat);
  };
  const Tensor figures =
      at::stack({policy_loss, at::xlogy(batch.policy, batch.policy).sum(1).neg(), outcome_loss,
                 same_best(log_policy, batch.policy), same_best(log_outcome, batch.outcome),
                 at::ones_like(policy_loss)});  // [6,N]
  sums_.slice(0, 0, kGradientNorm).add_(at::mv(figures.detach(), weight));
  sums_.slice(0, kGradientNorm).add_(gradient_norm);
  positions_ += batch.size();
}

LearnerFigures Learner::Drain() {
  const Tensor sums = sums_.cpu();
  const double* sum = sums.const_data_ptr<double>();
  LearnerFigures figures;
  figures.steps = steps_ - drained_steps_;
  figures.positions = positions_;
  figures.learning_rate = learning_rate_;
  if (figures.steps > 0) {
    const double weight = sum[kWeight];
    figures.policy_loss = sum[kPolicyLoss] / weight;
    figures.target_entropy = sum[kEntropy] / weight;
    figures.outcome_loss = sum[kOutcomeLoss] / weight;
    figures.policy_accuracy = sum[kPolicyRight] / weight;
    figures.outcome_accuracy = sum[kOutcomeRight] / weight;
    figures.gradient_norm = sum[kGradientNorm] / static_cast<double>(figures.steps);
  }
  sums_.zero_();
  drained_steps_ = steps_;
  positions_ = 0;
  if (!std::isfinite(figures.policy_loss) || !std::isfinite(figures.outcome_loss) ||
      !std::isfinite(figures.gradient_norm)) {
    Fail(ErrorKind::kModel,
         "training diverged: the loss or its gradient is not finite within steps {} to {}; lower "
         "learner.optimizer.learning_rate, or set learner.gradient_clip: 1",
         steps_ - figures.steps + 1, steps_);
  }
  return figures;
}

NamedTensors Learner::PlayingWeights() const {
  return average_.active() ? average_.weights() : weights_;
}

NamedTensors Learner::State() const {
  NamedTensors state;
  state.emplace_back(kSteps, at::full({}, steps_, at::kLong));
  Append(state, "weights", weights_);
  Append(state, "optimizer", decayed_optimizer_->State());
  Append(state, "optimizer_without_decay", others_optimizer_->State());
  Append(state, "average", average_.State());
  return state;
}

void Learner::LoadState(const NamedTensors& state) {
  const auto steps = std::find_if(state.begin(), state.end(),
                                  [](const auto& item) { return item.first == kSteps; });
  if (steps == state.end() || steps->second.numel() != 1 ||
      steps->second.scalar_type() != at::kLong || steps->second.item<std::int64_t>() < 0) {
    Fail(ErrorKind::kData, "learner state: {} is missing or no count", kSteps);
  }
  network_.LoadState(Take(state, "weights"));
  decayed_optimizer_->LoadState(Take(state, "optimizer"));
  others_optimizer_->LoadState(Take(state, "optimizer_without_decay"));
  average_.LoadState(Take(state, "average"));
  steps_ = steps->second.item<std::int64_t>();
  drained_steps_ = steps_;
  positions_ = 0;
  sums_.zero_();
}

}  // namespace agon::selfplay
