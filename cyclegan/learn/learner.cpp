// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/learn/learner.h"

#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>

#include "cyclegan/network/inference.h"
#include "cyclegan/network/network_file.h"
#include "runtime/base/error.h"
#include "runtime/run/checkpoint.h"
#include "runtime/train/precision.h"

namespace agon::cyclegan {
namespace {

constexpr const char* kSteps = "steps";
constexpr const char* kSums = "sums";
constexpr std::array<const char*, 2> kDirections{"a2b", "b2a"};
// Direction 0 makes B, which discriminator "b" judges.
constexpr std::array<const char*, 2> kJudges{"discriminator_b", "discriminator_a"};

// Places of the sums: two of each, in the order of StepFigures' members.
constexpr std::int64_t kKinds = 9;

// Every member, with the name it has in files.
template <class T, class F>
void Members(T& x, F&& f) {
  f("gan", x.gan);
  f("discriminator", x.discriminator);
  f("cycle", x.cycle);
  f("identity", x.identity);
  f("consistency", x.consistency);
  f("change", x.change);
  f("correlation", x.correlation);
  f("gap", x.gap);
  f("spread", x.spread);
}

std::uint64_t SeedOf(const CycleganConfig& config, const char* network) {
  return RandomSource(static_cast<std::uint64_t>(config.seed)).Stream(network).key();
}

void Assign(const std::vector<Tensor>& parameters, const std::vector<Tensor>& gradients) {
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    parameters[i].mutable_grad() = gradients[i];
  }
}

Tensor Absolute(const Tensor& a, const Tensor& b) { return (a.to(at::kFloat) - b).abs().mean(); }

// Of each picture's values with the other's, then the mean over pictures. [N,C,H,W] -> []
Tensor Correlation(const Tensor& x, const Tensor& y) {
  const Tensor a = x.flatten(1), b = y.flatten(1);  // [N,C*H*W]
  const Tensor da = a - a.mean(1, true), db = b - b.mean(1, true);
  return ((da * db).sum(1) / (da.norm(2, 1) * db.norm(2, 1) + 1e-6)).mean();
}

}  // namespace

void StepFigures::Add(const StepFigures& other) {
  if (other.steps == 0) return;
  const auto before = static_cast<double>(steps);
  const auto more = static_cast<double>(other.steps);
  std::vector<const std::array<double, 2>*> theirs;
  Members(other, [&](const char*, const auto& pair) { theirs.push_back(&pair); });
  std::size_t next = 0;
  Members(*this, [&](const char*, auto& pair) {
    const auto& their = *theirs[next++];
    for (std::size_t i = 0; i < 2; ++i) {
      pair[i] = (pair[i] * before + their[i] * more) / (before + more);
    }
  });
  steps += other.steps;
}

bool StepFigures::Finite() const {
  bool finite = true;
  Members(*this, [&](const char*, const auto& pair) {
    finite = finite && std::isfinite(pair[0]) && std::isfinite(pair[1]);
  });
  return finite;
}

nlohmann::json StepFigures::ToJson() const {
  nlohmann::json json = {{"steps", steps}};
  Members(*this, [&](const char* name, const auto& pair) { json[name] = pair; });
  return json;
}

StepFigures StepFigures::FromJson(const nlohmann::json& json) {
  StepFigures figures;
  json.at("steps").get_to(figures.steps);
  Members(figures, [&](const char* name, auto& pair) { json.at(name).get_to(pair); });
  return figures;
}

// What one iteration makes; scalars without gradient, but for `loss`.
struct CycleganLearner::Translations {
  std::array<Tensor, 2> fake;  // [N,3,H,W] float32, detached
  Tensor loss;
  // In the order of the sums.
  std::array<Tensor, 2> gan, discriminator, cycle, identity, consistency;
  std::array<Tensor, 2> gap, spread;
};

CycleganLearner::CycleganLearner(const CycleganConfig& config, const DevicePolicy& device)
    : config_(config),
      device_(device.device),
      precision_(ResolvePrecision(config.precision, device.device)),
      random_(static_cast<std::uint64_t>(config.seed)),
      pools_{ImagePool(config.pool, random_.Stream("pool", 0)),
             ImagePool(config.pool, random_.Stream("pool", 1))} {
  for (std::size_t i = 0; i < 2; ++i) {
    generators_[i] = std::make_unique<Generator>(config.generator, SeedOf(config, kDirections[i]));
    if (!config.weights.empty()) {
      const LoadedGenerator loaded = LoadGenerator(config.weights, kDirections[i]);
      if (!(loaded.generator->settings() == config.generator)) {
        Fail(ErrorKind::kModel,
             "{}: its generators are not those the configuration describes: {}; {}",
             config.weights.string(), loaded.generator->Summary(), generators_[i]->Summary());
      }
      generators_[i]->LoadState(loaded.generator->State());
    }
    discriminators_[i] =
        std::make_unique<Discriminator>(config.discriminator, SeedOf(config, kJudges[i]));
    generators_[i]->To(device_);
    discriminators_[i]->To(device_);
    generators_[i]->SetRequiresGrad(true);
    discriminators_[i]->SetRequiresGrad(true);
    run::AppendGroup(weights_, kDirections[i], generators_[i]->State());
    for (Tensor& tensor : generators_[i]->Parameters()) {
      generator_parameters_.push_back(std::move(tensor));
    }
    for (Tensor& tensor : discriminators_[i]->Parameters()) {
      discriminator_parameters_.push_back(std::move(tensor));
    }
  }
  generator_optimizer_ = config.optimizer->Start(generator_parameters_);
  discriminator_optimizer_ = config.optimizer->Start(discriminator_parameters_);
  average_ = std::make_unique<train::WeightAverage>(config.averaging, weights_);
  sums_ = at::zeros({2 * kKinds}, at::TensorOptions(at::kDouble).device(device_));
}

void CycleganLearner::Step(const PictureBatch& batch, double learning_rate, double share) {
  learning_rate_ = learning_rate;
  Translations made;
  StepGenerators(batch, made);
  StepDiscriminators(batch, made);
  const at::NoGradGuard no_grad;
  ++steps_;
  average_->Update(weights_, share);
  Accumulate(batch, made);
}

void CycleganLearner::StepGenerators(const PictureBatch& batch, Translations& made) {
  for (const auto& discriminator : discriminators_) discriminator->SetRequiresGrad(false);
  const LossSettings& weight = config_.loss;
  const GanLoss kind = weight.Kind();
  const std::array<const Tensor*, 2> inputs{&batch.a, &batch.b};
  const bool together = batch.a.sizes() == batch.b.sizes();
  std::array<Tensor, 2> fake, same, back, scores;
  {
    const train::AutocastGuard autocast(precision_ == "bf16", device_);
    for (std::size_t i = 0; i < 2; ++i) {
      const Tensor& input = *inputs[i];
      const Tensor& wanted = *inputs[1 - i];
      if (weight.identity > 0 && together) {
        const auto both = generators_[i]->Forward(at::cat({input, wanted})).chunk(2);
        fake[i] = both[0];
        same[i] = both[1];
      } else {
        fake[i] = generators_[i]->Forward(input);
        if (weight.identity > 0) same[i] = generators_[i]->Forward(wanted);
      }
    }
    for (std::size_t i = 0; i < 2; ++i) {
      if (weight.cycle > 0) back[i] = generators_[1 - i]->Forward(WithNoise(fake[i], i));
      scores[i] = discriminators_[i]->Forward(fake[i]);
      if (weight.consistency > 0) made.consistency[i] = Consistency(i, *inputs[i], fake[i]);
    }
  }
  const Tensor none = at::zeros({}, batch.a.options());
  made.loss = none;
  const auto add = [&](double factor, const Tensor& term) {
    made.loss = made.loss + (factor == 1 ? term : factor * term);
  };
  for (std::size_t i = 0; i < 2; ++i) {
    made.gan[i] = GeneratorGanLoss(kind, scores[i].to(at::kFloat));
    add(1, made.gan[i]);
    // cycle[0] and identity[0] are of pictures of A: identity of A is b2a's.
    made.cycle[i] = weight.cycle > 0 ? Absolute(back[i], *inputs[i]) : none;
    made.identity[i] = weight.identity > 0 ? Absolute(same[1 - i], *inputs[i]) : none;
    if (weight.cycle > 0) add(weight.cycle, made.cycle[i]);
    if (weight.identity > 0) add(weight.identity, made.identity[i]);
    if (weight.consistency > 0) {
      add(weight.consistency, made.consistency[i]);
    } else {
      made.consistency[i] = none;
    }
    made.fake[i] = fake[i].detach().to(at::kFloat);
  }
  Assign(generator_parameters_, torch::autograd::grad({made.loss}, generator_parameters_));
  generator_optimizer_->Step(learning_rate_);
}

void CycleganLearner::StepDiscriminators(const PictureBatch& batch, Translations& made) {
  for (const auto& discriminator : discriminators_) discriminator->SetRequiresGrad(true);
  const GanLoss kind = config_.loss.Kind();
  const std::array<const Tensor*, 2> reals{&batch.b, &batch.a};
  std::array<Tensor, 2> on_real, on_fake;
  {
    const train::AutocastGuard autocast(precision_ == "bf16", device_);
    for (std::size_t i = 0; i < 2; ++i) {
      const Tensor shown = pools_[i].Query(made.fake[i]);
      if (shown.sizes() == reals[i]->sizes()) {
        const auto both = discriminators_[i]->Forward(at::cat({*reals[i], shown})).chunk(2);
        on_real[i] = both[0];
        on_fake[i] = both[1];
      } else {
        on_real[i] = discriminators_[i]->Forward(*reals[i]);
        on_fake[i] = discriminators_[i]->Forward(shown);
      }
    }
  }
  Tensor loss;
  for (std::size_t i = 0; i < 2; ++i) {
    on_real[i] = on_real[i].to(at::kFloat);
    on_fake[i] = on_fake[i].to(at::kFloat);
    made.discriminator[i] = DiscriminatorGanLoss(kind, on_real[i], on_fake[i]);
    loss = loss.defined() ? loss + made.discriminator[i] : made.discriminator[i];
  }
  Assign(discriminator_parameters_, torch::autograd::grad({loss}, discriminator_parameters_));
  discriminator_optimizer_->Step(learning_rate_);
  const at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < 2; ++i) {
    made.gap[i] = on_real[i].mean() - on_fake[i].mean();
    made.spread[i] = at::cat({on_real[i].flatten(), on_fake[i].flatten()}).std(false);
  }
}

Tensor CycleganLearner::WithNoise(const Tensor& fake, std::uint64_t which) const {
  if (config_.loss.cycle_noise == 0) return fake;
  const auto first = steps_ * config_.batch_size;
  ExampleRandom random =
      random_.Stream("cycle noise", which).For(at::arange(first, first + fake.size(0), at::kLong));
  const Shape shape(fake.sizes().begin() + 1, fake.sizes().end());
  return fake +
         (random.Normal(shape) * config_.loss.cycle_noise).to(device_, /*non_blocking=*/true);
}

Tensor CycleganLearner::Consistency(std::size_t direction, const Tensor& input,
                                    const Tensor& fake) const {
  const auto first = steps_ * config_.batch_size;
  ExampleRandom random =
      random_.Stream("flow", direction).For(at::arange(first, first + input.size(0), at::kLong));
  const Tensor grid =
      SyntheticFlow(random, input.size(2), input.size(3)).to(device_, /*non_blocking=*/true);
  const Tensor of_moved = generators_[direction]->Forward(Warp(input, grid));
  return Absolute(of_moved, Warp(fake.to(at::kFloat), grid));
}

void CycleganLearner::Accumulate(const PictureBatch& batch, const Translations& made) {
  const std::array<const Tensor*, 2> inputs{&batch.a, &batch.b};
  std::vector<Tensor> figures;
  const auto put = [&](const std::array<Tensor, 2>& pair) {
    for (const Tensor& tensor : pair) figures.push_back(tensor.detach());
  };
  put(made.gan);
  put(made.discriminator);
  put(made.cycle);
  put(made.identity);
  put(made.consistency);
  for (std::size_t i = 0; i < 2; ++i) {  // of full scale, which is 2 here
    figures.push_back((made.fake[i] - *inputs[i]).abs().mean() * 0.5);
  }
  for (std::size_t i = 0; i < 2; ++i) figures.push_back(Correlation(made.fake[i], *inputs[i]));
  put(made.gap);
  put(made.spread);
  sums_.add_(at::stack(figures));
}

StepFigures CycleganLearner::Drain() {
  const Tensor sums = sums_.cpu();
  const double* sum = sums.const_data_ptr<double>();
  StepFigures figures;
  figures.steps = steps_ - drained_steps_;
  if (figures.steps > 0) {
    Members(figures, [&](const char*, auto& pair) {
      for (double& value : pair) value = *sum++ / static_cast<double>(figures.steps);
    });
  }
  sums_.zero_();
  drained_steps_ = steps_;
  return figures;
}

NamedTensors CycleganLearner::Weights(std::size_t direction) const {
  return run::TakeGroup(average_->active() ? average_->weights() : weights_,
                        kDirections[direction]);
}

NamedTensors CycleganLearner::State() const {
  NamedTensors state;
  state.emplace_back(kSteps, at::tensor({steps_, drained_steps_}, at::kLong));
  state.emplace_back(kSums, sums_);
  for (std::size_t i = 0; i < 2; ++i) {
    run::AppendGroup(state, kDirections[i], generators_[i]->State());
    run::AppendGroup(state, kJudges[i], discriminators_[i]->State());
    run::AppendGroup(state, std::string("pool_") + kDirections[i], pools_[i].State());
  }
  run::AppendGroup(state, "generator_optimizer", generator_optimizer_->State());
  run::AppendGroup(state, "discriminator_optimizer", discriminator_optimizer_->State());
  run::AppendGroup(state, "average", average_->State());
  return state;
}

void CycleganLearner::LoadState(const NamedTensors& state) {
  const auto find = [&](const char* name, at::ScalarType type, std::int64_t count) {
    for (const auto& [key, tensor] : state) {
      if (key == name && tensor.scalar_type() == type && tensor.numel() == count) return tensor;
    }
    Fail(ErrorKind::kData, "the checkpoint has no {} of a CycleGAN training", name);
  };
  const Tensor steps = find(kSteps, at::kLong, 2);
  const Tensor sums = find(kSums, at::kDouble, 2 * kKinds);
  for (std::size_t i = 0; i < 2; ++i) {
    generators_[i]->LoadState(run::TakeGroup(state, kDirections[i]));
    discriminators_[i]->LoadState(run::TakeGroup(state, kJudges[i]));
    pools_[i].LoadState(run::TakeGroup(state, std::string("pool_") + kDirections[i]), device_);
  }
  generator_optimizer_->LoadState(run::TakeGroup(state, "generator_optimizer"));
  discriminator_optimizer_->LoadState(run::TakeGroup(state, "discriminator_optimizer"));
  average_->LoadState(run::TakeGroup(state, "average"));
  sums_.copy_(sums);
  steps_ = steps[0].item<std::int64_t>();
  drained_steps_ = steps[1].item<std::int64_t>();
}

std::string CycleganLearner::NotFinite() const {
  const at::NoGradGuard no_grad;
  const auto bad = [](const NamedTensors& tensors) -> std::string {
    for (const auto& [name, tensor] : tensors) {
      if (!tensor.isfinite().all().item<bool>()) return name;
    }
    return {};
  };
  std::string name = bad(weights_);
  for (std::size_t i = 0; i < 2 && name.empty(); ++i) {
    name = bad(discriminators_[i]->State());
    if (!name.empty()) name = std::string(kJudges[i]) + "." + name;
  }
  return name;
}

WeightSnapshot::WeightSnapshot(const CycleganLearner& learner, at::Device device)
    : device_(device),
      generators_{Generator(learner.generator().settings(), 0),
                  Generator(learner.generator().settings(), 0)} {
  for (Generator& generator : generators_) {
    generator.To(device);
    generator.SetRequiresGrad(false);
  }
  Take(learner);
}

void WeightSnapshot::Take(const CycleganLearner& learner) {
  for (std::size_t i = 0; i < 2; ++i) generators_[i].LoadState(learner.Weights(i));
}

Tensor WeightSnapshot::Forward(std::size_t direction, const Tensor& pictures) const {
  const at::NoGradGuard no_grad;
  return generators_[direction].Forward(pictures.to(device_)).to(at::kFloat);
}

std::vector<formats::Pixels> WeightSnapshot::Translate(
    std::size_t direction, const std::vector<formats::Pixels>& pictures) const {
  std::vector<formats::Pixels> translated;
  std::vector<Tensor> inputs;
  for (const formats::Pixels& picture : pictures) inputs.push_back(ToTensor(picture));
  const Tensor outputs = Forward(direction, at::cat(inputs));
  for (std::int64_t i = 0; i < outputs.size(0); ++i) translated.push_back(ToPixels(outputs, i));
  return translated;
}

}  // namespace agon::cyclegan
