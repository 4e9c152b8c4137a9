// SPDX-License-Identifier: Apache-2.0
#include "runtime/nn/layer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/runtime/nn/nn_helpers.h"

namespace agon::nn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> NamesOf(Layer& layer) {
  std::vector<Slot> slots;
  layer.Collect("", slots);
  std::vector<std::string> names;
  for (const Slot& slot : slots) names.push_back(slot.name);
  return names;
}

// What a layer promises about shapes is what it does.
TEST(Layer, OutputShapeIsTheShapeOfTheOutput) {
  const Shape input{4, 11, 9};
  std::vector<LayerPtr> layers;
  layers.push_back(Conv(4, {.out = 6, .kernel = 3, .stride = 2, .padding = 1}));
  layers.push_back(Conv(4, {.out = 5, .kernel = 4, .stride = 3}));
  layers.push_back(BatchNorm(4));
  layers.push_back(Relu());
  layers.push_back(Tanh());
  layers.push_back(MaxPool(2, 2));
  layers.push_back(MaxPool(3, 2, 1));
  layers.push_back(AvgPool(3, 3, 1));
  layers.push_back(GlobalAvgPool());
  layers.push_back(Flatten());
  layers.push_back(Dropout(0.5));
  const Tensor x = at::rand({2, 4, 11, 9});
  for (const auto& layer : layers) {
    const Shape promised = layer->OutputShape(input);
    const Tensor y = layer->Forward(x);
    EXPECT_EQ(y.size(0), 2) << layer->Summary();
    EXPECT_EQ(y.sizes().slice(1), at::IntArrayRef(promised)) << layer->Summary();
  }
}

TEST(Layer, InputsThatDoNotFitAreNamed) {
  EXPECT_THAT(ErrorOf([] {
                (void)Conv(3, {.out = 8})->OutputShape({1, 28, 28});
              }),
              HasSubstr("takes 3 channels, but its input is [1,28,28]"));
  EXPECT_THAT(ErrorOf([] {
                (void)Conv(1, {.out = 8, .kernel = 5})->OutputShape({1, 4, 4});
              }),
              HasSubstr("window larger than its input"));
  EXPECT_THAT(ErrorOf([] {
                (void)Linear(784, 10)->OutputShape({1, 28, 28});
              }),
              HasSubstr("put flatten before it"));
  EXPECT_THAT(ErrorOf([] {
                (void)BatchNorm(3)->OutputShape({4, 2, 2});
              }),
              HasSubstr("batchnorm 3"));
  EXPECT_THAT(ErrorOf([] { (void)MaxPool(2, 2, 2); }), HasSubstr("more than half"));
}

TEST(Sequence, NamesLayersAndSaysWhichOneDoesNotFit) {
  std::vector<LayerPtr> layers;
  layers.push_back(Conv(1, {.out = 2, .kernel = 3}));
  layers.push_back(BatchNorm(2));
  layers.push_back(Linear(5, 3, /*bias=*/false));
  const LayerPtr sequence = Sequence(std::move(layers));
  EXPECT_THAT(NamesOf(*sequence), ElementsAre("0.weight", "0.bias", "1.weight", "1.bias",
                                              "1.running_mean", "1.running_var", "2.weight"));
  EXPECT_THAT(ErrorOf([&] {
                (void)sequence->OutputShape({1, 8, 8});
              }),
              HasSubstr("layer 2: linear 3 takes [5], but its input is [2,6,6]"));
}

// In evaluation mode (x - mean) / sqrt(var + 1e-5) with the stored moments; in training mode the
// batch's own, which move the stored ones by a tenth.
TEST(BatchNorm, UsesStoredMomentsInEvaluationAndTheBatchsInTraining) {
  const LayerPtr layer = BatchNorm(1);
  std::vector<Slot> slots;
  layer->Collect("", slots);
  *slots[2].tensor = at::tensor({2.0F});
  *slots[3].tensor = at::tensor({4.0F});
  const Tensor x = at::tensor({1.0F, 5.0F}).view({2, 1, 1, 1});
  EXPECT_TRUE(at::allclose(layer->Forward(x), (x - 2) / 2, 1e-4));
  layer->SetTraining(true);
  EXPECT_TRUE(at::allclose(layer->Forward(x), (x - 3) / 2, 1e-4));  // mean 3, variance 4
  EXPECT_NEAR(slots[2].tensor->item<float>(), 0.9 * 2 + 0.1 * 3, 1e-6);
}

TEST(Dropout, ActsInTrainingOnly) {
  const LayerPtr layer = Dropout(0.5);
  const Tensor x = at::ones({1, 1000});
  EXPECT_TRUE(at::equal(layer->Forward(x), x));
  layer->SetTraining(true);
  const auto dropped = (layer->Forward(x) == 0).sum().item<std::int64_t>();
  EXPECT_GT(dropped, 300);
  EXPECT_LT(dropped, 700);
}

}  // namespace
}  // namespace agon::nn
