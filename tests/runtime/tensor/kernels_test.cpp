// SPDX-License-Identifier: Apache-2.0
#include "runtime/tensor/kernels.h"

#include <gtest/gtest.h>

#include <cmath>

#include "runtime/tensor/cuda_library.h"
#include "runtime/tensor/device.h"
#include "runtime/tensor/random.h"

namespace agon::kernels {
namespace {

struct Case {
  Tensor x, previous, gradient, origin, step;
};

// Points inside and at the edge of ball and box; gradients with zeros, NaN and both infinities.
Case MakeCase(std::int64_t examples, const Shape& shape, float epsilon) {
  ExampleRandom random = RandomSource(11).For(at::arange(examples, at::kLong));
  Case c;
  c.origin = random.Uniform(shape, 0, 1);
  c.x = (c.origin + random.Uniform(shape, -1.5 * epsilon, 1.5 * epsilon)).clamp(0, 1);
  c.previous = (c.origin + random.Uniform(shape, -epsilon, epsilon)).clamp(0, 1);
  c.gradient = random.Normal(shape);
  c.step = random.Uniform({}, 0.001, 0.3);
  Tensor flat = c.gradient.view({-1});
  flat[0] = 0.0F;
  flat[1] = std::nanf("");
  flat[2] = INFINITY;
  flat[3] = -INFINITY;
  flat[4] = -0.0F;
  return c;
}

constexpr float kEpsilon = 8.0F / 255.0F;
constexpr float kStep = 2.0F / 255.0F;

Tensor OperatorForm(const Case& c) {
  const Tensor moved = c.x + kStep * c.gradient.sign();
  return at::clamp(c.origin + at::clamp(moved - c.origin, -kEpsilon, kEpsilon), 0.0F, 1.0F);
}

TEST(SignProjectClip, EqualsTheOperatorsBitForBit) {
  for (const std::int64_t examples : {1, 7, 400}) {  // 400 x 3072: several threads
    Case c = MakeCase(examples, {3, 32, 32}, kEpsilon);
    const Tensor expected = OperatorForm(c);
    EXPECT_FALSE(at::equal(expected, c.x));
    SignProjectClip(c.x, c.gradient, c.origin, kStep, kEpsilon, 0, 1);
    EXPECT_TRUE(at::equal(c.x, expected)) << examples;
  }
}

TEST(SignProjectClip, StaysWhereTheGradientIsZeroOrNaN) {
  Tensor x = at::full({1, 3}, 0.5F);
  const Tensor origin = x.clone();
  const Tensor gradient = at::tensor({0.0F, std::nanf(""), 1.0F}).view({1, 3});
  SignProjectClip(x, gradient, origin, 0.25F, 0.125F, 0, 1);
  EXPECT_TRUE(at::equal(x, at::tensor({0.5F, 0.5F, 0.625F}).view({1, 3})));
}

Tensor MomentumForm(const Case& c, double momentum) {
  const auto project = [&](const Tensor& v) {
    return at::clamp(at::min(at::max(v, c.origin - kEpsilon), c.origin + kEpsilon), 0.0F, 1.0F);
  };
  const Tensor z = project(c.x + c.step.view({-1, 1, 1, 1}) * c.gradient.sign());
  return project(c.x + (z - c.x) * momentum + (c.x - c.previous) * (1 - momentum));
}

TEST(MomentumSignStep, EqualsTheOperatorsBitForBit) {
  for (const double momentum : {0.75, 1.0}) {
    for (const std::int64_t examples : {1, 5, 400}) {
      Case c = MakeCase(examples, {3, 32, 32}, kEpsilon);
      const Tensor expected = MomentumForm(c, momentum);
      const Tensor before = c.x.clone();
      MomentumSignStep(c.x, c.previous, c.gradient, c.origin, c.step, static_cast<float>(momentum),
                       kEpsilon, 0, 1);
      EXPECT_TRUE(at::equal(c.x, expected)) << momentum << " " << examples;
      EXPECT_TRUE(at::equal(c.previous, before));
    }
  }
}

// Of every type and layout, with few and with many rows (several threads).
TEST(CopyRows, TakesTheMarkedRowsAndLeavesTheOthers) {
  for (const std::int64_t rows : {1, 5, 600}) {
    const Case c = MakeCase(rows, {3, 32, 32}, kEpsilon);
    const Tensor mask = at::arange(rows, at::kLong).remainder(3).eq(0);  // [N]
    const Tensor wide = mask.view({-1, 1, 1, 1});
    for (const auto layout : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
      Tensor to = c.x.contiguous(layout);
      CopyRows(to, c.previous, mask);
      EXPECT_TRUE(at::equal(to, at::where(wide, c.previous, c.x))) << rows;
    }
    Tensor labels = at::arange(rows, at::kLong);
    CopyRows(labels, labels + 100, mask);
    EXPECT_TRUE(at::equal(labels, at::arange(rows, at::kLong) + mask * 100)) << rows;
  }
}

struct TrackCase {
  Tracked tracked;
  Tensor x, gradient, loss, logits, labels;
};

// Rows that succeed or not and whose loss is higher than, equal to or below what is known; scores
// with equal largest values and NaN.
TrackCase MakeTrackCase(std::int64_t examples, std::int64_t classes) {
  const Case c = MakeCase(examples, {3, 8, 8}, kEpsilon);
  ExampleRandom random = RandomSource(5).For(at::arange(examples, at::kLong));
  TrackCase t{.tracked = {},
              .x = c.x,
              .gradient = c.gradient,
              .loss = random.Integers(3).to(at::kFloat),
              .logits = random.Uniform({classes}, 0, 4).floor(),
              .labels = random.Integers(std::min<std::int64_t>(classes, 3))};
  t.logits[examples / 2][classes - 1] = std::nanf("");
  t.tracked = {.found = random.Integers(2).to(at::kBool),
               .adversarial = c.previous.clone(),
               .best = c.origin.clone(),
               .best_gradient = c.gradient * 2,
               .best_loss = random.Integers(3).to(at::kFloat),
               .last_loss = random.Integers(3).to(at::kFloat),
               .growing = random.Integers(9).to(at::kFloat)};
  return t;
}

void ExpectSame(const Tracked& a, const Tracked& b) {
  EXPECT_TRUE(at::equal(a.found, b.found.cpu()));
  EXPECT_TRUE(at::equal(a.adversarial, b.adversarial.cpu()));
  EXPECT_TRUE(at::equal(a.best, b.best.cpu()));
  EXPECT_TRUE(at::equal(a.best_gradient.nan_to_num(), b.best_gradient.cpu().nan_to_num()));
  EXPECT_TRUE(at::equal(a.best_loss, b.best_loss.cpu()));
  EXPECT_TRUE(at::equal(a.last_loss, b.last_loss.cpu()));
  EXPECT_TRUE(at::equal(a.growing, b.growing.cpu()));
}

TEST(Track, EqualsTheOperators) {
  for (const bool targeted : {false, true}) {
    for (const std::int64_t examples : {1, 7, 2000}) {  // the last: several threads
      TrackCase t = MakeTrackCase(examples, 10);
      const Tracked& old = t.tracked;
      const Tensor hit = t.logits.argmax(1).eq(t.labels);
      const Tensor succeeded = targeted ? hit : hit.logical_not();
      const Tensor better = t.loss > old.best_loss;
      const auto taken = [](const Tensor& mask, const Tensor& a, const Tensor& b) {
        return at::where(mask.view({-1, 1, 1, 1}), a, b);
      };
      const Tracked expected{.found = old.found | succeeded,
                             .adversarial = taken(succeeded, t.x, old.adversarial),
                             .best = taken(better, t.x, old.best),
                             .best_gradient = taken(better, t.gradient, old.best_gradient),
                             .best_loss = at::maximum(t.loss, old.best_loss),
                             .last_loss = t.loss,
                             .growing = old.growing + (t.loss > old.last_loss)};
      Track(t.tracked, t.x, t.gradient, t.loss, t.logits, t.labels, targeted);
      ExpectSame(expected, t.tracked);
    }
  }
}

TEST(Kernels, AcceptEmptyBatches) {
  Case c = MakeCase(5, {1, 2, 2}, kEpsilon);
  Tensor x = c.x.slice(0, 0, 0).contiguous();
  Tensor previous = x.clone();
  const Tensor none = x.clone();
  SignProjectClip(x, none, none, kStep, kEpsilon, 0, 1);
  MomentumSignStep(x, previous, none, none, at::empty({0}), 0.75F, kEpsilon, 0, 1);
  CopyRows(x, none, at::empty({0}, at::kBool));
  EXPECT_EQ(x.size(0), 0);
}

// The twins of kernels.cu give the bits of the CPU.
TEST(CudaKernels, EqualTheirCpuTwinsBitForBit) {
  const CudaState& state = LoadCuda();
  if (!state.agon_cuda) GTEST_SKIP() << "no GPU: " << state.reason;
  const DevicePolicy policy = ChooseDevice("cuda");
  Case c = MakeCase(200, {3, 32, 32}, kEpsilon);
  Case gpu{c.x.to(policy.device), c.previous.to(policy.device), c.gradient.to(policy.device),
           c.origin.to(policy.device), c.step.to(policy.device)};
  MomentumSignStep(c.x, c.previous, c.gradient, c.origin, c.step, 0.75F, kEpsilon, 0, 1);
  MomentumSignStep(gpu.x, gpu.previous, gpu.gradient, gpu.origin, gpu.step, 0.75F, kEpsilon, 0, 1);
  EXPECT_TRUE(at::equal(c.x, gpu.x.cpu()));
  EXPECT_TRUE(at::equal(c.previous, gpu.previous.cpu()));
  SignProjectClip(c.x, c.gradient, c.origin, kStep, kEpsilon, 0, 1);
  SignProjectClip(gpu.x, gpu.gradient, gpu.origin, kStep, kEpsilon, 0, 1);
  EXPECT_TRUE(at::equal(c.x, gpu.x.cpu()));

  for (const std::int64_t classes : {1, 10, 1000}) {
    TrackCase t = MakeTrackCase(200, classes);
    TrackCase there = MakeTrackCase(200, classes);
    for (Tensor* tensor : {&there.tracked.found, &there.tracked.adversarial, &there.tracked.best,
                           &there.tracked.best_gradient, &there.tracked.best_loss,
                           &there.tracked.last_loss, &there.tracked.growing, &there.x,
                           &there.gradient, &there.loss, &there.logits, &there.labels}) {
      *tensor = tensor->to(policy.device);
    }
    Track(t.tracked, t.x, t.gradient, t.loss, t.logits, t.labels, /*targeted=*/false);
    Track(there.tracked, there.x, there.gradient, there.loss, there.logits, there.labels, false);
    ExpectSame(t.tracked, there.tracked);
  }

  const Tensor indices = at::arange(200, at::kLong);
  ExampleRandom on_cpu = RandomSource(3).For(indices);
  ExampleRandom on_gpu = RandomSource(3).For(indices.to(policy.device));
  EXPECT_TRUE(at::equal(on_cpu.Uniform({3, 7, 7}, -1, 2), on_gpu.Uniform({3, 7, 7}, -1, 2).cpu()));
  EXPECT_TRUE(at::equal(on_cpu.Normal({3, 7, 7}), on_gpu.Normal({3, 7, 7}).cpu()));
}

}  // namespace
}  // namespace agon::kernels
