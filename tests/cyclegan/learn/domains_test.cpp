// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/learn/domains.h"

#include "cyclegan/learn/resize.h"
#include "runtime/media/video.h"
#include "tests/cyclegan/learn/learn_helpers.h"

namespace agon::cyclegan {
namespace {

Component<DomainSource> Source(const std::string& yaml) {
  RegisterEverything();
  config::Problems problems;
  const config::Value value = config::ParseYaml(yaml, "test", {}, problems);
  config::Reader reader{problems, nullptr};
  auto source = Component<DomainSource>::FromConfig(value, reader, "domains");
  problems.ThrowIfAny();
  return source;
}

std::string FoldersIn(const Workplace& place) {
  return fmt::format("{{name: folders, a: '{}', b: '{}'}}", place.Folder("a").string(),
                     place.Folder("b").string());
}

TEST(Domains, SavannaDrawsTheSameEachTime) {
  const auto source = Source("{name: savanna, size: 32, pictures: 5, supersample: 1}");
  const DomainPair one = source->Load({}, 1), two = source->Load({}, 1),
                   other = source->Load({}, 2);
  ASSERT_EQ(one.a->size(), 5);
  ASSERT_EQ(one.b->size(), 5);
  for (std::int64_t i = 0; i < 5; ++i) {
    EXPECT_EQ(one.a->Get(i)->data, two.a->Get(i)->data);
    EXPECT_NE(one.a->Get(i)->data, other.a->Get(i)->data);
    EXPECT_NE(one.a->Get(i)->data, one.b->Get(i)->data);
  }
  ASSERT_EQ(one.samples_a.size(), static_cast<std::size_t>(kSamples));
  EXPECT_EQ(one.samples_a[0].width, 32);
  EXPECT_TRUE(one.held_out);
  for (std::int64_t i = 0; i < 5; ++i) EXPECT_NE(one.a->Get(i)->data, one.samples_a[0].data);
  EXPECT_TRUE(one.truth != nullptr);
}

TEST(Domains, FoldersAreReadAtAnyDepthAndSkipWhatIsNoPicture) {
  const Workplace place;
  const formats::Pixels first = MadeUp(20, 24, 50, 1), second = MadeUp(20, 24, 60, 2);
  place.Write("a/one.png", first);
  place.Write("a/deep/er/two.PNG", second);
  place.Write("a/notes.txt", "no picture");
  place.Write("a/.hidden.png", second);
  place.Write("a/broken.png", "neither");
  place.Write("b/zebra.png", second);
  const DomainPair pair = Source(FoldersIn(place))->Load({.load = 16}, 0);
  ASSERT_EQ(pair.a->size(), 2);
  ASSERT_EQ(pair.b->size(), 1);
  EXPECT_EQ(pair.a->Get(0)->data, ResizeBicubic(second, 16, 16).data) << "in name order";
  EXPECT_EQ(pair.a->Get(1)->data, ResizeBicubic(first, 16, 16).data);
  ASSERT_EQ(pair.notes.size(), 1U);
  EXPECT_NE(pair.notes[0].find("2 files that are no pictures were skipped: notes.txt, broken.png"),
            std::string::npos)
      << pair.notes[0];
  EXPECT_EQ(pair.files.size(), 3U);
  EXPECT_FALSE(pair.held_out);
  EXPECT_TRUE(pair.truth == nullptr);
}

TEST(Domains, SaysWhichFolderIsEmptyOrMissing) {
  const Workplace place;
  place.Write("a/one.png", MadeUp(16, 16, 50, 1));
  place.Write("b/notes.txt", "no picture");
  const std::string empty =
      MessageOf([&] { (void)Source(FoldersIn(place))->Load({}, 0); }, ErrorKind::kData);
  EXPECT_NE(empty.find("domain b: " + place.Folder("b").string() + ": no pictures"),
            std::string::npos)
      << empty;
  EXPECT_NE(empty.find("notes.txt"), std::string::npos) << empty;
  std::filesystem::remove_all(place.Folder("a"));
  const std::string missing =
      MessageOf([&] { (void)Source(FoldersIn(place))->Load({}, 0); }, ErrorKind::kData);
  EXPECT_NE(missing.find("domain a"), std::string::npos) << missing;
  EXPECT_NE(missing.find("no such folder"), std::string::npos) << missing;
}

TEST(Domains, VideosGiveEveryNthFrame) {
  const Workplace place;
  media::VideoInfo info;
  info.width = info.source_width = 32;
  info.height = info.source_height = 16;
  info.frame_rate = {25, 1};
  info.time_base = {1, 25};
  info.chroma = "444";
  media::WriteOptions lossless;
  lossless.crf = 0;
  for (const char* const name : {"a.mp4", "b.mp4"}) {
    const auto writer = media::Videos().Create(place.Folder(name), info, lossless);
    for (int i = 0; i < 7; ++i) {
      media::VideoFrame frame{
          .picture = {.width = 32, .height = 16, .bits = 8, .data = {}}, .pts = i, .duration = 1};
      frame.picture.data.assign(32 * 16 * 3, static_cast<std::uint8_t>(30 * i));
      writer->Write(frame);
    }
    writer->Finish();
  }
  const auto source =
      Source(fmt::format("{{name: videos, a: '{}', b: ['{}'], every: 3}}",
                         place.Folder("a.mp4").string(), place.Folder("b.mp4").string()));
  const DomainPair pair = source->Load({}, 0);
  ASSERT_EQ(pair.a->size(), 3);  // frames 0, 3, 6
  EXPECT_EQ(pair.b->size(), 3);
  for (std::int64_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(pair.a->Get(i)->data[100], 90 * i, 3) << "through the colours of video";
    EXPECT_EQ(pair.a->Get(i)->width, 32);
  }
  EXPECT_EQ(pair.files.size(), 2U);
  // A folder stands for the videos inside; what is none is skipped and named.
  std::filesystem::create_directories(place.Folder("of videos"));
  std::filesystem::rename(place.Folder("b.mp4"), place.Folder("of videos/b.mp4"));
  WriteFileAtomic(place.Folder("of videos/broken.mp4"), std::string("none"));
  WriteFileAtomic(place.Folder("of videos/note.txt"), std::string("none"));
  const DomainPair folder =
      Source(fmt::format("{{name: videos, a: '{}', b: '{}', every: 3}}",
                         place.Folder("a.mp4").string(), place.Folder("of videos").string()))
          ->Load({}, 0);
  EXPECT_EQ(folder.b->size(), 3);
  EXPECT_EQ(folder.files.size(), 2U);
  ASSERT_EQ(folder.notes.size(), 2U);
  EXPECT_NE(folder.notes[0].find("1 file that is no video was skipped: note.txt"),
            std::string::npos);
  EXPECT_NE(folder.notes[1].find("broken.mp4"), std::string::npos);
  EXPECT_NE(MessageOf(
                [&] {
                  (void)Source("{name: videos, a: '/nowhere.mp4', b: '/nowhere.mp4'}")->Load({}, 0);
                },
                ErrorKind::kData)
                .find("/nowhere.mp4"),
            std::string::npos);
}

// The 42 horses and 84 zebras of the shared data.
TEST(Domains, ReadsHorsesAndZebras) {
  const char* const place = std::getenv("AGON_TEST_DATA");
  const Path data =
      place != nullptr ? Path(place) : Path(AGON_SOURCE_DIR) / ".." / "shared" / "data";
  if (!std::filesystem::exists(data / "horse2zebra" / "trainA")) {
    GTEST_SKIP() << "missing: " << (data / "horse2zebra").string();
  }
  const auto source = Source(fmt::format("{{name: folders, a: '{}', b: '{}'}}",
                                         (data / "horse2zebra" / "trainA").string(),
                                         (data / "horse2zebra" / "trainB").string()));
  const DomainPair pair = source->Load({.load = 71, .crop = 64}, 0);
  EXPECT_EQ(pair.a->size(), 42);
  EXPECT_EQ(pair.b->size(), 84);
  EXPECT_TRUE(pair.a->same_size());
  EXPECT_EQ(pair.a->least_width(), 71);
  EXPECT_EQ(pair.samples_a.front().width, 72) << "whole, multiples of 4";
  EXPECT_TRUE(pair.notes.empty());
}

}  // namespace
}  // namespace agon::cyclegan
