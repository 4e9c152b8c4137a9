// SPDX-License-Identifier: Apache-2.0
#include "viewer/core/timeline.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace agon::viewer {
namespace {

constexpr TimelineRange kRange{
    .first_step = 10, .last_step = 110, .first_time = 1000, .last_time = 1200};

Timeline Made() {
  Timeline timeline;
  timeline.SetRange(kRange);
  return timeline;
}

TEST(Timeline, FollowsTheEndUntilAMomentIsChosen) {
  Timeline timeline = Made();
  EXPECT_EQ(timeline.moment().step, 110);
  timeline.SetRange({.first_step = 10, .last_step = 120, .first_time = 1000, .last_time = 1210});
  EXPECT_EQ(timeline.moment().step, 120);
  EXPECT_EQ(timeline.moment().wall_time, 1210);
  timeline.SetStep(50);
  EXPECT_FALSE(timeline.following());
  timeline.SetRange({.first_step = 10, .last_step = 500, .first_time = 1000, .last_time = 1300});
  EXPECT_EQ(timeline.moment().step, 50);
  timeline.Follow(true);
  EXPECT_EQ(timeline.moment().step, 500);
}

TEST(Timeline, StaysWithinTheRange) {
  Timeline timeline = Made();
  timeline.SetStep(-5);
  EXPECT_EQ(timeline.moment().step, 10);
  timeline.Move(-1);
  EXPECT_EQ(timeline.moment().step, 10);
  timeline.Move(std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(timeline.moment().step, 110);
  timeline.SetShare(std::nan(""));
  EXPECT_EQ(timeline.moment().step, 10);
  // A range that shrinks, as a resumed run's does, takes the moment with it.
  timeline.SetStep(100);
  timeline.SetRange({.first_step = 10, .last_step = 60, .first_time = 1000, .last_time = 1100});
  EXPECT_EQ(timeline.moment().step, 60);
}

TEST(Timeline, ARangeWiderThanAnIntegerCountsIsNoFault) {
  Timeline timeline;
  timeline.SetRange({.first_step = std::numeric_limits<std::int64_t>::min(),
                     .last_step = std::numeric_limits<std::int64_t>::max(),
                     .first_time = 0,
                     .last_time = 1});
  timeline.SetShare(1);
  EXPECT_EQ(timeline.moment().step, std::numeric_limits<std::int64_t>::max());
  timeline.Move(1);
  EXPECT_EQ(timeline.moment().step, std::numeric_limits<std::int64_t>::max());
  timeline.SetShare(0.25);
  EXPECT_LT(timeline.moment().step, 0);
  timeline.SetShare(0.75);
  EXPECT_GT(timeline.moment().step, std::numeric_limits<std::int64_t>::max() / 4);
  timeline.SetShare(std::nextafter(1.0, 0.0));
  EXPECT_GT(timeline.moment().step, std::numeric_limits<std::int64_t>::max() / 2);
  timeline.Play(true);
  timeline.Advance(1);
  EXPECT_TRUE(timeline.playing());
}

TEST(Timeline, SharesReachBothEnds) {
  Timeline timeline = Made();
  timeline.SetShare(0);
  EXPECT_EQ(timeline.moment().step, 10);
  EXPECT_EQ(timeline.share(), 0);
  timeline.SetShare(0.5);
  EXPECT_EQ(timeline.moment().step, 60);
  timeline.SetShare(2);
  EXPECT_EQ(timeline.moment().step, 110);
  EXPECT_EQ(timeline.share(), 1);
}

TEST(Timeline, ChangingTheModeKeepsTheShareAndFollowing) {
  Timeline timeline = Made();
  timeline.SetMode(TimelineMode::kTime);
  EXPECT_TRUE(timeline.following());
  timeline.SetShare(0.5);
  EXPECT_EQ(timeline.moment().wall_time, 1100);
  timeline.SetMode(TimelineMode::kStep);
  EXPECT_EQ(timeline.moment().step, 60);
  EXPECT_FALSE(timeline.following());
}

TEST(Timeline, PlaysAtItsSpeedToTheEnd) {
  Timeline timeline = Made();
  timeline.SetSpeed(10);
  timeline.Play(true);  // from the beginning: it stood at the end
  EXPECT_EQ(timeline.moment().step, 10);
  // Frames shorter than a step add up: 30 frames of 1/60 s are 5 steps.
  for (int i = 0; i < 30; ++i) timeline.Advance(1.0 / 60);
  EXPECT_NEAR(static_cast<double>(timeline.moment().step), 15, 1);
  timeline.Advance(60);
  EXPECT_EQ(timeline.moment().step, 110);
  EXPECT_FALSE(timeline.playing());
  timeline.Advance(1);
  EXPECT_EQ(timeline.moment().step, 110);
}

TEST(Timeline, PlaysByTheClockToo) {
  Timeline timeline = Made();
  timeline.SetMode(TimelineMode::kTime);
  timeline.SetShare(0);
  timeline.SetSpeed(30);
  timeline.Play(true);
  timeline.Advance(2);
  EXPECT_NEAR(timeline.moment().wall_time, 1060, 1e-6);
}

TEST(Timeline, AMomentThatIsChosenEndsFollowingNotPlaying) {
  Timeline timeline = Made();
  timeline.Play(true);
  timeline.SetStep(50);
  EXPECT_TRUE(timeline.playing());
  timeline.Follow(true);
  EXPECT_FALSE(timeline.playing());
}

}  // namespace
}  // namespace agon::viewer
