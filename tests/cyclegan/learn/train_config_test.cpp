// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/learn/config.h"
#include "tests/cyclegan/learn/learn_helpers.h"

namespace agon::cyclegan {
namespace {

CycleganConfig ByEpochs(double epochs, double decay) {
  CycleganConfig config = SmallConfig("iterations: 0, epochs: 1, batch_size: 1");
  config.epochs = epochs;
  config.decay = decay;
  return config;
}

// The reference's default: 100 epochs, then 100 in which the rate falls. Its epoch 100 has the
// factor 1 - 1/101 already, its epoch 200 learns nothing.
TEST(LearningRate, FollowsTheReferenceByEpochs) {
  const CycleganConfig config = ByEpochs(200, 0.5);
  constexpr std::int64_t kPictures = 1334;
  const auto factor = [&](std::int64_t epoch) {
    return config.RateFactor((epoch - 1) * kPictures + 7, kPictures);
  };
  EXPECT_EQ(config.TotalIterations(kPictures), 200 * kPictures);
  EXPECT_EQ(factor(1), 1);
  EXPECT_EQ(factor(99), 1);
  EXPECT_DOUBLE_EQ(factor(100), 1 - 1.0 / 101);
  EXPECT_DOUBLE_EQ(factor(150), 1 - 51.0 / 101);
  EXPECT_EQ(factor(200), 0);
  EXPECT_EQ(config.RateFactor(98 * kPictures, kPictures),
            config.RateFactor(99 * kPictures - 1, kPictures))
      << "constant within an epoch";
}

TEST(LearningRate, FallsWithEveryIteration) {
  const CycleganConfig config = SmallConfig("iterations: 1000, decay: 0.25");
  EXPECT_EQ(config.RateFactor(0, 6), 1);
  EXPECT_EQ(config.RateFactor(750, 6), 1);
  EXPECT_DOUBLE_EQ(config.RateFactor(875, 6), 0.5);
  EXPECT_DOUBLE_EQ(config.RateFactor(999, 6), 1.0 / 250) << "the last still learns";
}

TEST(LearningRate, MayStayConstant) {
  EXPECT_EQ(SmallConfig("iterations: 10, decay: 0").RateFactor(9, 6), 1);
  EXPECT_EQ(ByEpochs(10, 0).RateFactor(9 * 6, 6), 1);
}

TEST(TrainConfig, CountsIterationsOfEpochs) {
  CycleganConfig config = ByEpochs(1.5, 0);
  config.batch_size = 4;
  EXPECT_EQ(config.TotalIterations(10), 4);  // 15 pictures
}

TEST(TrainConfig, WritesOutTheReferencesAdam) {
  const config::Value dumped = config::Dump(SmallConfig());
  const std::string text = config::ToYaml(*dumped.Find("optimizer"));
  EXPECT_NE(text.find("name: adam"), std::string::npos) << text;
  EXPECT_NE(text.find("beta1: 0.5"), std::string::npos) << text;
  EXPECT_NE(text.find("learning_rate: 0.0002"), std::string::npos) << text;
  // What was written out reads back as the same.
  EXPECT_EQ(config::ToYaml(config::Dump(ReadCycleganConfig(dumped))), config::ToYaml(dumped));
}

struct Wrong {
  const char *lines, *message;
};

TEST(TrainConfig, SaysWhatIsWrong) {
  for (const Wrong& wrong : {
           Wrong{"iterations: 0", "nothing ends this training"},
           Wrong{"epochs: 3", "not both"},
           Wrong{"pictures: {crop: 18}", "multiple of 4"},
           Wrong{"pictures: {load: 20, crop: 24}", "cannot be cut out of 20"},
           Wrong{"pictures: {crop: 8}", "at least 16"},
           Wrong{"loss: {gan: wgan}", "loss.gan"},
           Wrong{"domains: savana", "savanna"},
           Wrong{"domains: {name: folders, a: x}", "domains.b"},
           Wrong{"generatr: {}", "generator"},
           Wrong{"batch_size: 0", "batch_size"},
       }) {
    const std::string message =
        MessageOf([&] { (void)SmallConfig(wrong.lines); }, ErrorKind::kConfig);
    EXPECT_NE(message.find(wrong.message), std::string::npos) << wrong.lines << ": " << message;
  }
}

}  // namespace
}  // namespace agon::cyclegan
