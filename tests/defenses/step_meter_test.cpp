// SPDX-License-Identifier: Apache-2.0
#include "defenses/step_meter.h"

#include <gtest/gtest.h>
#include <torch/csrc/autograd/function.h>

namespace agon::defenses {
namespace {

// One row per entry of `classes`: the largest score is at that class.
Tensor LogitsOf(const std::vector<std::int64_t>& classes) {
  const Tensor places = at::tensor(classes);  // [N]
  return places.unsqueeze(1).eq(at::arange(3)).to(at::kFloat);
}

TEST(StepMeter, GivesEachStepsLossAndHitsAlsoWhenBatchesDiffer) {
  StepMeter meter(2);
  meter.Add(at::full({}, 0.5), LogitsOf({0, 1, 2}), at::tensor({0, 2, 2}));
  EXPECT_FALSE(meter.full());
  meter.Add(at::full({}, 0.25), LogitsOf({1}), at::tensor({1}));
  EXPECT_TRUE(meter.full());

  const std::vector<StepMeter::Entry> entries = meter.Drain();
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].loss, 0.5);
  EXPECT_EQ(entries[0].correct, 2);
  EXPECT_EQ(entries[0].examples, 3);
  EXPECT_EQ(entries[1].loss, 0.25);
  EXPECT_EQ(entries[1].correct, 1);
  EXPECT_EQ(entries[1].examples, 1);
  EXPECT_TRUE(meter.Drain().empty());
}

TEST(StepMeter, HoldsNoGraph) {
  StepMeter meter(1);
  const Tensor weight = at::ones({}).requires_grad_();
  Tensor loss = weight * 2;
  const std::weak_ptr<torch::autograd::Node> graph = loss.grad_fn();
  meter.Add(loss, LogitsOf({0}), at::tensor({0}));
  loss.reset();
  EXPECT_TRUE(graph.expired());
  EXPECT_EQ(meter.Drain().front().loss, 2);
}

}  // namespace
}  // namespace agon::defenses
