// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/learn/resize.h"

#include <cstring>

#include "runtime/formats/npy.h"
#include "tests/cyclegan/learn/learn_helpers.h"

namespace agon::cyclegan {
namespace {

formats::Pixels PixelsOf(const formats::Array& array) {
  formats::Pixels pixels{.width = static_cast<int>(array.shape.at(1)),
                         .height = static_cast<int>(array.shape.at(0)),
                         .channels = static_cast<int>(array.shape.at(2)),
                         .data = {}};
  pixels.data.resize(array.data.size());
  std::memcpy(pixels.data.data(), array.data.data(), array.data.size());
  return pixels;
}

// Byte for byte what Pillow gives: larger, smaller, much smaller, along one axis alone, with
// overshoot that is clipped.
TEST(ResizeBicubic, GivesPillowsBytes) {
  const auto arrays =
      formats::ReadNpz(Path(AGON_SOURCE_DIR) / "tests" / "golden" / "pillow_bicubic.npz");
  std::map<std::string, formats::Array> by_name(arrays.begin(), arrays.end());
  ASSERT_EQ(by_name.size(), 16U);
  for (int i = 0; i < 8; ++i) {
    const formats::Pixels from = PixelsOf(by_name.at("from" + std::to_string(i)));
    const formats::Pixels to = PixelsOf(by_name.at("to" + std::to_string(i)));
    EXPECT_EQ(ResizeBicubic(from, to.width, to.height).data, to.data) << "case " << i;
  }
}

// Weights sum to one, so a flat picture stays flat, whatever the sizes.
TEST(ResizeBicubic, KeepsAFlatPictureFlat) {
  formats::Pixels flat{.width = 13, .height = 7, .channels = 4, .data = {}};
  flat.data.assign(13 * 7 * 4, 201);
  for (const auto& [width, height] : {std::pair(5, 3), std::pair(40, 41), std::pair(13, 2)}) {
    const formats::Pixels resized = ResizeBicubic(flat, width, height);
    EXPECT_EQ(resized.data,
              std::vector<std::uint8_t>(static_cast<std::size_t>(width * height * 4), 201));
  }
}

TEST(ResizeBicubic, CopiesWhenNothingChanges) {
  const formats::Pixels picture = MadeUp(9, 8, 100, 1);
  EXPECT_EQ(ResizeBicubic(picture, 9, 8).data, picture.data);
}

}  // namespace
}  // namespace agon::cyclegan
