// SPDX-License-Identifier: Apache-2.0
#include "selfplay/network/learner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "runtime/base/error.h"
#include "tests/selfplay/network/network_helpers.h"

namespace agon::selfplay {
namespace {

using ::testing::HasSubstr;

const NetworkSettings kSmall{.blocks = 2,
                             .channels = 8,
                             .pool_every = 2,
                             .policy_channels = 4,
                             .outcome_channels = 3,
                             .outcome_hidden = 6};

LearnerSettings Settings(const std::string& yaml = "{}") {
  static const bool registered = (train::RegisterOptimizers(GlobalRegistry()),
                                  train::RegisterSchedules(GlobalRegistry()), true);
  (void)registered;
  config::Problems problems;
  config::Reader reader{problems, nullptr};
  config::Value value = config::ParseYaml(yaml, "test", {}, problems);
  FillLearnerDefaults(value);
  LearnerSettings settings = config::Read<LearnerSettings>(value, reader);
  problems.ThrowIfAny();
  return settings;
}

TrainBatch SomeBatch(const GameShape& shape, std::int64_t rows, std::uint64_t seed) {
  at::manual_seed(seed);
  TrainBatch batch;
  batch.planes = at::rand({rows, shape.planes + shape.scalars, shape.height, shape.width});
  batch.policy = at::softmax(2 * at::randn({rows, shape.actions}), 1);
  batch.outcome = at::softmax(2 * at::randn({rows, 3}), 1);
  return batch;
}

NamedTensors Copy(const NamedTensors& tensors) {
  NamedTensors copies;
  for (const auto& [name, tensor] : tensors) copies.emplace_back(name, tensor.clone());
  return copies;
}

void ExpectSame(const NamedTensors& a, const NamedTensors& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].first, b[i].first);
    EXPECT_TRUE(at::equal(a[i].second, b[i].second)) << a[i].first;
  }
}

// An untrained network with silenced heads knows nothing: its losses are log(moves) and log(3),
// whatever the targets; over k legal moves log(k).
TEST(Learner, LossesOfANetworkThatKnowsNothing) {
  for (const bool masked : {false, true}) {
    PolicyValueNetwork network(kColumns, kSmall, 1);
    for (const nn::Slot& slot : network.slots()) {
      if (slot.name.starts_with("policy.linear") || slot.name.starts_with("outcome.out")) {
        slot.tensor->zero_();
      }
    }
    Learner learner(network, Settings("{precision: float32}"), {});
    TrainBatch batch = SomeBatch(kColumns, 16, 1);
    if (masked) {
      batch.legal = at::zeros({16, 7}, at::kBool);
      batch.legal.slice(1, 2, 6).fill_(true);
      batch.policy = batch.policy * batch.legal;
      batch.policy /= batch.policy.sum(1, /*keepdim=*/true);
    }
    learner.Step(batch, 0, 10);
    const LearnerFigures figures = learner.Drain();
    EXPECT_NEAR(figures.policy_loss, std::log(masked ? 4.0 : 7.0), 1e-5);
    EXPECT_NEAR(figures.outcome_loss, std::log(3.0), 1e-5);
    const double entropy = -at::xlogy(batch.policy, batch.policy).sum(1).mean().item<double>();
    EXPECT_NEAR(figures.target_entropy, entropy, 1e-5);
    EXPECT_EQ(figures.steps, 1);
    EXPECT_EQ(figures.positions, 16);
  }
}

// A row of weight 2 counts as two rows, one of weight 0 not at all (evaluation-mode statistics do
// not depend on weights, so the batch is compared by its losses).
TEST(Learner, WeightsSayHowOftenAPositionCounts) {
  TrainBatch batch = SomeBatch(kColumns, 3, 1);
  batch.weight = at::tensor({2.0F, 1.0F, 0.0F});
  PolicyValueNetwork network(kColumns, kSmall, 1);
  network.SetTraining(true);
  const Tensor logits = network.Forward(batch.planes).policy.detach();
  const Tensor losses = -(batch.policy * at::log_softmax(logits, 1)).sum(1);
  PolicyValueNetwork same(kColumns, kSmall, 1);
  Learner learner(same, Settings("{precision: float32}"), {});
  learner.Step(batch, 0, 10);
  EXPECT_NEAR(learner.Drain().policy_loss,
              (2 * losses[0].item<double>() + losses[1].item<double>()) / 3, 1e-5);
}

// Twenty positions can be learnt by heart.
TEST(Learner, LearnsABatchByHeart) {
  for (const char* precision : {"float32", "bf16"}) {
    PolicyValueNetwork network(kColumns, kSmall, 1);
    Learner learner(network,
                    Settings(fmt::format("{{precision: {}, optimizer: {{name: adamw, "
                                         "learning_rate: 0.01, weight_decay: 0}}}}",
                                         precision)),
                    {});
    TrainBatch batch = SomeBatch(kColumns, 20, 1);
    batch.policy = at::one_hot(batch.policy.argmax(1), 7).to(at::kFloat);
    batch.outcome = at::one_hot(batch.outcome.argmax(1), 3).to(at::kFloat);
    for (int step = 0; step < 150; ++step) learner.Step(batch, step, 150);
    (void)learner.Drain();
    learner.Step(batch, 149, 150);
    const LearnerFigures figures = learner.Drain();
    EXPECT_LT(figures.policy_loss, 0.2) << precision;
    EXPECT_LT(figures.outcome_loss, 0.2) << precision;
    EXPECT_GT(figures.policy_accuracy, 0.9) << precision;
    EXPECT_GT(figures.outcome_accuracy, 0.9) << precision;
  }
}

// With a learning rate and no gradient to speak of, decay alone moves a weight: by learning_rate *
// weight_decay of it. Norms and biases stay.
TEST(Learner, WeightDecaySparesBiasesAndNorms) {
  for (const char* optimizer :
       {"{name: adamw, learning_rate: 0.1, weight_decay: 0.5}",
        "{name: sgd, learning_rate: 0.1, weight_decay: 0.5, decoupled: true}"}) {
    PolicyValueNetwork network(kColumns, kSmall, 1);
    const NamedTensors before = Copy(network.State());
    // No gradient at all: the loss has weight 0.
    Learner learner(network,
                    Settings(fmt::format("{{precision: float32, policy_weight: 0, "
                                         "outcome_weight: 0, optimizer: {}}}",
                                         optimizer)),
                    {});
    learner.Step(SomeBatch(kColumns, 4, 1), 0, 10);
    const NamedTensors after = network.State();
    for (std::size_t i = 0; i < after.size(); ++i) {
      const auto& [name, tensor] = after[i];
      if (name.find("running") != std::string::npos) continue;
      const double kept = tensor.dim() > 1 ? 0.95 : 1.0;
      EXPECT_TRUE(at::allclose(tensor, before[i].second * kept, 1e-5, 1e-7)) << name;
    }
  }
}

TEST(Learner, ClipsTheGradientAndReportsItsLength) {
  PolicyValueNetwork network(kColumns, kSmall, 1);
  const NamedTensors before = Copy(network.State());
  Learner learner(network,
                  Settings("{precision: float32, gradient_clip: 0.001, optimizer: {name: sgd, "
                           "learning_rate: 1, momentum: 0}}"),
                  {});
  learner.Step(SomeBatch(kColumns, 8, 1), 0, 10);
  double moved = 0;
  const NamedTensors after = network.State();
  for (std::size_t i = 0; i < after.size(); ++i) {
    if (after[i].first.find("running") != std::string::npos) continue;
    moved += (after[i].second - before[i].second).square().sum().item<double>();
  }
  EXPECT_NEAR(std::sqrt(moved), 0.001, 1e-5);
  EXPECT_GT(learner.Drain().gradient_norm, 0.01);
}

// After one step the average is the weights themselves, then it lags; running statistics with it.
TEST(Learner, TheAverageOfTheWeightsPlays) {
  PolicyValueNetwork network(kColumns, kSmall, 1);
  Learner learner(network, Settings("{averaging: {kind: swa, start: 0}}"), {});
  learner.Step(SomeBatch(kColumns, 8, 1), 0, 10);
  const NamedTensors first = Copy(network.State());
  ExpectSame(learner.PlayingWeights(), first);
  learner.Step(SomeBatch(kColumns, 8, 2), 1, 10);
  const NamedTensors second = Copy(network.State());
  const NamedTensors playing = learner.PlayingWeights();
  for (std::size_t i = 0; i < playing.size(); ++i) {
    EXPECT_TRUE(
        at::allclose(playing[i].second, (first[i].second + second[i].second) / 2, 1e-5, 1e-6))
        << playing[i].first;
  }
}

// Five steps, or three, a checkpoint, another process and two more: the same bits.
TEST(Learner, ContinuesExactlyWhereItWasSaved) {
  for (const char* optimizer : {"adamw", "{name: sgd, learning_rate: 0.01}"}) {
    const LearnerSettings settings = Settings(
        fmt::format("{{optimizer: {}, schedule: {{name: cosine, warmup: 1}}}}", optimizer));
    PolicyValueNetwork through(kColumns, kSmall, 1);
    Learner whole(through, settings, {});
    NamedTensors saved;
    for (std::uint64_t step = 0; step < 5; ++step) {
      whole.Step(SomeBatch(kColumns, 8, step), static_cast<double>(step), 5);
      if (step == 2) saved = Copy(whole.State());
    }
    PolicyValueNetwork again(kColumns, kSmall, 99);
    Learner rest(again, settings, {});
    rest.LoadState(saved);
    EXPECT_EQ(rest.steps(), 3);
    for (std::uint64_t step = 3; step < 5; ++step) {
      rest.Step(SomeBatch(kColumns, 8, step), static_cast<double>(step), 5);
    }
    ExpectSame(rest.State(), whole.State());
  }
}

TEST(Learner, SaysWhatOfASavedStateDoesNotFit) {
  PolicyValueNetwork network(kColumns, kSmall, 1);
  Learner learner(network, Settings(), {});
  learner.Step(SomeBatch(kColumns, 8, 1), 0, 5);
  NamedTensors state = Copy(learner.State());
  state.erase(state.begin());
  EXPECT_THROW(learner.LoadState(state), Error);
}

TEST(Learner, SaysWhenTrainingDiverges) {
  PolicyValueNetwork network(kColumns, kSmall, 1);
  Learner learner(network, Settings(), {});
  TrainBatch batch = SomeBatch(kColumns, 4, 1);
  batch.planes[0][0][0][0] = std::numeric_limits<float>::quiet_NaN();
  learner.Step(batch, 0, 5);
  try {
    (void)learner.Drain();
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("training diverged"));
  }
}

// Every tensor of the state must lie where the network does: the average once stayed behind.
TEST(Learner, LearnsOnAGpuAsOnTheCpu) {
  const DevicePolicy gpu = ChooseDevice("auto");
  if (gpu.device.is_cpu()) GTEST_SKIP() << "no GPU on this machine";
  std::vector<NamedTensors> playing;
  for (const DevicePolicy& device : {DevicePolicy{}, gpu}) {
    PolicyValueNetwork network(kColumns, kSmall, 1);
    Learner learner(network, Settings("{precision: float32, averaging: {kind: ema, start: 0}}"),
                    device);
    for (std::uint64_t step = 0; step < 3; ++step) {
      learner.Step(SomeBatch(kColumns, 32, step), static_cast<double>(step), 3);
    }
    EXPECT_TRUE(std::isfinite(learner.Drain().policy_loss));
    for (const auto& [name, tensor] : learner.State()) {
      if (!tensor.is_floating_point()) continue;
      EXPECT_EQ(tensor.device().type(), device.device.type()) << name;
    }
    playing.push_back(learner.PlayingWeights());
  }
  for (std::size_t i = 0; i < playing[0].size(); ++i) {
    // Adam's first steps are as long for a tiny gradient as for a large one, so rounding shows.
    EXPECT_TRUE(at::allclose(playing[0][i].second, playing[1][i].second.cpu(), 1e-2, 2e-3))
        << playing[0][i].first;
  }
}

}  // namespace
}  // namespace agon::selfplay
