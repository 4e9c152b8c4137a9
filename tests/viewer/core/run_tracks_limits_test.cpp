// SPDX-License-Identifier: Apache-2.0
// Whatever a run records, the viewer's memory stays bounded and the newest is there.
#include <gmock/gmock.h>

#include <fstream>

#include "runtime/record/recording_codec.h"
#include "runtime/record/recording_scan.h"
#include "tests/runtime/record/record_helpers.h"
#include "viewer/core/run_tracks.h"
#include "viewer/core/track_store.h"

namespace agon::viewer {
namespace {

using record::IndexedRecord;
using testing::HasSubstr;

IndexedRecord Defines(std::uint32_t track, std::string name) {
  IndexedRecord record;
  record.track = track;
  record.name = std::move(name);
  return record;
}

IndexedRecord Holds(std::uint32_t track, TrackKind kind, std::int64_t step, double value = 0) {
  IndexedRecord record;
  record.track = track;
  record.kind = kind;
  record.step = step;
  record.wall_time = static_cast<double>(step);
  record.place = {static_cast<std::uint64_t>(step) + 16, 1};
  record.value = value;
  return record;
}

TEST(RunTracksLimits, AMillionTracks) {
  const TemporaryFolder folder;
  constexpr std::uint32_t kTracks = 1'000'000, kShare = 10;
  {
    std::ofstream stream(folder / "recording", std::ios::binary);
    stream << record::RecordingHeader();
    std::string batch;
    for (std::uint32_t i = 0; i < kTracks; ++i) {
      batch += record::FrameRecord(record::codec::EncodeTrack(i, "track/" + std::to_string(i)));
      if (i % kShare == 0) {
        batch += record::FrameRecord(record::codec::EncodeItem(i, i, 1, record::Scalar{1}, {}));
      }
      if (batch.size() > std::size_t{1} << 20) {
        stream << batch;
        batch.clear();
      }
    }
    stream << batch;
  }
  RunTracks tracks(folder / "recording");
  while (tracks.Poll(10)) continue;
  EXPECT_TRUE(tracks.at_end());
  EXPECT_EQ(tracks.Tracks().size(), (RunTracks::kMaxTracks + kShare - 1) / kShare);
  EXPECT_EQ(tracks.Find("track/0", TrackKind::kScalar)->count, 1U);
  EXPECT_THAT(tracks.problem(),
              HasSubstr(std::to_string(kTracks - RunTracks::kMaxTracks) + " are left out"));
  EXPECT_THAT(tracks.problem(), testing::Not(HasSubstr("damaged")));
}

TEST(RunTracksLimits, LongNamesCannotFillTheMemory) {
  TrackStore store(TrackLimits{.name_bytes = std::size_t{1} << 20});
  constexpr std::uint32_t kTracks = 500;
  for (std::uint32_t i = 0; i < kTracks; ++i) {
    EXPECT_TRUE(store.Add(Defines(i, std::string(4000, 'x') + std::to_string(i))));
    EXPECT_TRUE(store.Add(Holds(i, TrackKind::kScalar, 1)));
  }
  const std::size_t stored = store.tracks().size();
  EXPECT_EQ(stored, (std::size_t{1} << 20) / 4003);
  EXPECT_EQ(store.left_out(), kTracks - stored);
}

// A number that is defined again and again stands for the track named last.
TEST(RunTracksLimits, RedefinedNumbersHoldOneName) {
  TrackStore store;
  for (int i = 0; i < 10'000; ++i) {
    store.Add(Defines(1, std::string(4000, 'x') + std::to_string(i % 10)));
    store.Add(Holds(1, TrackKind::kScalar, i));
  }
  EXPECT_EQ(store.left_out(), 0U);
  EXPECT_EQ(store.tracks().size(), 10U);
  EXPECT_EQ(store.tracks().begin()->second.count(), 1000U);
}

// Tracks of one name and several kinds count one by one; those there is no room for are told once.
TEST(RunTracksLimits, KindsBeyondTheLimitAreLeftOut) {
  TrackStore store(TrackLimits{.tracks = 3});
  for (std::uint32_t i = 0; i < 2; ++i) store.Add(Defines(i, std::to_string(i)));
  for (int step = 0; step < 5; ++step) {
    for (std::uint32_t i = 0; i < 2; ++i) {
      EXPECT_TRUE(store.Add(Holds(i, TrackKind::kScalar, step)));
      EXPECT_TRUE(store.Add(Holds(i, TrackKind::kImage, step)));
    }
  }
  EXPECT_EQ(store.tracks().size(), 3U);
  EXPECT_EQ(store.left_out(), 1U);
  EXPECT_EQ(store.Find("1", TrackKind::kScalar)->count(), 5U);
  EXPECT_EQ(store.Find("1", TrackKind::kImage), nullptr);
}

TEST(RunTracksLimits, PointsOfAllCurvesAreThinnedOut) {
  constexpr std::size_t kLimit = 40'000;
  TrackStore store(TrackLimits{.points = kLimit});
  constexpr std::uint32_t kCurves = 50;
  constexpr std::int64_t kPoints = 300'000;
  store.Add(Defines(kCurves, "small"));
  for (int step = 0; step < 10; ++step) store.Add(Holds(kCurves, TrackKind::kScalar, step));
  for (std::uint32_t i = 0; i < kCurves; ++i) store.Add(Defines(i, std::to_string(i)));
  for (std::int64_t i = 0; i < kPoints; ++i) {
    const auto curve = static_cast<std::uint32_t>(i % kCurves);
    store.Add(Holds(curve, TrackKind::kScalar, i, i == 33'333 ? 9 : 0));
  }
  std::size_t points = 0;
  for (const auto& [key, track] : store.tracks()) points += track.count();
  EXPECT_LE(points, kLimit);
  EXPECT_GE(points, kLimit / 3);
  EXPECT_EQ(store.Find("small", TrackKind::kScalar)->count(), 10U);  // small ones stay whole
  const StoredTrack* const needle =
      store.Find(std::to_string(33'333 % kCurves), TrackKind::kScalar);
  EXPECT_EQ(needle->series.AtStep(33'333)->value, 9);
  EXPECT_EQ(store.Range()->last_step, kPoints - 1);
}

// One track of pictures: the newest are all there, the older ones get sparse, the first one stays.
TEST(RunTracksLimits, ItemsOfOneTrackAreThinnedOut) {
  TrackStore store;
  store.Add(Defines(1, "frames"));
  constexpr std::int64_t kItems = 200'000;
  for (std::int64_t i = 0; i < kItems; ++i) store.Add(Holds(1, TrackKind::kImage, i));
  const auto& items = store.Find("frames", TrackKind::kImage)->items;
  EXPECT_LE(items.size(), RunTracks::kMaxItems);
  EXPECT_GE(items.size(), RunTracks::kMaxItems / 2);
  EXPECT_EQ(items.front().step, 0);
  for (std::size_t back = 1; back < 10'000; ++back) {
    ASSERT_EQ(items[items.size() - back].step, kItems - static_cast<std::int64_t>(back));
  }
  EXPECT_TRUE(std::ranges::is_sorted(items, {}, &ItemRef::step));
}

TEST(RunTracksLimits, ItemsOfAllTracksAreThinnedOut) {
  constexpr std::size_t kLimit = 20'000;
  TrackStore store(TrackLimits{.all_items = kLimit});
  constexpr std::uint32_t kTracks = 100;
  constexpr std::int64_t kItems = 1000;
  for (std::uint32_t i = 0; i < kTracks; ++i) store.Add(Defines(i, std::to_string(i)));
  for (std::int64_t step = 0; step < kItems; ++step) {
    for (std::uint32_t i = 0; i < kTracks; ++i) store.Add(Holds(i, TrackKind::kBoard, step));
  }
  std::size_t count = 0;
  for (const auto& [key, track] : store.tracks()) {
    count += track.count();
    EXPECT_EQ(track.items.front().step, 0);
    EXPECT_EQ(track.items.back().step, kItems - 1);
  }
  EXPECT_LE(count, kLimit);
  EXPECT_GE(count, kLimit / 2);
}

TEST(RunTracksLimits, ItemsOfUndefinedTracksAreRefused) {
  TrackStore store;
  EXPECT_FALSE(store.Add(Holds(1, TrackKind::kText, 1)));
  EXPECT_TRUE(store.tracks().empty());
  EXPECT_FALSE(store.Range());
}

}  // namespace
}  // namespace agon::viewer
