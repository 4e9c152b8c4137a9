// SPDX-License-Identifier: Apache-2.0
// The joined file is the source with other pictures: its frames' times, its sound bit for bit, its
// subtitles, chapters, metadata.
#include "runtime/media/video_join.h"

extern "C" {
#include <libavutil/mastering_display_metadata.h>
}

#include <utility>

#include "runtime/media/containers.h"
#include "runtime/media/output_file.h"
#include "runtime/media/segment.h"
#include "runtime/media/video_input.h"
#include "tests/runtime/media/identity_job.h"

namespace agon::media {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

class VideoJoinTest : public MediaTest {
 protected:
  // Half a second a chapter; title and language; one line of text.
  [[nodiscard]] Path MakeRich(const std::string& name, const std::string& subtitles) const {
    WriteBytes(Place("t.srt"),
               "1\n00:00:00,100 --> 00:00:00,300\nfirst <i>line</i>\n\n"
               "2\n00:00:00,800 --> 00:00:01,200\nsecond\nline\n");
    WriteBytes(Place("c.txt"),
               ";FFMETADATA1\ntitle=Horses\nartist=Eadweard\n"
               "[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=500\ntitle=walk\n"
               "[CHAPTER]\nTIMEBASE=1/1000\nSTART=500\nEND=1000\ntitle=gallop\n");
    return Make(name,
                Moving("64x48", "1") +
                    " -f lavfi -i sine=duration=1.2:sample_rate=44100 -i t.srt -i c.txt -map 0 "
                    "-map 1 -map 2 -map_metadata 3 -c:v libx264 -bf 2 -c:a aac -c:s " +
                    subtitles +
                    " -metadata:s:a language=swe -metadata:s:s language=fin "
                    "-metadata:s:v language=eng -disposition:s default");
  }

  // Irregular steps between 1 and 7 tenths of a frame's usual time, B frames, 90,000 parts a
  // second.
  [[nodiscard]] Path MakeVariable() const {
    return Make("vfr.mp4",
                "-f lavfi -i testsrc2=size=64x48:rate=30 -frames:v 40 "
                "-vf \"setpts='N*3000+mod(N*N,7)*211'\" -fps_mode passthrough "
                "-enc_time_base 1/90000 -video_track_timescale 90000 -c:v libx264 -bf 3");
  }
};

TEST_F(VideoJoinTest, VariableRateKeepsEveryTime) {
  const Path source = MakeVariable();
  const std::vector<std::int64_t> times = FrameEntries(source, "pts");
  ASSERT_THAT(times, SizeIs(40));
  ASSERT_NE(times[2] - times[1], times[3] - times[2]);
  // With B frames, where the codec has them.
  const std::pair<const char*, std::int64_t> jobs[] = {
      {"h264", 1}, {"h264", 7}, {"h264", 100}, {"hevc", 7}, {"vp9", 7}};
  for (const auto& [codec, length] : jobs) {
    const Path output =
        RunIdentity(source, Place("out.mp4"), length, Coded(codec, 30, "veryfast", 1));
    EXPECT_EQ(FrameEntries(output, "pts"), times) << codec << " " << length;
    EXPECT_THAT(Probe(output, "v", "stream=time_base,nb_frames"), ElementsAre("1/90000,40"));
    // The last frame is shown as long as in the source, too.
    EXPECT_EQ(Probe(output, "", "format=duration"), Probe(source, "", "format=duration"));
  }
}

// The frames of all segments, as each decodes by itself.
TEST_F(VideoJoinTest, JoiningChangesNoFrame) {
  const Path source = MakeVariable();
  for (const char* const codec : {"h264", "hevc", "vp9", "ffv1"}) {
    const std::vector<Path> segments =
        WriteSegments(source, Place("out.mkv"), 9, Coded(codec, 30, "medium", 1));
    ASSERT_THAT(segments, SizeIs(5));
    std::string apart;
    for (const Path& segment : segments) apart += Decoded(segment, "yuv420p");
    JoinVideo(segments, source, Place("out.mkv"), {});
    EXPECT_TRUE(Decoded(Place("out.mkv"), "yuv420p") == apart) << codec;
    EXPECT_THAT(apart, SizeIs(40 * 64 * 48 * 3 / 2)) << codec;
  }
}

TEST_F(VideoJoinTest, SoundOfRealFilesBitForBit) {
  for (const char* const name : {"cutBunny.mp4", "cockatoo.mp4"}) {
    const Path source = TestData(std::string("video/") + name);
    AGON_SKIP_WITHOUT(source);
    // Eight frames stand for all: the sound is copied whole whatever the pictures are.
    const auto reader = OpenVideo(source, {.height = 36, .threads = 1});
    const auto writer = CreateVideo(Place("s.mkv"), reader->info(), Quick());
    VideoFrame frame;
    for (int i = 0; i < 8; ++i) {
      ASSERT_TRUE(reader->Next(frame));
      writer->Write(frame);
    }
    writer->Finish();
    JoinVideo(std::vector<Path>{Place("s.mkv")}, source, Place("out.mp4"), {});
    const std::vector<std::string> before = PacketsOf(source, "a");
    const std::vector<std::string> after = PacketsOf(Place("out.mp4"), "a");
    ASSERT_GT(before.size(), 300U);
    // The last packet's length is rounded by FFmpeg's own writer.
    EXPECT_TRUE(std::equal(before.begin(), before.end() - 1, after.begin(), after.end() - 1));
    EXPECT_EQ(ContentOf(source, "a"), ContentOf(Place("out.mp4"), "a"));
    JoinVideo(std::vector<Path>{Place("s.mkv")}, source, Place("out.mkv"), {});
    EXPECT_EQ(ContentOf(source, "a"), ContentOf(Place("out.mkv"), "a"));
  }
}

TEST_F(VideoJoinTest, KeepsSubtitlesChaptersAndMetadata) {
  const Path source = MakeRich("in.mkv", "subrip");
  const Path output = RunIdentity(source, Place("out.mkv"), 4, Quick());
  EXPECT_EQ(PacketsOf(output, "s"), PacketsOf(source, "s"));
  EXPECT_THAT(PacketsOf(output, "s"), SizeIs(2));
  EXPECT_EQ(PacketsOf(output, "a"), PacketsOf(source, "a"));
  EXPECT_EQ(Probe(output, "", "chapter=start_time,end_time:chapter_tags=title"),
            Probe(source, "", "chapter=start_time,end_time:chapter_tags=title"));
  EXPECT_THAT(Probe(output, "", "chapter_tags=title"), ElementsAre("walk", "gallop"));
  EXPECT_THAT(Probe(output, "", "format_tags=title,artist"), ElementsAre("Horses,Eadweard"));
  EXPECT_THAT(Probe(output, "", "stream=codec_type:stream_tags=language"),
              ElementsAre("video,eng", "audio,swe", "subtitle,fin"));
  EXPECT_THAT(Probe(output, "s", "stream_disposition=default"), ElementsAre("1"));
}

// The subtitles of a file as text, whatever they are stored as.
std::string SubtitlesOf(const Path& file) {
  std::string text = OutputOf("ffmpeg -v quiet -i '" + file.string() + "' -map 0:s -f srt -");
  std::erase(text, '\r');
  return text;
}

TEST_F(VideoJoinTest, SubtitlesChangeWhereTheContainerAsksForIt) {
  const Path source = MakeRich("in.mkv", "subrip");
  const std::string before = SubtitlesOf(source);
  ASSERT_THAT(before, AllOf(HasSubstr("first <i>line</i>"), HasSubstr("second\nline")));
  const Path mp4 = RunIdentity(source, Place("out.mp4"), 4, Quick());
  EXPECT_THAT(Probe(mp4, "s", "stream=codec_name:stream_tags=language"),
              ElementsAre("mov_text,fin"));
  EXPECT_EQ(SubtitlesOf(mp4), before);
  EXPECT_THAT(Probe(mp4, "", "chapter_tags=title"), ElementsAre("walk", "gallop"));
  // And back again, for Matroska has no mov_text.
  const Path mkv = RunIdentity(mp4, Place("back.mkv"), 4, Quick());
  EXPECT_THAT(Probe(mkv, "s", "stream=codec_name:stream_tags=language"), ElementsAre("subrip,fin"));
  EXPECT_EQ(SubtitlesOf(mkv), before);
  // Styled text loses its style, not its words.
  const Path styled = RunIdentity(MakeRich("ass.mkv", "ass"), Place("ass.mp4"), 4, Quick());
  EXPECT_THAT(SubtitlesOf(styled), AllOf(HasSubstr("first"), HasSubstr("second\nline")));
}

TEST_F(VideoJoinTest, AttachmentsStayInMatroska) {
  WriteBytes(Place("font.ttf"), "not much of a font");
  WriteBytes(Place("t.srt"), "1\n00:00:00,100 --> 00:00:00,200\nin that font\n");
  const Path source = Make("in.mkv", Moving("32x32", "0.3") +
                                         " -i t.srt -map 0 -map 1 -attach font.ttf "
                                         "-metadata:s:t mimetype=font/ttf");
  const std::string entries = "stream=codec_type,extradata_hash:stream_tags=filename,mimetype";
  const Path output = RunIdentity(source, Place("out.mkv"), 9, Quick());
  ASSERT_THAT(Probe(source, "t", entries), SizeIs(1));
  EXPECT_EQ(Probe(output, "t", entries), Probe(source, "t", entries));
  EXPECT_THAT(PacketsOf(output, "s"), SizeIs(1));
  EXPECT_EQ(PacketsOf(output, "s"), PacketsOf(source, "s"));
  EXPECT_THAT(Probe(RunIdentity(source, Place("out.mp4"), 9, Quick()), "", "stream=codec_type"),
              ElementsAre("video", "subtitle"));
}

// Sound that comes before the pictures in the file stays there, and streams that are left out
// leave no gap.
TEST_F(VideoJoinTest, KeepsTheOrderOfStreams) {
  const Path source =
      Make("in.mkv", Moving("32x32", "0.3") +
                         " -f lavfi -i sine=duration=0.3 -map 1 -map 0 -map 1 -c:a:0 "
                         "flac -c:a:1 aac");
  EXPECT_THAT(Probe(RunIdentity(source, Place("out.mkv"), 9, Quick()), "", "stream=codec_name"),
              ElementsAre("flac", "h264", "aac"));
}

// Half-milliseconds are made good: a packet of 1024 samples lasts 1024 samples.
TEST_F(VideoJoinTest, SoundFromMatroskaRunsEvenlyInMp4) {
  const Path source = MakeRich("in.mkv", "subrip");
  const Path output = RunIdentity(source, Place("out.mp4"), 9, Quick());
  EXPECT_EQ(ContentOf(output, "a"), ContentOf(source, "a"));
  const std::vector<std::string> lengths = Probe(output, "a", "packet=duration");
  ASSERT_GT(lengths.size(), 40U);
  // But for the few steps after which all of the source's roundings agree.
  EXPECT_GE(std::count(lengths.begin(), lengths.end(), "1024"), std::ssize(lengths) - 5);
}

// A transport stream begins at 1.4 seconds or at any other time; what is written at zero.
TEST_F(VideoJoinTest, TransportStreamsBeginAtZero) {
  const Path source = Make("in.ts", Moving("64x48", "1") +
                                        " -f lavfi -i sine=duration=1 -c:v libx264 -bf 2 -c:a aac "
                                        "-output_ts_offset 3000");
  const std::vector<std::int64_t> before = FrameEntries(source, "pts");
  const Path output = RunIdentity(source, Place("out.mp4"), 4, Quick());
  const std::vector<std::int64_t> after = FrameEntries(output, "pts");
  ASSERT_THAT(after, SizeIs(10));
  EXPECT_GT(before[0], 3000 * 90'000);
  for (std::size_t i = 0; i < after.size(); ++i) {
    EXPECT_EQ(after[i] - after[0], before[i] - before[0]);
  }
  const auto start = [](const Path& file, const std::string& stream) {
    return std::stod(Probe(file, stream, "stream=start_time").at(0));
  };
  EXPECT_LT(start(output, "v"), 0.2);
  EXPECT_NEAR(start(output, "v") - start(output, "a"), start(source, "v") - start(source, "a"),
              1e-4);
  // Without the headers that MP4 has elsewhere.
  EXPECT_THAT(ContentOf(output, "a"), SizeIs(ContentOf(source, "a").size()));
}

// Drop-frame counting exists at 30000/1001 frames a second only; MP4 would refuse the whole file.
TEST_F(VideoJoinTest, ATimecodeThatCannotBeIsLeftOut) {
  const Path source =
      Make("in.mkv", Moving("32x32", "0.3") + " -metadata timecode=00:00:01\\;02 -c:v libx264");
  ASSERT_THAT(Probe(source, "", "format_tags=timecode"), ElementsAre("00:00:01;02"));
  EXPECT_THAT(FrameEntries(RunIdentity(source, Place("out.mp4"), 9, Quick()), "pts"), SizeIs(3));
  const Path right = Make("25.mkv",
                          "-f lavfi -i testsrc=size=32x32:rate=25 -frames:v 3 -metadata "
                          "timecode=00:00:01:02 -c:v libx264");
  EXPECT_THAT(
      Probe(RunIdentity(right, Place("right.mp4"), 9, Quick()), "v", "stream_tags=timecode"),
      ElementsAre("00:00:01:02"));
}

// Sound that begins later than the pictures, or before them.
TEST_F(VideoJoinTest, SoundStaysWhereItWas) {
  for (const char* const offset : {"0.517", "-0.033"}) {
    const Path source = Make("in.mp4", Moving("32x32", "1") + " -itsoffset " + offset +
                                           " -f lavfi -i sine=duration=1 -c:v libx264 -bf 2 -c:a "
                                           "aac -avoid_negative_ts disabled");
    const Path output = RunIdentity(source, Place("out.mp4"), 4, Quick());
    const std::vector<std::string> before = Probe(source, "a", "packet=pts");
    const std::vector<std::string> after = Probe(output, "a", "packet=pts");
    ASSERT_GT(before.size(), 40U);
    ASSERT_EQ(before.size(), after.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
      // MP4 states a delay in parts of a second of its own.
      EXPECT_NEAR(std::stod(after[i]), std::stod(before[i]), 1) << offset;
    }
    EXPECT_EQ(ContentOf(output, "a"), ContentOf(source, "a")) << offset;
    EXPECT_EQ(FrameEntries(output, "pts"), FrameEntries(source, "pts")) << offset;
  }
}

TEST_F(VideoJoinTest, AnInterruptedJobGetsAsMuchSoundAsPictures) {
  const Path source = MakeRich("in.mkv", "subrip");
  const std::vector<Path> segments = WriteSegments(source, Place("out.mkv"), 4, Quick());
  JoinVideo(std::vector<Path>{segments[0]}, source, Place("out.mkv"),
            {.sound = true, .seconds = 0.4});
  EXPECT_THAT(Probe(Place("out.mkv"), "v", "packet=pts"), SizeIs(4));
  // The last packet of sound begins before the pictures end, and lasts for 23 ms.
  const double start = std::stod(Probe(Place("out.mkv"), "v", "packet=pts_time").at(0));
  const double end = std::stod(Probe(Place("out.mkv"), "", "format=duration").at(0));
  EXPECT_GE(end, start + 0.4);
  EXPECT_LE(end, start + 0.424);
  EXPECT_THAT(PacketsOf(Place("out.mkv"), "s"), SizeIs(1));
  EXPECT_THAT(Probe(Place("out.mkv"), "", "chapter_tags=title"), ElementsAre("walk"));
  const std::vector<std::string> whole = PacketsOf(source, "a");
  const std::vector<std::string> part = PacketsOf(Place("out.mkv"), "a");
  ASSERT_GT(part.size(), 15U);
  ASSERT_LT(part.size(), whole.size());
  EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin()));
}

TEST_F(VideoJoinTest, WithoutSoundTheSourceIsNotOpened) {
  const Path source = MakeRich("in.mkv", "subrip");
  const std::vector<Path> segments = WriteSegments(source, Place("out.mp4"), 5, Quick());
  JoinVideo(segments, Place("nowhere"), Place("out.mp4"), {.sound = false, .seconds = {}});
  EXPECT_THAT(Probe(Place("out.mp4"), "", "stream=codec_type"), ElementsAre("video"));
  EXPECT_THAT(FrameEntries(Place("out.mp4"), "pts"), SizeIs(10));
}

// What players of HDR ask for: how bright the pictures get, and the screen they were made on.
TEST_F(VideoJoinTest, KeepsLightLevels) {
  const Path plain = Make("plain.mp4", Moving("32x32", "0.3"));
  const Path source = Place("bright.mkv");
  {
    const InputContext input = OpenInput(plain);
    OutputFile file(source, "matroska");
    AVStream& stream = file.AddStream();
    CopyParameters(*input->streams[0]->codecpar, *file.context().oformat, *stream.codecpar);
    stream.time_base = input->streams[0]->time_base;
    auto* const light = reinterpret_cast<AVContentLightMetadata*>(av_stream_new_side_data(
        &stream, AV_PKT_DATA_CONTENT_LIGHT_LEVEL, sizeof(AVContentLightMetadata)));
    light->MaxCLL = 1000;
    light->MaxFALL = 400;
    Options none;
    file.Begin(none);
    const Packet packet = NewPacket();
    while (av_read_frame(input.get(), packet.get()) >= 0) {
      av_packet_rescale_ts(packet.get(), input->streams[0]->time_base, file.stream(0).time_base);
      file.Write(*packet);
    }
    file.Commit();
  }
  const std::string entries = "stream_side_data=max_content,max_average";
  ASSERT_THAT(Probe(source, "v", entries), ElementsAre("1000,400"));
  for (const char* const name : {"out.mkv", "out.mp4"}) {
    EXPECT_THAT(Probe(RunIdentity(source, Place(name), 9, Quick()), "v", entries),
                ElementsAre("1000,400"))
        << name;
  }
}

TEST_F(VideoJoinTest, RefusesWhatDoesNotGoTogether) {
  const Path source = Make("in.mp4", Moving("32x32", "0.4"));
  const std::vector<Path> one = WriteSegments(source, Place("one/out.mp4"), 9, Quick());
  const auto refusal = [&](const std::vector<Path>& segments, ErrorKind kind = ErrorKind::kData) {
    return ErrorOf(
        [&] {
          JoinVideo(segments, source, Place("out.mp4"), {});
          return 0;
        },
        kind);
  };
  EXPECT_THAT(refusal({}), HasSubstr("no segments"));
  EXPECT_THAT(refusal({source}), AllOf(HasSubstr("in.mp4"), HasSubstr("not a segment")));
  EXPECT_THAT(refusal({one[0], Place("gone.mkv")}), HasSubstr("gone.mkv"));
  EXPECT_THAT(ErrorOf(
                  [&] {
                    JoinVideo(one, source, source, {});
                    return 0;
                  },
                  ErrorKind::kUsage),
              HasSubstr("the input itself"));
  const Path large = Make("large.mp4", Moving("64x32", "0.4"));
  const std::vector<Path> two = WriteSegments(large, Place("two/out.mp4"), 9, Quick());
  EXPECT_THAT(refusal({one[0], two[0]}),
              AllOf(StartsWith(two[0].string()), HasSubstr("other settings")));
  // One that was cut off has no index.
  const Bytes whole = ReadFileBytes(one[0]);
  WriteBytes(one[0], {reinterpret_cast<const char*>(whole.data()), whole.size() / 2});
  EXPECT_THAT(refusal(one), HasSubstr(one[0].string()));
  EXPECT_FALSE(std::filesystem::exists(Place("out.mp4")));
}

TEST_F(VideoJoinTest, AFullDiskLeavesTheOldFile) {
  const Path source = Make(
      "in.mkv", Moving("320x240", "1") + " -f lavfi -i sine=duration=1 -c:v ffv1 -c:a pcm_s16le");
  const std::vector<Path> segments = WriteSegments(source, Place("out.mkv"), 100, Lossless("ffv1"));
  WriteBytes(Place("out.mkv"), "what was there before");
  {
    const FileSizeLimit limit(100'000);
    EXPECT_THAT(ErrorOf(
                    [&] {
                      JoinVideo(segments, source, Place("out.mkv"), {});
                      return 0;
                    },
                    ErrorKind::kIo),
                AllOf(HasSubstr(Place("out.mkv").string()), HasSubstr("cannot be written")));
  }
  EXPECT_EQ(ReadFileText(Place("out.mkv")), "what was there before");
  EXPECT_FALSE(std::filesystem::exists(Place(".out.mkv.part")));
  JoinVideo(segments, source, Place("out.mkv"), {});
  EXPECT_GT(std::filesystem::file_size(Place("out.mkv")), 100'000U);
}

// Decoding times for frames decoded in the order 0 2 1 4 3: each by its presentation, growing.
TEST(DecodingClockTest, GivesEachPacketATimeBeforeItIsShown) {
  DecodingClock clock(1, 10);
  std::vector<std::int64_t> times;
  for (const std::int64_t pts : {100, 130, 105, 190, 140}) times.push_back(clock.Next(pts));
  EXPECT_THAT(times, ElementsAre(90, 100, 105, 130, 140));
}

}  // namespace
}  // namespace agon::media
