// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/pixel_convert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

#include "tests/runtime/media/make_video.h"

namespace agon::media {
namespace {

using ::testing::HasSubstr;

std::uint8_t* AddressOf(const AVFrame& frame, const AVComponentDescriptor& channel,
                        std::ptrdiff_t x, std::ptrdiff_t y) {
  return frame.data[channel.plane] + y * frame.linesize[channel.plane] + x * channel.step +
         channel.offset;
}

// A frame of a planar format, its samples random within the range that its colours allow.
Frame RandomFrame(AVPixelFormat format, int width, int height, bool full, unsigned seed) {
  Frame frame = NewFrame();
  frame->format = format;
  frame->width = width;
  frame->height = height;
  Check(av_frame_get_buffer(frame.get(), 0), "frame");
  frame->color_range = full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  std::mt19937 random(seed);
  const AVPixFmtDescriptor& description = *av_pix_fmt_desc_get(format);
  const bool rgb = (description.flags & AV_PIX_FMT_FLAG_RGB) != 0;
  for (int c = 0; c < description.nb_components; ++c) {
    const AVComponentDescriptor& channel = description.comp[c];
    const bool chroma = !rgb && (c == 1 || c == 2);
    const int w = chroma ? AV_CEIL_RSHIFT(width, description.log2_chroma_w) : width;
    const int h = chroma ? AV_CEIL_RSHIFT(height, description.log2_chroma_h) : height;
    const int unit = 1 << (channel.depth - 8);
    const int low = full || rgb ? 0 : 16 * unit;
    const int high = full || rgb ? (1 << channel.depth) - 1 : (chroma ? 240 : 235) * unit;
    std::uniform_int_distribution<int> sample(low, high);
    for (int y = 0; y < h; ++y) {
      for (int x = 0; x < w; ++x) {
        std::uint8_t* const at = AddressOf(*frame, channel, x, y);
        const int value = sample(random) << channel.shift;
        at[0] = static_cast<std::uint8_t>(value);
        if (channel.depth + channel.shift > 8) at[1] = static_cast<std::uint8_t>(value >> 8);
      }
    }
  }
  return frame;
}

int SampleOf(const AVFrame& frame, int c, int x, int y) {
  const AVComponentDescriptor& channel =
      av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format))->comp[c];
  const std::uint8_t* const at = AddressOf(frame, channel, x, y);
  const int value = channel.depth + channel.shift > 8 ? at[0] | at[1] << 8 : at[0];
  return value >> channel.shift & ((1 << channel.depth) - 1);
}

// The definition (ITU-T H.273, equations of section 8.3), in double: red, green, blue in 0..1.
std::array<double, 3> Defined(const AVFrame& frame, double kr, double kb, int x, int y) {
  const AVPixFmtDescriptor& format = *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  const double unit = std::pow(2.0, format.comp[0].depth - 8);
  const bool full = frame.color_range == AVCOL_RANGE_JPEG;
  const double most = std::pow(2.0, format.comp[0].depth) - 1;
  const int cx = x >> format.log2_chroma_w;
  const int cy = y >> format.log2_chroma_h;
  const double luma = full ? SampleOf(frame, 0, x, y) / most
                           : (SampleOf(frame, 0, x, y) - 16 * unit) / (219 * unit);
  const double scale = full ? most : 224 * unit;
  const double u = (SampleOf(frame, 1, cx, cy) - 128 * unit) / scale;
  const double v = (SampleOf(frame, 2, cx, cy) - 128 * unit) / scale;
  const double red = luma + 2 * (1 - kr) * v;
  const double blue = luma + 2 * (1 - kb) * u;
  return {red, (luma - kr * red - kb * blue) / (1 - kr - kb), blue};
}

struct Case {
  AVPixelFormat format;
  AVColorSpace matrix;
  double kr, kb;
  bool full;
};
std::string NameOf(const ::testing::TestParamInfo<Case>& info) {
  return std::string(av_get_pix_fmt_name(info.param.format)) + "_" +
         av_color_space_name(info.param.matrix) + (info.param.full ? "_full" : "_limited");
}

class YuvFormats : public ::testing::TestWithParam<Case> {};
class Yuv8Formats : public YuvFormats {};  // those of 8 bits

// Against the definition, at an odd size: every sample within half a level, plus what 16 bits of
// fraction cost.
TEST_P(YuvFormats, BecomeRgbByTheDefinition) {
  const Case& c = GetParam();
  const Frame frame = RandomFrame(c.format, 77, 33, c.full, 1);
  frame->colorspace = c.matrix;
  for (const int bits : {8, 16}) {
    Picture picture;
    FrameToPicture().Convert(*frame, bits, picture);
    ASSERT_EQ(picture.width, 77);
    ASSERT_EQ(picture.height, 33);
    ASSERT_EQ(picture.bits, bits);
    const double most = bits == 8 ? 255 : 65535;
    for (int y = 0; y < 33; ++y) {
      for (int x = 0; x < 77; ++x) {
        const auto defined = Defined(*frame, c.kr, c.kb, x, y);
        for (int i = 0; i < 3; ++i) {
          const double expected = std::clamp(defined[static_cast<std::size_t>(i)], 0.0, 1.0) * most;
          ASSERT_NEAR(SampleAt(picture, x, y, i), expected, bits == 8 ? 0.51 : 0.6)
              << bits << " bits, " << x << ", " << y << ", channel " << i;
        }
      }
    }
  }
}

// Colours near grey, all of which RGB has.
Frame GreyishFrame(const Case& c, int width, int height) {
  Frame frame = RandomFrame(c.format, width, height, c.full, 2);
  frame->colorspace = c.matrix;
  const AVPixFmtDescriptor& format = *av_pix_fmt_desc_get(c.format);
  for (int i = 0; i < 3; ++i) {
    const AVComponentDescriptor& channel = format.comp[i];
    const int w = i > 0 ? AV_CEIL_RSHIFT(width, format.log2_chroma_w) : width;
    const int h = i > 0 ? AV_CEIL_RSHIFT(height, format.log2_chroma_h) : height;
    const int unit = 1 << (channel.depth - 8);
    for (int y = 0; y < h; ++y) {
      for (int x = 0; x < w; ++x) {
        const int random = SampleOf(*frame, i, x, y);
        const int value =
            i > 0 ? 118 * unit + random % (20 * unit) : 90 * unit + random % (70 * unit);
        std::uint8_t* const at = AddressOf(*frame, channel, x, y);
        at[0] = static_cast<std::uint8_t>(value);
        if (channel.depth > 8) at[1] = static_cast<std::uint8_t>(value >> 8);
      }
    }
  }
  return frame;
}

// The differences of all samples of one channel.
struct Loss {
  int most = 0;
  double mean = 0;
};
Loss LossOf(const AVFrame& a, const AVFrame& b, int c) {
  const AVPixFmtDescriptor& format = *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(a.format));
  const int w = c > 0 ? AV_CEIL_RSHIFT(a.width, format.log2_chroma_w) : a.width;
  const int h = c > 0 ? AV_CEIL_RSHIFT(a.height, format.log2_chroma_h) : a.height;
  Loss loss;
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) {
      const int difference = std::abs(SampleOf(a, c, x, y) - SampleOf(b, c, x, y));
      loss.most = std::max(loss.most, difference);
      loss.mean += difference;
    }
  }
  loss.mean /= w * h;
  return loss;
}

Frame ThereAndBack(const AVFrame& frame, int bits) {
  Picture picture;
  FrameToPicture().Convert(frame, bits, picture);
  Frame back = NewFrame();
  PictureToFrame(static_cast<AVPixelFormat>(frame.format), ColourOf(frame)).Convert(picture, *back);
  return back;
}

// Through RGB of 16 bits nothing is lost: the chroma that was repeated is its own mean.
TEST_P(YuvFormats, ComeBackFromDeepRgb) {
  const Frame frame = GreyishFrame(GetParam(), 47, 21);
  const Frame back = ThereAndBack(*frame, 16);
  EXPECT_EQ(back->format, frame->format);
  EXPECT_EQ(back->colorspace, frame->colorspace);
  EXPECT_EQ(back->color_range, frame->color_range);
  for (int c = 0; c < 3; ++c) EXPECT_EQ(LossOf(*frame, *back, c).most, 0) << c;
}

// Through RGB of 8 bits, what rounding costs: a level at most, seldom even that.
TEST_P(Yuv8Formats, LoseNextToNothing) {
  const Frame frame = GreyishFrame(GetParam(), 200, 100);
  const Frame back = ThereAndBack(*frame, 8);
  for (int c = 0; c < 3; ++c) {
    const Loss loss = LossOf(*frame, *back, c);
    EXPECT_LE(loss.most, 1) << c;
    EXPECT_LE(loss.mean, 0.15) << c;
  }
}

constexpr Case kCases[] = {Case{AV_PIX_FMT_YUV420P, AVCOL_SPC_BT709, 0.2126, 0.0722, false},
                           Case{AV_PIX_FMT_YUV420P, AVCOL_SPC_SMPTE170M, 0.299, 0.114, true},
                           Case{AV_PIX_FMT_YUV420P, AVCOL_SPC_UNSPECIFIED, 0.299, 0.114, false},
                           Case{AV_PIX_FMT_YUV422P, AVCOL_SPC_BT470BG, 0.299, 0.114, false},
                           Case{AV_PIX_FMT_YUV440P, AVCOL_SPC_BT709, 0.2126, 0.0722, false},
                           Case{AV_PIX_FMT_YUV411P, AVCOL_SPC_FCC, 0.30, 0.11, false},
                           Case{AV_PIX_FMT_YUV410P, AVCOL_SPC_SMPTE170M, 0.299, 0.114, false},
                           Case{AV_PIX_FMT_YUV444P, AVCOL_SPC_SMPTE240M, 0.212, 0.087, false},
                           Case{AV_PIX_FMT_YUV444P, AVCOL_SPC_BT709, 0.2126, 0.0722, true},
                           Case{AV_PIX_FMT_NV12, AVCOL_SPC_BT709, 0.2126, 0.0722, false},
                           Case{AV_PIX_FMT_YUV420P10, AVCOL_SPC_BT2020_NCL, 0.2627, 0.0593, false},
                           Case{AV_PIX_FMT_YUV422P12, AVCOL_SPC_BT709, 0.2126, 0.0722, false},
                           Case{AV_PIX_FMT_YUV444P10, AVCOL_SPC_BT709, 0.2126, 0.0722, true}};
std::vector<Case> CasesOf8Bits() {
  std::vector<Case> cases;
  std::ranges::copy_if(kCases, std::back_inserter(cases), [](const Case& c) {
    return av_pix_fmt_desc_get(c.format)->comp[0].depth == 8;
  });
  return cases;
}
INSTANTIATE_TEST_SUITE_P(All, YuvFormats, ::testing::ValuesIn(kCases), NameOf);
INSTANTIATE_TEST_SUITE_P(All, Yuv8Formats, ::testing::ValuesIn(CasesOf8Bits()), NameOf);

// Packed and half-packed formats hold the same samples elsewhere: the same picture comes out.
TEST(FrameToPicture, SamplesMayLieAnywhere) {
  const std::pair<AVPixelFormat, AVPixelFormat> pairs[] = {
      {AV_PIX_FMT_YUV420P, AV_PIX_FMT_NV12},     {AV_PIX_FMT_YUV420P, AV_PIX_FMT_NV21},
      {AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUYV422},  {AV_PIX_FMT_YUV422P, AV_PIX_FMT_UYVY422},
      {AV_PIX_FMT_YUV420P10, AV_PIX_FMT_P010LE}, {AV_PIX_FMT_YUV422P10, AV_PIX_FMT_Y210LE},
      {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVA420P}, {AV_PIX_FMT_GBRP, AV_PIX_FMT_BGRA},
      {AV_PIX_FMT_GBRP, AV_PIX_FMT_RGB24},       {AV_PIX_FMT_GBRP10, AV_PIX_FMT_X2RGB10LE}};
  for (const auto& [planar, other] : pairs) {
    SCOPED_TRACE(av_get_pix_fmt_name(other));
    const Frame from = RandomFrame(planar, 38, 18, false, 5);
    const Frame to = RandomFrame(other, 38, 18, false, 6);
    const AVPixFmtDescriptor& format = *av_pix_fmt_desc_get(other);
    for (int c = 0; c < 3; ++c) {
      const bool chroma = c > 0 && (format.flags & AV_PIX_FMT_FLAG_RGB) == 0;
      const int w = chroma ? 38 >> format.log2_chroma_w : 38;
      const int h = chroma ? 18 >> format.log2_chroma_h : 18;
      for (int y = 0; y < h; ++y) {
        for (int x = 0; x < w; ++x) {
          std::uint8_t* const at = AddressOf(*to, format.comp[c], x, y);
          const std::uint32_t value = static_cast<std::uint32_t>(SampleOf(*from, c, x, y))
                                      << format.comp[c].shift;
          if (format.comp[c].depth == 8) {
            at[0] = static_cast<std::uint8_t>(value);
          } else {
            const auto mask = ((1U << format.comp[c].depth) - 1) << format.comp[c].shift;
            std::uint16_t old;
            std::memcpy(&old, at, 2);
            old = static_cast<std::uint16_t>((old & ~mask) | value);
            std::memcpy(at, &old, 2);
          }
        }
      }
    }
    for (const int bits : {8, 16}) {
      Picture a, b;
      FrameToPicture().Convert(*from, bits, a);
      FrameToPicture().Convert(*to, bits, b);
      EXPECT_EQ(a.data, b.data) << bits;
    }
  }
}

// RGB comes through as it is, there and back, in 8 and 16 bits.
TEST(FrameToPicture, RgbIsExact) {
  for (const AVPixelFormat format :
       {AV_PIX_FMT_RGB24, AV_PIX_FMT_BGR0, AV_PIX_FMT_GBRP, AV_PIX_FMT_RGBA, AV_PIX_FMT_GBRP10,
        AV_PIX_FMT_GBRP12, AV_PIX_FMT_RGB48LE, AV_PIX_FMT_GBRP16}) {
    SCOPED_TRACE(av_get_pix_fmt_name(format));
    const int depth = av_pix_fmt_desc_get(format)->comp[0].depth;
    const Frame frame = RandomFrame(format, 21, 9, true, 7);
    Picture picture;
    FrameToPicture().Convert(*frame, depth > 8 ? 16 : 8, picture);
    const Frame back = NewFrame();
    PictureToFrame(format, ColourOf(*frame)).Convert(picture, *back);
    EXPECT_EQ(back->colorspace, AVCOL_SPC_RGB);
    for (int c = 0; c < 3; ++c) {
      for (int y = 0; y < 9; ++y) {
        for (int x = 0; x < 21; ++x) {
          ASSERT_EQ(SampleOf(*back, c, x, y), SampleOf(*frame, c, x, y));
          if (depth == 8) {
            ASSERT_EQ(SampleAt(picture, x, y, c), SampleOf(*frame, c, x, y));
          }
        }
      }
    }
  }
}

TEST(FrameToPicture, PalettesAndExoticFormats) {
  const Frame palette = RandomFrame(AV_PIX_FMT_PAL8, 8, 4, true, 8);
  for (std::uint32_t i = 0; i < 256; ++i) {
    const std::uint32_t colour = 0xFF000000U | i << 16 | (255 - i) << 8 | (i ^ 85U);
    std::memcpy(palette->data[1] + std::size_t{4} * i, &colour, 4);
  }
  Picture picture;
  FrameToPicture convert;
  convert.Convert(*palette, 8, picture);
  const int index = palette->data[0][2 * palette->linesize[0] + 3];
  EXPECT_EQ(SampleAt(picture, 3, 2, 0), index);
  EXPECT_EQ(SampleAt(picture, 3, 2, 1), 255 - index);
  EXPECT_EQ(SampleAt(picture, 3, 2, 2), index ^ 85);

  // One bit a pixel, through swscale: a set bit is white in "monoblack".
  Frame bits = NewFrame();
  bits->format = AV_PIX_FMT_MONOBLACK;
  bits->width = 16;
  bits->height = 2;
  Check(av_frame_get_buffer(bits.get(), 0), "frame");
  for (std::ptrdiff_t y = 0; y < 2; ++y) {
    bits->data[0][y * bits->linesize[0]] = 0xF0;
    bits->data[0][y * bits->linesize[0] + 1] = 0x01;
  }
  convert.Convert(*bits, 8, picture);
  EXPECT_EQ(SampleAt(picture, 0, 0, 1), 255);
  EXPECT_EQ(SampleAt(picture, 5, 0, 1), 0);
  EXPECT_EQ(SampleAt(picture, 15, 1, 1), 255);
}

TEST(FrameToPicture, GreyIsFullRangeUnlessItSaysOtherwise) {
  Frame frame = NewFrame();
  frame->format = AV_PIX_FMT_GRAY8;
  frame->width = 3;
  frame->height = 1;
  Check(av_frame_get_buffer(frame.get(), 0), "frame");
  frame->data[0][0] = 0;
  frame->data[0][1] = 100;
  frame->data[0][2] = 255;
  Picture picture;
  FrameToPicture().Convert(*frame, 8, picture);
  EXPECT_THAT(picture.data, ::testing::ElementsAre(0, 0, 0, 100, 100, 100, 255, 255, 255));
  frame->color_range = AVCOL_RANGE_MPEG;
  frame->data[0][0] = 16;
  frame->data[0][1] = 235;
  FrameToPicture().Convert(*frame, 8, picture);
  EXPECT_THAT(picture.data, ::testing::ElementsAre(0, 0, 0, 255, 255, 255, 255, 255, 255));
}

// White, black and grey have no colour in any matrix and range, in both directions.
TEST(PictureToFrame, GreysHaveNoColour) {
  Picture picture{.width = 256, .height = 2, .bits = 8, .data = {}};
  for (int y = 0; y < 2; ++y) {
    for (int x = 0; x < 256; ++x) {
      picture.data.insert(picture.data.end(), 3, static_cast<std::uint8_t>(x));
    }
  }
  for (const int matrix : {1, 4, 5, 6, 7, 9}) {
    for (const bool full : {false, true}) {
      const Frame frame = NewFrame();
      PictureToFrame(AV_PIX_FMT_YUV444P, {.matrix = matrix, .full_range = full})
          .Convert(picture, *frame);
      for (int x = 0; x < 256; ++x) {
        ASSERT_EQ(SampleOf(*frame, 1, x, 0), 128);
        ASSERT_EQ(SampleOf(*frame, 2, x, 1), 128);
        const double luma = full ? x : 16 + x * 219 / 255.0;
        ASSERT_NEAR(SampleOf(*frame, 0, x, 1), luma, 0.501);
      }
      Picture back;
      FrameToPicture().Convert(*frame, 8, back);
      for (int x = 0; x < 256; ++x) {
        ASSERT_NEAR(SampleAt(back, x, 0, 0), x, 1);
        ASSERT_EQ(SampleAt(back, x, 0, 0), SampleAt(back, x, 0, 1));
        ASSERT_EQ(SampleAt(back, x, 0, 0), SampleAt(back, x, 0, 2));
      }
    }
  }
}

// Missing pixels of the last block of chroma count as the last pixel.
TEST(PictureToFrame, OddSizes) {
  Picture picture{.width = 3, .height = 3, .bits = 8, .data = std::vector<std::uint8_t>(27, 0)};
  for (int c = 0; c < 3; ++c) picture.data[24 + static_cast<std::size_t>(c)] = c == 0 ? 255 : 0;
  for (const int bits : {8, 16}) {
    Picture given = picture;
    if (bits == 16) {
      given.bits = 16;
      given.data.clear();
      for (const std::uint8_t value : picture.data) given.data.insert(given.data.end(), 2, value);
    }
    const Frame frame = NewFrame();
    PictureToFrame(AV_PIX_FMT_YUV420P, {.matrix = 6, .full_range = true}).Convert(given, *frame);
    EXPECT_EQ(SampleOf(*frame, 2, 0, 0), 128);
    EXPECT_EQ(SampleOf(*frame, 2, 1, 1), 255);  // all red
    EXPECT_EQ(SampleOf(*frame, 1, 1, 1), 85);   // 128 - 255 * 0.168736
    EXPECT_EQ(SampleOf(*frame, 0, 2, 2), 76);   // 255 * 0.299
  }
}

TEST(PictureToFrame, ReusesAFrameThatNobodyHolds) {
  const Picture picture{
      .width = 16, .height = 8, .bits = 8, .data = std::vector<std::uint8_t>(384)};
  PictureToFrame convert(AV_PIX_FMT_YUV420P, {});
  Frame frame = NewFrame();
  convert.Convert(picture, *frame);
  const std::uint8_t* const first = frame->data[0];
  convert.Convert(picture, *frame);
  EXPECT_EQ(frame->data[0], first);
  const Frame held(av_frame_clone(frame.get()));
  convert.Convert(picture, *frame);
  EXPECT_NE(frame->data[0], first);
}

TEST(PictureToFrame, RefusesWhatItCannotMake) {
  EXPECT_THAT(ErrorOf([] { PictureToFrame(AV_PIX_FMT_YUYV422, {}); }), HasSubstr("yuyv422"));
  EXPECT_THAT(ErrorOf([] { PictureToFrame(AV_PIX_FMT_PAL8, {}); }), HasSubstr("pal8"));
}

TEST(PixelTraits, SayWhatAFormatIs) {
  const auto chroma = [](AVPixelFormat format) { return TraitsOf(format).chroma; };
  EXPECT_EQ(chroma(AV_PIX_FMT_YUV420P10), "420");
  EXPECT_EQ(chroma(AV_PIX_FMT_NV16), "422");
  EXPECT_EQ(chroma(AV_PIX_FMT_YUVJ444P), "444");
  EXPECT_EQ(chroma(AV_PIX_FMT_GRAY10), "grey");
  EXPECT_EQ(chroma(AV_PIX_FMT_YA8), "grey");
  EXPECT_EQ(chroma(AV_PIX_FMT_PAL8), "rgb");
  EXPECT_EQ(chroma(AV_PIX_FMT_BGRA), "rgb");
  EXPECT_EQ(TraitsOf(AV_PIX_FMT_YUV420P10).bits, 10);
  EXPECT_EQ(TraitsOf(AV_PIX_FMT_RGB565).bits, 8);
  EXPECT_EQ(TraitsOf(AV_PIX_FMT_GBRPF32LE).bits, 16);
  EXPECT_TRUE(TraitsOf(AV_PIX_FMT_YUVJ420P).full_range);
  EXPECT_FALSE(TraitsOf(AV_PIX_FMT_YUV420P).full_range);
  EXPECT_THAT(ErrorOf([] { return TraitsOf(AV_PIX_FMT_CUDA); }), HasSubstr("cuda"));
}

}  // namespace
}  // namespace agon::media
