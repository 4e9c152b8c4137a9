// SPDX-License-Identifier: Apache-2.0
// The pair and the overlays on files that FFmpeg's program made.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/runtime/media/make_video.h"
#include "tests/viewer/video/fake_video.h"
#include "viewer/video/overlay.h"
#include "viewer/video/video_pair.h"

namespace agon::viewer {
namespace {

class VideoFiles : public media::MediaTest {
 protected:
  static void Reach(VideoPair& pair, std::int64_t frame) {
    pair.LookAt(frame);
    ASSERT_TRUE(Becomes([&] { return pair.settled(); })) << frame;
  }
};

// Frames are exactly those of a walk from the beginning, whatever the order they are asked in, with
// frames that are coded out of order too.
TEST_F(VideoFiles, EveryFrameIsTheOneOfThatNumber) {
  const Path input = Make("in.mp4", Moving("64x48", "3") + " -c:v libx264 -bf 3 -g 12");
  const Path output = Make("out.mkv", Moving("64x48", "3") + " -vf negate -c:v libx264 -bf 2");
  const auto expected_input = media::AllFrames(*media::Videos().Open(input, {}));
  const auto expected_output = media::AllFrames(*media::Videos().Open(output, {}));
  ASSERT_EQ(expected_input.size(), 30U);
  VideoPair pair({.input = input, .output = output},
                 {.limit_bytes = std::size_t{2} * 8 * 64 * 48 * 3, .open = {}});
  for (const int frame : {0, 1, 29, 28, 15, 14, 13, 3, 4, 22}) {
    Reach(pair, frame);
    const auto place = static_cast<std::size_t>(frame);
    const auto a = pair.Get(VideoSide::kInput, frame);
    const auto b = pair.Get(VideoSide::kOutput, frame);
    ASSERT_NE(a, nullptr);
    ASSERT_NE(b, nullptr);
    EXPECT_EQ(a->pixels.data, expected_input[place].picture.data) << frame;
    EXPECT_EQ(b->pixels.data, expected_output[place].picture.data) << frame;
    EXPECT_NEAR(a->seconds, 0.1 * frame, 1e-6);
  }
  EXPECT_LE(pair.bytes(), std::size_t{2} * 8 * 64 * 48 * 3);
  EXPECT_EQ(pair.status().frames, 30);
  EXPECT_DOUBLE_EQ(pair.status().frame_rate, 10);
}

TEST_F(VideoFiles, ATranslationOfALowerHeightIsMatched) {
  const Path input = Make("in.mp4", Moving("128x96", "1"));
  const Path output = Make("out.mp4", Moving("64x48", "1"));
  VideoPair pair({.input = input, .output = output});
  Reach(pair, 5);
  EXPECT_EQ(pair.Get(VideoSide::kInput, 5)->pixels.width, 64);
  EXPECT_EQ(pair.Get(VideoSide::kInput, 5)->pixels.height, 48);
}

TEST_F(VideoFiles, MissingAndForeignFilesAreToldInOneLine) {
  media::WriteBytes(Place("text.mp4"), "no video at all");
  VideoPair pair({.input = Place("none.mp4"), .output = Place("text.mp4")});
  Reach(pair, 3);
  const VideoPairStatus status = pair.status();
  EXPECT_THAT(status.problem_input, testing::HasSubstr("none.mp4"));
  EXPECT_THAT(status.problem_output, testing::HasSubstr("text.mp4"));
  EXPECT_EQ(status.problem_output.find('\n'), std::string::npos);
}

// A texture that moves by 3 pixels to the right and 1 down from frame to frame.
std::shared_ptr<const formats::Pixels> Texture(int dx, int dy, int brighter = 0) {
  formats::Pixels pixels{.width = 96, .height = 64, .channels = 3, .data = {}};
  for (int y = 0; y < pixels.height; ++y) {
    for (int x = 0; x < pixels.width; ++x) {
      const double u = x - dx;
      const double v = y - dy;
      const double value = 110 + 40 * std::sin(0.31 * u + 0.11 * v) + 30 * std::sin(0.23 * v) +
                           20 * std::sin(0.5 * u - 0.4 * v) + brighter;
      pixels.data.insert(pixels.data.end(), 3, static_cast<std::uint8_t>(value));
    }
  }
  return std::make_shared<const formats::Pixels>(std::move(pixels));
}

TEST_F(VideoFiles, MotionIsFoundAndItsColourIsItsDirection) {
  const Overlay overlay =
      MakeOverlay({.kind = OverlayKind::kFlow, .input = {Texture(0, 0), Texture(3, 1)}});
  EXPECT_NEAR(overlay.input.value, std::hypot(3, 1), 0.35);
  const auto& data = overlay.input.picture->data;
  const std::size_t middle = std::size_t{3} * (32 * 96 + 48);
  EXPECT_GT(data[middle], 150);  // to the right: red
  EXPECT_LT(data[middle + 2], 120);
  ASSERT_FALSE(overlay.input.arrows.empty());
  const FlowArrow& arrow = overlay.input.arrows[overlay.input.arrows.size() / 2];
  EXPECT_NEAR(arrow.dx, 3, 0.35);
  EXPECT_NEAR(arrow.dy, 1, 0.35);
}

// The output moves along but for its brightness, which jumps by 20 levels: the input has no
// error, the output (20 / 255)^2.
TEST_F(VideoFiles, TheWarpingErrorIsWhatDoesNotMoveAlong) {
  const Overlay overlay = MakeOverlay({.kind = OverlayKind::kWarpError,
                                       .input = {Texture(0, 0), Texture(3, 1)},
                                       .output = {Texture(0, 0), Texture(3, 1, 20)}});
  EXPECT_LT(overlay.input.value, 0.0006);
  EXPECT_NEAR(overlay.output.value, (20.0 / 255) * (20.0 / 255), 0.0012);
  EXPECT_GT(overlay.covered, 0.7);
  EXPECT_EQ(overlay.output.picture->width, 96);
}

}  // namespace
}  // namespace agon::viewer
