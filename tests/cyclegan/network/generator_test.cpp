// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/network/generator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <limits>
#include <set>
#include <thread>

#include "runtime/config/fields.h"
#include "runtime/train/precision.h"
#include "tests/cyclegan/network/network_helpers.h"
#include "tests/cyclegan/network/plain_layers.h"

namespace agon::cyclegan {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kKinds[] = {"transposed", "antialias"};

GeneratorSettings Small(const std::string& resampling) {
  return {.width = 3, .blocks = 2, .resampling = resampling};
}

Shape SizesOf(const Tensor& tensor) { return {tensor.sizes().begin(), tensor.sizes().end()}; }

// Spec of the reference's resnet_9blocks: 11,378,179 parameters in 48 tensors by these names.
TEST(Generator, HasTheReferencesTensors) {
  const Generator generator({.width = 64, .blocks = 9}, 1);
  EXPECT_EQ(generator.ParameterCount(), 11'378'179);
  const NamedTensors state = generator.State();
  ASSERT_EQ(state.size(), 48U);
  std::vector<std::string> names;
  for (const int place : {1, 4, 7}) names.push_back(fmt::format("model.{}", place));
  for (int place = 10; place <= 18; ++place) {
    names.push_back(fmt::format("model.{}.conv_block.1", place));
    names.push_back(fmt::format("model.{}.conv_block.5", place));
  }
  for (const int place : {19, 22, 26}) names.push_back(fmt::format("model.{}", place));
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(state[2 * i].first, names[i] + ".weight");
    EXPECT_EQ(state[2 * i + 1].first, names[i] + ".bias");
  }
  EXPECT_THAT(SizesOf(state[0].second), ElementsAre(64, 3, 7, 7));
  EXPECT_THAT(SizesOf(state[4].second), ElementsAre(256, 128, 3, 3));
  EXPECT_THAT(SizesOf(state[42].second), ElementsAre(256, 128, 3, 3));  // transposed: in, out
  EXPECT_THAT(SizesOf(state[46].second), ElementsAre(3, 64, 7, 7));
  EXPECT_THAT(generator.Summary(), HasSubstr("9 blocks of 64, transposed; 11,378,179 parameters"));
}

TEST(Generator, SixBlocksMoveTheLastPlaces) {
  const NamedTensors state = Generator({.width = 4, .blocks = 6}, 1).State();
  std::set<std::string> names;
  for (const auto& item : state) names.insert(item.first);
  EXPECT_EQ(names.size(), 36U);
  for (const char* name :
       {"model.15.conv_block.5.bias", "model.16.weight", "model.19.weight", "model.23.weight"}) {
    EXPECT_TRUE(names.contains(name)) << name;
  }
}

// CUT's resnet_9blocks: blurs stand at 7, 11, 21 and 25; parameters as the reference's, since a
// transposed convolution and a plain one are as large.
TEST(Generator, TheAntialiasKindHasThePlacesOfCut) {
  const Generator generator({.width = 64, .blocks = 9, .resampling = "antialias"}, 1);
  EXPECT_EQ(generator.ParameterCount(), 11'378'179);
  std::set<std::string> names;
  for (const auto& item : generator.State()) names.insert(item.first);
  for (const char* name :
       {"model.4.weight", "model.8.weight", "model.12.conv_block.1.weight",
        "model.20.conv_block.5.weight", "model.22.weight", "model.26.weight", "model.30.weight"}) {
    EXPECT_TRUE(names.contains(name)) << name;
  }
}

// 49.6 G at 256x256, of which the blocks have 18 * 64^2 * 589,824.
TEST(Generator, CountsItsMultiplications) {
  const Generator generator({.width = 64, .blocks = 9}, 1);
  const std::int64_t blocks = std::int64_t{18} * 64 * 64 * 589'824;
  const std::int64_t ends = std::int64_t{2} * 65'536 * 9'408;
  const std::int64_t down = std::int64_t{128} * 128 * 73'728 + std::int64_t{64} * 64 * 294'912;
  EXPECT_EQ(generator.MacCount(256, 256), blocks + ends + 2 * down);
  EXPECT_NEAR(static_cast<double>(generator.MacCount(256, 256)), 49.6e9, 0.05e9);
  EXPECT_EQ(generator.MacCount(512, 256), 2 * generator.MacCount(256, 256));
}

TEST(Generator, ForwardEqualsPlainLoops) {
  for (const char* kind : kKinds) {
    Generator generator(Small(kind), 1);
    Season(generator, 2);
    const NamedTensors tensors = generator.State();
    const plain::State state(tensors.begin(), tensors.end());
    const Tensor pictures = RandomPictures(2, 16, 20);
    const Tensor output = generator.Forward(pictures);
    ASSERT_EQ(output.sizes(), pictures.sizes());
    EXPECT_GT(output.std().item<double>(), 0.1) << "the picture hardly matters";
    for (std::int64_t i = 0; i < 2; ++i) {
      const Tensor expected =
          plain::ToTensor(plain::Generate(pictures[i], state, 2, kind == kKinds[1]));
      EXPECT_LT(LargestDifference(output[i].unsqueeze(0), expected), 2e-5) << kind;
    }
  }
}

// The mask alone decides what is copied: its bias at -30 gives sigmoid = 0 in float32 and the input
// bit for bit, at +30 the painted picture; with no weights and a bias of 0, their mean.
TEST(Generator, ABlendCopiesWhatItsMaskLeavesOut) {
  for (const char* kind : kKinds) {
    Generator plain(Small(kind), 1);
    Season(plain, 2);
    GeneratorSettings settings = Small(kind);
    settings.output = "blend";
    Generator blend(settings, 1);
    NamedTensors state = plain.State();
    state.emplace_back("mask.weight", at::zeros({1, 3, 3, 3}));
    state.emplace_back("mask.bias", at::zeros({1}));
    const Tensor x = RandomPictures(2, 16, 20);
    const Tensor painted = plain.Forward(x);
    const auto with_bias = [&](double bias) {
      state.back().second.fill_(bias);
      blend.LoadState(state);
      return blend.Forward(x);
    };
    EXPECT_LT(LargestDifference(with_bias(-30), x), 1e-6) << kind;
    EXPECT_LT(LargestDifference(with_bias(30), painted), 1e-6) << kind;
    EXPECT_LT(LargestDifference(with_bias(0), (x + painted) / 2), 1e-6) << kind;
    EXPECT_EQ(blend.ParameterCount(), plain.ParameterCount() + 28);
    EXPECT_THAT(blend.Summary(), HasSubstr("blended"));
  }
}

// The mask sees the features around its own pixel: a weight in the middle of its 3x3 alone gives
// the same mask wherever the features are moved, so a wrong frame would shift the blend.
TEST(Generator, TheMaskLiesOnItsPicture) {
  const Tensor features = at::zeros({1, 1, 22, 26});
  features[0][0][3 + 5][3 + 7] = 1;  // pixel (5, 7) in a frame of three
  const Tensor weight = at::zeros({1, 1, 3, 3});
  weight[0][0][1][1] = 60;
  const Tensor x = at::zeros({1, 3, 16, 20});
  const Tensor out = Blend(features, weight, at::full({1}, -30.0), at::ones_like(x), x);
  EXPECT_NEAR(out[0][1][5][7].item<double>(), 1, 1e-6);
  EXPECT_NEAR(out.sum().item<double>(), 3, 1e-4);
}

// A norm follows the first convolution, whose borders are reflections: a x + b changes nothing, for
// any a > 0 and any b a channel, up to epsilon.
TEST(Generator, BrightnessAndContrastDoNotMatter) {
  for (const char* kind : kKinds) {
    Generator generator(Small(kind), 1);
    Season(generator, 2);
    const Tensor x = RandomPictures(1, 24, 24);
    const Tensor b = at::tensor({0.3F, -2.0F, 7.0F}).view({1, 3, 1, 1});
    const Tensor output = generator.Forward(x);
    EXPECT_LT(LargestDifference(output, generator.Forward(x * 2.5 + b)), 2e-4) << kind;
    EXPECT_LT(LargestDifference(output, generator.Forward((x + 1) * 127.5)), 2e-4) << kind;
    // A factor for each channel is not of this kind.
    const Tensor a = at::tensor({0.5F, 1.0F, 2.0F}).view({1, 3, 1, 1});
    EXPECT_GT(LargestDifference(output, generator.Forward(x * a)), 1e-2) << kind;
  }
}

// Frames of a batch know nothing of one another.
TEST(Generator, ABatchIsItsPictures) {
  Generator generator(Small("transposed"), 1);
  Season(generator, 2);
  const Tensor x = RandomPictures(3, 16, 16);
  const Tensor output = generator.Forward(x);
  for (std::int64_t i = 0; i < 3; ++i) {
    EXPECT_LT(LargestDifference(output.slice(0, i, i + 1), generator.Forward(x.slice(0, i, i + 1))),
              1e-5);
  }
}

// The derivative along a random direction, by autograd and by differences.
TEST(Generator, GradientsAreThoseOfDifferences) {
  for (const char* kind : kKinds) {
    Generator generator(Small(kind), 1);
    Season(generator, 2);
    for (const nn::Slot& slot : generator.slots()) {
      slot.tensor->set_data(slot.tensor->to(at::kDouble));
    }
    generator.SetRequiresGrad(true);
    const Tensor x = RandomPictures(2, 16, 16).to(at::kDouble);
    const Tensor sought = RandomPictures(2, 16, 16, 9).to(at::kDouble);
    const auto loss = [&] { return (generator.Forward(x) * sought).sum(); };
    const std::vector<Tensor> parameters = generator.Parameters();
    const std::vector<Tensor> gradients = torch::autograd::grad({loss()}, parameters);
    const at::NoGradGuard no_grad;
    // Biases before a norm change nothing: their gradients are 0, and all else must not be.
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const bool idle = i % 2 == 1 && i + 1 < parameters.size();
      EXPECT_EQ(gradients[i].abs().max().item<double>() > 1e-8, !idle) << i;
    }
    constexpr double kStep = 1e-8;  // small: relus bend
    double expected = 0;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const Tensor direction =
          at::sin(at::arange(parameters[i].numel(), at::kDouble) + static_cast<double>(i));
      expected += (gradients[i].flatten() * direction).sum().item<double>();
      parameters[i].view(-1).add_(direction, kStep);
    }
    const double above = loss().item<double>();
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const Tensor direction =
          at::sin(at::arange(parameters[i].numel(), at::kDouble) + static_cast<double>(i));
      parameters[i].view(-1).sub_(direction, 2 * kStep);
    }
    const double below = loss().item<double>();
    EXPECT_NEAR((above - below) / (2 * kStep), expected, 1e-4 * std::abs(expected)) << kind;
  }
}

TEST(Generator, TrainsInBf16) {
  Generator generator({.width = 8, .blocks = 1}, 1);
  generator.SetRequiresGrad(true);
  const Tensor x = RandomPictures(1, 16, 16);
  const Tensor exact = generator.Forward(x).detach();
  Tensor output;
  {
    const train::AutocastGuard autocast(true, at::kCPU);
    output = generator.Forward(x);
  }
  EXPECT_LT(LargestDifference(output, exact), 0.05);
  output.to(at::kFloat).square().sum().backward();
  for (const Tensor& parameter : generator.Parameters()) {
    EXPECT_TRUE(parameter.grad().defined());
    EXPECT_EQ(parameter.grad().scalar_type(), at::kFloat);
    EXPECT_TRUE(at::isfinite(parameter.grad()).all().item<bool>());
  }
}

TEST(Generator, WeightsAreDrawnAsTheReferenceDraws) {
  const Generator one({.width = 32, .blocks = 2}, 1);
  const Generator same({.width = 32, .blocks = 2}, 1);
  const Generator other({.width = 32, .blocks = 2}, 2);
  // What a parameter draws depends on its name alone.
  const Generator longer({.width = 32, .blocks = 3}, 1);
  const auto weight = [](const Generator& generator, const std::string& name) {
    for (const auto& [key, tensor] : generator.State()) {
      if (key == name) return tensor;
    }
    return Tensor();
  };
  const std::string name = "model.11.conv_block.1.weight";
  EXPECT_TRUE(at::equal(weight(one, name), weight(same, name)));
  EXPECT_TRUE(at::equal(weight(one, name), weight(longer, name)));
  EXPECT_FALSE(at::equal(weight(one, name), weight(other, name)));
  EXPECT_NEAR(weight(one, name).std().item<double>(), 0.02, 0.0005);
  EXPECT_NEAR(weight(one, name).mean().item<double>(), 0, 0.0005);
  for (const auto& [key, tensor] : one.State()) {
    EXPECT_EQ(tensor.abs().max().item<double>() == 0, key.ends_with("bias")) << key;
  }
}

TEST(Generator, RefusesWhatDoesNotFit) {
  const Generator generator(Small("transposed"), 1);
  for (const Shape& shape : {Shape{1, 3, 18, 16}, Shape{1, 3, 16, 30}, Shape{1, 3, 12, 16},
                             Shape{1, 4, 16, 16}, Shape{3, 16, 16}}) {
    EXPECT_THAT(MessageOf([&] { (void)generator.Forward(at::zeros(shape)); }, ErrorKind::kModel),
                HasSubstr("multiples of 4"));
  }
}

TEST(Generator, LoadsAStateWholeOrNotAtAll) {
  Generator generator(Small("transposed"), 1);
  const auto copy = [](const NamedTensors& state) {
    NamedTensors copied;
    for (const auto& [name, tensor] : state) copied.emplace_back(name, tensor.clone());
    return copied;
  };
  const NamedTensors before = copy(generator.State());
  NamedTensors state = copy(Generator(Small("transposed"), 2).State());
  std::reverse(state.begin(), state.end());  // any order will do
  NamedTensors spare = state;
  spare.emplace_back("model.99.weight", at::zeros({1}));
  EXPECT_THAT(MessageOf([&] { generator.LoadState(spare); }, ErrorKind::kModel),
              HasSubstr("model.99.weight [1] has no place"));
  NamedTensors missing(state.begin(), state.end() - 1);
  EXPECT_THAT(MessageOf([&] { generator.LoadState(missing); }, ErrorKind::kModel),
              HasSubstr("no tensor model.1.weight [3,3,7,7]"));
  NamedTensors wrong = state;
  wrong[0].second = at::zeros({4});  // the last bias
  EXPECT_THAT(MessageOf([&] { generator.LoadState(wrong); }, ErrorKind::kModel),
              HasSubstr("is [3], not [4]"));
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_TRUE(at::equal(generator.State()[i].second, before[i].second));
  }
  generator.LoadState(state);
  for (const auto& [name, tensor] : state) {
    for (const auto& [key, now] : generator.State()) {
      if (key == name) {
        EXPECT_TRUE(at::equal(now, tensor)) << name;
      }
    }
  }
}

TEST(Statistics, WithoutDecayNothingIsSmoothedOrRemembered) {
  Generator generator(Small("transposed"), 1);
  Season(generator, 2);
  const Tensor x = RandomPictures(2, 16, 16);
  StatisticsMemory memory;
  EXPECT_TRUE(at::equal(generator.Forward(x, &memory), generator.Forward(x)));
  EXPECT_TRUE(memory.mean.empty());
}

// The first frame is its own past, and a frame repeated keeps the statistics as they are.
TEST(Statistics, AStillVideoIsTranslatedAsItsFrame) {
  for (const char* kind : kKinds) {
    Generator generator(Small(kind), 1);
    Season(generator, 2);
    const Tensor x = RandomPictures(1, 16, 16);
    StatisticsMemory memory{.decay = 0.9};
    const Tensor output = generator.Forward(x.repeat({3, 1, 1, 1}), &memory);
    EXPECT_LT(LargestDifference(output, generator.Forward(x).repeat({3, 1, 1, 1})), 2e-5) << kind;
    EXPECT_EQ(memory.mean.size(), 9U);  // 1 + 2 + 2 * 2 + 2
    EXPECT_EQ(memory.variance.size(), 9U);
  }
}

// s_t = d s_{t-1} + (1 - d) x_t: frames in one batch, in several, or one by one make no difference.
TEST(Statistics, ABatchIsItsFramesInOrder) {
  Generator generator(Small("transposed"), 1);
  Season(generator, 2);
  const Tensor x =
      RandomPictures(4, 16, 16) * at::tensor({1.0F, 0.2F, 2.0F, 0.7F}).view({4, 1, 1, 1}) +
      at::tensor({0.0F, 0.5F, -0.5F, 1.0F}).view({4, 1, 1, 1});
  StatisticsMemory whole{.decay = 0.8};
  StatisticsMemory parts{.decay = 0.8};
  const Tensor together = generator.Forward(x, &whole);
  for (std::int64_t i = 0; i < 4; ++i) {
    const Tensor alone = generator.Forward(x.slice(0, i, i + 1), &parts);
    EXPECT_LT(LargestDifference(alone, together.slice(0, i, i + 1)), 2e-5);
    if (i > 0) {
      EXPECT_GT(LargestDifference(alone, generator.Forward(x.slice(0, i, i + 1))), 1e-3);
    }
  }
  for (std::size_t i = 0; i < whole.mean.size(); ++i) {
    EXPECT_LT(LargestDifference(whole.mean[i], parts.mean[i]), 1e-5);
    EXPECT_LT(LargestDifference(whole.variance[i], parts.variance[i]), 1e-5);
  }
  whole.Reset();
  EXPECT_TRUE(at::equal(generator.Forward(x, &whole), together));
}

TEST(Statistics, AreSmoothedByTheFormula) {
  StatisticsMemory memory{.decay = 0.75};
  Tensor mean = at::tensor({4.0F, 8.0F, 0.0F}).view({3, 1});
  Tensor variance = at::tensor({1.0F, 2.0F, 3.0F}).view({3, 1});
  Smooth(memory, 0, mean, variance);
  // 4; 3 + 2; 3.75 + 0
  EXPECT_LT(LargestDifference(mean, at::tensor({4.0F, 5.0F, 3.75F}).view({3, 1})), 1e-6);
  Tensor next = at::tensor({3.75F + 4.0F}).view({1, 1});
  Tensor rest = at::ones({1, 1});
  Smooth(memory, 0, next, rest);
  EXPECT_NEAR(next.item<double>(), 4.75, 1e-6);
  EXPECT_NEAR(memory.mean[0].item<double>(), 4.75, 1e-6);
}

// Each frame in a thread of its own, the last one started first.
TEST(Statistics, OfFramesAtTheSameTimeAreThoseOfOneAfterTheOther) {
  const Generator generator({.width = 4, .blocks = 1}, 3);
  const Tensor frames = at::rand({3, 3, 16, 16});
  StatisticsMemory memory{.decay = 0.7};
  std::vector<Tensor> expected;
  for (std::int64_t i = 0; i < 3; ++i) {
    expected.push_back(generator.Forward(frames.slice(0, i, i + 1), &memory));
  }
  StatisticsMemory shared{.decay = 0.7};
  StatisticsLine line(shared);
  std::vector<StatisticsMemory> places;
  places.reserve(3);
  for (int i = 0; i < 3; ++i) places.push_back(line.Place());
  std::vector<Tensor> made(3);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 3; i-- > 0;) {
      threads.emplace_back([&, i] {
        const auto at = static_cast<std::int64_t>(i);
        made[i] = generator.Forward(frames.slice(0, at, at + 1), &places[i]);
      });
    }
  }
  for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(at::equal(made[i], expected[i])) << i;
  ASSERT_EQ(shared.mean.size(), memory.mean.size());
  for (std::size_t i = 0; i < memory.mean.size(); ++i) {
    EXPECT_TRUE(at::equal(shared.mean[i], memory.mean[i]));
    EXPECT_TRUE(at::equal(shared.variance[i], memory.variance[i]));
  }
}

TEST(Statistics, AFrameBehindOneThatFailedFailsToo) {
  StatisticsMemory shared{.decay = 0.5};
  StatisticsLine line(shared);
  (void)line.Place();  // this one never comes
  StatisticsMemory second = line.Place();
  std::jthread other([&line] { line.Break(); });
  Tensor mean = at::ones({1, 1});
  Tensor variance = at::ones({1, 1});
  EXPECT_THROW(Smooth(second, 0, mean, variance), Error);
  other.join();
  line.Mend();
  StatisticsMemory first = line.Place();
  Smooth(first, 0, mean, variance);
  EXPECT_EQ(shared.mean.size(), 1U);
}

}  // namespace
}  // namespace agon::cyclegan
