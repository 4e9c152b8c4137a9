// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/network/inference.h"

#include <ATen/Parallel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cyclegan/network/network_helpers.h"

namespace agon::cyclegan {
namespace {

using ::testing::HasSubstr;

struct Kind {
  GeneratorSettings settings;
  std::int64_t height, width;
};

// Widths that fill vector registers and widths that do not; sizes with a last part that is smaller.
const std::vector<Kind>& Kinds() {
  static const std::vector<Kind> kinds{
      {{.width = 3, .blocks = 2, .resampling = "transposed"}, 16, 20},
      {{.width = 3, .blocks = 2, .resampling = "antialias"}, 20, 16},
      {{.width = 16, .blocks = 1, .resampling = "transposed"}, 52, 64},
      {{.width = 16, .blocks = 1, .resampling = "antialias"}, 52, 64},
      {{.width = 8, .blocks = 0, .resampling = "transposed"}, 16, 16},
      {{.width = 8, .blocks = 0, .resampling = "antialias"}, 16, 16},
      {{.width = 8, .blocks = 1, .output = "blend"}, 20, 16},
      {{.width = 8, .blocks = 1, .resampling = "antialias", .output = "blend"}, 16, 20},
  };
  return kinds;
}

std::unique_ptr<Generator> Seasoned(const GeneratorSettings& settings) {
  auto generator = std::make_unique<Generator>(settings, 1);
  Season(*generator, 2);
  return generator;
}

TEST(Inference, IsTheGenerator) {
  for (const Kind& kind : Kinds()) {
    const auto generator = Seasoned(kind.settings);
    const Tensor x = RandomPictures(2, kind.height, kind.width);
    const Tensor expected = generator->Forward(x);
    const auto fused = MakeFusedInference(*generator, "float32");
    ASSERT_NE(fused, nullptr);
    EXPECT_LT(LargestDifference(fused->Forward(x), expected), 5e-5) << generator->Summary();
    EXPECT_THAT(fused->Description(), HasSubstr("float32, fused"));
    const auto plain = MakePlainInference(*generator, "float32", at::kCPU);
    EXPECT_TRUE(at::equal(plain->Forward(x), expected));
  }
}

// bf16 has 8 bits: outputs of a whole network differ by some hundredths, on average far less.
TEST(Inference, Bf16IsClose) {
  for (const Kind& kind : Kinds()) {
    const auto generator = Seasoned(kind.settings);
    const Tensor x = RandomPictures(2, kind.height, kind.width);
    const Tensor expected = generator->Forward(x);
    for (const bool fused : {true, false}) {
      const auto inference = fused ? MakeFusedInference(*generator, "bf16")
                                   : MakePlainInference(*generator, "bf16", at::kCPU);
      if (inference == nullptr) GTEST_SKIP() << "no bfloat16 convolutions on this processor";
      const Tensor output = inference->Forward(x);
      EXPECT_EQ(output.scalar_type(), at::kFloat);
      EXPECT_LT((output - expected).abs().mean().item<double>(), 0.02) << generator->Summary();
    }
  }
}

TEST(Inference, SmoothsAsTheGenerator) {
  for (const Kind& kind : Kinds()) {
    const auto generator = Seasoned(kind.settings);
    const Tensor x = RandomPictures(3, kind.height, kind.width) *
                         at::tensor({1.0F, 0.3F, 0.6F}).view({3, 1, 1, 1}) +
                     at::tensor({0.0F, 0.5F, -0.3F}).view({3, 1, 1, 1});
    const auto fused = MakeFusedInference(*generator, "float32");
    StatisticsMemory one{.decay = 0.7};
    StatisticsMemory two{.decay = 0.7};
    const Tensor expected = generator->Forward(x, &one);
    EXPECT_LT(LargestDifference(fused->Forward(x.slice(0, 0, 1), &two), expected.slice(0, 0, 1)),
              1e-4);
    EXPECT_LT(LargestDifference(fused->Forward(x.slice(0, 1, 3), &two), expected.slice(0, 1, 3)),
              1e-4);
    EXPECT_EQ(two.mean.size(), one.mean.size());
    EXPECT_GT(LargestDifference(generator->Forward(x), expected), 1e-3) << "nothing was smoothed";
  }
}

// Strides of the input, the company in a batch and the number of threads do not matter.
TEST(Inference, DependsOnThePictureAlone) {
  const auto generator = Seasoned(Kinds()[2].settings);
  const auto fused = MakeFusedInference(*generator, "float32");
  const Tensor x = RandomPictures(3, 52, 64);
  const Tensor output = fused->Forward(x);
  EXPECT_TRUE(at::equal(fused->Forward(x.contiguous(at::MemoryFormat::ChannelsLast)), output));
  EXPECT_TRUE(at::equal(fused->Forward(x), output));
  EXPECT_LT(LargestDifference(fused->Forward(x.slice(0, 1, 2)), output.slice(0, 1, 2)), 1e-5);
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  EXPECT_LT(LargestDifference(fused->Forward(x), output), 1e-5);
  at::set_num_threads(threads);
}

// A mean a thousand times the deviation: in float32 the difference of two large sums would be
// nothing but rounding. The first norm sees x + 1000 as x (the invariance of the generator).
TEST(Inference, StatisticsSurviveALargeMean) {
  const auto generator = Seasoned({.width = 4, .blocks = 0});
  const auto fused = MakeFusedInference(*generator, "float32");
  const Tensor x = RandomPictures(1, 64, 64).mul(64).round().div(64);  // exact beside 1000
  EXPECT_LT(LargestDifference(fused->Forward(x + 1000), generator->Forward(x)), 5e-3);
}

TEST(Inference, WeightsAreCopied) {
  const auto generator = Seasoned(Kinds()[0].settings);
  const Tensor x = RandomPictures(1, 16, 20);
  for (const bool is_fused : {true, false}) {
    const auto inference = is_fused ? MakeFusedInference(*generator, "float32")
                                    : MakePlainInference(*generator, "float32", at::kCPU);
    const Tensor before = inference->Forward(x);
    {
      const at::NoGradGuard no_grad;
      for (const Tensor& parameter : generator->Parameters()) parameter.mul_(1.5);
    }
    EXPECT_TRUE(at::equal(inference->Forward(x), before));
  }
}

TEST(Inference, RefusesWhatTheGeneratorRefuses) {
  const auto generator = Seasoned(Kinds()[0].settings);
  const auto inference = MakeInference(*generator, "float32", at::kCPU);
  EXPECT_THAT(MessageOf(
                  [&] {
                    (void)inference->Forward(at::zeros({1, 3, 18, 16}));
                  },
                  ErrorKind::kModel),
              HasSubstr("multiples of 4"));
}

TEST(Precision, IsResolved) {
  EXPECT_EQ(ResolvePrecision("float32", at::kCUDA), "float32");
  EXPECT_EQ(ResolvePrecision("bf16", at::kCPU), "bf16");
  EXPECT_EQ(ResolvePrecision("auto", at::kCUDA), "bf16");
}

}  // namespace
}  // namespace agon::cyclegan
