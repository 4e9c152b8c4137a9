// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/video/sinks.h"

#include "cyclegan/video/thumbnail.h"
#include "runtime/formats/png.h"
#include "tests/cyclegan/video/pipeline_fakes.h"
#include "tests/runtime/media/make_video.h"

namespace agon::cyclegan {
namespace {

using media::Videos;
using ::testing::ElementsAre;

TEST(PictureNames, KeepTheStemAndAreAllDifferent) {
  EXPECT_THAT(PictureSink::NamesFor({"a.jpg", "b.png", "a.png", "c.tar.bmp"}),
              ElementsAre("a.jpg.png", "b.png", "a.png.png", "c.tar.png"));
  EXPECT_THAT(PictureSink::NamesFor({"a.jpg", "a.png", "a.png.png"}),
              ElementsAre("a.jpg.png", "a.png.png", "a.png.png.png"));
}

// Means of areas, exactly; 16 bits come down to 8 with rounding.
TEST(Thumbnail, IsTheMeanOfAreas) {
  media::Picture picture{4, 2, 8, {}};
  for (int i = 0; i < 24; ++i) picture.data.push_back(static_cast<std::uint8_t>(10 * i));
  const formats::Pixels whole = Thumbnail(picture);
  EXPECT_EQ(whole.data, picture.data);
  const formats::Pixels half = Thumbnail(picture, 2);
  EXPECT_EQ(half.width, 2);
  EXPECT_EQ(half.height, 1);
  // Columns 0 and 1 of both rows: (0 + 30 + 120 + 150) / 4, and 60 more to the right.
  EXPECT_THAT(half.data, ElementsAre(75, 85, 95, 135, 145, 155));
  media::Picture deep{1, 1, 16, {}};
  for (const int value : {0, 65535, 257 * 100 + 200}) {
    deep.data.push_back(static_cast<std::uint8_t>(value & 255));
    deep.data.push_back(static_cast<std::uint8_t>(value >> 8));
  }
  EXPECT_THAT(Thumbnail(deep).data, ElementsAre(0, 255, 101));
}

class Sinks : public media::MediaTest {
 protected:
  // The identity pipeline over `input` into segments of 8 frames, all or from a border on.
  std::vector<PipelineState> Run(const Path& input, const media::WriteOptions& options,
                                 const Path& segments, const PipelineState& start = {},
                                 FrameTranslator* translator = nullptr) const {
    std::filesystem::create_directories(segments);
    const auto reader = Videos().Open(input, {.height = 0, .threads = 1});
    const auto identity = IdentityTranslator();
    SegmentSink sink(segments, reader->info(), options);
    KeepingObserver observer;
    (void)RunPipeline({.reader = *reader,
                       .translator = translator != nullptr ? *translator : *identity,
                       .sink = sink},
                      {.batch = 3, .segment = 8}, observer, start);
    return observer.borders;
  }
  static std::vector<Path> SegmentsOf(const Path& folder) {
    std::vector<Path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
  }
};

TEST_F(Sinks, SegmentsJoinedAreTheVideo) {
  const Path input = Make("in.mkv", Moving("64x48", "2") + " -c:v libx264 -qp 0 -pix_fmt yuv444p");
  (void)Run(input, {.codec = "ffv1", .container = "mkv", .threads = 1}, Place("segments"));
  const std::vector<Path> files = SegmentsOf(Place("segments"));
  ASSERT_EQ(files.size(), 3U);  // 20 frames
  EXPECT_EQ(files[1].filename(), "000008.mp4");
  Videos().Join(files, input, Place("out.mkv"), {});
  EXPECT_EQ(FrameEntries(Place("out.mkv"), "pts"), FrameEntries(input, "pts"));
  const std::string before = Decoded(input, "yuv444p"),
                    after = Decoded(Place("out.mkv"), "yuv444p");
  ASSERT_EQ(after.size(), before.size());
  EXPECT_LE(media::MeanDifference(before, after), 0.51);  // to RGB and back
}

// A lossy coder, and a translator that depends on all earlier frames: from every border on, the
// same bytes.
TEST_F(Sinks, WorkThatGoesOnWritesTheSameSegments) {
  const Path input = Make("in.mp4", Moving("64x48", "2") + " -pix_fmt yuv420p");
  const media::WriteOptions options{.codec = "h264", .container = "mp4", .threads = 2};
  FadingTranslator whole;
  const std::vector<PipelineState> borders = Run(input, options, Place("a"), {}, &whole);
  const std::vector<Path> expected = SegmentsOf(Place("a"));
  ASSERT_EQ(borders.size(), 3U);
  FadingTranslator rest;
  (void)Run(input, options, Place("b"), borders[0], &rest);
  const std::vector<Path> made = SegmentsOf(Place("b"));
  ASSERT_EQ(made.size(), 2U);
  for (std::size_t i = 0; i < made.size(); ++i) {
    EXPECT_EQ(made[i].filename(), expected[i + 1].filename());
    EXPECT_EQ(ReadFileBytes(made[i]), ReadFileBytes(expected[i + 1]));
  }
}

TEST_F(Sinks, PicturesAreWrittenUnderTheirNames) {
  FakeReader reader(3, [](std::int64_t i) {
    media::Picture picture = Grey(20, 16, static_cast<std::uint8_t>(40 * i));
    if (i == 2) {  // 16 bits: two bytes of the same value make it 257 times as large
      picture.bits = 16;
      picture.data.resize(2 * picture.data.size(), 80);
    }
    return picture;
  });
  const auto identity = IdentityTranslator();
  {
    PictureSink sink(folder_.path(), {"x.png", "y.png", "z.png"}, 2);
    KeepingObserver observer;
    (void)RunPipeline({.reader = reader, .translator = *identity, .sink = sink},
                      {.batch = 2, .segment = 100}, observer);
  }
  const auto value = [&](const char* name) {
    return formats::DecodePng(ReadFileBytes(Place(name)), name).data.front();
  };
  EXPECT_EQ(value("x.png"), 0);
  EXPECT_EQ(value("y.png"), 40);
  EXPECT_EQ(value("z.png"), 80);
  EXPECT_THAT(media::OutputOf("ffprobe -v quiet -show_entries stream=pix_fmt -of csv=p=0 '" +
                              Place("z.png").string() + "'"),
              ::testing::HasSubstr("rgb48be"));
}

TEST_F(Sinks, AFolderThatIsGoneIsNamed) {
  FakeReader reader(30);
  const auto identity = IdentityTranslator();
  PictureSink sink(Place("missing"), {}, 2);
  KeepingObserver observer;
  EXPECT_THAT(formats::ErrorOf(
                  [&] {
                    return RunPipeline({.reader = reader, .translator = *identity, .sink = sink},
                                       {.batch = 2, .segment = 100}, observer);
                  },
                  ErrorKind::kIo),
              ::testing::HasSubstr("missing/000000.png"));
}

}  // namespace
}  // namespace agon::cyclegan
