// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/recording.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "runtime/base/error.h"
#include "runtime/record/recording_codec.h"
#include "runtime/record/recording_scan.h"
#include "tests/runtime/record/record_helpers.h"

namespace agon::record {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Record RoundTrip(const Item& item) {
  const TemporaryFolder folder;
  {
    RecordingWriter writer(folder / "recording");
    writer.Append("track", 7, 123.5, item);
    writer.Flush();
  }
  std::vector<Record> records = ReadAll(folder / "recording");
  EXPECT_EQ(records.size(), 1U);
  return records.empty() ? Record{} : records[0];
}

TEST(Recording, KeepsTrackStepAndTime) {
  const Record record = RoundTrip(Scalar{0.5});
  EXPECT_EQ(record.track, "track");
  EXPECT_EQ(record.step, 7);
  EXPECT_EQ(record.wall_time, 123.5);
}

// Values of single precision are stored as such, others as doubles: both come back exactly.
TEST(Recording, KeepsEveryScalarExactly) {
  for (const double value :
       {0.0, -0.0, 0.5, 0.1, 1e300, -1e-300, 1.0 / 3.0, std::numeric_limits<double>::infinity(),
        std::numeric_limits<double>::denorm_min()}) {
    const double read = std::get<Scalar>(RoundTrip(Scalar{value}).item).value;
    EXPECT_EQ(read, value);
    EXPECT_EQ(std::signbit(read), std::signbit(value));
  }
  EXPECT_TRUE(std::isnan(std::get<Scalar>(RoundTrip(Scalar{std::nan("")}).item).value));
}

TEST(Recording, KeepsExtremeSteps) {
  const TemporaryFolder folder;
  const std::vector<std::int64_t> steps = {0,
                                           -1,
                                           1,
                                           64,
                                           std::numeric_limits<std::int64_t>::max(),
                                           std::numeric_limits<std::int64_t>::min()};
  {
    RecordingWriter writer(folder / "recording");
    for (const std::int64_t step : steps) writer.Append("t", step, 0, Scalar{});
    writer.Flush();
  }
  EXPECT_EQ(StepsOf(ReadAll(folder / "recording")), steps);
}

// Frame 7 (marker, check, length, CRC-32C), kind, track and step 1 each, time 8, value 4.
TEST(Recording, AScalarTakes22Bytes) {
  const TemporaryFolder folder;
  RecordingWriter writer(folder / "recording");
  writer.Append("loss", 0, 1, Scalar{0.5});
  writer.Flush();
  const auto before = std::filesystem::file_size(folder / "recording");
  writer.Append("loss", 1, 2, Scalar{0.25});
  writer.Flush();
  EXPECT_EQ(std::filesystem::file_size(folder / "recording") - before, 22U);
}

TEST(Recording, KeepsText) {
  const std::string text("line\nwith \0 and \xC3\xA9", 17);
  EXPECT_EQ(std::get<Text>(RoundTrip(Text{text}).item).text, text);
  EXPECT_EQ(std::get<Text>(RoundTrip(Text{}).item).text, "");
}

TEST(Recording, KeepsImages) {
  for (const int channels : {1, 3, 4}) {
    const Image image{Checkers(5, 3, channels), -1, 2, "seven"};
    const auto read = std::get<Image>(RoundTrip(image).item);
    EXPECT_EQ(read.pixels.width, 5);
    EXPECT_EQ(read.pixels.height, 3);
    EXPECT_EQ(read.pixels.channels, channels);
    EXPECT_EQ(read.pixels.data, image.pixels.data);
    EXPECT_EQ(read.low, -1);
    EXPECT_EQ(read.high, 2);
    EXPECT_EQ(read.caption, "seven");
  }
}

TEST(Recording, KeepsFrames) {
  const auto read = std::get<Frame>(RoundTrip(Frame{Checkers(4, 4, 3), 0.04}).item);
  EXPECT_EQ(read.time, 0.04);
  EXPECT_EQ(read.pixels.data, Checkers(4, 4, 3).data);
}

TEST(Recording, KeepsBoards) {
  Board board;
  board.width = 2;
  board.height = 2;
  board.cells = {"X", "", "O", "10"};
  board.colours = {1, 0, 2, 255};
  board.overlays = {{"visits", {0.5F, 0, 0.25F, 0.25F}}, {"prior", {0, 0, 0, 1}}};
  board.legal_moves = {"b1", "pass"};
  board.to_move = "X";
  board.last_move = "a2";
  board.value = -0.75;
  const auto read = std::get<Board>(RoundTrip(board).item);
  EXPECT_EQ(read.width, 2);
  EXPECT_EQ(read.height, 2);
  EXPECT_EQ(read.cells, board.cells);
  EXPECT_EQ(read.colours, board.colours);
  ASSERT_EQ(read.overlays.size(), 2U);
  EXPECT_EQ(read.overlays[0].name, "visits");
  EXPECT_EQ(read.overlays[0].values, board.overlays[0].values);
  EXPECT_EQ(read.overlays[1].values, board.overlays[1].values);
  EXPECT_EQ(read.legal_moves, board.legal_moves);
  EXPECT_EQ(read.to_move, "X");
  EXPECT_EQ(read.last_move, "a2");
  EXPECT_EQ(read.value, -0.75);
}

TEST(Recording, KeepsTrees) {
  const Tree tree{{{-1, "", 100, 1, 0.1}, {0, "e4", 60, 0.5, 0.2}, {0, "d4", 39, 0.4, -0.2}}};
  const auto read = std::get<Tree>(RoundTrip(tree).item);
  ASSERT_EQ(read.nodes.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(read.nodes[i].parent, tree.nodes[i].parent);
    EXPECT_EQ(read.nodes[i].move, tree.nodes[i].move);
    EXPECT_EQ(read.nodes[i].visits, tree.nodes[i].visits);
    EXPECT_EQ(read.nodes[i].prior, tree.nodes[i].prior);
    EXPECT_EQ(read.nodes[i].value, tree.nodes[i].value);
  }
}

// An item that contradicts itself is our defect; it must not reach the file.
TEST(Recording, RefusesItemsThatContradictThemselves) {
  const TemporaryFolder folder;
  RecordingWriter writer(folder / "recording");
  Board board;
  board.width = 3;
  board.height = 1;
  EXPECT_THROW(writer.Append("b", 0, 0, board), Error);
  EXPECT_THROW(writer.Append("t", 0, 0, Tree{{{0, "its own parent", 1, 1, 0}}}), Error);
  EXPECT_THROW(writer.Append(std::string(5000, 'n'), 0, 0, Scalar{}), Error);
  writer.Append("good", 1, 0, Scalar{1});
  writer.Flush();
  RecordingReader reader(folder / "recording");
  EXPECT_THAT(StepsOf(ReadAll(reader)), ElementsAre(1));
  EXPECT_EQ(reader.damaged(), 0);
}

TEST(Recording, ContinuesWhereAnEarlierWriterStopped) {
  const TemporaryFolder folder;
  for (int step = 0; step < 3; ++step) {
    RecordingWriter writer(folder / "recording");
    writer.Append("a", step, 0, Scalar{1});
    writer.Append(step == 1 ? "b" : "a", 10 + step, 0, Scalar{1});
    writer.Flush();
  }
  const std::vector<Record> records = ReadAll(folder / "recording");
  EXPECT_THAT(StepsOf(records), ElementsAre(0, 10, 1, 11, 2, 12));
  EXPECT_EQ(records[3].track, "b");
  EXPECT_EQ(records[4].track, "a");
}

// The viewer opens the file while the run writes it.
TEST(Recording, AReaderFollowsAGrowingFile) {
  const TemporaryFolder folder;
  RecordingWriter writer(folder / "recording");
  RecordingReader reader(folder / "recording");
  EXPECT_FALSE(reader.Next());
  for (int step = 0; step < 50; ++step) {
    writer.Append("t" + std::to_string(step % 7), step, 0, Scalar{1});
    writer.Flush();
    const auto record = reader.Next();
    ASSERT_TRUE(record);
    EXPECT_EQ(record->step, step);
    EXPECT_FALSE(reader.Next());
  }
  EXPECT_EQ(reader.damaged(), 0);
}

// Byte by byte, the harshest way a file can grow: each record appears with its last byte.
TEST(Recording, AReaderNeverSeesPartOfARecord) {
  const TemporaryFolder folder;
  {
    RecordingWriter writer(folder / "whole");
    for (int step = 0; step < 4; ++step) writer.Append("t", step, 0, Text{std::string(40, 'x')});
    writer.Flush();
  }
  const std::string whole = Slurp(folder / "whole");
  Spill(folder / "part", "");
  RecordingReader reader(folder / "part");
  std::vector<std::int64_t> steps;
  for (const char byte : whole) {
    std::ofstream(folder / "part", std::ios::binary | std::ios::app).put(byte);
    while (const auto record = reader.Next()) steps.push_back(record->step);
  }
  EXPECT_THAT(steps, ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(reader.damaged(), 0);
}

TEST(Recording, HoldsAMillionTracks) {
  const TemporaryFolder folder;
  constexpr int kTracks = 1'000'000;
  {
    RecordingWriter writer(folder / "recording");
    for (int i = 0; i < kTracks; ++i) writer.Append(std::to_string(i), i, 0, Scalar{1});
    writer.Flush();
  }
  RecordingReader reader(folder / "recording");
  int count = 0;
  while (const auto record = reader.Next()) {
    ASSERT_EQ(record->track, std::to_string(count));
    ++count;
  }
  EXPECT_EQ(count, kTracks);
}

// Kinds may be added within version 1: readers that do not know them pass by.
TEST(Recording, PassesOverKindsItDoesNotKnow) {
  const TemporaryFolder folder;
  std::string file = RecordingHeader() + FrameRecord(codec::EncodeTrack(0, "t"));
  std::string unknown = codec::EncodeItem(0, 1, 0, Scalar{1}, {});
  unknown[0] = 99;
  file += FrameRecord(unknown) + FrameRecord(codec::EncodeItem(0, 2, 0, Scalar{1}, {}));
  Spill(folder / "recording", file);
  RecordingReader reader(folder / "recording");
  EXPECT_THAT(StepsOf(ReadAll(reader)), ElementsAre(2));
  EXPECT_EQ(reader.damaged(), 0);
}

TEST(Recording, TheExampleOfTheDocumentationIsWhatIsWritten) {
  const TemporaryFolder folder;
  {
    RecordingWriter writer(folder / "recording");
    writer.Append("loss", 3, 1.0, Scalar{0.5});
    writer.Flush();
  }
  std::string hex;
  for (const unsigned char byte : Slurp(folder / "recording")) hex += fmt::format("{:02x}", byte);
  const std::string doc = Slurp(Path(AGON_SOURCE_DIR) / "docs" / "formats.md");
  std::string digits;
  for (const char c : doc) {
    if (c != ' ') digits.push_back(c);
  }
  // The header and each record stand on lines of their own.
  EXPECT_THAT(digits, HasSubstr(hex.substr(0, 32)));
  EXPECT_THAT(digits, HasSubstr(hex.substr(32, 26)));
  EXPECT_THAT(digits, HasSubstr(hex.substr(58)));
}

}  // namespace
}  // namespace agon::record
