// SPDX-License-Identifier: Apache-2.0
#include "bench/measure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/base/error.h"
#include "runtime/base/stop.h"

namespace agon::bench {
namespace {

using ::testing::ElementsAre;

// Of 1, 2, ..., 9 in any order the quartiles are members of the list: 3, 5, 7.
TEST(Spread, HasTheQuartilesOfNineSamples) {
  const Spread spread = SpreadOf({9, 1, 8, 2, 7, 3, 6, 4, 5});
  EXPECT_EQ(spread.low, 1);
  EXPECT_EQ(spread.q1, 3);
  EXPECT_EQ(spread.median, 5);
  EXPECT_EQ(spread.q3, 7);
  EXPECT_EQ(spread.high, 9);
}

// Between two samples a quartile lies on the straight line from one to the other.
TEST(Spread, InterpolatesBetweenSamples) {
  const Spread spread = SpreadOf({0, 1});
  EXPECT_EQ(spread.q1, 0.25);
  EXPECT_EQ(spread.median, 0.5);
  EXPECT_EQ(spread.q3, 0.75);
}

TEST(Spread, OfOneSampleIsThatSample) {
  const Spread spread = SpreadOf({4});
  EXPECT_EQ(spread.low, 4);
  EXPECT_EQ(spread.median, 4);
  EXPECT_EQ(spread.high, 4);
}

// One sample far off must not decide: the median is judged, not the mean.
TEST(Measurement, IsJudgedByItsMedian) {
  const Measurement measurement{
      .name = "m", .samples = {1.0, 1.01, 9.0}, .limit = 1.05, .note = {}};
  EXPECT_TRUE(Met(measurement));
  EXPECT_FALSE(Met({.name = "m", .samples = {1.0, 1.06, 1.07}, .limit = 1.05, .note = {}}));
  EXPECT_TRUE(Met({.name = "m", .samples = {100.0}, .limit = {}, .note = {}}));
}

TEST(Measurement, IsWrittenWithItsSpread) {
  const nlohmann::json json =
      ToJson({.name = "m", .samples = {1, 2, 3}, .limit = 1.5, .note = "why"});
  const nlohmann::json expected = {{"name", "m"},  {"unit", "x"},  {"median", 2.0}, {"low", 1.0},
                                   {"q1", 1.5},    {"q3", 2.5},    {"high", 3.0},   {"pairs", 3},
                                   {"limit", 1.5}, {"met", false}, {"note", "why"}};
  EXPECT_EQ(json, expected);
}

// Ours takes as long as the clock says on average around it: the ratio is 1, however steadily the
// machine slows down.
TEST(Ratios, FavourNeitherSideWhenTheMachineSlowsDownSteadily) {
  double now = 10;
  const auto tick = [&now] { return now += 1; };
  Contest contest;
  contest.ours = tick;
  contest.theirs = [&](double) { return tick(); };
  EXPECT_THAT(Ratios("contest", 3, contest), ElementsAre(1.0, 1.0, 1.0));
}

TEST(Ratios, DoNotCountTheFirstPair) {
  int calls = 0;
  Contest contest;
  contest.ours = [&] { return ++calls == 1 ? 100.0 : 3.0; };
  contest.theirs = [](double) { return 2.0; };
  EXPECT_THAT(Ratios("contest", 2, contest), ElementsAre(1.5, 1.5));
  EXPECT_EQ(calls, 3);
}

TEST(Ratios, GiveTheirsHalfOfTheWorkOnEachSide) {
  double done = 0;
  Contest contest;
  contest.ours = [] { return 1.0; };
  contest.theirs = [&](double share) {
    done += share;
    return 1.0;
  };
  (void)Ratios("contest", 4, contest);
  EXPECT_EQ(done, 5);
}

TEST(Ratios, EndWhenTheUserAsksForIt) {
  Contest contest;
  contest.ours = [] {
    RequestStop(2);
    return 1.0;
  };
  contest.theirs = [](double) { return 1.0; };
  EXPECT_THROW((void)Ratios("contest", 9, contest), Error);
  ClearStop();
}

}  // namespace
}  // namespace agon::bench
