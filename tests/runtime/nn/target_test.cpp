// SPDX-License-Identifier: Apache-2.0
#include "runtime/nn/target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/runtime/nn/nn_helpers.h"

namespace agon {
namespace {

using nn::BuildModel;
using nn::ErrorOf;
using ::testing::HasSubstr;

Tensor Labels(std::vector<std::int64_t> labels) { return at::tensor(labels, at::kLong); }

TEST(AttackerLoss, GrowsAsTheAttackerSucceeds) {
  const Tensor logits = at::tensor({3.0F, 1.0F, 0.0F, 0.0F, 2.0F, 5.0F}).view({2, 3});
  const Tensor margin = AttackerLoss(logits, {.labels = Labels({0, 1}), .loss = Loss::kMargin});
  EXPECT_TRUE(at::allclose(margin, at::tensor({-2.0F, 3.0F})));  // right by 2, wrong by 3
  const Tensor entropy = AttackerLoss(logits, {.labels = Labels({0, 1})});
  EXPECT_TRUE(
      at::allclose(entropy, -logits.log_softmax(1).gather(1, Labels({0, 1}).view({2, 1})).view(2)));
  for (const Loss loss : {Loss::kMargin, Loss::kCrossEntropy}) {
    const Goal leave{.labels = Labels({2, 0}), .targeted = false, .loss = loss};
    const Goal reach{.labels = Labels({2, 0}), .targeted = true, .loss = loss};
    EXPECT_TRUE(at::equal(AttackerLoss(logits, leave), -AttackerLoss(logits, reach)));
  }
}

// d/dx of the cross entropy of a linear model is W^T (softmax(Wx + b) - onehot(y)).
TEST(NetworkTarget, GradientOfALinearModelIsItsClosedForm) {
  const auto network =
      BuildModel("{name: sequential, layers: [flatten, {linear: 3}]}", {1, 2, 2}, 3);
  NetworkTarget target(*network);
  const Tensor x = at::rand({4, 1, 2, 2});
  const Tensor y = Labels({0, 1, 2, 0});
  const Tensor w = *network->slots()[0].tensor;
  const auto result = target.Gradient(x, {.labels = y});
  const Tensor onehot = at::zeros({4, 3}).scatter(1, y.view({4, 1}), 1.0);
  const Tensor expected = (target.Logits(x).softmax(1) - onehot).matmul(w).view({4, 1, 2, 2});
  EXPECT_TRUE(at::allclose(result.gradient, expected, 1e-5, 1e-6));
  EXPECT_TRUE(at::equal(result.logits, target.Logits(x)));
  const auto reach = target.Gradient(x, {.labels = y, .targeted = true});
  EXPECT_TRUE(at::allclose(reach.gradient, -expected, 1e-5, 1e-6));
}

// Central differences in double precision, on a smooth network with every kind of layer.
TEST(NetworkTarget, GradientIsTheDerivativeOfTheLoss) {
  const auto network = BuildModel(
      "{name: sequential, mean: 0.3, std: 0.7, layers: [{conv: {out: 3, padding: 1}}, batchnorm,"
      " tanh, {avgpool: 2}, {conv: 4}, tanh, global_avgpool, {linear: 3}]}",
      {2, 8, 8}, 3);
  for (const auto& slot : network->slots()) *slot.tensor = slot.tensor->to(at::kDouble);
  NetworkTarget target(*network);
  const Tensor x = at::rand({2, 2, 8, 8}, at::kDouble);
  for (const Loss loss : {Loss::kCrossEntropy, Loss::kMargin}) {
    const Goal goal{.labels = Labels({0, 2}), .targeted = false, .loss = loss};
    const auto result = target.Gradient(x, goal);
    constexpr double kStep = 1e-5;
    for (std::int64_t pixel = 0; pixel < 128; pixel += 17) {
      Tensor shift = at::zeros({1, 128}, at::kDouble);
      shift[0][pixel] = kStep;
      shift = shift.view({1, 2, 8, 8});
      const Tensor difference = (AttackerLoss(target.Logits(x + shift), goal) -
                                 AttackerLoss(target.Logits(x - shift), goal)) /
                                (2 * kStep);
      const Tensor derivative = result.gradient.view({2, 128}).select(1, pixel);
      EXPECT_TRUE(at::allclose(difference, derivative, 1e-6, 1e-8)) << pixel;
    }
  }
}

TEST(NetworkTarget, LeavesNoGraphAndNoWeightGradients) {
  const auto network = BuildModel("net_a");
  network->SetRequiresGrad(true);
  network->SetTraining(true);
  NetworkTarget target(*network);
  const Tensor x = at::rand({2, 1, 28, 28});
  const auto result = target.Gradient(x, {.labels = Labels({1, 2})});
  for (const Tensor& tensor : {result.loss, result.gradient, result.logits, target.Logits(x)}) {
    EXPECT_FALSE(tensor.requires_grad());
  }
  EXPECT_FALSE(x.requires_grad());
  for (const auto& slot : network->slots()) EXPECT_FALSE(slot.tensor->grad().defined());
  const at::NoGradGuard inside;  // an attack may run without grad mode
  EXPECT_TRUE(at::equal(target.Gradient(x, {.labels = Labels({1, 2})}).gradient, result.gradient));
}

TEST(Target, CountsQueriesOfEachExampleStillPresent) {
  const auto network = BuildModel("{name: mlp, hidden: 4}", {1, 2, 2}, 3);
  NetworkTarget target(*network);
  const Tensor x = at::rand({4, 1, 2, 2});
  target.Begin(4, at::kCPU);
  (void)target.Logits(x);
  (void)target.Gradient(x, {.labels = Labels({0, 1, 2, 0})});
  target.Keep(Labels({1, 3}));
  (void)target.Logits(x.slice(0, 0, 2));
  target.Keep(Labels({1}));  // of the present rows: example 3
  (void)target.Logits(x.slice(0, 0, 1));
  EXPECT_TRUE(at::equal(target.QueriesPerExample(), Labels({2, 3, 2, 4})));
  EXPECT_TRUE(at::equal(target.QueriesPerExample(), Labels({2, 3, 2, 4})));
  EXPECT_EQ(target.counts().forwards, 4 + 4 + 2 + 1);
  EXPECT_EQ(target.counts().backwards, 4);
  target.Begin(1, at::kCPU);
  EXPECT_TRUE(at::equal(target.QueriesPerExample(), Labels({0})));
  EXPECT_EQ(target.counts().forwards, 11);
}

TEST(Target, HoldsTheQueryBudget) {
  const auto network = BuildModel("{name: mlp, hidden: 4}", {1, 2, 2}, 3);
  NetworkTarget target(*network);
  const Tensor x = at::rand({2, 1, 2, 2});
  target.SetQueryBudget(2);
  target.Begin(2, at::kCPU);
  EXPECT_TRUE(target.Affords(2));
  EXPECT_FALSE(target.Affords(3));
  (void)target.Logits(x);
  (void)target.Logits(x);
  EXPECT_FALSE(target.Affords());
  EXPECT_THAT(ErrorOf([&] { (void)target.Logits(x); }), HasSubstr("exceeds its budget of 2"));
  EXPECT_TRUE(at::equal(target.QueriesPerExample(), Labels({2, 2})));
  target.Begin(2, at::kCPU);
  EXPECT_TRUE(target.Affords(2));
}

TEST(Target, RefusesACallAboutOtherExamples) {
  const auto network = BuildModel("{name: mlp, hidden: 4}", {1, 2, 2}, 3);
  NetworkTarget target(*network);
  target.Begin(3, at::kCPU);
  EXPECT_THAT(ErrorOf([&] {
                (void)target.Logits(at::rand({2, 1, 2, 2}));
              }),
              HasSubstr("2 examples where 3 are present"));
}

}  // namespace
}  // namespace agon
