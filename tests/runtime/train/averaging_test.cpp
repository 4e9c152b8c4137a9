// SPDX-License-Identifier: Apache-2.0
#include "runtime/train/averaging.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/runtime/data/from_yaml.h"

namespace agon::train {
namespace {

using ::testing::HasSubstr;

NamedTensors Weights(double value) {
  return {{"w", at::full({2, 3}, value)}, {"batches", at::full({}, static_cast<int>(value))}};
}

double Value(const WeightAverage& average) {
  return average.weights()[0].second.select(0, 0)[0].item<double>();
}

TEST(WeightAverage, NoneNeverBecomesActive) {
  WeightAverage average({}, Weights(1));
  average.Update(Weights(2), 1.0);
  EXPECT_FALSE(average.active());
}

// The mean of what came from the start on.
TEST(WeightAverage, SwaIsTheMean) {
  WeightAverage average({.kind = "swa", .start = 0.5}, Weights(0));
  average.Update(Weights(100), 0.25);
  EXPECT_FALSE(average.active());
  average.Update(Weights(1), 0.5);
  average.Update(Weights(2), 0.75);
  average.Update(Weights(6), 1.0);
  EXPECT_TRUE(average.active());
  EXPECT_NEAR(Value(average), 3, 1e-6);
}

// With n updates done the old average keeps min(decay, (1 + n) / (10 + n)).
TEST(WeightAverage, EmaRampsUp) {
  WeightAverage average({.kind = "ema", .decay = 0.2, .start = 0}, Weights(0));
  average.Update(Weights(1), 0.1);  // the first one is taken as it is
  EXPECT_EQ(Value(average), 1);
  average.Update(Weights(3), 0.2);
  const double second = 2.0 / 11 * 1 + 9.0 / 11 * 3;
  EXPECT_NEAR(Value(average), second, 1e-6);
  average.Update(Weights(5), 0.3);
  EXPECT_NEAR(Value(average), 0.2 * second + 0.8 * 5, 1e-6);  // 3 / 12 is above the decay
}

TEST(WeightAverage, IntegersAreCopied) {
  WeightAverage average({.kind = "swa", .start = 0}, Weights(0));
  average.Update(Weights(1), 0);
  average.Update(Weights(8), 0);
  EXPECT_EQ(average.weights()[1].second.item<int>(), 8);
}

TEST(WeightAverage, OwnsItsWeights) {
  const NamedTensors weights = Weights(1);
  WeightAverage average({.kind = "swa", .start = 0}, weights);
  average.Update(weights, 0);
  weights[0].second.fill_(7);
  EXPECT_EQ(Value(average), 1);
}

TEST(WeightAverage, StateRoundTripIsExact) {
  const AveragingSettings settings{.kind = "ema", .decay = 0.9, .start = 0};
  WeightAverage a(settings, Weights(0));
  a.Update(Weights(1), 0);
  a.Update(Weights(3), 0);
  WeightAverage b(settings, Weights(9));
  b.LoadState(a.State());
  EXPECT_TRUE(b.active());
  a.Update(Weights(4), 0);
  b.Update(Weights(4), 0);
  EXPECT_TRUE(a.weights()[0].second.equal(b.weights()[0].second));

  WeightAverage inactive(settings, Weights(0));
  b.LoadState(inactive.State());
  EXPECT_FALSE(b.active());
}

TEST(WeightAverage, AWrongStateIsNamed) {
  WeightAverage average({.kind = "swa", .start = 0}, Weights(0));
  average.Update(Weights(1), 0);
  NamedTensors state = average.State();
  state.pop_back();
  EXPECT_THAT(MessageOf(ErrorKind::kData, [&] { average.LoadState(state); }),
              HasSubstr("average.batches"));
  state = average.State();
  state[1].second = at::zeros({5});
  EXPECT_THAT(MessageOf(ErrorKind::kData, [&] { average.LoadState(state); }),
              HasSubstr("average.w"));
}

}  // namespace
}  // namespace agon::train
