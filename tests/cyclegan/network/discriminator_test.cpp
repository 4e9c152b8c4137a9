// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/network/discriminator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cyclegan/network/network_helpers.h"
#include "tests/cyclegan/network/plain_layers.h"

namespace agon::cyclegan {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Shape SizesOf(const Tensor& tensor) { return {tensor.sizes().begin(), tensor.sizes().end()}; }

void Season(Discriminator& discriminator) {
  at::manual_seed(3);
  NamedTensors state = discriminator.State();
  for (auto& [name, tensor] : state) tensor = at::randn(tensor.sizes()) * 0.2;
  discriminator.LoadState(state);
}

// The reference's "basic": 2,764,737 parameters, 256x256 to 30x30, each output sees 70x70.
TEST(Discriminator, HasTheReferencesTensors) {
  const Discriminator discriminator({.width = 64, .layers = 3}, 1);
  EXPECT_EQ(discriminator.ParameterCount(), 2'764'737);
  EXPECT_EQ(discriminator.PatchSize(), 70);
  std::vector<std::string> names;
  for (const auto& item : discriminator.State()) names.push_back(item.first);
  EXPECT_THAT(names, ElementsAre("model.0.weight", "model.0.bias", "model.2.weight", "model.2.bias",
                                 "model.5.weight", "model.5.bias", "model.8.weight", "model.8.bias",
                                 "model.11.weight", "model.11.bias"));
  EXPECT_THAT(SizesOf(discriminator.State()[6].second), ElementsAre(512, 256, 4, 4));
}

TEST(Discriminator, GivesAMapOfAnswers) {
  const Discriminator discriminator({.width = 4, .layers = 3}, 1);
  EXPECT_THAT(SizesOf(discriminator.Forward(RandomPictures(2, 256, 256))),
              ElementsAre(2, 1, 30, 30));
  EXPECT_THAT(SizesOf(discriminator.Forward(RandomPictures(1, 64, 64))), ElementsAre(1, 1, 6, 6));
  const Discriminator pixels({.width = 4, .layers = 0}, 1);
  EXPECT_EQ(pixels.PatchSize(), 1);
  EXPECT_EQ(pixels.slots()[0].name, "net.0.weight");
  EXPECT_EQ(pixels.slots()[4].name, "net.5.weight");
  EXPECT_THAT(SizesOf(pixels.Forward(RandomPictures(1, 8, 8))), ElementsAre(1, 1, 8, 8));
}

// Channels double up to eight times the first.
TEST(Discriminator, GrowsWithItsLayers) {
  EXPECT_EQ(Discriminator({.width = 8, .layers = 1}, 1).PatchSize(), 16);
  EXPECT_EQ(Discriminator({.width = 8, .layers = 2}, 1).PatchSize(), 34);
  EXPECT_EQ(Discriminator({.width = 8, .layers = 4}, 1).PatchSize(), 142);
  const Discriminator deep({.width = 8, .layers = 5}, 1);
  EXPECT_EQ(deep.PatchSize(), 286);
  EXPECT_THAT(SizesOf(deep.State()[10].second), ElementsAre(64, 64, 4, 4));
  EXPECT_THAT(SizesOf(deep.State()[12].second), ElementsAre(1, 64, 4, 4));
}

TEST(Discriminator, ForwardEqualsPlainLoops) {
  Discriminator discriminator({.width = 3, .layers = 3}, 1);
  Season(discriminator);
  const NamedTensors tensors = discriminator.State();
  const Tensor pictures = RandomPictures(2, 32, 36);
  const Tensor output = discriminator.Forward(pictures);
  for (std::int64_t i = 0; i < 2; ++i) {
    plain::Maps x = plain::FromTensor(pictures[i]);
    for (std::size_t layer = 0; layer < 5; ++layer) {
      x = plain::Conv(x, tensors[2 * layer].second, tensors[2 * layer + 1].second,
                      layer < 3 ? 2 : 1, 1);
      if (layer > 0 && layer < 4) x = plain::Norm(x);
      if (layer < 4) x = plain::Leaky(x);
    }
    EXPECT_LT(LargestDifference(output[i].unsqueeze(0), plain::ToTensor(x)), 2e-5);
  }
}

// What a patch does not hold cannot matter, but through the norms' means: with pixels alone changed
// far away and the statistics kept (a far pixel and its mirror exchanged) it does not.
TEST(Discriminator, ThePictureIsNotChanged) {
  Discriminator discriminator({.width = 3, .layers = 0}, 1);
  Season(discriminator);
  Tensor x = RandomPictures(1, 8, 8);
  const Tensor before = x.clone();
  const Tensor output = discriminator.Forward(x);
  EXPECT_TRUE(at::equal(x, before));  // relus in place stay off it
  // Single pixels: pictures turned give answers turned.
  EXPECT_LT(LargestDifference(discriminator.Forward(x.flip(3)), output.flip(3)), 1e-5);
}

TEST(Discriminator, RefusesWhatIsTooSmall) {
  const Discriminator discriminator({.width = 2, .layers = 3}, 1);
  EXPECT_THAT(MessageOf(
                  [&] {
                    (void)discriminator.Forward(at::zeros({1, 3, 16, 64}));
                  },
                  ErrorKind::kModel),
              HasSubstr("use larger pictures or fewer layers"));
  EXPECT_THAT(MessageOf(
                  [&] {
                    (void)discriminator.Forward(at::zeros({3, 64, 64}));
                  },
                  ErrorKind::kModel),
              HasSubstr("[3,64,64]"));
  EXPECT_EQ(discriminator.Forward(at::zeros({1, 3, 32, 32})).numel(), 4);
}

}  // namespace
}  // namespace agon::cyclegan
