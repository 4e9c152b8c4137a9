// SPDX-License-Identifier: Apache-2.0
// A written frame is the frame that was given: its colours, depth, chroma, times; the same frames
// are the same bytes; and what goes wrong is said.
#include "runtime/media/video_writer.h"

#include <cmath>

#include "runtime/media/output_file.h"
#include "tests/runtime/media/identity_job.h"

// libx265 (3.5) forgets a few hundred bytes with every encoder that it closes.
// NOLINTNEXTLINE(readability-identifier-naming,bugprone-reserved-identifier): the sanitizer's name
extern "C" const char* __lsan_default_suppressions() { return "leak:libx265\nleak:x265_\n"; }

namespace agon::media {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class VideoWriterTest : public MediaTest {
 protected:
  // Soft colours, all of which RGB can show, in the pixel format's own samples and without loss.
  [[nodiscard]] Path MakeSoft(const std::string& format, const std::string& size, int bits,
                              const std::string& more = "") const {
    const std::string scale = std::to_string(1 << (bits - 8));
    return Make("soft.mkv", "-f lavfi -i testsrc=size=" + size +
                                ":rate=10 -frames:v 3 -vf \"format=" + format + ",geq=lum='" +
                                scale + "*(110+40*sin(X/7+N)+9*sin(Y*X))':cb='" + scale +
                                "*(128+20*sin(Y/9+N))':cr='" + scale + "*(128+20*cos(X/5))'\" " +
                                more + " -c:v ffv1 -pix_fmt " + format);
  }

  [[nodiscard]] static std::string Entry(const Path& file, const std::string& name) {
    const std::vector<std::string> lines = Probe(file, "v:0", "stream=" + name);
    return lines.empty() ? "" : lines[0];
  }
};

// Correct rounding of a frame to RGB and back returns every sample: an error of at most half a
// level in R, G and B is less than half a level of luma or chroma in the limited range. In the
// full range it may be just half, so one level may be missed.
struct Coding {
  const char* format;
  int bits;
  const char* codec;
  const char* tags;
};
class LosslessRoundTrip : public VideoWriterTest, public ::testing::WithParamInterface<Coding> {};

TEST_P(LosslessRoundTrip, ReturnsEverySample) {
  const Coding& coding = GetParam();
  const Path source = MakeSoft(coding.format, "64x48", coding.bits, coding.tags);
  const Path written = RunIdentity(source, Place("out.mkv"), 2, Lossless(coding.codec));
  EXPECT_EQ(Entry(written, "pix_fmt"), coding.format);
  const std::string before = Decoded(source, coding.format);
  const std::string after = Decoded(written, coding.format);
  ASSERT_EQ(before.size(), after.size());
  ASSERT_GT(before.size(), 3U * 64 * 48);
  EXPECT_EQ(before, after);
}

INSTANTIATE_TEST_SUITE_P(
    Formats, LosslessRoundTrip,
    ::testing::Values(Coding{"yuv420p", 8, "ffv1", ""}, Coding{"yuv422p", 8, "ffv1", ""},
                      Coding{"yuv444p", 8, "ffv1", ""}, Coding{"yuv440p", 8, "ffv1", ""},
                      Coding{"yuv411p", 8, "ffv1", ""}, Coding{"yuv410p", 8, "ffv1", ""},
                      Coding{"yuv420p10le", 10, "ffv1", ""}, Coding{"yuv422p12le", 12, "ffv1", ""},
                      Coding{"yuv420p", 8, "ffv1", "-colorspace bt709"},
                      Coding{"yuv420p", 8, "h264", ""}, Coding{"yuv422p", 8, "h264", ""},
                      Coding{"yuv444p", 8, "h264", ""},
                      Coding{"yuv420p10le", 10, "h264", "-colorspace bt2020nc"},
                      Coding{"yuv420p", 8, "hevc", ""}, Coding{"yuv444p12le", 12, "hevc", ""},
                      Coding{"yuv420p", 8, "vp9", ""}, Coding{"yuv422p10le", 10, "vp9", ""}),
    [](const auto& instance) {
      return std::string(instance.param.codec) + "_" + instance.param.format + "_" +
             std::to_string(instance.index);
    });

TEST_F(VideoWriterTest, FullRangeRoundTripMissesAtMostOneLevel) {
  const Path source = MakeSoft("yuv444p", "64x48", 8, "-color_range pc");
  const Path written = RunIdentity(source, Place("out.mkv"), 9, Lossless("ffv1"));
  EXPECT_EQ(Entry(written, "color_range"), "pc");
  const std::string before = Decoded(source, "yuv444p");
  const std::string after = Decoded(written, "yuv444p");
  ASSERT_EQ(before.size(), after.size());
  int largest = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    largest = std::max(largest, std::abs(int{static_cast<unsigned char>(before[i])} -
                                         int{static_cast<unsigned char>(after[i])}));
  }
  EXPECT_LE(largest, 1);
  EXPECT_LT(MeanDifference(before, after), 0.02);
}

// Every pixel of RGB that is written without loss comes back, in whichever codec.
TEST_F(VideoWriterTest, RgbStaysRgbWithoutLoss) {
  const Path source = Make("in.gif", Moving("64x48", "0.4"));
  const std::string before = Decoded(source, "rgb24");
  ASSERT_THAT(before, SizeIs(4 * 64 * 48 * 3));
  for (const char* const codec : {"h264", "hevc", "vp9", "ffv1"}) {
    const Path written =
        RunIdentity(source, Place(std::string(codec) + ".mkv"), 9, Lossless(codec));
    EXPECT_TRUE(Decoded(written, "rgb24") == before) << codec;
  }
}

// With loss it becomes what every player shows, and says by which matrix.
TEST_F(VideoWriterTest, RgbBecomesPlayableWithLoss) {
  const Path source = Make("in.gif", Moving("64x48", "0.4"));
  const Path written = RunIdentity(source, Place("out.mp4"), 9, Coded("", 1));
  EXPECT_EQ(Entry(written, "pix_fmt"), "yuv420p");
  EXPECT_EQ(Entry(written, "color_space"), "bt709");
  EXPECT_EQ(Entry(written, "color_range"), "tv");
}

// A network paints grey sources in colour.
TEST_F(VideoWriterTest, GreySourcesGetColours) {
  const Path source = Make("in.mkv", Moving("64x48", "0.3") + " -pix_fmt gray -c:v ffv1");
  const Path written = RunIdentity(source, Place("out.mkv"), 9, Lossless("ffv1"));
  EXPECT_EQ(Entry(written, "pix_fmt"), "yuv420p");
  EXPECT_EQ(Decoded(written, "gray"), Decoded(source, "gray"));
}

TEST_F(VideoWriterTest, OddSizesGetChromaForEveryPixel) {
  const Path source = MakeSoft("yuv420p", "63x47", 8);
  const Path written = RunIdentity(source, Place("out.mp4"), 9, Lossless("h264"));
  EXPECT_EQ(Entry(written, "pix_fmt"), "yuv444p");
  EXPECT_THAT(Probe(written, "v", "stream=width,height"), ElementsAre("63,47"));
  EXPECT_EQ(Decoded(written, "gray"), Decoded(source, "gray"));
}

// 4:2:2 that was turned would need half as many rows of chroma, which no codec has.
TEST_F(VideoWriterTest, TurnedChromaLosesNothing) {
  const Path flat = Make("flat.mov", Moving("64x48", "0.3") + " -pix_fmt yuv422p -c:v libx264");
  const Path source =
      Make("in.mov", "-i " + flat.filename().string() + " -c copy -metadata:s:v rotate=90");
  const Path written = RunIdentity(source, Place("out.mp4"), 9, Quick());
  EXPECT_THAT(Probe(written, "v", "stream=width,height,pix_fmt"), ElementsAre("48,64,yuv444p"));
  EXPECT_THAT(Probe(written, "v", "stream_side_data=rotation"), SizeIs(0));
}

TEST_F(VideoWriterTest, KeepsTagsOfColourAndShape) {
  const Path source = Make(
      "in.mp4", Moving("64x48", "0.3") +
                    " -vf setsar=4/3 -pix_fmt yuv420p10le -c:v libx264 -color_primaries bt2020 "
                    "-color_trc smpte2084 -colorspace bt2020nc -color_range tv "
                    "-chroma_sample_location topleft");
  const std::string wanted =
      "stream=pix_fmt,sample_aspect_ratio,color_range,color_space,color_transfer,color_primaries,"
      "chroma_location";
  for (const char* const name : {"out.mp4", "out.mov", "out.mkv"}) {
    for (const char* const codec : {"h264", "hevc"}) {
      const WriteOptions options = Quick(codec);
      const Path written = RunIdentity(source, Place(name), 2, options);
      EXPECT_EQ(Probe(written, "v", wanted), Probe(source, "v", wanted)) << name << " " << codec;
    }
  }
}

// More than H.264 has: HEVC, unless a codec is named.
TEST_F(VideoWriterTest, TwelveBitsStayTwelve) {
  const Path source = MakeSoft("yuv420p12le", "64x48", 12);
  const Path written = RunIdentity(source, Place("out.mp4"), 9, Quick());
  EXPECT_THAT(Probe(written, "v", "stream=codec_name,codec_tag_string,pix_fmt"),
              ElementsAre("hevc,hvc1,yuv420p12le"));
  EXPECT_EQ(Entry(RunIdentity(source, Place("h264.mp4"), 9, Quick("h264")), "pix_fmt"),
            "yuv420p10le");
}

TEST_F(VideoWriterTest, SameFramesMakeTheSameBytes) {
  const Path source = Make("in.mp4", Moving("96x64", "1") + " -c:v libx264");
  for (const char* const codec : {"h264", "hevc", "vp9", "ffv1"}) {
    const WriteOptions options = Coded(codec, 30, "ultrafast", 2);
    std::vector<Bytes> files;
    for (const char* const name : {"one.mkv", "two.mkv"}) {
      const Path written = RunIdentity(source, Place(name), 4, options);
      files.push_back(ReadFileBytes(Place("000001.mkv")));
      files.push_back(ReadFileBytes(written));
    }
    EXPECT_TRUE(files[0] == files[2]) << codec;
    EXPECT_TRUE(files[1] == files[3]) << codec;
  }
}

VideoInfo SmallInfo() {
  VideoInfo info;
  info.chroma = "420";
  info.frame_rate = {25, 1};
  info.time_base = {1, 1000};
  return info;
}

VideoFrame Noise(int width, int height, std::int64_t pts) {
  VideoFrame frame{.picture = {.width = width, .height = height, .bits = 8, .data = {}},
                   .pts = pts,
                   .duration = 0};
  frame.picture.data.resize(frame.picture.SampleCount());
  std::uint32_t state = static_cast<std::uint32_t>(pts) + 1;
  for (std::uint8_t& sample : frame.picture.data) {
    state = state * 1664525U + 1013904223U;
    sample = static_cast<std::uint8_t>(state >> 24U);
  }
  return frame;
}

// A clock that stands still or steps back is nudged on; one that jumped back is carried on.
TEST_F(VideoWriterTest, TimesGrow) {
  const auto writer = CreateVideo(Place("s.mkv"), SmallInfo(), Quick());
  for (const std::int64_t pts : {100, 140, 140, 139, 180, -5000}) {
    writer->Write(Noise(32, 32, pts));
  }
  writer->Finish();
  JoinVideo(std::vector<Path>{Place("s.mkv")}, {}, Place("out.mp4"),
            {.sound = false, .seconds = {}});
  const auto reader = OpenVideo(Place("out.mp4"), {});
  std::vector<double> seconds;
  for (VideoFrame frame; reader->Next(frame);) {
    seconds.push_back(static_cast<double>(frame.pts) * reader->info().time_base.value());
  }
  EXPECT_THAT(seconds, ::testing::Pointwise(::testing::DoubleNear(1e-9),
                                            {0.1, 0.14, 0.141, 0.142, 0.18, 0.22}));
}

TEST_F(VideoWriterTest, FullDiskIsAnErrorThatNamesTheFile) {
  const Path file = Place("segment.mkv");
  {
    const FileSizeLimit limit(50'000);
    const auto writer = CreateVideo(file, SmallInfo(), Lossless("ffv1"));
    const std::string message = ErrorOf(
        [&] {
          for (int i = 0; i < 50; ++i) writer->Write(Noise(64, 64, std::int64_t{40} * i));
          writer->Finish();
        },
        ErrorKind::kIo);
    EXPECT_THAT(message, AllOf(HasSubstr(file.string()), HasSubstr("cannot be written")));
  }
  EXPECT_THAT(NamesIn(folder_.path()), SizeIs(0));
  EXPECT_EQ(WriteReason(AVERROR(ENOSPC)), "disk full");
}

TEST_F(VideoWriterTest, NothingIsThereBeforeFinish) {
  const Path file = Place("segment.mkv");
  {
    const auto writer = CreateVideo(file, SmallInfo(), Quick());
    for (int i = 0; i < 3; ++i) writer->Write(Noise(64, 64, std::int64_t{40} * i));
    EXPECT_THAT(NamesIn(folder_.path()), ElementsAre(".segment.mkv.part"));
  }
  EXPECT_THAT(NamesIn(folder_.path()), SizeIs(0));
  EXPECT_THAT(ErrorOf([&] { CreateVideo(file, SmallInfo(), Quick())->Finish(); }),
              HasSubstr("no frames"));
  // What a killed process left behind is written over.
  WriteBytes(Place(".segment.mkv.part"), std::string(100'000, 'x'));
  const auto writer = CreateVideo(file, SmallInfo(), Quick());
  writer->Write(Noise(64, 64, 0));
  writer->Finish();
  EXPECT_THAT(NamesIn(folder_.path()), ElementsAre("segment.mkv"));
  EXPECT_LT(std::filesystem::file_size(file), 100'000U);
  const Path nowhere = Place("missing") / "segment.mkv";
  EXPECT_THAT(ErrorOf([&] { CreateVideo(nowhere, SmallInfo(), Quick())->Write(Noise(8, 8, 0)); },
                      ErrorKind::kIo),
              AllOf(HasSubstr(nowhere.string()), HasSubstr("No such file")));
}

// Pictures of a folder may have several sizes; a video may not. The refusal names both.
TEST_F(VideoWriterTest, FramesOfAnotherSizeAreRefused) {
  const auto writer = CreateVideo(Place("s.mkv"), SmallInfo(), Quick());
  writer->Write(Noise(64, 64, 0));
  EXPECT_THAT(
      ErrorOf([&] { writer->Write(Noise(96, 64, 40)); }, ErrorKind::kData),
      AllOf(HasSubstr("s.mkv"), HasSubstr("96 x 64"), HasSubstr("64 x 64"), HasSubstr("folder")));
}

TEST_F(VideoWriterTest, RefusesOptionsThatCannotBeMeant) {
  const auto refusal = [&](const WriteOptions& options) {
    return ErrorOf([&] { return CreateVideo(Place("s.mkv"), SmallInfo(), options); },
                   ErrorKind::kUsage);
  };
  EXPECT_THAT(refusal(Coded("h265")), AllOf(HasSubstr("h264"), HasSubstr("hevc")));
  EXPECT_THAT(refusal(Coded("", 52)), HasSubstr("51"));
  EXPECT_THAT(refusal(Coded("", -1)), HasSubstr("lossless"));
  EXPECT_THAT(refusal(Coded("", 20, "fastr")), HasSubstr("did you mean \"fast"));
}

}  // namespace
}  // namespace agon::media
