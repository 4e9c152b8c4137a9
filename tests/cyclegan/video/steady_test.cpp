// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/video/steady.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cyclegan/video/temporal_metrics.h"
#include "cyclegan/world/savanna.h"
#include "tests/cyclegan/video/video_helpers.h"

namespace agon::cyclegan {
namespace {

constexpr Flicker kFlicker{.colour = 0.02, .patches = 0.06, .grain = 0.03, .stripes = 0.4};

TEST(Steady, Words) {
  for (const Steadiness s : {Steadiness::kOff, Steadiness::kLight, Steadiness::kStrong}) {
    EXPECT_EQ(ParseSteadiness(NameOf(s)), s);
  }
  EXPECT_THAT(formats::ErrorOf([] { return ParseSteadiness("much"); }, ErrorKind::kUsage),
              ::testing::HasSubstr("\"much\": write off, light or strong"));
}

TEST(Steady, OffChangesNothing) {
  const MovingScene scene(48, 32);
  SteadyFilter filter(Steadiness::kOff);
  for (int t = 0; t < 3; ++t) {
    media::Picture output = scene.Translation(t, kFlicker);
    EXPECT_FALSE(filter.Apply(scene.Input(t), output));
    EXPECT_EQ(output.data, scene.Translation(t, kFlicker).data);
  }
}

// Flow zero, network identity: the video stays as it is, bit for bit, whatever its size and depth.
TEST(Steady, AStillVideoStaysAsItIs) {
  for (const auto& [width, height] :
       {std::pair{64, 64}, {7, 5}, {1, 1}, {1, 30}, {333, 21}, {400, 300}}) {
    for (const bool deep : {false, true}) {
      const MovingScene scene(width, height);
      const media::Picture input = deep ? Deep(scene.Input(0)) : scene.Input(0);
      SteadyFilter filter(Steadiness::kStrong);
      for (int t = 0; t < 9; ++t) {
        media::Picture output = input;
        ASSERT_FALSE(filter.Apply(input, output));
        ASSERT_EQ(output.data, input.data) << width << "x" << height << " frame " << t;
      }
    }
  }
}

// Where nothing moves the filter is a mean: of all frames so far, until as many are in it as the
// setting asks for; from then on each frame counts 1 / (count + 1).
TEST(Steady, AveragesWhatDoesNotMove) {
  const std::vector<std::uint8_t> colours = {100, 140, 90, 120, 160, 80, 100, 150, 60, 200};
  for (const auto& [steadiness, count] :
       {std::pair{Steadiness::kLight, 1}, {Steadiness::kStrong, 5}}) {
    SteadyFilter filter(steadiness);
    const media::Picture input = MovingScene(80, 60).Input(0);
    double expected = 0;
    for (std::size_t t = 0; t < colours.size(); ++t) {
      media::Picture output = Plain(80, 60, colours[t]);
      EXPECT_FALSE(filter.Apply(input, output));
      const double history = std::min(static_cast<double>(t), static_cast<double>(count));
      expected += (colours[t] - expected) / (history + 1);
      for (const std::uint8_t sample : output.data) ASSERT_NEAR(sample, expected, 0.51) << t;
    }
  }
}

// 16 bits are not cut to 8 on the way.
TEST(Steady, KeepsDeepColours) {
  SteadyFilter filter(Steadiness::kLight);
  const media::Picture input = Deep(MovingScene(40, 40).Input(0));
  for (const std::uint16_t value : {1000, 1003}) {
    media::Picture output = input;
    for (std::size_t i = 0; i < output.data.size(); i += 2) {
      std::memcpy(output.data.data() + i, &value, 2);
    }
    EXPECT_FALSE(filter.Apply(input, output));
    std::uint16_t sample = 0;
    std::memcpy(&sample, output.data.data() + std::size_t{1400}, 2);
    EXPECT_EQ(sample, value == 1000 ? 1000 : 1002);  // 1001.5, rounded
  }
}

// A scene of `frames` frames, painted once for several filters.
struct Film {
  struct Frame {
    media::Picture input, translation, clean;  // clean: without flicker
    media::FlowField flow;                     // to the next frame
    std::vector<std::uint8_t> valid;
  };
  Film(const MovingScene& scene, const Flicker& flicker, int count)
      : frames(static_cast<std::size_t>(count)) {
    for (int t = 0; t < count; ++t) {
      Frame& frame = frames[static_cast<std::size_t>(t)];
      frame.input = scene.Input(t);
      frame.translation = scene.Translation(t, flicker);
      frame.clean = scene.Translation(t);
      scene.Flow(t, frame.flow, frame.valid);
    }
  }
  std::vector<Frame> frames;
};

struct Outcome {
  double warping = 0;   // by the true flow
  double distance = 0;  // from the translation without flicker
  double ghosts = 0;    // share of samples that are off by a fifth of full scale
};

Outcome Filtered(const Film& film, Steadiness steadiness) {
  SteadyFilter filter(steadiness);
  Outcome outcome;
  media::Picture previous;
  const auto count = static_cast<double>(film.frames.size());
  for (std::size_t t = 0; t < film.frames.size(); ++t) {
    const Film::Frame& frame = film.frames[t];
    media::Picture output = frame.translation;
    EXPECT_FALSE(filter.Apply(frame.input, output)) << "a cut at frame " << t;
    if (t > 0) {
      const Film::Frame& before = film.frames[t - 1];
      outcome.warping += WarpingError(previous, output, before.flow, before.valid) / (count - 1);
    }
    outcome.distance += MeanSquare(output, frame.clean) / count;
    outcome.ghosts += ShareBeyond(output, frame.clean, 0.2) / count;
    previous = output;
  }
  return outcome;
}

// What the issue asks for: at `strong` the warping error by the true flow is at most 60 % of that
// without. Seen here: 15 to 20 %, at `light` 24 to 29 %. That it gets nearer to the translation
// without flicker shows that the filter does not win by smearing.
TEST(Steady, StrongLeavesAFractionOfTheWarpingError) {
  for (const auto& [width, height, frames] :
       {std::tuple{64, 64, 12}, {200, 120, 7}, {400, 226, 4}}) {
    const Film film(MovingScene(width, height), kFlicker, frames);
    const Outcome off = Filtered(film, Steadiness::kOff);
    const Outcome light = Filtered(film, Steadiness::kLight);
    const Outcome strong = Filtered(film, Steadiness::kStrong);
    EXPECT_LT(strong.warping, 0.25 * off.warping) << width;
    EXPECT_LT(light.warping, 0.40 * off.warping) << width;
    EXPECT_GT(light.warping, 1.2 * strong.warping) << width;
    EXPECT_LT(light.distance, 0.60 * off.distance) << width;
    EXPECT_LT(strong.distance, 0.75 * off.distance) << width;
  }
}

// The same over the world that the demo translates, whose animals' legs are two pixels wide: a
// translation that recolours and flickers. Seen here: 16 to 18 %.
TEST(Steady, StrongOverASavannaVideo) {
  const SavannaSettings settings{.size = 64};
  for (const std::uint64_t index : {0, 1, 2}) {
    const SavannaScene scene(settings, Coat::kPlain, 11, index);
    SteadyFilter filter(Steadiness::kStrong);
    double off = 0, strong = 0, off_distance = 0, strong_distance = 0;
    media::Picture previous, previous_filtered;
    SavannaFrame before;
    for (int t = 0; t < 10; ++t) {
      SavannaFrame frame = scene.Render(t / settings.frame_rate);
      media::Picture input = EmptyPicture(64, 64);
      input.data = frame.picture.data;
      media::Picture clean = input;
      for (std::uint8_t& sample : clean.data) {
        sample = static_cast<std::uint8_t>(25 + 0.8 * (255 - sample));
      }
      media::Picture translation = clean;
      AddFlicker(kFlicker, t, translation);
      media::Picture filtered = translation;
      EXPECT_FALSE(filter.Apply(input, filtered));
      if (t > 0) {
        off += WarpingError(previous, translation, before.flow, before.flow_valid);
        strong += WarpingError(previous_filtered, filtered, before.flow, before.flow_valid);
      }
      off_distance += MeanSquare(translation, clean);
      strong_distance += MeanSquare(filtered, clean);
      previous = std::move(translation);
      previous_filtered = std::move(filtered);
      before = std::move(frame);
    }
    EXPECT_LT(strong, 0.3 * off) << index;
    EXPECT_LT(strong_distance, 0.6 * off_distance) << index;
  }
}

// Without flicker there is nothing to gain, and what the filter does is what it spoils: where discs
// pass over each other and uncover the ground, no ghosts.
TEST(Steady, LeavesNoGhosts) {
  for (const double speed : {1.0, 3.0}) {
    const Outcome small = Filtered({MovingScene(64, 64, speed), {}, 10}, Steadiness::kStrong);
    EXPECT_LT(small.distance, 1.2e-3) << speed;  // stripes of five pixels lose contrast
    EXPECT_LT(small.ghosts, 0.010) << speed;
    const Outcome large = Filtered({MovingScene(320, 200, speed), {}, 5}, Steadiness::kStrong);
    EXPECT_LT(large.distance, 5e-4) << speed;
    EXPECT_LT(large.ghosts, 0.004) << speed;
  }
}

// An object that jumps away leaves nothing behind.
TEST(Steady, WhatIsUncoveredIsTakenAnew) {
  media::Picture ground = MovingScene(96, 96).Input(0);
  const auto with_box = [&](int left, std::uint8_t colour) {
    media::Picture picture = ground;
    for (int y = 20; y < 50; ++y) {
      for (int x = left; x < left + 24; ++x) {
        for (int c = 0; c < 3; ++c) {
          picture.data[(static_cast<std::size_t>(y) * 96 + static_cast<std::size_t>(x)) * 3 +
                       static_cast<std::size_t>(c)] = colour;
        }
      }
    }
    return picture;
  };
  SteadyFilter filter(Steadiness::kStrong);
  for (int t = 0; t < 6; ++t) {
    media::Picture output = with_box(8, 255);
    EXPECT_FALSE(filter.Apply(with_box(8, 20), output));
  }
  media::Picture output = with_box(64, 255);
  EXPECT_FALSE(filter.Apply(with_box(64, 20), output));
  EXPECT_EQ(ShareBeyond(output, with_box(64, 255), 0.25), 0);
  EXPECT_LT(ShareBeyond(output, with_box(64, 255), 0.05), 0.006);
}

// At a cut the translation is taken as it is and the filter begins anew.
TEST(Steady, ACutBeginsAnew) {
  const MovingScene scene(96, 64);
  const media::Picture other = [] {
    media::Picture picture = EmptyPicture(96, 64);
    for (std::size_t i = 0; i < picture.data.size(); ++i) {
      const std::size_t column = i / 3 % 96, row = i / 3 / 96;
      const auto x = static_cast<double>(column), y = static_cast<double>(row);
      picture.data[i] = static_cast<std::uint8_t>(255 * Smooth(x / 7, y / 5, 77));
    }
    return picture;
  }();
  SteadyFilter filter(Steadiness::kStrong);
  for (int t = 0; t < 4; ++t) {
    media::Picture output = scene.Translation(t, kFlicker);
    EXPECT_FALSE(filter.Apply(scene.Input(t), output));
  }
  media::Picture output = other;
  EXPECT_TRUE(filter.Apply(other, output));
  EXPECT_EQ(output.data, other.data);
  // One frame is in the history now: the next is the mean of two.
  output = Plain(96, 64, 0);
  EXPECT_FALSE(filter.Apply(other, output));
  EXPECT_NEAR(output.data[4000], other.data[4000] / 2.0, 0.51);
}

TEST(Steady, ResetAndAnotherSizeBeginAnew) {
  SteadyFilter filter(Steadiness::kStrong);
  const media::Picture input = MovingScene(64, 64).Input(0);
  media::Picture output = Plain(64, 64, 200);
  EXPECT_FALSE(filter.Apply(input, output));
  filter.Reset();
  output = Plain(64, 64, 100);
  EXPECT_FALSE(filter.Apply(input, output));
  EXPECT_EQ(output.data, Plain(64, 64, 100).data);
  output = Plain(66, 64, 50);
  EXPECT_FALSE(filter.Apply(MovingScene(66, 64).Input(0), output));
  EXPECT_EQ(output.data, Plain(66, 64, 50).data);
}

// A job that is resumed at any border goes on with the same bits.
TEST(Steady, StateGoesOnWithTheSameBits) {
  for (const auto& [width, height] : {std::pair{64, 64}, {350, 90}}) {
    const MovingScene scene(width, height);
    SteadyFilter whole(Steadiness::kStrong);
    Bytes state = whole.State();
    for (int t = 0; t < 6; ++t) {
      SteadyFilter resumed(Steadiness::kStrong);
      resumed.LoadState(state);
      media::Picture expected = scene.Translation(t, kFlicker);
      media::Picture output = expected;
      EXPECT_FALSE(whole.Apply(scene.Input(t), expected));
      EXPECT_FALSE(resumed.Apply(scene.Input(t), output));
      ASSERT_EQ(output.data, expected.data) << t;
      state = whole.State();
      ASSERT_EQ(resumed.State(), state) << t;
    }
  }
}

TEST(Steady, DamagedStatesAreRefused) {
  const MovingScene scene(64, 48);
  SteadyFilter filter(Steadiness::kLight);
  media::Picture output = scene.Translation(0);
  EXPECT_FALSE(filter.Apply(scene.Input(0), output));
  ExpectDamageIsRefused(filter.State(), 20, [&](const Bytes& state) {
    SteadyFilter other(Steadiness::kLight);
    other.LoadState(state);
    media::Picture next = scene.Translation(1);
    static_cast<void>(other.Apply(scene.Input(1), next));
  });
}

}  // namespace
}  // namespace agon::cyclegan
