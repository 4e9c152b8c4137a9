// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/translate/output.h"

#include <gtest/gtest.h>

#include "tests/runtime/formats/support.h"

namespace agon::cyclegan {
namespace {

using ::testing::HasSubstr;

class OutputTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(Place("pictures"));
    WriteFileAtomic(Place("pictures/a.png"), "a");
    WriteFileAtomic(Place("horse.mp4"), "v");
    video_.file = Place("horse.mp4");
    picture_.file = Place("pictures/a.png");
    pictures_.file = Place("pictures");
    picture_.picture_files = pictures_.picture_files = true;
  }
  [[nodiscard]] Path Place(const std::string& name) const { return folder_.path() / name; }
  [[nodiscard]] std::string Refusal(const media::VideoInfo& source, const std::string& name) const {
    return formats::ErrorOf([&] { return CheckOutputKind(source, Place(name)); },
                            ErrorKind::kUsage);
  }
  TemporaryFolder folder_;
  media::VideoInfo video_, picture_, pictures_;
};

TEST_F(OutputTest, TheNameSaysWhatIsWritten) {
  EXPECT_EQ(CheckOutputKind(video_, Place("zebra.mp4")), OutputKind::kVideo);
  EXPECT_EQ(CheckOutputKind(pictures_, Place("zebra.mkv")), OutputKind::kVideo);
  EXPECT_EQ(CheckOutputKind(video_, Place("frames")), OutputKind::kFolder);
  EXPECT_EQ(CheckOutputKind(pictures_, Place("new/folder")), OutputKind::kFolder);
  EXPECT_EQ(CheckOutputKind(picture_, Place("zebra.png")), OutputKind::kPicture);
  EXPECT_EQ(CheckOutputKind(picture_, Place("zebra.PNG")), OutputKind::kPicture);
  std::filesystem::create_directories(Place("v1.5"));
  EXPECT_EQ(CheckOutputKind(video_, Place("v1.5")), OutputKind::kFolder);
}

TEST_F(OutputTest, WhatCannotBeMeantIsRefusedWithTheCure) {
  EXPECT_THAT(Refusal(picture_, "zebra.jpg"), HasSubstr("zebra.png"));
  EXPECT_THAT(Refusal(video_, "zebra.png"), HasSubstr("name a folder"));
  EXPECT_THAT(Refusal(pictures_, "zebra.png"), HasSubstr("name a folder"));
  EXPECT_THAT(Refusal(video_, "nowhere/zebra.mp4"), HasSubstr("nowhere does not exist"));
  WriteFileAtomic(Place("file"), "x");
  EXPECT_THAT(Refusal(video_, "file"), HasSubstr("is a file"));
}

TEST_F(OutputTest, TheInputIsNeverOverwritten) {
  EXPECT_THAT(Refusal(pictures_, "pictures"), HasSubstr("the input itself"));
  EXPECT_THAT(Refusal(picture_, "pictures"), HasSubstr("the input itself"));
  EXPECT_THAT(Refusal(picture_, "pictures/a.png"), HasSubstr("the input itself"));
  std::filesystem::create_directory_symlink(Place("pictures"), Place("alias"));
  EXPECT_THAT(Refusal(pictures_, "alias"), HasSubstr("the input itself"));
  EXPECT_EQ(CheckOutputKind(video_, folder_.path()), OutputKind::kFolder);  // beside the video
}

}  // namespace
}  // namespace agon::cyclegan
