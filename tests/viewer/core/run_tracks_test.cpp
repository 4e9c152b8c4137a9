// SPDX-License-Identifier: Apache-2.0
#include "viewer/core/run_tracks.h"

#include <gmock/gmock.h>

#include <thread>

#include "runtime/base/error.h"
#include "runtime/base/hash.h"
#include "runtime/record/recording.h"
#include "runtime/record/recording_scan.h"
#include "tests/runtime/record/record_helpers.h"

namespace agon::viewer {
namespace {

using record::Image;
using record::RecordingWriter;
using record::Scalar;
using record::Spill;
using record::Text;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr double kLong = 1e6;

Moment AtStep(std::int64_t step) { return {TimelineMode::kStep, step, 0}; }
Moment AtTime(double time) { return {TimelineMode::kTime, 0, time}; }

std::vector<std::int64_t> Steps(const std::vector<ItemRef>& items) {
  std::vector<std::int64_t> steps;
  steps.reserve(items.size());
  for (const ItemRef& item : items) steps.push_back(item.step);
  return steps;
}

std::vector<std::string> Names(const RunTracks& tracks) {
  std::vector<std::string> names;
  for (const TrackInfo& track : tracks.Tracks()) names.push_back(track.name);
  return names;
}

std::string TextAt(const RunTracks& tracks, std::string_view track, const Moment& moment) {
  const auto item = tracks.At(track, TrackKind::kText, moment);
  return item ? std::get<Text>(tracks.Load(*item)).text : "none";
}

std::size_t Points(const RunTracks& tracks, std::string_view track) {
  std::size_t points = 0;
  tracks.WithSeries(track,
                    [&](const ScalarSeries* series) { points = series ? series->size() : 0; });
  return points;
}

TEST(RunTracks, AnswersWhatStoodAtAMoment) {
  const TemporaryFolder folder;
  RecordingWriter writer(folder / "recording");
  writer.Append("note", 10, 1000, Text{"ten"});
  writer.Append("note", 20, 1010, Text{"twenty"});
  writer.Append("loss", 5, 990, Scalar{0.5});
  writer.Append("loss", 25, 1020, Scalar{0.25});
  writer.Flush();

  RunTracks tracks(folder / "recording");
  EXPECT_FALSE(tracks.at_end());
  EXPECT_TRUE(tracks.Poll(kLong));
  EXPECT_FALSE(tracks.Poll(kLong));
  EXPECT_TRUE(tracks.at_end());
  EXPECT_EQ(tracks.problem(), "");
  EXPECT_THAT(Names(tracks), ElementsAre("loss", "note"));
  EXPECT_EQ(TextAt(tracks, "note", AtStep(10)), "ten");
  EXPECT_EQ(TextAt(tracks, "note", AtStep(19)), "ten");
  EXPECT_EQ(TextAt(tracks, "note", AtStep(99)), "twenty");
  EXPECT_EQ(TextAt(tracks, "note", AtTime(1009)), "ten");
  EXPECT_EQ(TextAt(tracks, "note", AtTime(1010)), "twenty");
  EXPECT_EQ(TextAt(tracks, "note", AtStep(0)), "ten");  // the first, when all are later
  EXPECT_FALSE(tracks.At("note", TrackKind::kText, AtStep(0), false));
  EXPECT_FALSE(tracks.At("note", TrackKind::kImage, AtStep(10)));
  EXPECT_FALSE(tracks.At("nothing", TrackKind::kText, AtStep(10)));

  const TrackInfo info = tracks.Find("loss", TrackKind::kScalar).value();
  EXPECT_EQ(info.count, 2U);
  EXPECT_EQ(info.first_step, 5);
  EXPECT_EQ(info.last_step, 25);
  EXPECT_EQ(info.first_time, 990);
  EXPECT_EQ(info.last_time, 1020);
  const TimelineRange range = tracks.Range().value();
  EXPECT_EQ(range.first_step, 5);
  EXPECT_EQ(range.last_step, 25);
  EXPECT_EQ(range.first_time, 990);
  EXPECT_EQ(range.last_time, 1020);
}

TEST(RunTracks, LoadsEveryKindExactly) {
  const TemporaryFolder folder;
  RecordingWriter writer(folder / "recording");
  record::Board board;
  board.width = board.height = 1;
  board.cells = {"X"};
  board.colours = {1};
  const Image image{record::Checkers(5, 3, 3), -1, 2, "seven"};
  writer.Append("all", 1, 1, image);
  writer.Append("all", 1, 1, record::Frame{record::Checkers(4, 4, 3), 0.04});
  writer.Append("all", 1, 1, board);
  writer.Append("all", 1, 1, record::Tree{{{-1, "", 100, 1, 0.1}, {0, "e4", 60, 0.5, 0.2}}});
  writer.Append("all", 1, 1, Text{"text"});
  writer.Append("all", 1, 1, Scalar{7});
  writer.Flush();
  RunTracks tracks(folder / "recording");
  tracks.Poll(kLong);

  // Tracks of one name and several kinds are tracks of their own.
  EXPECT_EQ(tracks.Tracks().size(), 6U);
  const auto load = [&](TrackKind kind) {
    return tracks.Load(tracks.At("all", kind, AtStep(1)).value());
  };
  EXPECT_EQ(std::get<Image>(load(TrackKind::kImage)).pixels.data, image.pixels.data);
  EXPECT_EQ(std::get<Image>(load(TrackKind::kImage)).caption, "seven");
  EXPECT_EQ(std::get<record::Frame>(load(TrackKind::kFrame)).time, 0.04);
  EXPECT_THAT(std::get<record::Board>(load(TrackKind::kBoard)).cells, ElementsAre("X"));
  EXPECT_EQ(std::get<record::Tree>(load(TrackKind::kTree)).nodes[1].move, "e4");
  EXPECT_EQ(std::get<Text>(load(TrackKind::kText)).text, "text");
  tracks.WithSeries("all", [](const ScalarSeries* series) {
    ASSERT_NE(series, nullptr);
    EXPECT_EQ(series->back().value, 7);
  });
}

TEST(RunTracks, NamesAreAnyText) {
  const TemporaryFolder folder;
  RecordingWriter writer(folder / "recording");
  const std::vector<std::string> names = {"", "/", "a//b/", "\xF0\x9F\xA6\x93/zebra", "x\xFFy"};
  for (const std::string& name : names) writer.Append(name, 1, 1, Scalar{1});
  writer.Flush();
  RunTracks tracks(folder / "recording");
  tracks.Poll(kLong);
  for (const std::string& name : names) EXPECT_EQ(Points(tracks, name), 1U) << name;
}

TEST(RunTracks, FollowsARunThatGoesOn) {
  const TemporaryFolder folder;
  RunTracks tracks(folder / "recording");
  EXPECT_FALSE(tracks.Poll(kLong));
  EXPECT_THAT(tracks.problem(), HasSubstr("nothing was recorded"));
  EXPECT_FALSE(tracks.Range());
  RecordingWriter writer(folder / "recording");
  std::uint64_t version = tracks.version();
  for (int step = 0; step < 50; ++step) {
    writer.Append("loss", step, 1000 + step, Scalar{1});
    writer.Append("note", step, 1000 + step, Text{std::to_string(step)});
    writer.Flush();
    EXPECT_TRUE(tracks.Poll(kLong));
    EXPECT_NE(tracks.version(), version);
    version = tracks.version();
    EXPECT_EQ(tracks.Range()->last_step, step);
    EXPECT_EQ(TextAt(tracks, "note", AtStep(step)), std::to_string(step));
    EXPECT_FALSE(tracks.Poll(kLong));
    EXPECT_EQ(tracks.version(), version);
  }
  EXPECT_EQ(tracks.problem(), "");
  EXPECT_EQ(tracks.generation(), 0U);
}

// docs/formats.md: of the same step twice the later counts.
TEST(RunTracks, AResumedRunReplacesWhatItWritesAnew) {
  const TemporaryFolder folder;
  RecordingWriter writer(folder / "recording");
  for (int step = 0; step < 6; ++step) writer.Append("note", step, step, Text{"first"});
  writer.Append("note", 3, 10, Text{"second"});
  writer.Append("note", 4, 11, Text{"second"});
  writer.Flush();
  RunTracks tracks(folder / "recording");
  tracks.Poll(kLong);
  EXPECT_THAT(Steps(tracks.Items("note", TrackKind::kText)), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_EQ(TextAt(tracks, "note", AtStep(2)), "first");
  EXPECT_EQ(TextAt(tracks, "note", AtStep(9)), "second");
}

TEST(RunTracks, ReadsALittleAtATime) {
  const TemporaryFolder folder;
  RecordingWriter writer(folder / "recording");
  for (int step = 0; step < 20; ++step) writer.Append("loss", step, step, Scalar{1});
  writer.Flush();
  RunTracks tracks(folder / "recording");
  int polls = 0;
  while (tracks.Poll(0)) ++polls;
  EXPECT_GE(polls, 10);
  EXPECT_TRUE(tracks.at_end());
  EXPECT_EQ(Points(tracks, "loss"), 20U);
}

TEST(RunTracks, DamageIsCountedAndTheRestShown) {
  const TemporaryFolder folder;
  {
    RecordingWriter writer(folder / "recording");
    for (int step = 0; step < 9; ++step) writer.Append("loss", step, step, Scalar{1});
    writer.Flush();
  }
  std::string bytes = record::Slurp(folder / "recording");
  bytes[bytes.size() / 2] ^= 1;
  Spill(folder / "recording", bytes + "torn");
  RunTracks tracks(folder / "recording");
  tracks.Poll(kLong);
  EXPECT_EQ(Points(tracks, "loss"), 8U);
  EXPECT_THAT(tracks.problem(), HasSubstr("damaged in 2 places"));
}

// The definition of the track was lost in damage.
TEST(RunTracks, ItemsOfUnknownTracksAreDamage) {
  const TemporaryFolder folder;
  {
    RecordingWriter writer(folder / "whole");
    writer.Append("loss", 1, 1, Scalar{1});
    writer.Append("note", 2, 1, Scalar{1});
    writer.Flush();
  }
  std::string bytes = record::Slurp(folder / "whole");
  bytes[record::kHeaderBytes + 8] ^= 1;
  Spill(folder / "recording", bytes);
  RunTracks tracks(folder / "recording");
  tracks.Poll(kLong);
  EXPECT_THAT(Names(tracks), ElementsAre("note"));
  EXPECT_THAT(tracks.problem(), HasSubstr("damaged in 2 places"));
}

TEST(RunTracks, ForeignFilesSayWhatTheyAre) {
  const TemporaryFolder folder;
  Spill(folder / "recording", "PNG or whatever it may be");
  RunTracks tracks(folder / "recording");
  EXPECT_FALSE(tracks.Poll(kLong));
  EXPECT_THAT(tracks.problem(), HasSubstr("is no recording of Agon"));
  EXPECT_TRUE(tracks.at_end());
  EXPECT_THAT(tracks.Tracks(), IsEmpty());

  std::string later = record::RecordingHeader();
  later[8] = 9;
  const std::uint32_t crc = Crc32c(AsBytes(later).first(12));
  for (std::size_t i = 0; i < 4; ++i) later[12 + i] = static_cast<char>(crc >> (8 * i));
  Spill(folder / "later", later);
  RunTracks newer(folder / "later");
  EXPECT_FALSE(newer.Poll(kLong));
  EXPECT_THAT(newer.problem(), HasSubstr("version 9"));

  RunTracks a_folder(folder.path());
  EXPECT_FALSE(a_folder.Poll(kLong));
  EXPECT_THAT(a_folder.problem(), HasSubstr("is a folder"));
}

// A run folder that is deleted while it is looked at: what was read stays, pictures too.
TEST(RunTracks, ADeletedRecordingStaysAsFarAsItWasRead) {
  const TemporaryFolder folder;
  {
    RecordingWriter writer(folder / "recording");
    writer.Append("note", 1, 1, Text{"still here"});
    writer.Flush();
  }
  RunTracks tracks(folder / "recording");
  tracks.Poll(kLong);
  std::filesystem::remove(folder / "recording");
  EXPECT_FALSE(tracks.Poll(kLong));
  EXPECT_THAT(tracks.problem(), HasSubstr("deleted"));
  EXPECT_EQ(TextAt(tracks, "note", AtStep(1)), "still here");
}

// A new run of the same name, or a file written anew in place: nothing of the old one stays.
TEST(RunTracks, AnotherRecordingTakesItsPlace) {
  const TemporaryFolder folder;
  const auto write = [&](const std::string& file, const std::string& name, int count) {
    RecordingWriter writer(folder / file);
    for (int step = 0; step < count; ++step) writer.Append(name, step, step, Text{name});
    writer.Flush();
  };
  write("recording", "old", 5);
  RunTracks tracks(folder / "recording");
  tracks.Poll(kLong);
  const ItemRef stale = tracks.At("old", TrackKind::kText, AtStep(4)).value();

  write("new", "brand new", 9);
  std::filesystem::rename(folder / "new", folder / "recording");
  EXPECT_TRUE(tracks.Poll(kLong));
  EXPECT_EQ(tracks.generation(), 1U);
  EXPECT_THAT(Names(tracks), ElementsAre("brand new"));
  EXPECT_EQ(tracks.Range()->last_step, 8);
  EXPECT_THROW((void)tracks.Load(stale), Error);

  write("other", "other text of much more", 9);
  Spill(folder / "recording", record::Slurp(folder / "other"));  // the same inode, longer
  EXPECT_TRUE(tracks.Poll(kLong));
  EXPECT_THAT(Names(tracks), ElementsAre("other text of much more"));

  write("short", "short", 1);
  Spill(folder / "recording", record::Slurp(folder / "short"));
  EXPECT_TRUE(tracks.Poll(kLong));
  EXPECT_THAT(Names(tracks), ElementsAre("short"));
  EXPECT_EQ(tracks.problem(), "");
}

TEST(RunTracks, LoadRefusesWhatIsNotThere) {
  const TemporaryFolder folder;
  RecordingWriter writer(folder / "recording");
  writer.Append("note", 1, 1, Text{"text"});
  writer.Flush();
  RunTracks tracks(folder / "recording");
  EXPECT_THROW((void)tracks.Load({}), Error);  // before the first Poll
  tracks.Poll(kLong);
  const ItemRef good = tracks.At("note", TrackKind::kText, AtStep(1)).value();
  for (const ItemRef& bad :
       {ItemRef{1, 0, 0, 4}, ItemRef{1, 0, good.offset + 1, good.bytes},
        ItemRef{1, 0, good.offset, good.bytes - 1}, ItemRef{2, 0, good.offset, good.bytes},
        ItemRef{1, 0, good.offset, 0xFFFFFFFF}, ItemRef{1, 0, ~std::uint64_t{0}, good.bytes},
        ItemRef{1, 0, good.offset, 0}}) {
    EXPECT_THROW((void)tracks.Load(bad), Error);
  }
  EXPECT_EQ(std::get<Text>(tracks.Load(good)).text, "text");
}

// One thread polls, the others draw; the sanitizers watch.
TEST(RunTracks, IsReadWhileItIsPolled) {
  const TemporaryFolder folder;
  RunTracks tracks(folder / "recording");
  constexpr int kSteps = 300;
  std::jthread writing([&] {
    RecordingWriter writer(folder / "recording");
    for (int step = 0; step < kSteps; ++step) {
      writer.Append("loss", step, step, Scalar{1});
      writer.Append("note", step, step, Text{std::to_string(step)});
      writer.Flush();
    }
  });
  std::jthread polling([&] {
    while (Points(tracks, "loss") < kSteps) tracks.Poll(0.001);
  });
  while (Points(tracks, "loss") < kSteps) {
    const auto item = tracks.At("note", TrackKind::kText, AtStep(kSteps));
    if (item) {
      EXPECT_EQ(TextAt(tracks, "note", AtStep(item->step)), std::to_string(item->step));
    }
    (void)tracks.Tracks();
    (void)tracks.Range();
    (void)tracks.problem();
  }
}

}  // namespace
}  // namespace agon::viewer
