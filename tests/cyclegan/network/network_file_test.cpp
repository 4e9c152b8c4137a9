// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/network/network_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "cyclegan/network/discriminator.h"
#include "runtime/formats/safetensors.h"
#include "runtime/formats/torch_file.h"
#include "runtime/formats/torch_file_write.h"
#include "runtime/tensor/convert.h"
#include "tests/cyclegan/network/network_helpers.h"

namespace agon::cyclegan {
namespace {

using ::testing::HasSubstr;

GeneratorSettings Small(const std::string& resampling = "transposed") {
  return {.width = 2, .blocks = 3, .resampling = resampling};
}

// A generator that differs from others of its settings.
std::unique_ptr<Generator> Seasoned(const GeneratorSettings& settings, std::uint64_t seed) {
  auto generator = std::make_unique<Generator>(settings, seed);
  Season(*generator, seed);
  return generator;
}

bool SameWeights(const Generator& a, const Generator& b) {
  const NamedTensors left = a.State();
  const NamedTensors right = b.State();
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (left[i].first != right[i].first || !at::equal(left[i].second, right[i].second)) {
      return false;
    }
  }
  return true;
}

class NetworkFile : public ::testing::Test {
 protected:
  // What LoadGenerator says of a .pth with these tensors.
  std::string RefusalOf(const NamedTensors& state) {
    const Path file = folder_ / "bad.pth";
    formats::WriteTorchFile(file, ToArrays(state));
    std::string message = MessageOf([&] { (void)LoadGenerator(file, "a2b"); }, ErrorKind::kModel);
    EXPECT_THAT(message, HasSubstr("bad.pth: "));
    EXPECT_EQ(message.find('\n'), std::string::npos);
    return message;
  }
  TemporaryFolder folder_;
};

// Files of generators with a mask say so, and the reference's format has no place for it.
TEST_F(NetworkFile, HoldsMasks) {
  GeneratorSettings settings = Small();
  settings.output = "blend";
  const auto a2b = Seasoned(settings, 1);
  const auto b2a = Seasoned(settings, 2);
  const Path file = folder_ / "weights.safetensors";
  SaveGenerators(file, settings, a2b->State(), b2a->State(), {});
  const LoadedGenerator loaded = LoadGenerator(file, "b2a");
  EXPECT_EQ(loaded.generator->settings(), settings);
  EXPECT_TRUE(SameWeights(*loaded.generator, *b2a));
  EXPECT_THAT(MessageOf([&] { (void)ReferenceState(*a2b); }, ErrorKind::kUsage),
              HasSubstr("generator.output=picture"));
}

TEST_F(NetworkFile, HoldsBothDirections) {
  for (const char* kind : {"transposed", "antialias"}) {
    const auto a2b = Seasoned(Small(kind), 1);
    const auto b2a = Seasoned(Small(kind), 2);
    const Path file = folder_ / "weights.safetensors";
    SaveGenerators(file, Small(kind), a2b->State(), b2a->State(), {{"iterations", "12"}});
    const LoadedGenerator first = LoadGenerator(file, "a2b");
    const LoadedGenerator second = LoadGenerator(file, "b2a");
    EXPECT_EQ(first.generator->settings(), Small(kind));
    EXPECT_EQ(first.direction, "a2b");
    EXPECT_EQ(second.direction, "b2a");
    EXPECT_EQ(first.metadata.at("iterations"), "12");
    EXPECT_EQ(first.metadata.at("format"), "agon-cyclegan");
    EXPECT_TRUE(SameWeights(*first.generator, *a2b));
    EXPECT_TRUE(SameWeights(*second.generator, *b2a));
  }
  EXPECT_THAT(MessageOf([&] { (void)LoadGenerator(folder_ / "weights.safetensors", "both"); },
                        ErrorKind::kUsage),
              HasSubstr("a2b or b2a"));
}

// The reference's file goes out and comes in; it serves both directions.
TEST_F(NetworkFile, APthHoldsOneGenerator) {
  for (const char* kind : {"transposed", "antialias"}) {
    const auto generator = Seasoned(Small(kind), 1);
    const Path file = folder_ / "latest_net_G.pth";
    ExportPth(file, ReferenceState(*generator));
    for (const char* direction : {"a2b", "b2a"}) {
      const LoadedGenerator loaded = LoadGenerator(file, direction);
      EXPECT_EQ(loaded.generator->settings(), Small(kind));
      EXPECT_TRUE(SameWeights(*loaded.generator, *generator));
      EXPECT_TRUE(loaded.metadata.empty());
      EXPECT_EQ(loaded.direction, "");
    }
  }
}

TEST_F(NetworkFile, TheReferencesStateHasItsKeys) {
  EXPECT_EQ(ReferenceState(Generator({.width = 4, .blocks = 9}, 1)).size(), 48U);
  // CUT: four blurs more, each filter before the next convolution.
  const NamedTensors state =
      ReferenceState(Generator({.width = 4, .blocks = 9, .resampling = "antialias"}, 1));
  ASSERT_EQ(state.size(), 52U);
  EXPECT_EQ(state[4].first, "model.7.filt");
  EXPECT_EQ(state[5].first, "model.8.weight");
  std::map<std::string, Tensor> by_name(state.begin(), state.end());
  const Tensor down = by_name.at("model.11.filt");
  const Tensor up = by_name.at("model.25.filt");
  EXPECT_EQ(down.sizes(), (at::IntArrayRef{16, 1, 3, 3}));
  EXPECT_EQ(up.sizes(), (at::IntArrayRef{8, 1, 4, 4}));
  EXPECT_EQ(by_name.at("model.21.filt").size(0), 16);
  EXPECT_NEAR(down[3].sum().item<double>(), 1, 1e-6);
  EXPECT_NEAR(down[3][0][1][1].item<double>(), 0.25, 1e-6);
  EXPECT_NEAR(up[3].sum().item<double>(), 4, 1e-6);
  EXPECT_NEAR(up[3][0][1][1].item<double>(), 9.0 / 16, 1e-6);
}

// Before PyTorch 0.4 InstanceNorm saved buffers; they must be ignored, not used.
TEST_F(NetworkFile, LegacyBuffersAreLeftOut) {
  const auto generator = Seasoned(Small(), 1);
  NamedTensors state = generator->State();
  for (const char* norm : {"model.2", "model.5", "model.8", "model.10.conv_block.2",
                           "model.10.conv_block.6", "model.14", "model.17"}) {
    state.emplace_back(std::string(norm) + ".running_mean", at::full({2}, 100.0F));
    state.emplace_back(std::string(norm) + ".running_var", at::full({2}, 1e-3F));
    state.emplace_back(std::string(norm) + ".num_batches_tracked", at::full({}, 7, at::kLong));
  }
  for (auto& [name, tensor] : state) name.insert(0, "module.");  // DataParallel, too
  formats::WriteTorchFile(folder_ / "old.pth", ToArrays(state));
  EXPECT_TRUE(SameWeights(*LoadGenerator(folder_ / "old.pth", "a2b").generator, *generator));
}

// With dropout the second convolution of a block is its number 6.
TEST_F(NetworkFile, DropoutOnlyMovesAName) {
  const auto generator = Seasoned(Small(), 1);
  NamedTensors state = generator->State();
  for (auto& [name, tensor] : state) {
    if (const std::size_t at = name.find("block.5."); at != std::string::npos) name[at + 6] = '6';
  }
  formats::WriteTorchFile(folder_ / "dropout.pth", ToArrays(state));
  EXPECT_TRUE(SameWeights(*LoadGenerator(folder_ / "dropout.pth", "a2b").generator, *generator));
}

TEST_F(NetworkFile, HalfPrecisionIsWidened) {
  const auto generator = Seasoned(Small(), 1);
  NamedTensors state = generator->State();
  for (auto& [name, tensor] : state) tensor = tensor.to(at::kHalf);
  formats::WriteTorchFile(folder_ / "half.pth", ToArrays(state));
  const LoadedGenerator loaded = LoadGenerator(folder_ / "half.pth", "a2b");
  EXPECT_EQ(loaded.generator->State()[0].second.scalar_type(), at::kFloat);
  EXPECT_LT(LargestDifference(loaded.generator->State()[0].second, generator->State()[0].second),
            1e-3);
}

TEST_F(NetworkFile, SaysWhatAFileIsInstead) {
  EXPECT_THAT(RefusalOf(Discriminator({.width = 4, .layers = 3}, 1).State()),
              HasSubstr("seems to be a PatchGAN discriminator"));
  EXPECT_THAT(RefusalOf(Discriminator({.width = 4, .layers = 0}, 1).State()),
              HasSubstr("discriminator of single pixels"));
  EXPECT_THAT(RefusalOf({{"model.model.0.weight", at::ones({4, 3, 4, 4})},
                         {"model.model.1.model.1.weight", at::ones({8, 4, 4, 4})}}),
              HasSubstr("U-Net"));
  EXPECT_THAT(RefusalOf({{"conv1.weight", at::ones({4, 1, 3, 3})}}),
              HasSubstr("its first is conv1.weight [4,1,3,3]"));
  NamedTensors batch_norm = Seasoned(Small(), 1)->State();
  batch_norm.emplace_back("model.2.weight", at::ones({2}));
  EXPECT_THAT(RefusalOf(batch_norm), HasSubstr("--norm instance"));
  EXPECT_THAT(RefusalOf({{"model.1.weight", at::ones({4, 1, 7, 7})}}), HasSubstr("1 channels"));
}

TEST_F(NetworkFile, SaysWhichArchitectureFitsAndWhatDoesNot) {
  const NamedTensors state = Seasoned(Small(), 1)->State();
  NamedTensors less = state;
  less.erase(less.begin() + 9);
  EXPECT_THAT(RefusalOf(less), HasSubstr("seems to be a ResNet generator of 3 blocks of 2, but has "
                                         "no tensor model.10.conv_block.5.bias [8]"));
  NamedTensors wrong = state;
  wrong.back().second = at::ones({4});
  EXPECT_THAT(RefusalOf(wrong), HasSubstr("its tensor model.20.bias is [4], not [3]"));
  NamedTensors spare = state;
  spare.emplace_back("model.40.weight", at::ones({1}));
  EXPECT_THAT(RefusalOf(spare), HasSubstr("tensor model.40.weight [1] has no place"));
  NamedTensors infinite = state;
  infinite[2].second = at::full_like(state[2].second, std::numeric_limits<float>::quiet_NaN());
  EXPECT_THAT(RefusalOf(infinite), HasSubstr("model.4.weight holds a NaN"));
  NamedTensors integers = state;
  integers[2].second = at::ones_like(state[2].second).to(at::kLong);
  EXPECT_THAT(RefusalOf(integers), HasSubstr("expected floating-point numbers"));
}

TEST_F(NetworkFile, AFolderIsAskedForItsFile) {
  const Path folder = folder_ / "run";
  std::filesystem::create_directory(folder);
  const auto refusal = [&] {
    return MessageOf([&] { (void)LoadGenerator(folder, "a2b"); }, ErrorKind::kModel);
  };
  EXPECT_THAT(refusal(), HasSubstr("run: is a folder; name the file of the weights, .safetensors"));
  const auto generator = Seasoned(Small(), 1);
  SaveGenerators(folder / "weights.safetensors", Small(), generator->State(), {}, {});
  EXPECT_THAT(refusal(), HasSubstr("name the file of the weights: "));
  EXPECT_THAT(refusal(), HasSubstr("run/weights.safetensors"));
}

// A small file that promises a large network costs no memory.
TEST_F(NetworkFile, PromisesAreChecked) {
  EXPECT_THAT(RefusalOf({{"model.1.weight", at::ones({500, 3, 1, 1})}}),
              HasSubstr("holds only 1,500 numbers"));
  EXPECT_THAT(RefusalOf({{"model.1.weight", at::ones({5000, 3, 1, 1})}}),
              HasSubstr("beyond what is built"));
}

TEST_F(NetworkFile, OtherWeightsOfOursAreTold) {
  formats::WriteSafetensors(folder_ / "w.safetensors", ToArrays({{"a", at::ones({1})}}),
                            {{"format", "agon-selfplay"}});
  EXPECT_THAT(
      MessageOf([&] { (void)LoadGenerator(folder_ / "w.safetensors", "a2b"); }, ErrorKind::kModel),
      HasSubstr("its format is \"agon-selfplay\""));
  const auto generator = Seasoned(Small(), 1);
  SaveGenerators(folder_ / "lies.safetensors", {.width = 4, .blocks = 9}, generator->State(), {},
                 {});
  EXPECT_THAT(MessageOf([&] { (void)LoadGenerator(folder_ / "lies.safetensors", "a2b"); },
                        ErrorKind::kModel),
              HasSubstr("says it holds a ResNet generator of 9 blocks of 4, but its tensors are "
                        "those of a ResNet generator of 3 blocks of 2"));
  EXPECT_THAT(MessageOf([&] { (void)LoadGenerator(folder_ / "lies.safetensors", "b2a"); },
                        ErrorKind::kModel),
              HasSubstr("holds the generator a2b alone"));
}

}  // namespace
}  // namespace agon::cyclegan
