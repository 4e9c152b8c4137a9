// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/learn/learner.h"

#include <torch/csrc/autograd/autograd.h>

#include "cyclegan/network/network_file.h"
#include "runtime/run/checkpoint.h"
#include "tests/cyclegan/learn/learn_helpers.h"

namespace agon::cyclegan {
namespace {

PictureBatch BatchOf(std::int64_t number, std::int64_t pictures = 2, int side = 16) {
  std::vector<Tensor> a, b;
  for (std::int64_t i = 0; i < pictures; ++i) {
    const auto seed = static_cast<std::uint32_t>(100 * number + i);
    a.push_back(ToTensor(MadeUp(side, side, 90, seed)));
    b.push_back(ToTensor(MadeUp(side, side, 170, seed + 50)));
  }
  return {.a = at::cat(a), .b = at::cat(b)};
}

NamedTensors Copy(const NamedTensors& tensors) {
  NamedTensors copies;
  for (const auto& [name, tensor] : tensors) copies.emplace_back(name, tensor.detach().clone());
  return copies;
}

// After one step of Adam from zero moments, w0 - learning_rate g / (|g| + eps). Where a gradient is
// nearly nothing, its rounding decides: those are left out (a bias before a norm is one), and must
// be few.
void ExpectAdamStep(const NamedTensors& before, const NamedTensors& after,
                    const std::vector<Tensor>& gradients, double learning_rate) {
  constexpr double kEps = 1e-8;
  ASSERT_EQ(before.size(), gradients.size());
  double compared = 0, all = 0, largest = 0;
  for (const Tensor& g : gradients) largest = std::max(largest, g.abs().max().item<double>());
  for (std::size_t i = 0; i < before.size(); ++i) {
    const Tensor& g = gradients[i];
    const Tensor wanted = before[i].second - learning_rate * g / (g.abs() + kEps);
    const Tensor clear = g.abs() > 1e-3 * largest;
    const Tensor error = ((after[i].second - wanted) * clear).abs().max();
    EXPECT_LT(error.item<double>(), 0.02 * learning_rate) << before[i].first;
    compared += clear.sum().item<double>();
    all += static_cast<double>(g.numel());
  }
  EXPECT_GT(compared, 0.5 * all);
}

// The paper's losses computed anew, picture sets one by one, as the reference does: the weights
// after a step are those that their gradients give, and the figures are their values.
TEST(CycleganLearner, StepsAsTheReferenceDoes) {
  const CycleganConfig config = SmallConfig("loss: {cycle: 7, identity: 3}");
  CycleganLearner learner(config, OneThread());
  const NamedTensors before = Copy(learner.State());
  Generator a2b(config.generator, 0), b2a(config.generator, 0);
  Discriminator judge_b(config.discriminator, 0), judge_a(config.discriminator, 0);
  a2b.LoadState(run::TakeGroup(before, "a2b"));
  b2a.LoadState(run::TakeGroup(before, "b2a"));
  judge_b.LoadState(run::TakeGroup(before, "discriminator_b"));
  judge_a.LoadState(run::TakeGroup(before, "discriminator_a"));
  const PictureBatch batch = BatchOf(1);
  constexpr double kRate = 1e-3;
  learner.Step(batch, kRate, 0);

  a2b.SetRequiresGrad(true);
  b2a.SetRequiresGrad(true);
  const Tensor fake_b = a2b.Forward(batch.a), fake_a = b2a.Forward(batch.b);
  const Tensor gan_b = (judge_b.Forward(fake_b) - 1).square().mean();
  const Tensor gan_a = (judge_a.Forward(fake_a) - 1).square().mean();
  const Tensor cycle_a = (b2a.Forward(fake_b) - batch.a).abs().mean();
  const Tensor cycle_b = (a2b.Forward(fake_a) - batch.b).abs().mean();
  const Tensor same_a = (b2a.Forward(batch.a) - batch.a).abs().mean();
  const Tensor same_b = (a2b.Forward(batch.b) - batch.b).abs().mean();
  const Tensor loss = gan_b + gan_a + 7 * (cycle_a + cycle_b) + 3 * (same_a + same_b);
  std::vector<Tensor> parameters = a2b.Parameters();
  const std::size_t half = parameters.size();
  for (const Tensor& parameter : b2a.Parameters()) parameters.push_back(parameter);
  const auto gradients = torch::autograd::grad({loss}, parameters);
  const NamedTensors after = learner.State();
  ExpectAdamStep(run::TakeGroup(before, "a2b"), run::TakeGroup(after, "a2b"),
                 {gradients.begin(), gradients.begin() + static_cast<std::ptrdiff_t>(half)}, kRate);
  ExpectAdamStep(run::TakeGroup(before, "b2a"), run::TakeGroup(after, "b2a"),
                 {gradients.begin() + static_cast<std::ptrdiff_t>(half), gradients.end()}, kRate);

  const StepFigures figures = learner.Drain();
  EXPECT_EQ(figures.steps, 1);
  std::size_t i = 0;
  for (auto [judge, name, real, fake] :
       {std::tuple(&judge_b, "discriminator_b", batch.b, fake_b.detach()),
        std::tuple(&judge_a, "discriminator_a", batch.a, fake_a.detach())}) {
    judge->SetRequiresGrad(true);
    const Tensor on_real = judge->Forward(real), on_fake = judge->Forward(fake);
    const Tensor error = 0.5 * ((on_real - 1).square().mean() + on_fake.square().mean());
    ExpectAdamStep(run::TakeGroup(before, name), run::TakeGroup(after, name),
                   torch::autograd::grad({error}, judge->Parameters()), kRate);
    EXPECT_NEAR(figures.discriminator[i], error.item<double>(), 1e-5);
    EXPECT_NEAR(figures.gap[i], (on_real.mean() - on_fake.mean()).item<double>(), 1e-5);
    ++i;
  }
  EXPECT_NEAR(figures.gan[0], gan_b.item<double>(), 1e-5);
  EXPECT_NEAR(figures.gan[1], gan_a.item<double>(), 1e-5);
  EXPECT_NEAR(figures.cycle[0], cycle_a.item<double>(), 1e-5);
  EXPECT_NEAR(figures.cycle[1], cycle_b.item<double>(), 1e-5);
  EXPECT_NEAR(figures.identity[0], same_a.item<double>(), 1e-5);
  EXPECT_NEAR(figures.identity[1], same_b.item<double>(), 1e-5);
  EXPECT_NEAR(figures.change[0], (fake_b - batch.a).abs().mean().item<double>() / 2, 1e-5);
}

// Other pictures of A than of B need no common call.
TEST(CycleganLearner, TakesDomainsOfSeveralSizes) {
  const CycleganConfig config = SmallConfig("batch_size: 1, pool: 2");
  CycleganLearner learner(config, OneThread());
  PictureBatch batch = BatchOf(1, 1, 16);
  batch.b = ToTensor(MadeUp(24, 20, 170, 7));
  for (int i = 0; i < 6; ++i) learner.Step(batch, 1e-3, 0);
  EXPECT_TRUE(learner.Drain().Finite());
}

// Every state that matters is in State: stopped and loaded into a fresh learner at every second
// step, a training gives the same bits.
TEST(CycleganLearner, GoesOnBitForBit) {
  const CycleganConfig config = SmallConfig(
      "averaging: {kind: ema, decay: 0.9, start: 0.3}, "
      "loss: {consistency: 1, cycle_noise: 0.05, gan: hinge}");
  constexpr std::int64_t kSteps = 12;
  const auto step = [&](CycleganLearner& learner, std::int64_t i) {
    learner.Step(BatchOf(i), 1e-3, static_cast<double>(i) / kSteps);
  };
  CycleganLearner whole(config, OneThread());
  auto parted = std::make_unique<CycleganLearner>(config, OneThread());
  for (std::int64_t i = 0; i < kSteps; ++i) {
    step(whole, i);
    if (i % 2 == 0) {
      const NamedTensors state = Copy(parted->State());
      parted = std::make_unique<CycleganLearner>(config, OneThread());
      parted->LoadState(state);
    }
    step(*parted, i);
  }
  const NamedTensors a = whole.State(), b = parted->State();
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].first, b[i].first);
    EXPECT_TRUE(at::equal(a[i].second, b[i].second)) << a[i].first;
  }
  EXPECT_TRUE(whole.averaged());
  EXPECT_EQ(whole.Drain().ToJson(), parted->Drain().ToJson());
}

TEST(CycleganLearner, NoiseAndConsistencyChangeTheStep) {
  const auto cycle = [](const std::string& loss) {
    const CycleganConfig config = SmallConfig("loss: {" + loss + "}");
    CycleganLearner learner(config, OneThread());
    learner.Step(BatchOf(1), 1e-3, 0);
    return learner.Drain();
  };
  const StepFigures plain = cycle("cycle: 10");
  const StepFigures noisy = cycle("cycle: 10, cycle_noise: 0.5");
  const StepFigures consistent = cycle("cycle: 10, consistency: 1");
  EXPECT_NE(plain.cycle[0], noisy.cycle[0]);
  EXPECT_EQ(plain.gan[0], noisy.gan[0]) << "discriminators see translations without noise";
  EXPECT_EQ(plain.consistency[0], 0);
  EXPECT_GT(consistent.consistency[0], 0);
  EXPECT_GT(consistent.consistency[1], 0);
}

TEST(CycleganLearner, WorksInBf16) {
  const CycleganConfig config = SmallConfig("precision: bf16");
  CycleganLearner learner(config, OneThread());
  for (int i = 0; i < 3; ++i) learner.Step(BatchOf(i), 1e-3, 0);
  EXPECT_TRUE(learner.Drain().Finite());
  for (const auto& [name, tensor] : learner.Weights(0)) {
    EXPECT_EQ(tensor.scalar_type(), at::kFloat) << name;
  }
  EXPECT_EQ(learner.NotFinite(), "");
}

TEST(CycleganLearner, NamesAWeightThatIsNotFinite) {
  const CycleganConfig config = SmallConfig();
  CycleganLearner learner(config, OneThread());
  for (auto& [name, tensor] : learner.State()) {
    if (name == "b2a.model.1.weight") tensor.flatten()[5] = std::numeric_limits<float>::infinity();
  }
  EXPECT_EQ(learner.NotFinite(), "b2a.model.1.weight");
}

TEST(CycleganLearner, StartsFromGivenWeights) {
  const Workplace place;
  const CycleganConfig config = SmallConfig();
  CycleganLearner first(config, OneThread());
  for (int i = 0; i < 2; ++i) first.Step(BatchOf(i), 1e-2, 0);
  const Path file = place.Folder("start.safetensors");
  SaveGenerators(file, config.generator, first.Weights(0), first.Weights(1), {});
  CycleganConfig later = config;
  later.seed = 77;
  later.weights = file;
  const CycleganLearner second(later, OneThread());
  for (std::size_t direction = 0; direction < 2; ++direction) {
    const NamedTensors wanted = first.Weights(direction), found = second.Weights(direction);
    ASSERT_EQ(wanted.size(), found.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      EXPECT_TRUE(at::equal(wanted[i].second, found[i].second)) << wanted[i].first;
    }
  }
  later.generator.blocks = 2;
  EXPECT_NE(MessageOf([&] { (void)CycleganLearner(later, OneThread()); }, ErrorKind::kModel)
                .find("start.safetensors"),
            std::string::npos);
}

TEST(CycleganLearner, LearnsOnAGpuAsOnTheCpu) {
  const DevicePolicy gpu = ChooseDevice("auto");
  if (gpu.device.is_cpu()) GTEST_SKIP() << "no GPU on this machine";
  std::vector<StepFigures> figures;
  for (const DevicePolicy& device : {OneThread(), gpu}) {
    CycleganConfig config = SmallConfig("loss: {consistency: 1, cycle_noise: 0.01}");
    config.precision = "float32";
    CycleganLearner learner(config, device);
    for (std::int64_t step = 0; step < 3; ++step) {
      PictureBatch batch = BatchOf(step);
      batch.a = batch.a.to(device.device);
      batch.b = batch.b.to(device.device);
      learner.Step(batch, 2e-4, 0.5);
    }
    figures.push_back(learner.Drain());
  }
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_NEAR(figures[0].cycle[i], figures[1].cycle[i], 1e-2);
    EXPECT_NEAR(figures[0].gan[i], figures[1].gan[i], 1e-2);
    EXPECT_NEAR(figures[0].consistency[i], figures[1].consistency[i], 1e-2);
  }
}

}  // namespace
}  // namespace agon::cyclegan
