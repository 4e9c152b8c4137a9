// SPDX-License-Identifier: Apache-2.0
// Every bad input is answered by one clear line or by every frame that can be decoded.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <random>

#include "runtime/media/video_reader.h"
#include "tests/runtime/media/make_video.h"

namespace agon::media {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class DamagedVideo : public MediaTest {
 protected:
  // The line that opening it fails with, which names it.
  [[nodiscard]] static std::string Refused(const Path& file) {
    std::string message = ErrorOf([&] { return OpenVideo(file, {}); });
    EXPECT_THAT(message, HasSubstr(file.string()));
    return message;
  }
  [[nodiscard]] Path Text(const std::string& name, std::string_view content) const {
    WriteBytes(Place(name), content);
    return Place(name);
  }
  [[nodiscard]] static std::string Content(const Path& file) {
    const Bytes bytes = ReadFileBytes(file);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  // The first `share` of a file.
  [[nodiscard]] Path Cut(const Path& file, const std::string& name, double share) const {
    const std::string content = Content(file);
    return Text(
        name,
        content.substr(0, static_cast<std::size_t>(share * static_cast<double>(content.size()))));
  }
  // Five seconds, keys every one, of large packets.
  [[nodiscard]] Path Whole(const std::string& name, const std::string& more = "") const {
    return Make(name,
                Moving("64x48", "5") + " -c:v libx264 -g 10 -bf 2 -qp 5 -pix_fmt yuv420p " + more);
  }
};

TEST_F(DamagedVideo, NotThereEmptyOrNoFile) {
  EXPECT_THAT(Refused(Place("none.mp4")), HasSubstr("no such file"));
  EXPECT_THAT(Refused(Text("empty.mp4", "")), HasSubstr("empty"));
  EXPECT_THAT(Refused(Text("notes.txt", "only words\n")), HasSubstr("not a video"));
  EXPECT_THAT(Refused(Text("noise.mp4", std::string(5000, 'x'))), HasSubstr("not a video"));
  EXPECT_THAT(Refused(Text("a.jpg", "no picture")), HasSubstr("not a video"));
  EXPECT_EQ(mkfifo(Place("pipe.mp4").c_str(), 0600), 0);
  EXPECT_THAT(Refused(Place("pipe.mp4")), HasSubstr("not a regular file"));
  std::filesystem::create_directory(Place("folder"));
  EXPECT_THAT(Refused(Place("folder")), HasSubstr("without pictures"));
}

TEST_F(DamagedVideo, SoundAlone) {
  const Path sound = Make("a.m4a", "-f lavfi -i sine=duration=1");
  EXPECT_THAT(Refused(sound), HasSubstr("has no video, only audio (aac)"));
  Make("c.png", Moving("64x64", "0.1") + " -frames:v 1");
  const Path song =
      Make("song.mp3", "-i a.m4a -i c.png -map 0 -map 1 -c:v copy -disposition:v attached_pic");
  EXPECT_THAT(Refused(song), HasSubstr("only audio (mp3), cover picture (png)"));
}

TEST_F(DamagedVideo, NoFrames) {
  const std::string fragments = Content(Whole("f.mp4", "-movflags frag_keyframe+empty_moov"));
  // The header alone, before the first fragment.
  const Path header = Text("header.mp4", fragments.substr(0, fragments.find("moof") - 4));
  EXPECT_THAT(Refused(header), HasSubstr("holds no frames"));
  const Path none = Make("none.mkv", Moving("64x48", "1") + " -frames:v 0 2>/dev/null");
  EXPECT_THAT(Refused(none), HasSubstr("holds no frames"));
}

// Nothing but the file itself is read, whatever its name says.
TEST_F(DamagedVideo, PlaylistsScriptsAndAddresses) {
  const Path video = Whole("a.ts");
  const std::string playlist =
      "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\na.ts\n#EXT-X-ENDLIST\n";
  EXPECT_THAT(Refused(Text("list.m3u8", playlist)), HasSubstr("a playlist (hls)"));
  EXPECT_THAT(Refused(Text("list.mp4", playlist)), HasSubstr("a playlist (hls)"));
  const std::string script = "ffconcat version 1.0\nfile a.ts\n";
  EXPECT_THAT(Refused(Text("script.txt", script)), HasSubstr("a playlist (concat)"));
  EXPECT_THAT(Refused(Text("script.mp4", script)), HasSubstr("a playlist (concat)"));
  EXPECT_THAT(Refused(Text("m.mpd",
                           "<?xml version=\"1.0\"?>\n<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" "
                           "profiles=\"urn:mpeg:dash:profile:isoff-live:2011\"></MPD>\n")),
              HasSubstr("a playlist (dash)"));
  EXPECT_THAT(Refused(Text("s.sdp",
                           "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\n"
                           "t=0 0\nm=video 5004 RTP/AVP 96\n")),
              HasSubstr("a playlist (sdp)"));
  EXPECT_THAT(Refused(Text("x.svg",
                           "<?xml version=\"1.0\"?><svg "
                           "xmlns=\"http://www.w3.org/2000/svg\"></svg>")),
              HasSubstr("not a video"));
  EXPECT_THAT(Refused("http://localhost/a.mp4"), HasSubstr("only local files"));
  EXPECT_THAT(Refused("concat:" + video.string() + "|" + video.string()),
              HasSubstr("only local files"));
  EXPECT_THAT(Refused("subfile,,start,0,end,9,,:" + video.string()), HasSubstr("only local files"));
  // An address that a normal path was made of is named as it was.
  EXPECT_THAT(ErrorOf([] { return OpenVideo("/work/http:/localhost/a.mp4", {}); }),
              HasSubstr("http://localhost/a.mp4: only local files"));
  EXPECT_THAT(Refused("pipe:0"), HasSubstr("only local files"));
  // Names with a percent sign or a colon are names.
  std::filesystem::copy_file(video, Place("50%02d:x.ts"));
  EXPECT_EQ(AllFrames(*OpenVideo(Place("50%02d:x.ts"), {})).size(), 50U);
}

// A file that stops in the middle gives the frames that are there, and says what is not.
TEST_F(DamagedVideo, FilesThatStopInTheMiddle) {
  const Path fast = Whole("fast.mp4", "-movflags +faststart");
  const auto whole = AllFrames(*OpenVideo(fast, {}));
  ASSERT_EQ(whole.size(), 50U);
  for (const int threads : {1, 2, 3, 4, 7}) {
    const auto reader = OpenVideo(Cut(fast, "cut.mp4", 0.6), {.threads = threads});
    const auto frames = AllFrames(*reader);
    EXPECT_GT(frames.size(), 20U);
    EXPECT_LT(frames.size(), 40U);
    // Every frame is given or counted.
    EXPECT_EQ(static_cast<std::int64_t>(frames.size()) + reader->damaged(), 50);
    EXPECT_THAT(reader->notes(), ::testing::Contains(HasSubstr("stops in the middle")));
    for (std::size_t i = 0; i + 3 < frames.size(); ++i) {
      EXPECT_EQ(frames[i].picture.data, whole[i].picture.data);
    }
  }
  {
    const auto reader = OpenVideo(Cut(Make("a.mkv", "-i fast.mp4 -c copy"), "cut.mkv", 0.6), {});
    const auto frames = AllFrames(*reader);
    EXPECT_GT(frames.size(), 20U);
    EXPECT_LT(frames.size(), 40U);
    EXPECT_THAT(reader->notes(), ElementsAre(HasSubstr("of the 5.0 seconds")));
  }
  // The index is at the end of an ordinary MP4 file.
  EXPECT_THAT(Refused(Cut(Make("slow.mp4", "-i fast.mp4 -c copy"), "cut_slow.mp4", 0.6)),
              HasSubstr("no index"));
}

// Damage in the middle costs what it hits; after it the video goes on.
TEST_F(DamagedVideo, DamageInTheMiddle) {
  const Path file = Whole("a.mp4");
  const auto whole = AllFrames(*OpenVideo(file, {}));
  std::string content = Content(file);
  const std::size_t middle = content.find("mdat") + 4 + 8'000;
  ASSERT_LT(middle + 3000, content.size());
  std::mt19937 random(1);
  for (std::size_t i = 0; i < 3000; ++i) content[middle + i] = static_cast<char>(random());
  const auto reader = OpenVideo(Text("damaged.mp4", content), {});
  const auto frames = AllFrames(*reader);
  EXPECT_GT(reader->damaged(), 0);
  EXPECT_FALSE(reader->notes().empty());
  EXPECT_GE(static_cast<std::int64_t>(frames.size()), 50 - reader->damaged() - 2);
  EXPECT_EQ(frames.front().picture.data, whole.front().picture.data);
  EXPECT_EQ(frames.back().pts, whole.back().pts);
  EXPECT_EQ(frames.back().picture.data, whole.back().picture.data);
  for (std::size_t i = 0; i + 1 < frames.size(); ++i) EXPECT_LT(frames[i].pts, frames[i + 1].pts);
}

TEST_F(DamagedVideo, EveryPacketDamaged) {
  std::string content = Content(Whole("a.mp4"));
  const std::size_t begin = content.find("mdat") + 4;
  const std::size_t end = content.find("moov") - 4;
  for (std::size_t i = begin; i < end; ++i) content[i] = '\x55';
  EXPECT_THAT(Refused(Text("b.mp4", content)), HasSubstr("none of its 50 packets"));
}

TEST_F(DamagedVideo, SizesBeyondTheLimits) {
  EXPECT_THAT(Refused(Text("wide.y4m",
                           "YUV4MPEG2 W20000 H10 F25:1 C420\nFRAME\n" + std::string(300'000, 'a'))),
              HasSubstr("20000x10"));
  EXPECT_THAT(Refused(Text("big.y4m", "YUV4MPEG2 W16000 H16000 F25:1 C420\nFRAME\naaa")),
              HasSubstr("16000x16000"));
}

// Cut anywhere, with any byte changed: an Error(kData) of one line, or frames, never worse.
TEST_F(DamagedVideo, AnyCutAndAnyChangeIsSurvived) {
  const std::string small = Moving("32x32", "0.6") + " -g 3 -pix_fmt yuv420p ";
  const Path files[] = {
      Make("s.mp4", small + "-movflags +faststart"), Make("s.mkv", small),
      Make("s.ts", small + "-c:v mpeg2video -r 25"), Make("s.gif", small),
      Make("s.avi", small + "-c:v mpeg4"),           Make("s.webm", small + "-c:v libvpx")};
  std::mt19937 random(7);
  int read = 0;
  int refused = 0;
  const auto try_it = [&](const Path& file) {
    try {
      read += AllFrames(*OpenVideo(file, {.threads = 1})).empty() ? 0 : 1;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData) << error.what();
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
      ++refused;
    }
  };
  for (const Path& file : files) {
    const std::string content = Content(file);
    const std::string name = "x" + file.extension().string();
    for (int i = 0; i < 12; ++i) {
      try_it(Text(name, content.substr(0, content.size() * static_cast<std::size_t>(i) / 12)));
      std::string changed = content;
      for (int j = 0; j < 8; ++j) changed[random() % changed.size()] = static_cast<char>(random());
      // The first bytes more often: there the headers are.
      changed[random() % std::min<std::size_t>(changed.size(), 600)] = static_cast<char>(random());
      try_it(Text(name, changed));
    }
  }
  EXPECT_GT(read, 20);
  EXPECT_GT(refused, 5);
}

}  // namespace
}  // namespace agon::media
