// SPDX-License-Identifier: Apache-2.0
#include "runtime/nn/weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "runtime/base/temporary_folder.h"
#include "runtime/formats/idx.h"
#include "runtime/formats/npy.h"
#include "runtime/formats/safetensors.h"
#include "runtime/tensor/convert.h"
#include "tests/runtime/nn/nn_helpers.h"

namespace agon::nn {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kSmall =
    "{name: sequential, layers: [flatten, {linear: 3}, relu, {linear: 2}]}";

std::unique_ptr<Network> Small(std::uint64_t seed = 0) {
  return BuildModel(kSmall, {1, 2, 2}, 2, seed);
}

void ExpectSameState(const Network& a, const Network& b) {
  const auto left = a.State();
  const auto right = b.State();
  ASSERT_EQ(left.size(), right.size());
  for (std::size_t i = 0; i < left.size(); ++i) {
    EXPECT_TRUE(at::equal(left[i].second, right[i].second)) << left[i].first;
  }
}

// The state under other names.
NamedTensors Renamed(const Network& network,
                     const std::function<std::string(std::string)>& rename) {
  NamedTensors state = network.State();
  for (auto& [name, tensor] : state) name = rename(name);
  return state;
}

class WeightsFile : public ::testing::Test {
 protected:
  const TemporaryFolder folder_;
};

TEST_F(WeightsFile, SavedWeightsLoadAgain) {
  const auto saved = Small(1);
  const Path file = folder_ / "w.safetensors";
  SaveWeights(*saved, file, {{"note", "x"}});
  const auto loaded = Small(2);
  LoadWeights(*loaded, ReadWeights(file), file.string());
  ExpectSameState(*saved, *loaded);
  const auto metadata = formats::ReadSafetensors(file).metadata;
  EXPECT_EQ(metadata.at("format"), "agon");
  EXPECT_EQ(metadata.at("model"), "sequential");
  EXPECT_EQ(metadata.at("input"), "[1,2,2]");
  EXPECT_EQ(metadata.at("classes"), "2");
  EXPECT_EQ(metadata.at("note"), "x");
}

TEST_F(WeightsFile, FormatIsToldByContent) {
  const auto saved = Small(1);
  const Path file = folder_ / "weights";  // no suffix
  formats::WriteNpz(file, ToArrays(saved->State()));
  const auto loaded = Small(2);
  LoadWeights(*loaded, ReadWeights(file), file.string());
  ExpectSameState(*saved, *loaded);
  WriteFileAtomic(file, std::string_view("just a text file"));
  EXPECT_THAT(ErrorOf([&] { (void)ReadWeights(file); }), HasSubstr("neither safetensors"));
}

TEST_F(WeightsFile, AMissingOneOfATrainingSaysHowItComesToBeThere) {
  const Path file = folder_ / "weights.safetensors";
  const std::string error = ErrorOf([&] { (void)ReadWeights(file); });
  EXPECT_THAT(error, HasSubstr(file.string() + ": no such file"));
  EXPECT_THAT(error, HasSubstr("--run " + folder_.path().string()));
  // Nothing can be said of where others come from.
  EXPECT_THAT(ErrorOf([&] { (void)ReadWeights(folder_ / "mine.pt"); }),
              HasSubstr("cannot be read"));
}

TEST(LoadWeights, TakesPrefixesOfWrappersOff) {
  const auto source = Small(1);
  for (const char* prefix : {"module.", "state_dict.", "state_dict.module.", "model."}) {
    const auto loaded = Small(2);
    NamedTensors weights = Renamed(*source, [&](const std::string& name) { return prefix + name; });
    weights.emplace_back("optimizer.momentum", at::ones({7}));
    LoadWeights(*loaded, weights, "f");
    ExpectSameState(*source, *loaded);
  }
}

TEST(LoadWeights, MatchesByOrderAndShapeWhenNamesAreForeign) {
  const auto source = Small(1);
  const auto loaded = Small(2);
  int number = 0;
  NamedTensors weights =
      Renamed(*source, [&](const std::string&) { return fmt::format("t{}", number++); });
  weights.insert(weights.begin() + 1, {"bn.num_batches_tracked", at::ones({}, at::kLong)});
  LoadWeights(*loaded, weights, "f");
  ExpectSameState(*source, *loaded);
}

// Python's safetensors sorts by name: bias, running_mean, running_var, weight, all of one shape.
TEST(LoadWeights, NeverTakesABiasForAWeight) {
  const auto network = BuildModel(
      "{name: sequential, layers: [{conv: {out: 3, kernel: 1, bias: false}}, "
      "batchnorm, flatten, {linear: 2}]}",
      {1, 2, 2}, 2, 1);
  NamedTensors sorted = Renamed(*network, [](const std::string& name) { return "net.a" + name; });
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  EXPECT_THAT(ErrorOf([&] { LoadWeights(*network, sorted, "f"); }), HasSubstr("stands where"));
}

TEST(LoadWeights, ConvertsOtherFloatingTypes) {
  const auto source = Small(1);
  const auto loaded = Small(2);
  NamedTensors weights = source->State();
  for (auto& [name, tensor] : weights) tensor = tensor.to(at::kDouble);
  LoadWeights(*loaded, weights, "f");
  ExpectSameState(*source, *loaded);
}

TEST(LoadWeights, NamesTheFirstTensorThatDoesNotFit) {
  const auto network = Small();
  const NamedTensors state = network->State();
  const auto error = [&](const std::function<void(NamedTensors&)>& spoil) {
    NamedTensors weights = state;
    spoil(weights);
    return ErrorOf([&] { LoadWeights(*network, weights, "w.npz"); });
  };
  EXPECT_THAT(error([](NamedTensors& w) {
                w[2].second = at::ones({2, 4});
              }),
              AllOf(HasSubstr("w.npz"), HasSubstr("3.weight [2,4]"), HasSubstr("[2,3]")));
  EXPECT_THAT(error([](NamedTensors& w) { w.pop_back(); }), HasSubstr("no tensor 3.bias [2]"));
  EXPECT_THAT(error([](NamedTensors& w) { w.emplace_back("9.bias", at::ones({4})); }),
              HasSubstr("9.bias [4] has no place"));
  EXPECT_THAT(error([](NamedTensors& w) {
                for (auto& item : w) item.first = "x" + item.first;
                w[1].second = at::ones({5});
              }),
              AllOf(HasSubstr("x1.bias [5]"), HasSubstr("1.bias [3]")));
  EXPECT_THAT(error([](NamedTensors& w) { w[1].second = at::full({3}, NAN); }),
              HasSubstr("tensor 1.bias holds a NaN"));
  EXPECT_THAT(error([](NamedTensors& w) { w[1].second = at::full({3}, 1e300, at::kDouble); }),
              HasSubstr("infinity"));
  EXPECT_THAT(error([](NamedTensors& w) { w[1].second = at::ones({3}, at::kInt); }),
              HasSubstr("expected floating-point"));
  ExpectSameState(*network, *Small());  // untouched by all of these
}

TEST(RealWeights, AreTheSameTensorByTensorFromPyTorchAndNumPyFiles) {
  for (const auto& [model, stem, torch] :
       {std::tuple{"net_a", "kw_fashion_mnist_linf0.1", ".pth"},
        std::tuple{"smallcnn", "trades_mnist_smallcnn", ".pt"}}) {
    const std::string file = (TestData() / "models" / stem).string();
    if (!std::filesystem::exists(file + torch)) GTEST_SKIP() << "not there: " << file << torch;
    const auto from = [&, name = std::string(model)](const std::string& ending) {
      return BuildModel(fmt::format("{{name: {}, weights: {}{}}}", name, file, ending));
    };
    ExpectSameState(*from(".npz"), *from(torch));
  }
}

// Logits measured in PyTorch with the published network of Wong & Kolter on Fashion-MNIST.
TEST(RealWeights, GiveTheLogitsMeasuredInPyTorch) {
  const Path npz = TestData() / "models" / "kw_fashion_mnist_linf0.1.npz";
  const Path pth = TestData() / "models" / "kw_fashion_mnist_linf0.1.pth";
  const Path golden = TestData() / "golden_attacks" / "kw_fashion__apgd_trajectories.json";
  const Path images = "/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz";
  for (const Path& file : {npz, pth, golden, images}) {
    if (!std::filesystem::exists(file)) GTEST_SKIP() << "not there: " << file;
  }
  const auto network = BuildModel("{name: net_a, weights: " + npz.string() + "}");
  const auto same = BuildModel("{name: net_a, weights: " + pth.string() + "}");
  ExpectSameState(*network, *same);
  const Tensor pixels = ToTensor(formats::ReadIdx(images)).slice(0, 0, 8);
  const Tensor logits = network->Forward(pixels.to(at::kFloat).div(255).view({8, 1, 28, 28}));
  const auto expected = nlohmann::json::parse(std::ifstream(golden))["clean_logits"];
  for (int i = 0; i < 8; ++i) {
    for (int k = 0; k < 10; ++k) {
      EXPECT_NEAR(logits[i][k].item<double>(), expected[i][k].get<double>(), 1e-4);
    }
  }
}

}  // namespace
}  // namespace agon::nn
