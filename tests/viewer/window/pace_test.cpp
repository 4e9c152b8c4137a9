// SPDX-License-Identifier: Apache-2.0
#include "viewer/window/pace.h"

#include <gtest/gtest.h>

namespace agon::viewer {
namespace {

// The first frames, until all is at rest.
Pace AtRest() {
  Pace pace(false);
  for (int i = 0; i < Pace::kRestFrames; ++i) {
    pace.Look(0, false, false, 1);
    EXPECT_TRUE(pace.Due());
    pace.Drawn(0, 0.01);
  }
  return pace;
}

TEST(Pace, RestsWhenNothingHappens) {
  Pace pace = AtRest();
  pace.Look(0.5, false, false, 1);
  EXPECT_FALSE(pace.Due());
  EXPECT_EQ(pace.Wait(0.5, true), Pace::kNap);
  pace.Look(1.01, false, false, 1);
  EXPECT_TRUE(pace.Due());  // once a second all the same
}

TEST(Pace, EventsAreAnsweredAtOnce) {
  Pace pace = AtRest();
  pace.Event();
  pace.Look(0.001, false, false, 1);
  EXPECT_TRUE(pace.Due());
  EXPECT_LE(pace.Wait(0.001, true), Pace::kFrameSeconds);
  EXPECT_EQ(pace.Wait(0.001, false), Pace::kNap);  // nobody sees it
}

TEST(Pace, PlaysAtThePaceOfTheDisplay) {
  Pace pace = AtRest();
  pace.Look(0.001, true, false, 1);
  EXPECT_TRUE(pace.Due());
  EXPECT_NEAR(pace.Wait(0.006, true), Pace::kFrameSeconds - 0.006, 1e-9);
}

// A frame that takes 20 ms comes at most every 200 ms when only the run tells something new.
TEST(Pace, NewsCostATenthOfTheTime) {
  Pace pace = AtRest();
  pace.Event();
  for (int i = 0; i < Pace::kRestFrames; ++i) {
    pace.Look(0, false, false, 1);
    pace.Drawn(0, 0.02);
  }
  pace.Look(0.19, false, false, 2);
  EXPECT_FALSE(pace.Due());
  pace.Look(0.21, false, false, 2);
  EXPECT_TRUE(pace.Due());
  pace.Drawn(0.21, 0.02);
  pace.Look(0.5, false, false, 2);
  EXPECT_FALSE(pace.Due());  // seen
  // However slow a frame is, the window does not stand still for longer than a second.
  pace.Drawn(1, 5);
  pace.Look(2.01, false, false, 3);
  EXPECT_TRUE(pace.Due());
}

TEST(Pace, WhatWasWaitedForIsShownAtOnce) {
  Pace pace = AtRest();
  pace.Look(0.01, false, true, 1);
  EXPECT_FALSE(pace.Due());
  pace.Look(0.06, false, true, 1);
  EXPECT_TRUE(pace.Due());
  pace.Drawn(0.06, 0.01);
  pace.Look(0.061, false, false, 1);
  EXPECT_TRUE(pace.Due());
}

TEST(Pace, WhenMeasuringOneFrameFollowsAnother) {
  Pace pace(true);
  for (int i = 0; i < 10; ++i) {
    pace.Look(0, false, false, 1);
    EXPECT_TRUE(pace.Due());
    pace.Drawn(0, 0.01);
    EXPECT_EQ(pace.Wait(0, true), 0);
  }
}

}  // namespace
}  // namespace agon::viewer
