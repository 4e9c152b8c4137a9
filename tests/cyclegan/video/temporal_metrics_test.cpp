// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/video/temporal_metrics.h"

#include <gtest/gtest.h>

#include "tests/cyclegan/video/video_helpers.h"

namespace agon::cyclegan {
namespace {

constexpr Flicker kFlicker{.colour = 0.02, .patches = 0.06, .grain = 0.03, .stripes = 0.4};

// A texture that moves by (dx, dy) a frame, lighter by `light`.
media::Picture Texture(int width, int height, double dx, double dy, double light = 0) {
  media::Picture picture = EmptyPicture(width, height);
  std::size_t i = 0;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double u = x - dx, v = y - dy;
      const double value = 0.5 + 0.12 * (std::sin(0.31 * u + 0.1 * v) +
                                         std::sin(0.17 * v - 0.23 * u) + std::sin(0.43 * v + 1));
      for (int c = 0; c < 3; ++c, ++i) {
        picture.data[i] = static_cast<std::uint8_t>(std::lround(255 * (value + light)));
      }
    }
  }
  return picture;
}

TEST(TemporalMetrics, AStillVideoHasNoErrors) {
  TemporalMetrics metrics({});
  for (int t = 0; t < 3; ++t) {
    metrics.Add(Texture(100, 80, 0, 0), Texture(100, 80, 5, 5), t / 25.0);
  }
  const TemporalSummary summary = metrics.Summary();
  EXPECT_EQ(summary.frames, 3);
  EXPECT_EQ(summary.pairs, 2);
  EXPECT_NEAR(summary.warp_input, 0, 1e-12);
  EXPECT_NEAR(summary.warp_output, 0, 1e-12);
  EXPECT_EQ(summary.tof, 0);
  EXPECT_EQ(summary.flicker_input, 0);
  EXPECT_EQ(summary.flicker_output, 0);
  EXPECT_GT(metrics.rows()[0].covered, 0.99);
  EXPECT_EQ(metrics.rows()[1].frame, 2);
  EXPECT_EQ(metrics.rows()[1].seconds, 2 / 25.0);
}

// Over a still input an output that jumps by d has warping error d^2 and flicker d.
TEST(TemporalMetrics, FlickerOverAStillInput) {
  TemporalMetrics metrics({});
  for (int t = 0; t < 4; ++t) {
    const auto level = static_cast<std::uint8_t>(t % 2 == 0 ? 100 : 120);
    metrics.Add(Texture(90, 70, 0, 0), Plain(90, 70, level), t);
  }
  const TemporalSummary summary = metrics.Summary();
  const double d = 20 / 255.0;
  EXPECT_NEAR(summary.warp_output, d * d, 1e-6);
  EXPECT_NEAR(summary.flicker_output, d, 1e-6);
  EXPECT_NEAR(summary.warp_input, 0, 1e-12);
}

// What moves as the input does is steady, however much it flickers in place.
TEST(TemporalMetrics, MotionIsNoError) {
  TemporalMetrics metrics({});
  for (int t = 0; t < 4; ++t) {
    metrics.Add(Texture(120, 90, 3 * t, -2 * t), Texture(120, 90, 3 * t + 9, 7 - 2 * t), t);
  }
  const TemporalSummary summary = metrics.Summary();
  EXPECT_GT(summary.flicker_output, 0.05);
  EXPECT_LT(summary.warp_input, 1e-4);
  EXPECT_LT(summary.warp_output, 1e-4);
  EXPECT_LT(summary.tof, 0.25);
}

// An output that moves by (4, 0) over a still input has tOF 4, in pixels of the input whatever the
// size it is measured at.
TEST(TemporalMetrics, TofIsTheDifferenceOfTheMotions) {
  for (const int max_side : {320, 80}) {
    TemporalMetrics metrics({.max_side = max_side, .every = 1});
    for (int t = 0; t < 3; ++t) {
      metrics.Add(Texture(160, 120, 0, 0), Texture(160, 120, 4 * t, 0), t);
    }
    EXPECT_NEAR(metrics.Summary().tof, 4, 0.4) << max_side;
  }
}

// The translation of an identity network: both sides the same.
TEST(TemporalMetrics, IdentityMeasuresTheSameOnBothSides) {
  const MovingScene scene(96, 64);
  TemporalMetrics metrics({});
  for (int t = 0; t < 3; ++t) metrics.Add(scene.Input(t), scene.Input(t), t);
  const TemporalSummary summary = metrics.Summary();
  EXPECT_EQ(summary.warp_input, summary.warp_output);
  EXPECT_EQ(summary.flicker_input, summary.flicker_output);
  EXPECT_EQ(summary.tof, 0);
  EXPECT_GT(summary.warp_input, 0);
}

// The definition of Lai et al. once more, straight from the paper's code, in double precision.
TEST(TemporalMetrics, WarpingErrorAgreesWithADirectComputation) {
  constexpr int kWidth = 80, kHeight = 60;
  const MovingScene scene(kWidth, kHeight, 4);
  const media::Picture before = scene.Input(0), now = scene.Input(3);
  const media::Picture out_before = scene.Translation(0, kFlicker);
  const media::Picture out_now = scene.Translation(3, kFlicker);
  TemporalMetrics metrics({});
  metrics.Add(before, out_before, 0);
  metrics.Add(now, out_now, 1);
  const TemporalRow row = metrics.rows().at(0);

  const auto grey_of = [](const media::Picture& p) {
    std::vector<std::uint8_t> grey;
    for (std::size_t i = 0; i < p.data.size(); i += 3) {
      grey.push_back(static_cast<std::uint8_t>(
          std::lround(0.299 * p.data[i] + 0.587 * p.data[i + 1] + 0.114 * p.data[i + 2])));
    }
    return grey;
  };
  const std::vector<std::uint8_t> grey_before = grey_of(before), grey_now = grey_of(now);
  const auto estimator = media::MakeFlow(media::FlowMethod::kDisMedium);
  media::FlowField f, b;
  estimator->Estimate({kWidth, kHeight, grey_before}, {kWidth, kHeight, grey_now}, f);
  estimator->Estimate({kWidth, kHeight, grey_now}, {kWidth, kHeight, grey_before}, b);
  // Value k of n interleaved ones at a place between pixels.
  const auto sample = [&](const auto& data, std::size_t n, std::size_t k, double x, double y) {
    x = std::clamp(x, 0.0, kWidth - 1.0);
    y = std::clamp(y, 0.0, kHeight - 1.0);
    const int x0 = static_cast<int>(x), y0 = static_cast<int>(y);
    const auto at = [&](int i, int j) {
      i = std::min(i, kWidth - 1);
      j = std::min(j, kHeight - 1);
      return static_cast<double>(data[static_cast<std::size_t>(j * kWidth + i) * n + k]);
    };
    const double u = x - x0, v = y - y0;
    return (at(x0, y0) * (1 - u) + at(x0 + 1, y0) * u) * (1 - v) +
           (at(x0, y0 + 1) * (1 - u) + at(x0 + 1, y0 + 1) * u) * v;
  };
  const auto flow_at = [&](const media::FlowField& field, double x, double y) {
    return std::pair{sample(field.data, 2, 0, x, y), sample(field.data, 2, 1, x, y)};
  };
  double sum_in = 0, sum_out = 0;
  int count = 0, occluded_count = 0;
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      const auto [fx, fy] = flow_at(f, x, y);
      const auto [bx, by] = flow_at(b, x + fx, y + fy);
      const auto [rx, ry] = flow_at(f, x + 1, y);
      const auto [dx, dy] = flow_at(f, x, y + 1);
      const double size = fx * fx + fy * fy;
      const bool outside = x + fx < 0 || x + fx > kWidth - 1 || y + fy < 0 || y + fy > kHeight - 1;
      const bool occluded =
          std::pow(bx + fx, 2) + std::pow(by + fy, 2) > 0.01 * (bx * bx + by * by + size) + 0.5;
      const bool boundary = std::pow(rx - fx, 2) + std::pow(ry - fy, 2) + std::pow(dx - fx, 2) +
                                std::pow(dy - fy, 2) >
                            0.01 * size + 0.002;
      if (occluded && !outside && !boundary) ++occluded_count;
      if (outside || occluded || boundary) continue;
      ++count;
      for (std::size_t c = 0; c < 3; ++c) {
        const auto i = static_cast<std::size_t>(y * kWidth + x) * 3 + c;
        sum_in += std::pow((sample(now.data, 3, c, x + fx, y + fy) - before.data[i]) / 255, 2);
        sum_out +=
            std::pow((sample(out_now.data, 3, c, x + fx, y + fy) - out_before.data[i]) / 255, 2);
      }
    }
  }
  EXPECT_GT(occluded_count, 5) << "the scene proves nothing about occlusion";
  EXPECT_NEAR(row.covered, static_cast<double>(count) / (kWidth * kHeight), 1e-3);
  EXPECT_NEAR(row.warp_input, sum_in / (3 * count), 1e-3 * row.warp_input);
  EXPECT_NEAR(row.warp_output, sum_out / (3 * count), 1e-3 * row.warp_output);
}

// The estimate agrees with the truth about a flickering translation.
TEST(TemporalMetrics, WarpingErrorIsNearThatOfTheTrueFlow) {
  const MovingScene scene(200, 120);
  TemporalMetrics metrics({});
  double truth = 0;
  media::Picture previous;
  media::FlowField flow;
  std::vector<std::uint8_t> valid;
  for (int t = 0; t < 4; ++t) {
    const media::Picture output = scene.Translation(t, kFlicker);
    if (t > 0) truth += WarpingError(previous, output, flow, valid) / 3;
    metrics.Add(scene.Input(t), output, t);
    scene.Flow(t, flow, valid);
    previous = output;
  }
  EXPECT_NEAR(metrics.Summary().warp_output, truth, 0.2 * truth);
}

TEST(TemporalMetrics, EveryMeasuresSomePairsAndFlickerOfAll) {
  TemporalMetrics metrics({.max_side = 320, .every = 3});
  for (int t = 0; t < 6; ++t) {
    metrics.Add(Texture(64, 64, t, 0), Texture(64, 64, t, 0, 0.1 * (t % 2)), t);
  }
  ASSERT_EQ(metrics.rows().size(), 5U);
  for (const TemporalRow& row : metrics.rows()) {
    EXPECT_EQ(row.measured, row.frame == 1 || row.frame == 4) << row.frame;
    EXPECT_GT(row.flicker_output, 0.05);
    EXPECT_EQ(row.ToJson().contains("tof"), row.measured);
    EXPECT_EQ(row.ToJson().at("frame"), row.frame);
  }
  EXPECT_EQ(metrics.Summary().pairs, 2);
  EXPECT_EQ(metrics.Summary().ToJson().at("pairs"), 2);
}

// An output of another size and depth than its input.
TEST(TemporalMetrics, SizesAndDepthsMayDiffer) {
  TemporalMetrics metrics({});
  for (int t = 0; t < 3; ++t) {
    metrics.Add(Texture(80, 60, 2 * t, 0), Deep(Texture(160, 120, 4 * t, 0)), t);
  }
  EXPECT_LT(metrics.Summary().warp_output, 5e-4);
  EXPECT_LT(metrics.Summary().tof, 0.25);
}

TEST(TemporalMetrics, TinyFramesAndFewFrames) {
  EXPECT_EQ(TemporalMetrics({}).Summary().pairs, 0);
  for (const auto& [width, height] : {std::pair{1, 1}, {20, 5}, {40, 48}}) {
    TemporalMetrics metrics({});
    for (int t = 0; t < 3; ++t) {
      metrics.Add(Texture(width, height, t, 0), Texture(width, height, t, t), t);
    }
    EXPECT_TRUE(std::isfinite(metrics.Summary().tof));
    EXPECT_TRUE(std::isfinite(metrics.Summary().warp_output));
  }
}

TEST(TemporalMetrics, StateGoesOnWithTheSameNumbers) {
  const MovingScene scene(260, 80);  // reduced
  const TemporalSettings settings{.max_side = 200, .every = 2};
  TemporalMetrics whole(settings);
  Bytes state = whole.State();
  for (int t = 0; t < 5; ++t) {
    TemporalMetrics resumed(settings);
    resumed.LoadState(state);
    for (TemporalMetrics* metrics : {&whole, &resumed}) {
      metrics->Add(scene.Input(t), scene.Translation(t, kFlicker), t / 7.0);
    }
    state = whole.State();
    ASSERT_EQ(resumed.State(), state) << t;
    ASSERT_EQ(resumed.Summary().ToJson(), whole.Summary().ToJson());
  }
  ExpectDamageIsRefused(state, 28, [&](const Bytes& damaged) {
    TemporalMetrics other(settings);
    other.LoadState(damaged);
    other.Add(scene.Input(5), scene.Input(5), 1);
  });
}

TEST(WarpingError, ClosedForms) {
  const media::Picture first = Texture(30, 20, 0, 0);
  const media::Picture second = Texture(30, 20, 2, 1);
  media::FlowField flow{.width = 30, .height = 20, .data = std::vector<float>(2UL * 600)};
  std::vector<std::uint8_t> valid(600, 1);
  // Zero flow: the plain mean square.
  EXPECT_NEAR(WarpingError(first, second, flow, valid), MeanSquare(first, second), 1e-7);
  for (std::size_t i = 0; i < 600; ++i) {
    flow.data[2 * i] = 2;
    flow.data[2 * i + 1] = 1;
    valid[i] = i % 30 < 28 && i / 30 < 19 ? 1 : 0;  // the rest left the frame
  }
  EXPECT_NEAR(WarpingError(first, second, flow, valid), 0, 1e-12);
  // A jump of d where it counts, anything where it does not.
  media::Picture jumped = second;
  for (std::uint8_t& sample : jumped.data) sample = static_cast<std::uint8_t>(sample + 10);
  EXPECT_NEAR(WarpingError(first, jumped, flow, valid), 100 / 255.0 / 255.0, 1e-8);
  EXPECT_EQ(WarpingError(first, jumped, flow, std::vector<std::uint8_t>(600, 0)), 0);
}

}  // namespace
}  // namespace agon::cyclegan
