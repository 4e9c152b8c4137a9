// SPDX-License-Identifier: Apache-2.0
#include "runtime/formats/png.h"

#include <array>
#include <cstring>

#include "runtime/formats/png_write.h"
#include "tests/runtime/formats/support.h"

namespace agon::formats {
namespace {

using testing::HasSubstr;

TEST(Png, KeepsEveryPixel) {
  for (const int channels : {1, 3, 4}) {
    Pixels pixels{.width = 5, .height = 3, .channels = channels, .data = {}};
    for (int i = 0; i < 5 * 3 * channels; ++i) {
      pixels.data.push_back(static_cast<std::uint8_t>(i * 37));
    }
    const Pixels read = DecodePng(EncodePng(pixels), "p");
    EXPECT_EQ(read.width, 5);
    EXPECT_EQ(read.height, 3);
    EXPECT_EQ(read.channels, channels);
    EXPECT_EQ(read.data, pixels.data);
  }
}

// Rows that ask for each of the five filters; read by another decoder, stb's.
TEST(Png, EveryFilterIsUndoneByTheReader) {
  Pixels pixels{.width = 40, .height = 60, .channels = 3, .data = {}};
  std::uint32_t noise = 1;
  for (int y = 0; y < 60; ++y) {
    for (int i = 0; i < 120; ++i) {
      noise = noise * 1664525 + 1013904223;
      const int random = static_cast<int>(noise >> 24);
      const std::array rows{random, 2 * i, y == 0 ? random : pixels.data[pixels.data.size() - 120],
                            y * i / 9 + random % 3, (i * i + y * y) / 40};
      pixels.data.push_back(static_cast<std::uint8_t>(rows[static_cast<std::size_t>(y / 12)]));
    }
  }
  EXPECT_EQ(DecodePng(EncodePng(pixels), "p").data, pixels.data);
}

// stb keeps the high byte of sixteen bits: 257 * v comes back as v.
TEST(Png, SixteenBitsAreWrittenInNetworkOrder) {
  std::vector<std::uint8_t> samples, expected;
  for (int i = 0; i < 7 * 5 * 3; ++i) {
    const auto value = static_cast<std::uint16_t>(i * 600);
    samples.resize(samples.size() + 2);
    std::memcpy(&samples[samples.size() - 2], &value, 2);
    expected.push_back(static_cast<std::uint8_t>(value >> 8));
  }
  const Bytes png = WritePng(7, 5, 3, 16, samples);
  EXPECT_EQ(png[24], std::byte{16});
  EXPECT_EQ(DecodePng(png, "p").data, expected);
}

TEST(Png, RefusesOtherFormatsCutsAndBombs) {
  EXPECT_THAT(ErrorOf([] { return DecodePng(BytesOf("BM not a png"), "p.png"); }),
              HasSubstr("p.png: no PNG"));
  const Bytes good = EncodePng({.width = 1, .height = 1, .channels = 1, .data = {7}});
  for (std::size_t size = 0; size < 40; ++size) {
    EXPECT_THAT(ErrorOf([&] { return DecodePng(ByteView(good).first(size), "p.png"); }),
                HasSubstr("p.png"));
  }
  // The width stands at byte 16, big-endian.
  Bytes wide = good;
  wide[17] = std::byte{0xff};
  EXPECT_THAT(ErrorOf([&] { return DecodePng(wide, "p.png"); }), HasSubstr("p.png"));
  Bytes bomb = good;
  bomb[18] = bomb[22] = std::byte{0x3f};
  EXPECT_THAT(ErrorOf([&] { return DecodePng(bomb, "p.png"); }), HasSubstr("cut short"));
}

TEST(Png, RefusesToEncodeWhatDoesNotFit) {
  EXPECT_THAT(ErrorOf([] {
                return EncodePng({.width = 2, .height = 2, .channels = 3, .data = {1, 2, 3}});
              }),
              HasSubstr("3 bytes"));
  EXPECT_THAT(ErrorOf([] {
                return EncodePng({.width = 1, .height = 1, .channels = 2, .data = {1, 2}});
              }),
              HasSubstr("2 channels"));
}

// RFC 4648, section 10.
TEST(Base64, FollowsTheStandard) {
  EXPECT_EQ(Base64({}), "");
  EXPECT_EQ(Base64(AsBytes("f")), "Zg==");
  EXPECT_EQ(Base64(AsBytes("fo")), "Zm8=");
  EXPECT_EQ(Base64(AsBytes("foo")), "Zm9v");
  EXPECT_EQ(Base64(AsBytes("foobar")), "Zm9vYmFy");
  EXPECT_EQ(Base64(AsBytes("\xfb\xff")), "+/8=");
}

}  // namespace
}  // namespace agon::formats
