// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/formats/png.h"
#include "runtime/media/video_reader.h"
#include "tests/runtime/media/make_video.h"

namespace agon::media {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PictureSequenceTest : public MediaTest {
 protected:
  // A flat grey picture.
  void Grey(const std::string& name, int level, int width = 6, int height = 4) const {
    const Bytes png = formats::EncodePng(
        {.width = width,
         .height = height,
         .channels = 3,
         .data = std::vector<std::uint8_t>(static_cast<std::size_t>(width * height * 3),
                                           static_cast<std::uint8_t>(level))});
    WriteBytes(Place(name), {reinterpret_cast<const char*>(png.data()), png.size()});
  }
  [[nodiscard]] std::unique_ptr<VideoReader> Open(int height = 0) const {
    return OpenVideo(folder_.path(), {.height = height});
  }
};

// Sorted by name, numbers by their value; pts is the place in the list of names.
TEST_F(PictureSequenceTest, AFolderInTheOrderOfItsNames) {
  Grey("frame_10.png", 30);
  Grey("frame_9.png", 20, 8, 4);
  Grey("frame_2.PNG", 10);
  Grey("a", 40);  // told by content, not by name
  const auto reader = Open();
  const VideoInfo& info = reader->info();
  EXPECT_THAT(info.names, ElementsAre("a", "frame_2.PNG", "frame_9.png", "frame_10.png"));
  EXPECT_TRUE(info.picture_files);
  EXPECT_EQ(info.frames, 4);
  EXPECT_EQ(info.chroma, "rgb");
  EXPECT_TRUE(info.colour.full_range);
  EXPECT_EQ(info.time_base, (Ratio{1, 25}));
  const auto frames = AllFrames(*reader);
  ASSERT_EQ(frames.size(), 4U);
  EXPECT_THAT(TimesOf(frames), ElementsAre(0, 1, 2, 3));
  const int levels[] = {40, 10, 20, 30};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(SampleAt(frames[i].picture, 2, 2, 0), levels[i]);
    EXPECT_EQ(frames[i].duration, 1);
  }
  EXPECT_EQ(frames[2].picture.width, 8);  // sizes may differ
  EXPECT_THAT(reader->notes(), IsEmpty());
}

TEST_F(PictureSequenceTest, WhatIsNoPictureIsCountedAndNamed) {
  Grey("1.png", 10);
  WriteBytes(Place("notes.txt"), "words");
  WriteBytes(Place("fake.png"), "no picture at all");
  WriteBytes(Place(".hidden"), "x");
  std::filesystem::create_directory(Place("more"));
  const auto reader = Open();
  EXPECT_EQ(AllFrames(*reader).size(), 1U);
  EXPECT_EQ(reader->damaged(), 0);
  EXPECT_THAT(reader->notes(),
              ElementsAre("files that are no pictures, left out: 2 (fake.png, notes.txt)",
                          "folders inside, left out: 1 (more)"));
}

// A damaged picture is left out, counted and named; the others keep their places.
TEST_F(PictureSequenceTest, DamagedPicturesAreLeftOut) {
  for (int i = 0; i < 5; ++i) Grey(std::to_string(i) + ".png", 10 * i);
  for (const char* const name : {"0.png", "3.png"}) {
    std::filesystem::resize_file(Place(name), std::filesystem::file_size(Place(name)) - 20);
  }
  const auto reader = Open();
  VideoFrame frame;
  ASSERT_TRUE(reader->Skip(frame));
  EXPECT_EQ(frame.pts, 1);
  const auto rest = AllFrames(*reader);
  EXPECT_THAT(TimesOf(rest), ElementsAre(2, 4));
  EXPECT_EQ(SampleAt(rest[1].picture, 0, 0, 0), 40);
  EXPECT_EQ(reader->damaged(), 2);
  EXPECT_THAT(reader->notes(), ElementsAre("damaged pictures, left out: 2 (0.png, 3.png)"));
}

TEST_F(PictureSequenceTest, NothingToRead) {
  WriteBytes(Place("notes.txt"), "words");
  EXPECT_THAT(ErrorOf([&] { return Open(); }),
              AllOf(HasSubstr(folder_.path().string()), HasSubstr("without pictures"),
                    HasSubstr("notes.txt")));
  for (const char* const name : {"a.png", "b.png"}) {
    Grey(name, 1);
    std::filesystem::resize_file(Place(name), 40);
  }
  EXPECT_THAT(ErrorOf([&] { return Open(); }), HasSubstr("none of its 2 pictures"));
  std::filesystem::remove(Place("b.png"));
  EXPECT_THAT(ErrorOf([&] { return Open(); }), HasSubstr("a.png"));
}

TEST_F(PictureSequenceTest, HeightScalesEachPicture) {
  Grey("1.png", 50, 60, 40);
  Grey("2.png", 60, 20, 10);
  const auto reader = Open(20);
  EXPECT_EQ(reader->info().width, 30);
  EXPECT_EQ(reader->info().height, 20);
  EXPECT_EQ(reader->info().source_width, 60);
  const auto frames = AllFrames(*reader);
  EXPECT_EQ(frames.at(0).picture.width, 30);
  EXPECT_EQ(frames.at(1).picture.width, 40);
  EXPECT_EQ(SampleAt(frames[1].picture, 39, 19, 2), 60);
}

TEST_F(PictureSequenceTest, OnePicture) {
  Grey("p.png", 77, 5, 3);
  const auto reader = OpenVideo(Place("p.png"), {});
  EXPECT_THAT(reader->info().names, ElementsAre("p.png"));
  EXPECT_TRUE(reader->info().picture_files);
  const auto frames = AllFrames(*reader);
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(SampleAt(frames[0].picture, 4, 2, 1), 77);

  // Formats that OpenCV is not asked for are FFmpeg's.
  const Path tiff = Make("t.tiff", "-i p.png");
  const auto other = OpenVideo(tiff, {});
  EXPECT_TRUE(other->info().picture_files);
  EXPECT_THAT(other->info().names, ElementsAre("t.tiff"));
  EXPECT_EQ(SampleAt(AllFrames(*other).at(0).picture, 4, 2, 1), 77);
}

// 16 bits stay 16.
TEST_F(PictureSequenceTest, DeepPng) {
  const Path file = Make("d.png",
                         "-f lavfi -i color=black:size=64x8 -frames:v 1 -vf "
                         "format=gray16le,geq=lum=257*X+3 -pix_fmt rgb48be");
  const auto frames = AllFrames(*OpenVideo(file, {}));
  ASSERT_EQ(frames.at(0).picture.bits, 16);
  EXPECT_EQ(SampleAt(frames[0].picture, 50, 3, 0), 257 * 50 + 3);
}

// A photograph that was taken with the camera held upright: EXIF orientation 6 turns it clockwise.
TEST_F(PictureSequenceTest, ExifOrientation) {
  const Path plain = Make("p.jpg", "-f lavfi -i testsrc=size=64x48 -frames:v 1 -q:v 1");
  const Bytes bytes = ReadFileBytes(plain);
  std::string content(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const char exif[] =
      "\xFF\xE1\x00\x22"
      "Exif\0\0"
      "MM\0\x2A\0\0\0\x08"
      "\0\x01"
      "\x01\x12\0\x03\0\0\0\x01\0\x06\0\0"
      "\0\0\0\0";
  content.insert(2, std::string(exif, sizeof(exif) - 1));
  WriteBytes(Place("turned.jpg"), content);
  const Picture upright = AllFrames(*OpenVideo(Place("turned.jpg"), {})).at(0).picture;
  const Picture lying = AllFrames(*OpenVideo(plain, {})).at(0).picture;
  EXPECT_EQ(upright.width, 48);
  EXPECT_EQ(upright.height, 64);
  for (int y = 0; y < 48; ++y) {
    for (int x = 0; x < 64; ++x) {
      ASSERT_EQ(SampleAt(upright, 47 - y, x, 0), SampleAt(lying, x, y, 0));
    }
  }
}

TEST_F(PictureSequenceTest, AnimatedWebpSaysWhatToDo) {
  std::string file("RIFF\x1A\0\0\0WEBPVP8X\x0A\0\0\0\x02\0\0\0\x3F\0\0\x2F\0\0", 30);
  WriteBytes(Place("a.webp"), file + std::string(20, '\0'));
  EXPECT_THAT(ErrorOf([&] { return OpenVideo(Place("a.webp"), {}); }), HasSubstr("animated WebP"));
}

}  // namespace
}  // namespace agon::media
