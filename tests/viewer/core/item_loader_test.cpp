// SPDX-License-Identifier: Apache-2.0
#include "viewer/core/item_loader.h"

#include <gmock/gmock.h>

#include <thread>

#include "runtime/record/recording.h"
#include "tests/runtime/base/wait_for.h"
#include "tests/runtime/record/record_helpers.h"

namespace agon::viewer {
namespace {

using record::Image;
using record::RecordingWriter;
using record::Text;
using testing::HasSubstr;

// A run with `count` pictures of `side` pixels, grey: side * side bytes each.
std::shared_ptr<RunTracks> Pictures(const Path& file, int count, int side) {
  RecordingWriter writer(file);
  for (int step = 0; step < count; ++step) {
    Image image{record::Checkers(side, side, 1), 0, 1, std::to_string(step)};
    writer.Append("picture", step, step, image);
  }
  writer.Flush();
  auto tracks = std::make_shared<RunTracks>(file);
  tracks->Poll(1e6);
  return tracks;
}

ItemRef At(const std::shared_ptr<RunTracks>& tracks, std::int64_t step,
           TrackKind kind = TrackKind::kImage) {
  return tracks->At("picture", kind, {TimelineMode::kStep, step, 0}).value();
}

void WaitForIdle(const ItemLoader& loader) {
  WaitFor([&] { return loader.idle(); });
}

std::shared_ptr<const Image> Wait(ItemLoader& loader, const std::shared_ptr<RunTracks>& tracks,
                                  std::int64_t step) {
  (void)loader.Get(tracks, At(tracks, step));
  WaitForIdle(loader);
  return loader.GetAs<Image>(tracks, At(tracks, step));
}

TEST(ItemLoader, LoadsInTheBackgroundAndKeeps) {
  const TemporaryFolder folder;
  const auto tracks = Pictures(folder / "recording", 3, 8);
  Background background;
  ItemLoader loader(background);
  EXPECT_TRUE(loader.idle());
  const auto image = Wait(loader, tracks, 1);
  ASSERT_NE(image, nullptr);
  EXPECT_EQ(image->caption, "1");
  EXPECT_EQ(loader.Get(tracks, At(tracks, 1)).get(),
            loader.Get(tracks, At(tracks, 1)).get());  // decoded once
  EXPECT_EQ(loader.GetAs<Text>(tracks, At(tracks, 1)), nullptr);
  EXPECT_EQ(loader.Problem(tracks, At(tracks, 1)), "");
  EXPECT_EQ(loader.Get(nullptr, {}), nullptr);
}

TEST(ItemLoader, SaysWhyAnItemCannotBeRead) {
  const TemporaryFolder folder;
  const auto tracks = Pictures(folder / "recording", 1, 8);
  Background background;
  ItemLoader loader(background);
  ItemRef wrong = At(tracks, 0);
  wrong.offset += 1;
  EXPECT_EQ(loader.Problem(tracks, wrong), "");
  EXPECT_EQ(loader.Get(tracks, wrong), nullptr);
  WaitForIdle(loader);
  EXPECT_EQ(loader.Get(tracks, wrong), nullptr);
  EXPECT_THAT(loader.Problem(tracks, wrong), HasSubstr("not there any more"));
  EXPECT_TRUE(loader.idle());  // it is not tried again every frame
}

TEST(ItemLoader, MemoryStaysBelowTheLimit) {
  const TemporaryFolder folder;
  constexpr int kSide = 100;
  const auto tracks = Pictures(folder / "recording", 100, kSide);
  Background background;
  constexpr std::size_t kLimit = std::size_t{10} * kSide * kSide;
  ItemLoader loader(background, kLimit);
  std::shared_ptr<const Image> first;
  for (int step = 0; step < 100; ++step) {
    const auto image = Wait(loader, tracks, step);
    ASSERT_NE(image, nullptr);
    EXPECT_EQ(image->caption, std::to_string(step));
    EXPECT_LE(loader.bytes(), kLimit);
    if (step == 0) first = image;
    ASSERT_NE(loader.Get(tracks, At(tracks, 0)), nullptr) << step;  // asked for every frame: stays
  }
  EXPECT_EQ(loader.GetAs<Image>(tracks, At(tracks, 0)), first);
  EXPECT_GE(loader.bytes(), kLimit / 2);
  EXPECT_EQ(loader.Get(tracks, At(tracks, 50)), nullptr);  // long not looked at
}

// What is on the screen now stays there, however large it is.
TEST(ItemLoader, APictureBeyondTheLimitIsShown) {
  const TemporaryFolder folder;
  const auto tracks = Pictures(folder / "recording", 10, 50);
  Background background;
  ItemLoader loader(background, 1);
  for (int step = 0; step < 10; ++step) {
    EXPECT_NE(Wait(loader, tracks, step), nullptr);
    EXPECT_LT(loader.bytes(), std::size_t{5} * 50 * 50);
  }
}

// Scrubbing asks for much more than it looks at: the newest come, the others are given up.
TEST(ItemLoader, ScrubbingGivesUpWhatIsLongPast) {
  const TemporaryFolder folder;
  const auto tracks = Pictures(folder / "recording", 500, 20);
  Background background(1);
  ItemLoader loader(background);
  for (int step = 0; step < 500; ++step) (void)loader.Get(tracks, At(tracks, step));
  WaitForIdle(loader);
  EXPECT_NE(loader.Get(tracks, At(tracks, 499)), nullptr);
  EXPECT_NE(Wait(loader, tracks, 0), nullptr);  // given up is not lost
}

TEST(ItemLoader, TellsRunsApart) {
  const TemporaryFolder folder;
  Background background;
  ItemLoader loader(background);
  auto one = Pictures(folder / "one", 1, 8);
  const auto image = Wait(loader, one, 0);
  const ItemRef place = At(one, 0);
  {
    RecordingWriter writer(folder / "two");
    writer.Append("picture", 0, 0, Image{record::Checkers(8, 8, 1), 0, 1, "another"});
    writer.Flush();
  }
  const auto two = std::make_shared<RunTracks>(folder / "two");
  two->Poll(1e6);
  const auto other = Wait(loader, two, 0);
  ASSERT_NE(other, nullptr);
  EXPECT_EQ(other->caption, "another");
  EXPECT_EQ(image->caption, "0");

  // The same file written anew: what stood at that place before is not shown any more.
  std::filesystem::rename(folder / "two", folder / "one");
  one->Poll(1e6);
  EXPECT_EQ(At(one, 0).offset, place.offset);
  EXPECT_EQ(Wait(loader, one, 0)->caption, "another");
}

TEST(ItemLoader, MayGoWhileItLoads) {
  const TemporaryFolder folder;
  const auto tracks = Pictures(folder / "recording", 60, 50);
  Background background(2);
  {
    ItemLoader loader(background);
    for (int step = 0; step < 60; ++step) (void)loader.Get(tracks, At(tracks, step));
  }
  while (!background.idle()) std::this_thread::yield();
  EXPECT_EQ(tracks.use_count(), 1);
}

}  // namespace
}  // namespace agon::viewer
