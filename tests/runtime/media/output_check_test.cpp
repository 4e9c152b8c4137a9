// SPDX-License-Identifier: Apache-2.0
// What a job would stumble over at its end is said before its beginning.
#include "runtime/media/output_check.h"

#include "tests/runtime/media/identity_job.h"

namespace agon::media {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class OutputCheckTest : public MediaTest {
 protected:
  [[nodiscard]] std::vector<StreamInfo> Check(const Path& source, const Path& output,
                                              const WriteOptions& options = {}) const {
    return CheckVideoOutput(OpenVideo(source, {})->info(), output, options);
  }
  [[nodiscard]] std::string Refusal(const Path& source, const Path& output,
                                    const WriteOptions& options = {}) const {
    return ErrorOf([&] { return Check(source, output, options); }, ErrorKind::kUsage);
  }
  [[nodiscard]] Path WithSound(const std::string& name, const std::string& codec) const {
    return Make(
        name, Moving("32x32", "0.3") + " -f lavfi -i sine=duration=0.3 -c:v libx264 -c:a " + codec);
  }
};

TEST_F(OutputCheckTest, NamesAContainerThatHoldsTheSound) {
  const Path pcm = WithSound("pcm.mkv", "pcm_s16le");
  EXPECT_THAT(Refusal(pcm, Place("out.mp4")),
              AllOf(HasSubstr("pcm_s16le"), HasSubstr("out.mp4"), HasSubstr(".mov or mkv")));
  EXPECT_THAT(Check(pcm, Place("out.mkv")), SizeIs(1));
  EXPECT_TRUE(Check(pcm, Place("out.mov"))[0].kept);
  // Of the two, QuickTime cannot hold VP9.
  EXPECT_THAT(Refusal(pcm, Place("out.webm"), Coded("vp9")),
              AllOf(HasSubstr("name the output .mkv"), Not(HasSubstr("mov"))));
  const Path aac = WithSound("aac.mp4", "aac");
  EXPECT_THAT(Refusal(aac, Place("out.webm")), AllOf(HasSubstr("aac"), HasSubstr("mp4, m4v, mov")));
  EXPECT_TRUE(Check(WithSound("opus.mkv", "libopus"), Place("out.webm"))[0].kept);
}

// What FFmpeg would write, but only after a word of force, or so that nothing reads it again.
TEST_F(OutputCheckTest, KnowsMoreThanTheMuxer) {
  const Path flac = WithSound("flac.mkv", "flac");
  EXPECT_TRUE(Check(flac, Place("out.mp4"))[0].kept);
  const Path output = RunIdentity(flac, Place("out.mp4"), 9, Quick());
  EXPECT_EQ(ContentOf(output, "a"), ContentOf(flac, "a"));
  const Path wma = WithSound("wma.mkv", "wmav2");
  EXPECT_THAT(Refusal(wma, Place("out.mov")), HasSubstr("name the output .mkv"));
}

TEST_F(OutputCheckTest, TheOutputIsNotTheInput) {
  const Path source = WithSound("in.mp4", "aac");
  std::filesystem::create_symlink(source, Place("link.mp4"));
  std::filesystem::create_hard_link(source, Place("twin.mp4"));
  for (const Path& output : {source, Place("./in.mp4"), Place("link.mp4"), Place("twin.mp4")}) {
    EXPECT_THAT(Refusal(source, output), HasSubstr("the input itself")) << output;
  }
}

TEST_F(OutputCheckTest, TheOutputHasAPlaceAndAKind) {
  const Path source = WithSound("in.mp4", "aac");
  EXPECT_THAT(Refusal(source, Place("out.avi")), HasSubstr(".mp4, m4v, mov, mkv or webm"));
  EXPECT_THAT(Refusal(source, Place("out")), HasSubstr(".mp4"));
  EXPECT_THAT(Refusal(source, Place("missing/out.mp4")), HasSubstr("does not exist"));
  std::filesystem::create_directory(Place("folder.mp4"));
  EXPECT_THAT(Refusal(source, Place("folder.mp4")), HasSubstr("is a folder"));
  EXPECT_THAT(Check(source, Place("OUT.MP4")), SizeIs(1));
}

TEST_F(OutputCheckTest, CodecAndContainerGoTogether) {
  const Path source = Make("in.mp4", Moving("32x32", "0.3"));
  EXPECT_THAT(Refusal(source, Place("out.mp4"), Coded("ffv1")),
              AllOf(HasSubstr("name the output .mkv"), HasSubstr("h264, hevc or vp9")));
  EXPECT_THAT(Refusal(source, Place("out.webm"), Coded("h264")), HasSubstr("vp9"));
  EXPECT_THAT(Refusal(source, Place("out.mp4"), Coded("av2")), HasSubstr("unknown"));
  EXPECT_THAT(Check(source, Place("out.webm")), SizeIs(0));
}

// One subtitle of Blu-ray discs: a composition of nothing at 0 and 0.1 seconds.
std::string BitmapSubtitles() {
  std::string bytes;
  for (const char time : {'\0', '\x23'}) {  // 90,000 a second: 0x2300 is 0.1 s
    for (const char type : {'\x16', '\x80'}) {
      const std::string content =
          type == '\x16' ? std::string("\0\x20\0\x20\x10\0\0\x80\0\0\0", 11) : "";
      bytes += std::string("PG\0\0", 4) + time + '\0' + std::string(4, '\0') + type + '\0' +
               static_cast<char>(content.size()) + content;
    }
  }
  return bytes;
}

TEST_F(OutputCheckTest, SaysWhichStreamsStayBehindAndWhy) {
  WriteBytes(Place("t.srt"), "1\n00:00:00,000 --> 00:00:00,200\nhello\n");
  WriteBytes(Place("b.sup"), BitmapSubtitles());
  WriteBytes(Place("font.ttf"), "not much of a font");
  const Path source = Make(
      "in.mkv",
      "-f lavfi -i sine=duration=0.3 " + Moving("32x32", "0.3") + " " + Moving("16x16", "0.3") +
          " -i t.srt -f sup -i b.sup -map 0 -map 1 -map 2 -map 3 -map 4 -attach font.ttf "
          "-metadata:s:t mimetype=font/ttf -c:v libx264 -c:a aac -c:s:0 subrip -c:s:1 copy "
          "-metadata:s:s:0 language=fin -disposition:v:0 default -disposition:v:1 0");
  const std::vector<StreamInfo> in_mp4 = Check(source, Place("out.mp4"));
  ASSERT_THAT(in_mp4, SizeIs(5));
  EXPECT_EQ(in_mp4[0].kind, "audio");
  EXPECT_TRUE(in_mp4[0].kept);
  EXPECT_EQ(in_mp4[1].kind, "video");
  EXPECT_FALSE(in_mp4[1].kept);
  EXPECT_THAT(in_mp4[1].reason, HasSubstr("second video"));
  EXPECT_EQ(in_mp4[2].language, "fin");
  EXPECT_TRUE(in_mp4[2].kept);
  EXPECT_THAT(in_mp4[2].reason, HasSubstr("becomes mov_text"));
  EXPECT_EQ(in_mp4[3].codec, "hdmv_pgs_subtitle");
  EXPECT_FALSE(in_mp4[3].kept);
  EXPECT_THAT(in_mp4[3].reason, HasSubstr("; mkv can"));
  EXPECT_EQ(in_mp4[4].kind, "attachment");
  EXPECT_FALSE(in_mp4[4].kept);
  EXPECT_THAT(in_mp4[4].reason, HasSubstr("; mkv can"));

  const std::vector<StreamInfo> in_mkv = Check(source, Place("out.mkv"));
  ASSERT_THAT(in_mkv, SizeIs(5));
  for (const std::size_t i : {0U, 2U, 3U, 4U}) {
    EXPECT_TRUE(in_mkv[i].kept) << i;
    EXPECT_EQ(in_mkv[i].reason, "") << i;
  }
  EXPECT_FALSE(in_mkv[1].kept);
}

TEST_F(OutputCheckTest, PicturesHaveNoOtherStreams) {
  std::filesystem::create_directory(Place("in"));
  Make("in/1.png", Moving("32x32", "0.1") + " -frames:v 1");
  EXPECT_THAT(Check(Place("in"), Place("out.mp4")), SizeIs(0));
}

}  // namespace
}  // namespace agon::media
