// SPDX-License-Identifier: Apache-2.0
// What libagon_media.so exports, loaded as programs load it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/formats/png.h"
#include "runtime/media/flow.h"
#include "runtime/media/pictures.h"
#include "runtime/media/video.h"
#include "tests/runtime/media/make_video.h"

namespace agon::media {
namespace {

TEST(MediaLibrary, EveryInterfaceIsThere) {
  const TemporaryFolder folder;
  const Bytes png = formats::EncodePng(
      {.width = 2, .height = 1, .channels = 3, .data = {10, 20, 30, 40, 50, 60}});
  WriteFileAtomic(folder / "p.png", ByteView(png));
  EXPECT_EQ(Pictures().Read(folder / "p.png", {}).data,
            (std::vector<std::uint8_t>{10, 20, 30, 40, 50, 60}));
  const auto frames = AllFrames(*Videos().Open(folder / "p.png", {}));
  EXPECT_EQ(frames.at(0).picture.data, (std::vector<std::uint8_t>{10, 20, 30, 40, 50, 60}));
  const std::vector<std::uint8_t> grey(32UL * 32, 90);
  const GreyView view{.width = 32, .height = 32, .data = grey};
  FlowField flow;
  MakeFlow(FlowMethod::kDisFast)->Estimate(view, view, flow);
  EXPECT_EQ(flow.data.size(), 2UL * 32 * 32);
}

// An Error thrown inside the library is caught as one outside it.
TEST(MediaLibrary, ErrorsCrossTheBorder) {
  EXPECT_THAT(ErrorOf([] { return Videos().Open("/nowhere/a.mp4", {}); }),
              ::testing::HasSubstr("/nowhere/a.mp4"));
}

}  // namespace
}  // namespace agon::media
