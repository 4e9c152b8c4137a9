// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <random>

#include "runtime/record/html_parts.h"

namespace agon::record::html {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

TEST(LinearAxis, StepsAreOneTwoOrFive) {
  EXPECT_THAT(LinearAxis(0, 10, 6).labels, ElementsAre("0", "2", "4", "6", "8", "10"));
  EXPECT_THAT(LinearAxis(0, 1, 6).labels, ElementsAre("0.0", "0.2", "0.4", "0.6", "0.8", "1.0"));
  EXPECT_THAT(LinearAxis(0, 0.3, 8).labels,
              ElementsAre("0.00", "0.05", "0.10", "0.15", "0.20", "0.25", "0.30"));
  EXPECT_THAT(LinearAxis(-3, 3, 8).labels, ElementsAre("-3", "-2", "-1", "0", "1", "2", "3"));
  EXPECT_THAT(LinearAxis(0, 20000, 5).labels, ElementsAre("0", "5k", "10k", "15k", "20k"));
}

TEST(LinearAxis, PercentIsAHundredTimesTheShare) {
  EXPECT_THAT(LinearAxis(0, 1, 6, true).labels,
              ElementsAre("0 %", "20 %", "40 %", "60 %", "80 %", "100 %"));
}

TEST(LinearAxis, PlacesItsEndsAtZeroAndOne) {
  const Axis axis = LinearAxis(2, 6, 5);
  EXPECT_EQ(axis.Place(2), 0);
  EXPECT_EQ(axis.Place(6), 1);
  EXPECT_EQ(axis.Place(5), 0.75);
}

// Whatever the data: ticks rise, lie inside, are not too many, and have a label each.
TEST(Axes, HoldTheirInvariantsForAnyRange) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> exponent(-200, 200);
  for (int i = 0; i < 5000; ++i) {
    const double low = std::pow(10, exponent(random)) * (i % 3 == 0 ? -1 : 1);
    const double high = low + std::pow(10, exponent(random));
    std::vector<Axis> axes = {LinearAxis(low, high, 7), RoundedAxis(low, high, 7)};
    if (low > 0) axes.push_back(LogAxis(low, high, 7));
    for (const Axis& axis : axes) {
      ASSERT_LT(axis.low, axis.high);
      ASSERT_EQ(axis.ticks.size(), axis.labels.size());
      ASSERT_LE(axis.ticks.size(), axis.log ? 9U : 8U) << low << " " << high;
      for (std::size_t t = 0; t < axis.ticks.size(); ++t) {
        ASSERT_GE(axis.Place(axis.ticks[t]), -1e-6);
        ASSERT_LE(axis.Place(axis.ticks[t]), 1 + 1e-6);
        if (t > 0) {
          ASSERT_LT(axis.ticks[t - 1], axis.ticks[t]);
        }
      }
    }
  }
}

TEST(Axes, AreDrawnForBrokenData) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const auto& [low, high] : std::vector<std::pair<double, double>>{{0, 0},
                                                                        {5, 5},
                                                                        {infinity, -infinity},
                                                                        {NAN, 1},
                                                                        {1, 0},
                                                                        {-1e308, 1e308},
                                                                        {1e-310, 2e-310}}) {
    for (const Axis& axis : {LinearAxis(low, high, 6), RoundedAxis(low, high, 6)}) {
      EXPECT_LT(axis.low, axis.high);
      EXPECT_FALSE(axis.ticks.empty());
    }
  }
}

TEST(RoundedAxis, RoundsOutwards) {
  const Axis axis = RoundedAxis(0.13, 2.71, 7);
  EXPECT_EQ(axis.low, 0);
  EXPECT_EQ(axis.high, 3);
  EXPECT_THAT(axis.labels, SizeIs(7));
}

TEST(LogAxis, TakesPowersOfTen) {
  const Axis axis = LogAxis(0.001, 100, 7);
  EXPECT_THAT(axis.labels, ElementsAre("0.001", "0.01", "0.1", "1", "10", "100"));
  EXPECT_NEAR(axis.Place(1), 0.6, 1e-12);
}

TEST(LogAxis, TakesFinerStepsWhenItIsShort) {
  EXPECT_THAT(LogAxis(0.3, 8, 7).labels, ElementsAre("0.2", "0.5", "1", "2", "5", "10"));
}

TEST(Numbers, AreShortAndHonest) {
  EXPECT_EQ(ShortNumber(0.0), "0");
  EXPECT_EQ(ShortNumber(-0.0), "0");
  EXPECT_EQ(ShortNumber(1.0 / 3), "0.3333");
  EXPECT_EQ(ShortNumber(NAN), "n/a");
  EXPECT_EQ(Percent(0.7235), "72.4 %");
  EXPECT_EQ(Percent(0), "0.0 %");
  EXPECT_EQ(Percent(-0.0001), "0.0 %");
  EXPECT_EQ(Percent(1), "100.0 %");
}

}  // namespace
}  // namespace agon::record::html
