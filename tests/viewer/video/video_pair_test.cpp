// SPDX-License-Identifier: Apache-2.0
// The pair over videos that are none: which frames are made, kept and given up, and when a video is
// opened again.
#include "viewer/video/video_pair.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/viewer/video/fake_video.h"

namespace agon::viewer {
namespace {

constexpr VideoSide kBoth[] = {VideoSide::kInput, VideoSide::kOutput};

// Looks at a frame and waits until it, and the one before, are there for both.
void Reach(VideoPair& pair, std::int64_t frame) {
  pair.LookAt(frame);
  ASSERT_TRUE(Becomes([&] { return pair.settled(); })) << frame;
}

void ExpectFrame(const VideoPair& pair, VideoSide side, std::int64_t frame) {
  const auto picture = pair.Get(side, frame);
  ASSERT_NE(picture, nullptr) << frame;
  for (const std::uint8_t sample : picture->pixels.data) ASSERT_EQ(sample, frame);
  EXPECT_DOUBLE_EQ(picture->seconds, static_cast<double>(frame) / 10);
}

TEST(VideoPair, GivesTheFrameOfThatNumberOfBoth) {
  const FakePair fake;
  VideoPair pair({.input = "input", .output = "output"}, fake.Options(20));
  for (const std::int64_t frame : {0, 1, 2, 50, 49, 99, 3, 97, 0}) {
    Reach(pair, frame);
    for (const VideoSide side : kBoth) {
      ExpectFrame(pair, side, frame);
      if (frame > 0) ExpectFrame(pair, side, frame - 1);  // for what changes in time
    }
  }
}

TEST(VideoPair, MemoryIsBounded) {
  const FakePair fake;
  const VideoPairOptions options = fake.Options(10);
  VideoPair pair({.input = "input", .output = "output"}, options);
  for (std::int64_t frame = 0; frame < 100; frame += 3) {
    Reach(pair, frame);
    EXPECT_LE(pair.bytes(), options.limit_bytes);
  }
  for (std::int64_t frame = 99; frame > 0; frame -= 7) {
    Reach(pair, frame);
    EXPECT_LE(pair.bytes(), options.limit_bytes);
  }
}

TEST(VideoPair, GoingForwardsNeverOpensAgain) {
  const FakePair fake;
  VideoPair pair({.input = "input", .output = "output"}, fake.Options(10));
  for (std::int64_t frame = 0; frame < 100; ++frame) Reach(pair, frame);
  EXPECT_EQ(fake.input->opened, 1);
  EXPECT_EQ(fake.output->opened, 1);
  EXPECT_EQ(fake.input->made, 100);
  EXPECT_EQ(fake.input->skipped, 0);
}

TEST(VideoPair, WhatIsAheadIsReadBeforeItIsAskedFor) {
  const FakePair fake;
  VideoPair pair({.input = "input", .output = "output"}, fake.Options(20));
  Reach(pair, 30);
  for (const VideoSide side : kBoth) {
    EXPECT_TRUE(Becomes([&] { return pair.Get(side, 39) != nullptr; }));
  }
}

// One step back at the edge of what is kept must not cost a walk from the beginning each time.
TEST(VideoPair, GoingBackOpensOnceForManySteps) {
  const FakePair fake;
  VideoPair pair({.input = "input", .output = "output"}, fake.Options(20));
  Reach(pair, 99);
  for (std::int64_t frame = 98; frame >= 0; --frame) {
    Reach(pair, frame);
    ExpectFrame(pair, VideoSide::kInput, frame);
  }
  // Ten frames behind the cursor are filled at a time, at least two thirds of which are used.
  EXPECT_LE(fake.input->opened, 1 + 100 / 6);
  EXPECT_GT(fake.input->opened, 1);
}

TEST(VideoPair, SmallMovesStayWithinWhatIsKept) {
  const FakePair fake;
  VideoPair pair({.input = "input", .output = "output"}, fake.Options(20));
  Reach(pair, 50);
  for (int round = 0; round < 5; ++round) {
    for (const std::int64_t frame : {48, 50, 47, 52}) Reach(pair, frame);
  }
  EXPECT_EQ(fake.input->opened, 1);
}

TEST(VideoPair, TheEndIsFoundAndKept) {
  const FakePair fake;
  fake.input->frames = 40;
  fake.output->frames = 38;  // the container claims 100 of both
  VideoPair pair({.input = "input", .output = "output"}, fake.Options(10));
  ASSERT_TRUE(Becomes([&] { return pair.status().opened; }));
  EXPECT_EQ(pair.status().frames, 100);
  EXPECT_FALSE(pair.status().frames_exact);
  EXPECT_DOUBLE_EQ(pair.status().frame_rate, 10);
  Reach(pair, 99);
  EXPECT_EQ(pair.status().frames, 38);
  EXPECT_TRUE(pair.status().frames_exact);
  ExpectFrame(pair, VideoSide::kOutput, 37);  // the last one there is
  EXPECT_EQ(pair.Get(VideoSide::kOutput, 99), nullptr);
}

TEST(VideoPair, AVideoWithoutFramesIsNoTrouble) {
  const FakePair fake;
  fake.output->frames = 0;
  VideoPair pair({.input = "input", .output = "output"}, fake.Options(10));
  Reach(pair, 5);
  ExpectFrame(pair, VideoSide::kInput, 5);
  EXPECT_EQ(pair.Get(VideoSide::kOutput, 0), nullptr);
}

TEST(VideoPair, OneVideoThatIsMissingDoesNotHideTheOther) {
  const FakePair fake;
  VideoPair pair({.input = "gone", .output = "output"}, fake.Options(10));
  Reach(pair, 12);
  EXPECT_EQ(pair.status().problem_input, "gone: does not exist");
  EXPECT_EQ(pair.status().problem_output, "");
  EXPECT_EQ(pair.status().frames, 100);
  EXPECT_EQ(pair.Get(VideoSide::kInput, 12), nullptr);
  ExpectFrame(pair, VideoSide::kOutput, 12);
}

TEST(VideoPair, DamageIsToldAndWhatWasReadStays) {
  const FakePair fake;
  fake.input->fails_at = 20;
  VideoPair pair({.input = "input", .output = "output"}, fake.Options(10));
  Reach(pair, 15);
  ExpectFrame(pair, VideoSide::kInput, 15);
  Reach(pair, 25);
  EXPECT_EQ(pair.status().problem_input, "fake.mp4: is damaged");
  ExpectFrame(pair, VideoSide::kOutput, 25);
  ExpectFrame(pair, VideoSide::kInput, 15);
}

TEST(VideoPair, TheSourceIsReadAtTheTranslationsHeight) {
  const FakePair fake;
  fake.input->width = 32;
  fake.input->height = 16;
  VideoPair pair({.input = "input", .output = "output"}, fake.Options(10));
  Reach(pair, 3);
  EXPECT_EQ(fake.input->last_height, 4);
  EXPECT_EQ(pair.Get(VideoSide::kInput, 3)->pixels.width, 8);
  EXPECT_FALSE(pair.status().reduced);
}

TEST(VideoPair, FramesThatDoNotFitAreReadSmaller) {
  const FakePair fake;
  for (const auto& video : {fake.input, fake.output}) {
    video->width = 80;
    video->height = 40;
  }
  VideoPairOptions options = fake.Options(VideoPair::kLeastFrames);
  options.limit_bytes /= 4;
  VideoPair pair({.input = "input", .output = "output"}, options);
  Reach(pair, 3);
  EXPECT_TRUE(pair.status().reduced);
  EXPECT_EQ(pair.Get(VideoSide::kOutput, 3)->pixels.height, 20);  // a fourth of the pixels
  EXPECT_LE(pair.bytes(), options.limit_bytes);
}

TEST(VideoPair, ShowsTheRightHalfOfASideBySideFile) {
  const FakePair fake;
  fake.output->width = 16;
  VideoPair pair({.input = "input", .output = "output", .side_by_side = true}, fake.Options(10));
  Reach(pair, 3);
  EXPECT_EQ(pair.Get(VideoSide::kOutput, 3)->pixels.width, 8);
  ExpectFrame(pair, VideoSide::kOutput, 3);
}

TEST(VideoPair, SixteenBitsBecomeEight) {
  const FakePair fake;
  fake.output->bits = 16;
  VideoPair pair({.input = "input", .output = "output"}, fake.Options(10));
  Reach(pair, 77);
  ExpectFrame(pair, VideoSide::kOutput, 77);
}

TEST(VideoPair, NobodyWaitsWhileItSeeks) {
  const FakePair fake;
  VideoPair pair({.input = "input", .output = "output"}, fake.Options(10));
  Reach(pair, 0);
  fake.input->held = true;
  fake.output->held = true;
  pair.LookAt(90);  // returns
  EXPECT_FALSE(pair.settled());
  EXPECT_EQ(pair.Get(VideoSide::kInput, 90), nullptr);
  fake.input->held = false;
  fake.output->held = false;
  EXPECT_TRUE(Becomes([&] { return pair.settled(); }));
  ExpectFrame(pair, VideoSide::kInput, 90);
}

TEST(VideoPair, EndsWhileItWorks) {
  const FakePair fake;
  fake.input->frames = fake.output->frames = INT64_MAX;
  fake.input->claimed = fake.output->claimed = 0;
  VideoPair pair({.input = "input", .output = "output"}, fake.Options(10));
  pair.LookAt(INT64_MAX);  // on the way there for years
  EXPECT_TRUE(Becomes([&] { return pair.status().seeking > 1000; }));
  EXPECT_FALSE(pair.settled());
}

}  // namespace
}  // namespace agon::viewer
