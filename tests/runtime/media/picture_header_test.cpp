// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/picture_header.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "runtime/formats/png.h"
#include "tests/runtime/media/make_video.h"

namespace agon::media {
namespace {

class PictureHeaderTest : public MediaTest {
 protected:
  // 20 x 12 pixels.
  [[nodiscard]] Bytes Picture(const std::string& name, const std::string& more = "") const {
    return ReadFileBytes(Make(name, "-f lavfi -i testsrc=size=20x12:rate=10 -frames:v 1 " + more));
  }
};

TEST_F(PictureHeaderTest, FormatAndSize) {
  const std::tuple<const char*, const char*, PictureFormat> cases[] = {
      {"a.png", "", PictureFormat::kPng},
      {"a.jpg", "", PictureFormat::kJpeg},
      {"a.bmp", "", PictureFormat::kBmp},
      {"a.webp", "-c:v libwebp", PictureFormat::kWebp},
      {"b.webp", "-c:v libwebp -lossless 1", PictureFormat::kWebp}};
  for (const auto& [name, more, format] : cases) {
    SCOPED_TRACE(name);
    const Bytes bytes = Picture(name, more);
    const auto header = ReadPictureHeader(bytes);
    ASSERT_TRUE(header.has_value());
    EXPECT_EQ(header->format, format);
    EXPECT_EQ(header->width, 20);
    EXPECT_EQ(header->height, 12);
    EXPECT_TRUE(header->complete);
    EXPECT_TRUE(header->intact);
    EXPECT_FALSE(header->animated);
    EXPECT_TRUE(LooksLikePicture(ByteView(bytes).first(16)));
    EXPECT_FALSE(LooksLikePicture(ByteView(bytes).subspan(1, 16)));
  }
  EXPECT_FALSE(LooksLikePicture({}));
}

TEST_F(PictureHeaderTest, CutOffDamagedAndMoving) {
  Bytes png = Picture("a.png");
  EXPECT_FALSE(ReadPictureHeader(ByteView(png).first(png.size() - 1))->complete);
  png[png.size() - 20] ^= std::byte{1};  // in the data of the last chunk but one
  EXPECT_FALSE(ReadPictureHeader(png)->intact);
  EXPECT_TRUE(ReadPictureHeader(png)->complete);
  const Bytes jpeg = Picture("a.jpg");
  EXPECT_FALSE(ReadPictureHeader(ByteView(jpeg).first(jpeg.size() - 2))->complete);
  const Bytes apng =
      ReadFileBytes(Make("m.png", "-f lavfi -i testsrc=size=20x12:rate=10 -frames:v 3 -f apng"));
  EXPECT_TRUE(ReadPictureHeader(apng)->animated);
  const Bytes webp = ReadFileBytes(
      Make("m.webp", "-f lavfi -i testsrc=size=20x12:rate=10 -frames:v 3 -c:v libwebp_anim"));
  EXPECT_TRUE(ReadPictureHeader(webp)->animated);
}

// Whatever the bytes, an answer, and nothing read beyond them (the address sanitizer says so).
TEST_F(PictureHeaderTest, AnyBytesAreSurvived) {
  std::mt19937 random(5);
  const Bytes files[] = {Picture("a.png"), Picture("a.jpg"), Picture("a.bmp"),
                         Picture("a.webp", "-c:v libwebp")};
  int known = 0;
  for (const Bytes& file : files) {
    for (std::size_t size = 0; size < std::min<std::size_t>(file.size(), 700); ++size) {
      const Bytes cut(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size));
      known += ReadPictureHeader(cut).has_value() ? 1 : 0;
    }
    for (int i = 0; i < 2000; ++i) {
      Bytes changed = file;
      for (int j = 0; j < 4; ++j) {
        const std::size_t at = random() % std::min<std::size_t>(changed.size(), 200);
        changed[at] = static_cast<std::byte>(random());
      }
      const auto header = ReadPictureHeader(changed);
      if (!header) continue;
      ++known;
      EXPECT_GT(header->width, 0);
      EXPECT_GT(header->height, 0);
    }
  }
  EXPECT_GT(known, 1000);
}

}  // namespace
}  // namespace agon::media
