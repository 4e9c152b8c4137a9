// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/learn/pictures.h"

#include <atomic>

#include "cyclegan/learn/resize.h"
#include "tests/cyclegan/learn/learn_helpers.h"

namespace agon::cyclegan {
namespace {

TEST(Pictures, ArePreparedAsTheSettingsSay) {
  const formats::Pixels wide = MadeUp(60, 30, 100, 1);
  const auto size = [&](const PictureSettings& settings) {
    const formats::Pixels prepared = PreparePicture(wide, settings, "wide");
    return std::pair(prepared.width, prepared.height);
  };
  EXPECT_EQ(size({}), std::pair(60, 32)) << "both sides multiples of 4, 30 between 28 and 32";
  EXPECT_EQ(size({.load = 40}), std::pair(40, 40));
  EXPECT_EQ(size({.load = 40, .keep_aspect = true}), std::pair(80, 40));
  EXPECT_EQ(size({.load = 43, .crop = 40}), std::pair(43, 43)) << "the crop makes it fit";
  EXPECT_EQ(PreparePicture(wide, {.load = 40}, "wide").data, ResizeBicubic(wide, 40, 40).data);
}

TEST(Pictures, SaysWhichPictureIsTooSmall) {
  const std::string message =
      MessageOf([] { (void)PreparePicture(MadeUp(60, 30, 100, 1), {.crop = 32}, "wide.png"); },
                ErrorKind::kData);
  EXPECT_NE(message.find("wide.png: 60x30"), std::string::npos) << message;
  EXPECT_NE(message.find("pictures.load"), std::string::npos) << message;
}

TEST(Pictures, GreyAndTransparentOnesBecomeRgb) {
  formats::Pixels grey{.width = 16, .height = 16, .channels = 1, .data = {}};
  grey.data.assign(256, 77);
  EXPECT_EQ(PreparePicture(grey, {}, "grey").data, std::vector<std::uint8_t>(768, 77));
  formats::Pixels clear{.width = 16, .height = 16, .channels = 4, .data = {}};
  for (int i = 0; i < 256; ++i) clear.data.insert(clear.data.end(), {1, 2, 3, 0});
  const formats::Pixels rgb = PreparePicture(clear, {}, "clear");
  EXPECT_EQ(rgb.channels, 3);
  EXPECT_EQ((std::vector<std::uint8_t>(rgb.data.begin(), rgb.data.begin() + 6)),
            (std::vector<std::uint8_t>{1, 2, 3, 1, 2, 3}));
}

// 4 x 2 pixels of value 10 x + y in red, 100 in green, 200 in blue.
TEST(Pictures, AViewIsCutMirroredAndCentred) {
  formats::Pixels picture{.width = 4, .height = 2, .channels = 3, .data = {}};
  for (int y = 0; y < 2; ++y) {
    for (int x = 0; x < 4; ++x) {
      picture.data.insert(picture.data.end(), {static_cast<std::uint8_t>(10 * x + y), 100, 200});
    }
  }
  const auto centred = [](int value) { return (static_cast<float>(value) / 255.0F - 0.5F) / 0.5F; };
  std::vector<float> out(12);
  WriteView(picture, {.left = 1, .top = 0, .width = 2, .height = 2, .mirrored = false}, out.data());
  EXPECT_EQ(out, (std::vector<float>{centred(10), centred(20), centred(11), centred(21),
                                     centred(100), centred(100), centred(100), centred(100),
                                     centred(200), centred(200), centred(200), centred(200)}));
  WriteView(picture, {.left = 1, .top = 0, .width = 2, .height = 2, .mirrored = true}, out.data());
  EXPECT_EQ((std::vector<float>(out.begin(), out.begin() + 4)),
            (std::vector<float>{centred(20), centred(10), centred(21), centred(11)}));
}

TEST(Pictures, SurviveTheWayToATensorAndBack) {
  formats::Pixels picture{.width = 16, .height = 16, .channels = 3, .data = {}};
  for (int i = 0; i < 768; ++i) picture.data.push_back(static_cast<std::uint8_t>(i % 256));
  const Tensor tensor = ToTensor(picture);
  EXPECT_EQ(tensor.min().item<float>(), -1);
  EXPECT_EQ(tensor.max().item<float>(), 1);
  EXPECT_EQ(ToPixels(tensor).data, picture.data);
  // Values outside are cut, values between are rounded to the nearest.
  const Tensor values = at::tensor({-3.0F, 3.0F, 0.004F}).reshape({1, 3, 1, 1});
  EXPECT_EQ(ToPixels(values).data, (std::vector<std::uint8_t>{0, 255, 128}));
}

TEST(Pictures, AGridLeavesGaps) {
  const formats::Pixels a = MadeUp(3, 2, 10, 1), b = MadeUp(2, 2, 90, 2), c = MadeUp(4, 1, 50, 3);
  const formats::Pixels grid = PictureGrid({{a, b}, {c}}, 1);
  EXPECT_EQ(grid.width, 6);
  EXPECT_EQ(grid.height, 4);
  const auto at = [&](int x, int y) {
    return grid.data[static_cast<std::size_t>(3 * (y * 6 + x))];
  };
  EXPECT_EQ(at(0, 0), a.data[0]);
  EXPECT_EQ(at(4, 1), b.data[6]);
  EXPECT_EQ(at(3, 3), c.data[9]);
  EXPECT_EQ(at(3, 0), 255) << "between a and b";
  EXPECT_EQ(at(0, 2), 255) << "between the rows";
  EXPECT_EQ(at(5, 3), 255) << "behind c";
}

TEST(PictureSet, KeepsWhatFitsAndReadsTheRestAgain) {
  std::atomic<int> reads = 0;
  const auto source = [&reads](std::int64_t index) -> std::optional<formats::Pixels> {
    ++reads;
    return MadeUp(16, 16, 100, static_cast<std::uint32_t>(index));
  };
  const PictureSet set(4, source, "test", /*budget=*/2 * 768 + 10);
  EXPECT_EQ(reads, 4);
  for (std::int64_t i = 0; i < 4; ++i) {
    EXPECT_EQ(set.Get(i)->data, MadeUp(16, 16, 100, static_cast<std::uint32_t>(i)).data);
  }
  EXPECT_EQ(reads, 6) << "two are kept";
  EXPECT_TRUE(set.same_size());
}

TEST(PictureSet, LeavesOutWhatItsSourceRefuses) {
  const PictureSet set(
      5,
      [](std::int64_t index) -> std::optional<formats::Pixels> {
        if (index % 2 == 1) return std::nullopt;
        return MadeUp(16 + static_cast<int>(index), 20, 100, static_cast<std::uint32_t>(index));
      },
      "test");
  EXPECT_EQ(set.indices(), (std::vector<std::int64_t>{0, 2, 4}));
  EXPECT_EQ(set.Get(2)->data, MadeUp(20, 20, 100, 4).data);
  EXPECT_FALSE(set.same_size());
  EXPECT_EQ(set.least_width(), 16);
  EXPECT_EQ(set.least_height(), 20);
}

TEST(PictureSet, PassesOnTheFirstError) {
  const std::string message = MessageOf(
      [] {
        const PictureSet set(
            50,
            [](std::int64_t index) -> std::optional<formats::Pixels> {
              if (index >= 7) Fail(ErrorKind::kData, "picture {}", index);
              return MadeUp(16, 16, 1, 1);
            },
            "test");
      },
      ErrorKind::kData);
  EXPECT_EQ(message, "picture 7");
}

}  // namespace
}  // namespace agon::cyclegan
