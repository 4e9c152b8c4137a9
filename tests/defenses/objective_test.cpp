// SPDX-License-Identifier: Apache-2.0
#include "defenses/objective.h"

#include <torch/csrc/autograd/autograd.h>

#include <cmath>

#include "tests/defenses/defense_helpers.h"

namespace agon::defenses {
namespace {

using attacks::Norm;
using attacks::Threat;

Component<Objective> Make(const std::string& yaml) {
  RegisterEverything();
  config::Problems problems;
  config::Reader reader{problems};
  auto made = Component<Objective>::FromConfig(config::ParseYaml(yaml, "test", {}, problems),
                                               reader, "objective");
  problems.ThrowIfAny();
  return made;
}

std::unique_ptr<nn::Network> Network(const std::string& yaml) {
  RegisterEverything();
  config::Problems problems;
  config::Reader reader{problems};
  auto model = Component<nn::Model>::FromConfig(config::ParseYaml(yaml, "test", {}, problems),
                                                reader, "model");
  problems.ThrowIfAny();
  auto network = model->Build({.input = {1, 4, 4}, .classes = 2}, 5, "net");
  network->SetTraining(true);
  network->SetRequiresGrad(true);
  return network;
}

// Linear, so the worst perturbation is known.
constexpr const char* kLinear = "{name: sequential, layers: [flatten, {linear: 2}]}";

// Images far enough from the box for a ball of 0.1.
Batch SomeBatch() {
  const Tensor indices = at::arange(6, at::kLong);
  return {.images = RandomSource(1).For(indices).Uniform({1, 4, 4}, 0.3, 0.7),
          .labels = indices.remainder(2),
          .indices = indices};
}

// The images every linear two-class network finds worst: x - epsilon sign(w_y - w_other).
Tensor Worst(nn::Network& network, const Batch& batch, double epsilon) {
  const Tensor w = network.Parameters()[0].detach();  // [2,16]
  const Tensor sign = at::where(batch.labels.eq(0).unsqueeze(1), w[0] - w[1], w[1] - w[0]).sign();
  return batch.images - epsilon * sign.view_as(batch.images);
}

double LossOf(const Component<Objective>& objective, const TrainingStep& step, const Batch& batch) {
  return objective->Loss(step, batch).loss.item<double>();
}

double CrossEntropy(nn::Network& network, const Tensor& images, const Tensor& labels) {
  return at::cross_entropy_loss(network.Forward(images), labels).item<double>();
}

TEST(Standard, IsTheCrossEntropyOfTheCleanImages) {
  auto network = Network(kLinear);
  const Batch batch = SomeBatch();
  const double loss = LossOf(Make("standard"), {*network, nullptr, RandomSource(0), 0}, batch);
  EXPECT_FLOAT_EQ(loss, CrossEntropy(*network, batch.images, batch.labels));
}

// With weight e on the uniform distribution over K classes and logits z the loss is
// (1 - e) CE + e (logsumexp z - mean z).
TEST(Standard, SmoothsLabels) {
  auto network = Network(kLinear);
  const Batch batch = SomeBatch();
  const double loss = LossOf(Make("{name: standard, label_smoothing: 0.25}"),
                             {*network, nullptr, RandomSource(0), 0}, batch);
  const Tensor z = network->Forward(batch.images);
  const double uniform = (z.logsumexp(1) - z.mean(1)).mean().item<double>();
  EXPECT_NEAR(loss, 0.75 * CrossEntropy(*network, batch.images, batch.labels) + 0.25 * uniform,
              1e-6);
}

// Ten steps of 2.5 epsilon / 10 reach the corner of the ball that a linear network finds worst.
TEST(PgdAt, TrainsOnTheWorstPointOfALinearNetwork) {
  auto network = Network(kLinear);
  const Batch batch = SomeBatch();
  const Threat threat{.norm = Norm::kLinf, .epsilon = 0.1, .box = {}};
  for (const char* start : {"false", "true"}) {
    const auto objective =
        Make(fmt::format("{{name: pgd_at, steps: 10, random_start: {}}}", start));
    const double loss = LossOf(objective, {*network, &threat, RandomSource(0), 1}, batch);
    EXPECT_NEAR(loss, CrossEntropy(*network, Worst(*network, batch, 0.1), batch.labels), 1e-5);
  }
}

// Halfway through the warm-up the ball has half its size; at its start there is none.
TEST(PgdAt, LetsTheBallGrow) {
  auto network = Network(kLinear);
  const Batch batch = SomeBatch();
  const Threat threat{.norm = Norm::kLinf, .epsilon = 0.1, .box = {}};
  const auto objective = Make("{name: pgd_at, steps: 10, epsilon_warmup: 4}");
  const auto loss_at = [&](double epoch) {
    return LossOf(objective, {*network, &threat, RandomSource(0), epoch}, batch);
  };
  const auto worst = [&](double epsilon) {
    return CrossEntropy(*network, Worst(*network, batch, epsilon), batch.labels);
  };
  EXPECT_NEAR(loss_at(0), worst(0), 1e-6);
  EXPECT_NEAR(loss_at(2), worst(0.05), 1e-5);
  EXPECT_NEAR(loss_at(4), worst(0.1), 1e-5);
  EXPECT_NEAR(loss_at(9), worst(0.1), 1e-5);
}

TEST(PgdAt, MixesInTheCleanLoss) {
  auto network = Network(kLinear);
  const Batch batch = SomeBatch();
  const Threat threat{.norm = Norm::kLinf, .epsilon = 0.1, .box = {}};
  const double loss = LossOf(Make("{name: pgd_at, steps: 10, clean_weight: 0.25}"),
                             {*network, &threat, RandomSource(0), 0}, batch);
  EXPECT_NEAR(loss,
              0.75 * CrossEntropy(*network, Worst(*network, batch, 0.1), batch.labels) +
                  0.25 * CrossEntropy(*network, batch.images, batch.labels),
              1e-5);
}

// The attack freezes the network; training must find it as it was, with nothing left in .grad.
TEST(PgdAt, LeavesTheNetworkReadyForTraining) {
  auto network = Network(kLinear);
  const Threat threat{.norm = Norm::kLinf, .epsilon = 0.1, .box = {}};
  const auto value = Make("pgd_at")->Loss({*network, &threat, RandomSource(0), 0}, SomeBatch());
  for (const Tensor& parameter : network->Parameters()) {
    EXPECT_TRUE(parameter.requires_grad());
    EXPECT_FALSE(parameter.grad().defined());
  }
  const auto gradients = torch::autograd::grad({value.loss}, network->Parameters());
  for (const Tensor& gradient : gradients) EXPECT_GT(gradient.abs().max().item<double>(), 0);
}

// Passes of the attack must not move the running batch statistics. The running mean starts at 0 and
// takes a tenth of each batch's mean, and a tiny ball makes all passes alike: after one pass it is
// 0.1 m, after four (three of the attack in training mode) (1 - 0.9^4) m.
TEST(PgdAt, AttacksInEvaluationMode) {
  constexpr const char* kNorm =
      "{name: sequential, layers: [{conv: {out: 2, kernel: 3}}, batchnorm, flatten, {linear: 2}]}";
  const Threat threat{.norm = Norm::kLinf, .epsilon = 1e-6, .box = {}};
  const auto running_mean = [&](const std::string& objective) {
    auto network = Network(kNorm);
    (void)Make(objective)->Loss({*network, &threat, RandomSource(0), 0}, SomeBatch());
    for (const auto& [name, tensor] : network->State()) {
      if (name.ends_with("running_mean")) return tensor[0].item<double>();
    }
    return std::nan("");
  };
  const double once = running_mean("{name: pgd_at, steps: 3}");
  const double often = running_mean("{name: pgd_at, steps: 3, attack_in_eval_mode: false}");
  EXPECT_NE(once, 0);
  EXPECT_NEAR(often / once, (1 - std::pow(0.9, 4)) / 0.1, 1e-2);
}

// Randomness belongs to the example: the same start whatever batch it is in.
TEST(PgdAt, StartsAnExampleAlikeInEveryBatch) {
  auto network = Network(kLinear);
  const Batch batch = SomeBatch();
  const Threat threat{.norm = Norm::kLinf, .epsilon = 0.1, .box = {}};
  const auto objective = Make("{name: pgd_at, steps: 1, step_size: 1.0e-9}");
  const TrainingStep step{*network, &threat, RandomSource(11), 0};
  const Tensor together = objective->Loss(step, batch).logits;
  const Tensor rows = at::arange(5, 1, -1, at::kLong);
  const Tensor apart = objective->Loss(step, batch.Select(rows)).logits;
  EXPECT_TRUE(at::allclose(apart, together.index_select(0, rows), 1e-5, 1e-6));
}

TEST(Objectives, SayWhatTheyNeed) {
  RegisterEverything();
  EXPECT_FALSE(GlobalRegistry().CapabilitiesOf<Objective>("standard").NeedsThreat());
  EXPECT_TRUE(GlobalRegistry().CapabilitiesOf<Objective>("pgd_at").NeedsThreat());
}

}  // namespace
}  // namespace agon::defenses
