// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/video_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "tests/runtime/media/make_video.h"

namespace agon::media {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// What the README of the test data says of each file.
struct Known {
  const char* name;
  int frames, damaged, width, height, rotation, bits;
  const char* chroma;
  bool full_range;
  const char* sound;
};
class RealVideos : public ::testing::TestWithParam<Known> {};

TEST_P(RealVideos, AreReadToTheEnd) {
  const Known& known = GetParam();
  const Path file = TestData("video") / known.name;
  AGON_SKIP_WITHOUT(file);
  const auto reader = OpenVideo(file, {});
  const VideoInfo& info = reader->info();
  EXPECT_EQ(info.width, known.width);
  EXPECT_EQ(info.height, known.height);
  EXPECT_EQ(info.rotation, known.rotation);
  EXPECT_EQ(info.bits, known.bits);
  EXPECT_EQ(info.chroma, known.chroma);
  EXPECT_EQ(info.colour.full_range, known.full_range);
  EXPECT_EQ(info.frames, known.frames + known.damaged);
  EXPECT_TRUE(info.frames_exact);
  EXPECT_FALSE(info.variable_rate);
  if (*known.sound != '\0') {
    ASSERT_EQ(info.streams.size(), 1U);
    EXPECT_EQ(info.streams[0].kind, "audio");
    EXPECT_EQ(info.streams[0].codec, known.sound);
  } else {
    EXPECT_THAT(info.streams, IsEmpty());
  }
  VideoFrame frame;
  std::int64_t end = 0;
  int count = 0;
  for (; reader->Next(frame); ++count) {
    ASSERT_EQ(frame.picture.width, known.width);
    ASSERT_EQ(frame.picture.height, known.height);
    ASSERT_EQ(frame.picture.bits, known.bits > 8 ? 16 : 8);
    ASSERT_EQ(frame.picture.data.size(),
              frame.picture.SampleCount() * static_cast<std::size_t>(frame.picture.bits / 8));
    ASSERT_EQ(frame.pts, end) << count;  // one after the other, from 0
    ASSERT_GT(frame.duration, 0);
    end += frame.duration;
  }
  EXPECT_EQ(count, known.frames);
  EXPECT_EQ(reader->damaged(), known.damaged);
  EXPECT_EQ(reader->notes().empty(), known.damaged == 0);
  EXPECT_NEAR(static_cast<double>(end) * info.time_base.value(), info.seconds, 0.11);
}

INSTANTIATE_TEST_SUITE_P(
    All, RealVideos,
    ::testing::Values(Known{"cockatoo.mp4", 280, 0, 1280, 720, 0, 8, "444", false, "mp3"},
                      Known{"cutBunny.mp4", 240, 0, 640, 360, 0, 8, "420", false, "aac"},
                      Known{"decord_video_90.mov", 3, 0, 320, 568, 90, 8, "420", false, ""},
                      Known{"decord_corrupted.mp4", 49, 1, 1280, 720, 0, 8, "420", false, ""},
                      Known{"h264_10bits.mp4", 30, 0, 200, 200, 0, 10, "420", false, ""},
                      Known{"bt709_full_range.mp4", 30, 0, 1280, 720, 0, 8, "420", true, ""},
                      Known{"LynnHo_horse.gif", 10, 0, 372, 200, 0, 8, "rgb", true, ""},
                      Known{"LynnHo_horse2zebra.gif", 10, 0, 744, 200, 0, 8, "rgb", true, ""}),
    [](const auto& info) {
      std::string name = info.param.name;
      std::ranges::replace(name, '.', '_');
      return name;
    });

class VideoReaderTest : public MediaTest {
 protected:
  // One flat colour, given as RGB, through the program's own conversion to `matrix` and `range`.
  [[nodiscard]] std::unique_ptr<VideoReader> Flat(const std::string& name,
                                                  const std::string& format,
                                                  const std::string& matrix, const std::string& tag,
                                                  const std::string& range) const {
    return OpenVideo(Make(name,
                          "-f lavfi -i color=0xC83C28:size=32x32:rate=10 -frames:v 1 -vf "
                          "format=gbrp16,scale=out_color_matrix=" +
                              matrix + ":out_range=" + range +
                              ":flags=accurate_rnd+full_chroma_int,format=" + format +
                              " -c:v ffv1 -color_range " + range + " -colorspace " + tag),
                     {});
  }
};

// Frames coded out of order (B-frames) come in the order they are shown in.
TEST_F(VideoReaderTest, FramesComeInTheOrderTheyAreShownIn) {
  const Path file = Make("n.mp4", Numbered(50) + " -bf 3 -g 20");
  const auto reader = OpenVideo(file, {});
  const auto frames = AllFrames(*reader);
  ASSERT_EQ(frames.size(), 50U);
  for (int n = 0; n < 50; ++n) {
    EXPECT_EQ(SampleAt(frames[static_cast<std::size_t>(n)].picture, 5, 7, 1),
              std::lround(4 * n * 255 / 219.0));
  }
  EXPECT_EQ(TimesOf(frames), FrameEntries(file, "pts"));
}

TEST_F(VideoReaderTest, SkipIsExact) {
  const Path file = Make("n.mp4", Numbered(30) + " -bf 3");
  const auto all = AllFrames(*OpenVideo(file, {}));
  const auto reader = OpenVideo(file, {});
  VideoFrame frame;
  for (std::size_t n = 0; n < 17; ++n) {
    ASSERT_TRUE(reader->Skip(frame));
    EXPECT_EQ(frame.pts, all[n].pts);
    EXPECT_EQ(frame.duration, all[n].duration);
  }
  ASSERT_TRUE(reader->Next(frame));
  EXPECT_EQ(frame.picture.data, all[17].picture.data);
  EXPECT_EQ(frame.pts, all[17].pts);
}

// The number of threads changes the time it takes, nothing else.
TEST_F(VideoReaderTest, ThreadsChangeNothing) {
  const Path file = Make("m.mp4", Moving("64x48", "2") + " -pix_fmt yuv420p -bf 2");
  const auto one = AllFrames(*OpenVideo(file, {.threads = 1}));
  const auto four = AllFrames(*OpenVideo(file, {.threads = 4}));
  ASSERT_EQ(one.size(), 20U);
  ASSERT_EQ(four.size(), 20U);
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].pts, four[i].pts);
    EXPECT_EQ(one[i].picture.data, four[i].picture.data);
  }
}

// Each frame is shown until the next one is, whatever the container rounds its times to.
TEST_F(VideoReaderTest, VariableRatesKeepTheirTimes) {
  const std::string source = Moving("64x48", "2") +
                             " -vf \"setpts='(N+floor(N/4)*7)*0.1/TB'\" -fps_mode vfr"
                             " -enc_time_base 1/1000 -pix_fmt yuv420p -bf 2";
  for (const char* const name : {"v.mp4", "v.mkv"}) {
    SCOPED_TRACE(name);
    const Path file = Make(name, source);
    const auto reader = OpenVideo(file, {});
    const auto frames = AllFrames(*reader);
    ASSERT_EQ(frames.size(), 20U);
    EXPECT_EQ(TimesOf(frames), FrameEntries(file, "pts"));
    for (std::size_t i = 0; i + 1 < frames.size(); ++i) {
      EXPECT_EQ(frames[i].pts + frames[i].duration, frames[i + 1].pts);
      const double seconds =
          static_cast<double>(frames[i].duration) * reader->info().time_base.value();
      EXPECT_NEAR(seconds, i % 4 == 3 ? 0.8 : 0.1, 0.001);
    }
    EXPECT_GT(frames.back().duration, 0);
  }
  EXPECT_TRUE(OpenVideo(Place("v.mp4"), {})->info().variable_rate);
}

// Recordings joined as they are: the second one's clock begins where the first one's did.
TEST_F(VideoReaderTest, AClockThatBeginsAnewIsCarriedOn) {
  (void)Make("one.ts", Moving("64x48", "2") + " -c:v mpeg2video -bf 0");
  const Path file = Place("two.ts");
  ASSERT_EQ(std::system(("cat '" + Place("one.ts").string() + "' '" + Place("one.ts").string() +
                         "' >'" + file.string() + "'")
                            .c_str()),
            0);
  const auto reader = OpenVideo(file, {});
  const auto frames = AllFrames(*reader);
  ASSERT_EQ(frames.size(), 40U);
  for (std::size_t i = 1; i < frames.size(); ++i) {
    EXPECT_EQ(frames[i].pts - frames[i - 1].pts, 9000) << i;  // a tenth of a second
  }
  EXPECT_THAT(reader->notes(), ElementsAre(HasSubstr("the clock jumped back 1 time;")));
}

TEST_F(VideoReaderTest, ColoursFollowTheirMatrixAndRange) {
  const struct {
    const char* format;
    const char* matrix;
    const char* tag;
    const char* range;
    int number;
  } cases[] = {{"yuv420p", "bt601", "smpte170m", "tv", 6},
               {"yuv420p", "bt709", "bt709", "tv", 1},
               {"yuv444p", "bt709", "bt709", "pc", 1},
               {"yuv422p10le", "bt2020", "bt2020nc", "tv", 9},
               {"yuv444p12le", "bt601", "bt470bg", "pc", 5}};
  int n = 0;
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.format) + " " + c.tag + " " + c.range);
    const auto reader =
        Flat("c" + std::to_string(n++) + ".mkv", c.format, c.matrix, c.tag, c.range);
    EXPECT_EQ(reader->info().colour.matrix, c.number);
    EXPECT_EQ(reader->info().colour.full_range, std::string(c.range) == "pc");
    const Picture picture = AllFrames(*reader).at(0).picture;
    const double unit = picture.bits == 8 ? 1 : 257;
    const int colour[3] = {200, 60, 40};
    for (int i = 0; i < 3; ++i) {
      EXPECT_NEAR(SampleAt(picture, 9, 9, i) / unit, colour[i], picture.bits == 8 ? 2 : 1) << i;
    }
  }
}

// The same bytes mean other colours in another matrix: the tag decides.
TEST_F(VideoReaderTest, TheTagDecidesAndNoTagIsBt601) {
  const std::string source =
      "-f lavfi -i color=black:size=32x32:rate=10 -frames:v 1 -vf "
      "format=yuv444p,geq=lum=100:cb=90:cr=200 -c:v ffv1 ";
  const auto green = [&](const char* name, const std::string& tag) {
    const auto frames = AllFrames(*OpenVideo(Make(name, source + tag), {}));
    return SampleAt(frames.at(0).picture, 3, 3, 1);
  };
  // 255 * (84 / 219 + 0.34414 * 38 / 224 - 0.71414 * 72 / 224), and with 0.18732 and 0.46812.
  EXPECT_EQ(green("a.mkv", "-colorspace smpte170m"), 54);
  EXPECT_EQ(green("b.mkv", "-colorspace bt709"), 68);
  EXPECT_EQ(green("c.mkv", ""), 54);
}

// White of 10 bits is white of 16; levels between the 8-bit ones survive.
TEST_F(VideoReaderTest, DeepColoursKeepTheirBits) {
  const Path file =
      Make("d.mkv",
           "-f lavfi -i color=black:size=64x32:rate=10 -frames:v 1 -vf \"format=yuv444p10le,"
           "geq=lum='if(lt(X,32),940,500+X)':cb=512:cr=512\" -c:v ffv1");
  const auto reader = OpenVideo(file, {});
  EXPECT_EQ(reader->info().bits, 10);
  const Picture picture = AllFrames(*reader).at(0).picture;
  ASSERT_EQ(picture.bits, 16);
  EXPECT_EQ(SampleAt(picture, 3, 3, 0), 65535);
  for (int x = 32; x < 64; ++x) {
    EXPECT_EQ(SampleAt(picture, x, 3, 2), std::lround((500 + x - 64) * 65535 / 876.0));
  }
}

// As the program itself turns them.
TEST_F(VideoReaderTest, PicturesComeOutUpright) {
  const Path plain = Make("p.mp4", Moving("64x48", "0.5") + " -pix_fmt yuv444p -qp 0");
  for (const int degrees : {90, 180, 270}) {
    SCOPED_TRACE(degrees);
    const Path file = Make("r" + std::to_string(degrees) + ".mp4",
                           "-i p.mp4 -c copy -metadata:s:v rotate=" + std::to_string(degrees));
    const auto reader = OpenVideo(file, {});
    const bool across = degrees != 180;
    EXPECT_EQ(reader->info().width, across ? 48 : 64);
    EXPECT_EQ(reader->info().height, across ? 64 : 48);
    EXPECT_EQ(reader->info().source_width, 64);
    const std::string upright = Decoded(file, "rgb24");
    const auto frames = AllFrames(*reader);
    ASSERT_EQ(frames.size(), 5U);
    ASSERT_EQ(upright.size(), 5 * frames[0].picture.data.size());
    for (std::size_t i = 0; i < 5; ++i) {
      const std::size_t size = frames[i].picture.data.size();
      EXPECT_LT(MeanDifference(BytesOf(frames[i].picture),
                               std::string_view(upright).substr(i * size, size)),
                1.5);
    }
    // Were it turned the other way, they would differ by far more.
    EXPECT_GT(MeanDifference(BytesOf(frames[0].picture),
                             std::string_view(Decoded(plain, "rgb24")).substr(0, 9216)),
              20);
  }
}

TEST_F(VideoReaderTest, PixelsKeepTheirAspect) {
  Make("s.mp4", Moving("64x48", "0.2") + " -vf setsar=4/3 -pix_fmt yuv420p");
  EXPECT_EQ(OpenVideo(Place("s.mp4"), {})->info().sample_aspect, (Ratio{4, 3}));
  const Path turned = Make("t.mp4", "-i s.mp4 -c copy -metadata:s:v rotate=90");
  EXPECT_EQ(OpenVideo(turned, {})->info().sample_aspect, (Ratio{3, 4}));
}

TEST_F(VideoReaderTest, OddSizesAndHeights) {
  const Path odd = Make("o.mkv", Moving("65x47", "0.2") + " -c:v ffv1 -pix_fmt yuv420p");
  const auto frames = AllFrames(*OpenVideo(odd, {}));
  EXPECT_EQ(frames.at(0).picture.width, 65);
  EXPECT_EQ(frames.at(0).picture.height, 47);
  // Chroma of as many samples as luma leaves nothing to interpolate.
  const Path full = Make("f.mkv", Moving("65x47", "0.2") + " -c:v ffv1 -pix_fmt yuv444p");
  const Picture picture = AllFrames(*OpenVideo(full, {})).at(0).picture;
  EXPECT_LT(MeanDifference(BytesOf(picture),
                           std::string_view(Decoded(full, "rgb24")).substr(0, 65UL * 47 * 3)),
            1);
  const auto small = OpenVideo(odd, {.height = 24});
  EXPECT_EQ(small->info().height, 24);
  EXPECT_EQ(small->info().width, 34);  // 33.2, even
  EXPECT_EQ(small->info().source_width, 65);
  EXPECT_EQ(AllFrames(*small).at(1).picture.width, 34);
  // The mean colour does not depend on the size.
  const auto mean = [](const Picture& picture) {
    double sum = 0;
    for (const std::uint8_t value : picture.data) sum += value;
    return sum / static_cast<double>(picture.data.size());
  };
  EXPECT_NEAR(mean(AllFrames(*OpenVideo(odd, {.height = 24}))[0].picture), mean(frames[0].picture),
              2);
  EXPECT_THAT(ErrorOf([&] { return OpenVideo(odd, {.height = 16000}); }, ErrorKind::kUsage),
              HasSubstr("height 16000"));
}

// Cover art is not the video; of several videos the default one is; the others are listed.
TEST_F(VideoReaderTest, TheMainStreamIsRead) {
  Make("big.mkv", Moving("64x48", "0.3") + " -c:v ffv1");
  Make("small.mkv", Moving("32x24", "0.5") + " -c:v ffv1");
  Make("s.srt",
       "-f lavfi -i anullsrc -t 0.1 -c:a pcm_s16le -f wav tone.wav && printf "
       "'1\\n00:00:00,000 --> 00:00:00,200\\nHello\\n\\n' >");
  const Path two = Make("two.mkv",
                        "-i big.mkv -i small.mkv -i tone.wav -i s.srt -map 0 -map 1 -map 2 -map 3 "
                        "-c copy -c:s srt -disposition:v:0 0 -disposition:v:1 default "
                        "-metadata:s:a language=ger -metadata:s:s language=eng");
  const auto reader = OpenVideo(two, {});
  EXPECT_EQ(reader->info().width, 32);
  EXPECT_EQ(AllFrames(*reader).size(), 5U);
  ASSERT_EQ(reader->info().streams.size(), 3U);
  EXPECT_EQ(reader->info().streams[0].kind, "video");
  EXPECT_EQ(reader->info().streams[1].kind, "audio");
  EXPECT_EQ(reader->info().streams[1].language, "ger");
  EXPECT_EQ(reader->info().streams[2].kind, "subtitle");
  EXPECT_EQ(reader->info().streams[2].codec, "subrip");
  EXPECT_EQ(reader->info().streams[2].language, "eng");
  EXPECT_THAT(reader->notes(), ElementsAre(HasSubstr("2 video streams")));

  Make("c.png", Moving("200x200", "0.1") + " -frames:v 1");
  Make("v.mp4", Moving("64x48", "0.5") + " -pix_fmt yuv420p");
  const Path cover =
      Make("cover.mp4", "-i c.png -i v.mp4 -map 0 -map 1 -c copy -disposition:v:0 attached_pic");
  EXPECT_EQ(OpenVideo(cover, {})->info().width, 64);
}

// A stream of two sizes is brought to the first one, and the report is told.
TEST_F(VideoReaderTest, ASizeThatChangesIsScaledToTheFirst) {
  Make("a.h264", Moving("64x48", "1") + " -pix_fmt yuv420p -f h264");
  Make("b.h264", Moving("96x64", "0.5") + " -pix_fmt yuv420p -f h264");
  const Path both = Place("both.h264");
  const Bytes first = ReadFileBytes(Place("a.h264"));
  const Bytes second = ReadFileBytes(Place("b.h264"));
  WriteBytes(both, std::string(reinterpret_cast<const char*>(first.data()), first.size()) +
                       std::string(reinterpret_cast<const char*>(second.data()), second.size()));
  const auto reader = OpenVideo(both, {});
  const auto frames = AllFrames(*reader);
  ASSERT_EQ(frames.size(), 15U);
  for (const VideoFrame& frame : frames) EXPECT_EQ(frame.picture.width, 64);
  EXPECT_EQ(frames.back().picture.height, 48);
  EXPECT_THAT(reader->notes(),
              ElementsAre(::testing::AllOf(HasSubstr("5 frames"), HasSubstr("96x64"))));
  // The same test picture, scaled.
  EXPECT_LT(MeanDifference(BytesOf(frames[0].picture), BytesOf(frames[10].picture)), 25);
}

TEST_F(VideoReaderTest, ManyContainersAndCoders) {
  const std::pair<const char*, const char*> cases[] = {
      {"a.avi", "-c:v mpeg4 -bf 0"},
      {"a.webm", "-c:v libvpx-vp9 -deadline realtime"},
      {"a.mov", "-c:v prores -pix_fmt yuv422p10le"},
      {"a.ts", "-c:v libx264 -pix_fmt yuv420p -bf 2"},
      {"b.mkv", "-c:v libx265 -x265-params log-level=none"},
      {"a.flv", "-c:v flv1"},
      {"a.mpg", "-c:v mpeg2video -r 25"},
      {"a.gif", ""},
      {"a.png", "-f apng -plays 0"},
      {"c.mkv", "-c:v mjpeg -pix_fmt yuvj420p"},
      {"a.y4m", "-pix_fmt yuv420p"},
      {"d.mkv", "-c:v huffyuv"}};
  for (const auto& [name, arguments] : cases) {
    SCOPED_TRACE(name);
    const Path file = Make(name, Moving("64x48", "0.5") + " " + arguments);
    const auto reader = OpenVideo(file, {});
    EXPECT_EQ(reader->info().width, 64);
    const auto frames = AllFrames(*reader);
    // Where the file says no time (MPEG's last frame) the next one in step is given.
    const auto expected = FrameEntries(file, "best_effort_timestamp");
    ASSERT_EQ(frames.size(), expected.size());
    for (std::size_t i = 0; i < frames.size(); ++i) {
      const std::int64_t step = i == 0 ? frames[0].pts : frames[i - 1].pts + frames[i - 1].duration;
      EXPECT_EQ(frames[i].pts, expected[i] == kUnknown ? step : expected[i]);
      EXPECT_EQ(frames[i].pts, step);
    }
    EXPECT_EQ(reader->damaged(), 0);
    const bool deep = reader->info().bits > 8;
    const std::string raw = Decoded(file, deep ? "rgb48le" : "rgb24", "-frames:v 1");
    const Picture& picture = frames.at(0).picture;
    ASSERT_EQ(picture.data.size(), raw.size());
    double difference = 0;
    for (std::size_t i = 0; i < raw.size(); i += deep ? 2 : 1) {
      const std::size_t high = deep ? i + 1 : i;  // of the two bytes
      difference += std::abs(picture.data[high] - static_cast<unsigned char>(raw[high]));
    }
    // Chroma is interpolated differently; the test picture has hard edges of colour.
    EXPECT_LT(difference / static_cast<double>(picture.SampleCount()), 4);
  }
}

TEST_F(VideoReaderTest, InterlacedAndHdrAreNoted) {
  const Path woven = Make(
      "i.mp4", Moving("64x48", "0.5") + " -pix_fmt yuv420p -flags +ildct+ilme -x264-params tff=1");
  EXPECT_THAT(OpenVideo(woven, {})->notes(), ElementsAre(HasSubstr("interlaced")));
  const Path hdr = Make("h.mkv", Moving("64x48", "0.2") +
                                     " -c:v ffv1 -pix_fmt yuv420p10le -color_trc smpte2084 "
                                     "-color_primaries bt2020 -colorspace bt2020nc");
  const auto reader = OpenVideo(hdr, {});
  EXPECT_THAT(reader->notes(), ElementsAre(HasSubstr("HDR")));
  EXPECT_EQ(reader->info().colour.matrix, 9);
  EXPECT_EQ(reader->info().colour.primaries, 9);
  EXPECT_EQ(reader->info().colour.transfer, 16);
}

}  // namespace
}  // namespace agon::media
