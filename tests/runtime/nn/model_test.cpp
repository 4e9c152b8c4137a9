// SPDX-License-Identifier: Apache-2.0
#include "runtime/nn/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/script.h>

#include <cmath>

#include "runtime/nn/target.h"
#include "tests/runtime/nn/nn_helpers.h"

namespace agon::nn {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// Counts computed by hand from the papers' tables.
TEST(Zoo, HasTheParametersOfThePublishedNetworks) {
  EXPECT_EQ(BuildModel("net_a")->ParameterCount(), 272 + 8224 + 156'900 + 1010);
  EXPECT_EQ(BuildModel("smallcnn")->ParameterCount(),
            320 + 9248 + 18'496 + 36'928 + 205'000 + 40'200 + 2010);
  EXPECT_EQ(BuildModel("{name: mlp, hidden: [20, 5]}")->ParameterCount(),
            784 * 20 + 20 + 20 * 5 + 5 + 5 * 10 + 10);
  EXPECT_EQ(BuildModel("preact_resnet18", {3, 32, 32})->ParameterCount(), 11'172'170);
}

TEST(Zoo, GivesOneScoreForEachClass) {
  for (const char* name : {"net_a", "smallcnn", "mlp"}) {
    const auto network = BuildModel(name, {2, 20, 24}, 7);
    EXPECT_EQ(network->Forward(at::rand({3, 2, 20, 24})).sizes(), (at::IntArrayRef{3, 7})) << name;
  }
  const auto resnet = BuildModel("preact_resnet18", {3, 16, 16}, 4);
  EXPECT_EQ(resnet->Forward(at::rand({2, 3, 16, 16})).sizes(), (at::IntArrayRef{2, 4}));
  EXPECT_EQ(resnet->slots()[0].name, "conv1.weight");
  EXPECT_EQ(resnet->slots()[1].name, "layer1.0.bn1.weight");
  EXPECT_EQ(resnet->slots().back().name, "linear.bias");
}

TEST(Build, InitialisesFromTheSeedWithinPyTorchsBounds) {
  const auto one = BuildModel("net_a");
  const auto same = BuildModel("net_a");
  const auto other = BuildModel("net_a", {1, 28, 28}, 10, 1);
  for (std::size_t i = 0; i < one->slots().size(); ++i) {
    const Slot& slot = one->slots()[i];
    EXPECT_TRUE(at::equal(*slot.tensor, *same->slots()[i].tensor)) << slot.name;
    EXPECT_FALSE(at::equal(*slot.tensor, *other->slots()[i].tensor)) << slot.name;
    const double bound = 1 / std::sqrt(static_cast<double>(slot.fan_in));
    const double largest = slot.tensor->abs().max().item<double>();
    EXPECT_LE(largest, bound * (1 + 1e-6)) << slot.name;
    EXPECT_GT(largest, bound / 2) << slot.name;
    EXPECT_FALSE(slot.tensor->requires_grad());
  }
}

TEST(Build, NormalisesInsideTheNetwork) {
  const auto plain = BuildModel("mlp", {3, 4, 4});
  const auto normalising =
      BuildModel("{name: mlp, mean: [0.1, 0.2, 0.3], std: [0.5, 2, 1]}", {3, 4, 4});
  const Tensor x = at::rand({5, 3, 4, 4});
  const Tensor mean = at::tensor({0.1F, 0.2F, 0.3F}).view({1, 3, 1, 1});
  const Tensor deviation = at::tensor({0.5F, 2.0F, 1.0F}).view({1, 3, 1, 1});
  EXPECT_TRUE(at::allclose(normalising->Forward(x), plain->Forward((x - mean) / deviation)));
  const auto one_mean = BuildModel("{name: mlp, mean: 0.5}", {3, 4, 4});
  EXPECT_TRUE(at::allclose(one_mean->Forward(x), plain->Forward(x - 0.5)));
}

TEST(Build, RefusesNormalisationThatDoesNotFit) {
  EXPECT_THAT(ErrorOf([] {
                (void)BuildModel("{name: mlp, mean: [1, 2]}", {3, 4, 4});
              }),
              HasSubstr("mean has 2 values"));
  EXPECT_THAT(ErrorOf([] { (void)BuildModel("{name: mlp, std: 0}"); }),
              HasSubstr("std must be positive"));
}

TEST(Build, TakesTheModelsOwnInputAndClassesBeforeTheDatasets) {
  const auto network = BuildModel("{name: net_a, input: [3, 8, 8], classes: 4}");
  EXPECT_EQ(network->info().input, (Shape{3, 8, 8}));
  EXPECT_EQ(network->info().classes, 4);
  EXPECT_THAT(ErrorOf([] { (void)BuildModel("net_a", {}, 10); }), HasSubstr("input: [C,H,W]"));
  EXPECT_THAT(ErrorOf([] { (void)BuildModel("net_a", {1, 8, 8}, 0); }), HasSubstr("classes: N"));
  EXPECT_THAT(ErrorOf([&] {
                (void)network->Forward(at::rand({1, 1, 28, 28}));
              }),
              HasSubstr("takes images [3,8,8], got a batch [1,1,28,28]"));
}

// exp of what comes out is what the layers gave: zero is kept at 1e-12 instead of minus infinity.
TEST(Network, TurnsProbabilitiesIntoTheirLogarithms) {
  std::vector<LayerPtr> layers;
  layers.push_back(Flatten());
  Network network({.name = "p",
                   .input = {1, 1, 3},
                   .classes = 3,
                   .mean = {},
                   .std = {},
                   .output = OutputKind::kProbabilities},
                  Sequence(std::move(layers)));
  const Tensor given = at::tensor({0.25F, 0.75F, 0.0F}).view({1, 1, 1, 3});
  const Tensor expected = at::tensor({0.25F, 0.75F, 1e-12F}).log().view({1, 3});
  EXPECT_TRUE(at::allclose(network.Forward(given), expected));
}

// The same network written as layers has the same names, and so takes the same weights.
TEST(Sequential, BuildsNetA) {
  const auto named = BuildModel("net_a");
  const auto written = BuildModel(
      "{name: sequential, layers: [{conv: {out: 16, kernel: 4, stride: 2, padding: 1}}, relu,"
      " {conv: {out: 32, kernel: 4, stride: 2, padding: 1}}, relu, flatten, {linear: 100}, relu,"
      " {linear: 10}]}");
  written->LoadState(named->State());
  const Tensor x = at::rand({2, 1, 28, 28});
  EXPECT_TRUE(at::equal(written->Forward(x), named->Forward(x)));
}

TEST(Sequential, KnowsEveryLayer) {
  const auto network = BuildModel(
      "{name: sequential, layers: [{conv: 8}, batchnorm, tanh, {maxpool: 2},"
      " {avgpool: {kernel: 3, stride: 2, padding: 1}}, {dropout: 0.25}, {conv: {out: 4, bias: "
      "false}},"
      " global_avgpool, {linear: {out: 10, bias: false}}]}");
  EXPECT_EQ(network->Forward(at::rand({2, 1, 28, 28})).sizes(), (at::IntArrayRef{2, 10}));
  EXPECT_EQ(network->slots().back().name, "8.weight");
}

TEST(Sequential, ResolvedConfigurationBuildsTheSameNetwork) {
  const auto model = MakeModel("{name: sequential, layers: [{maxpool: 2}, flatten, {linear: 10}]}");
  const auto again = MakeModel(config::ToYaml(model.ToConfig()));
  EXPECT_EQ(config::ToYaml(again.ToConfig()), config::ToYaml(model.ToConfig()));
  EXPECT_EQ(again->Build({.input = {1, 8, 8}, .classes = 10}, 0, "a")->Summary(),
            model->Build({.input = {1, 8, 8}, .classes = 10}, 0, "a")->Summary());
}

TEST(Sequential, SaysWhereALayerIsWrong) {
  const auto error = [](const std::string& layers) {
    return ErrorOf([&] { (void)BuildModel("{name: sequential, layers: [" + layers + "]}"); });
  };
  EXPECT_THAT(error("relu, flatten, {linaer: 10}"),
              AllOf(HasSubstr("test.yaml:1:"), HasSubstr("layers[2]"),
                    HasSubstr("unknown layer \"linaer\""), HasSubstr("did you mean \"linear\"")));
  EXPECT_THAT(error("{conv: {out: 3, kernal: 3}}"),
              AllOf(HasSubstr("layers[0].conv"), HasSubstr("kernel")));
  EXPECT_THAT(error("conv"), HasSubstr("out"));
  EXPECT_THAT(error("[relu]"), HasSubstr("expected a layer"));
  EXPECT_THAT(error("{linear: 10}"),
              AllOf(HasSubstr("layers[0]"), HasSubstr("put flatten before it")));
  EXPECT_THAT(error("flatten, {linear: 9}"), HasSubstr("expected [10] classes"));
}

class TorchScriptFile : public ::testing::Test {
 protected:
  void SetUp() override {
    torch::jit::Module module("m");
    module.register_parameter("weight", at::full({10, 4}, 0.5F), /*is_buffer=*/false);
    module.define("def forward(self, x):\n  return torch.matmul(x.flatten(1), self.weight.t())\n");
    module.save(file_.string());
  }
  void TearDown() override {
    TrustModels(false);
    std::filesystem::remove(file_);
  }
  std::unique_ptr<Network> Build(const Shape& input) const {
    return BuildModel("{name: torchscript, file: " + file_.string() + "}", input);
  }
  const Path file_ = std::filesystem::temp_directory_path() /
                     fmt::format("agon-script-{}.pt", static_cast<int>(getpid()));
};

TEST_F(TorchScriptFile, RunsOnlyWhenTrusted) {
  EXPECT_THAT(ErrorOf([&] { (void)Build({1, 2, 2}); }), HasSubstr("--trust-model"));
}

TEST_F(TorchScriptFile, IsANetworkLikeAnyOther) {
  TrustModels(true);
  const auto network = Build({1, 2, 2});
  const Tensor x = at::rand({3, 1, 2, 2});
  EXPECT_TRUE(
      at::allclose(network->Forward(x), (0.5 * x.sum({1, 2, 3})).view({3, 1}).expand({3, 10})));
  EXPECT_EQ(network->ParameterCount(), 40);
  network->LoadState({{"weight", at::ones({10, 4})}});  // reaches the program
  EXPECT_NEAR(network->Forward(x)[0][0].item<float>(), x[0].sum().item<float>(), 1e-5);
}

// Its gradient comes back strided, its scores in another type; attacks want neither.
TEST_F(TorchScriptFile, AnyLayoutAndTypeServesAnAttack) {
  torch::jit::Module module("m");
  module.register_parameter("weight", at::rand({10, 12}), /*is_buffer=*/false);
  module.define(
      "def forward(self, x):\n"
      "  return torch.matmul(x.permute(0, 2, 3, 1).flatten(1), self.weight.t()).double()\n");
  module.save(file_.string());
  TrustModels(true);
  const auto network = Build({3, 2, 2});
  NetworkTarget target(*network);
  const Tensor x = at::rand({4, 3, 2, 2});
  const LossGradient result = target.Gradient(x, {.labels = at::zeros({4}, at::kLong)});
  EXPECT_TRUE(result.gradient.is_contiguous());
  EXPECT_EQ(result.gradient.scalar_type(), at::kFloat);
  EXPECT_EQ(result.loss.scalar_type(), at::kFloat);
  EXPECT_EQ(result.gradient.sizes(), x.sizes());
}

TEST_F(TorchScriptFile, SaysWhenTheInputDoesNotFit) {
  TrustModels(true);
  EXPECT_THAT(ErrorOf([&] { (void)Build({1, 3, 3}); }), HasSubstr("fails on such an input"));
  EXPECT_THAT(ErrorOf([] { (void)BuildModel("{name: torchscript, file: /nowhere.pt}"); }),
              HasSubstr("/nowhere.pt: no such file"));
}

}  // namespace
}  // namespace agon::nn
