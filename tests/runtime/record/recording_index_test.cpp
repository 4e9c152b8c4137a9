// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/recording_index.h"

#include <gmock/gmock.h>

#include "runtime/base/error.h"
#include "runtime/record/recording_codec.h"
#include "runtime/record/recording_scan.h"
#include "tests/runtime/record/record_helpers.h"

namespace agon::record {
namespace {

std::vector<IndexedRecord> IndexAll(RecordingIndexer& indexer) {
  std::vector<IndexedRecord> records;
  while (auto record = indexer.Next()) records.push_back(std::move(*record));
  return records;
}

// The index says where; what is read there is what the reader of whole recordings returns.
TEST(RecordingIndex, FindsEveryItem) {
  const TemporaryFolder folder;
  RecordingWriter writer(folder / "recording");
  Board board;
  board.width = 2;
  board.height = 1;
  board.cells = {"X", ""};
  board.colours = {1, 0};
  writer.Append("a", 1, 10, Scalar{0.5});
  writer.Append("b", 2, 11, Text{"text"});
  writer.Append("a", 3, 12, Image{Checkers(9, 7, 3), -1, 2, "nine"});
  writer.Append("b", 4, 13, Frame{Checkers(4, 4, 1), 0.5});
  writer.Append("a", 5, 14, board);
  writer.Append("b", 6, 15, Tree{{{-1, "", 7, 1, 0}}});
  writer.Flush();

  RecordingIndexer indexer(folder / "recording");
  const std::vector<IndexedRecord> found = IndexAll(indexer);
  const ItemReader reader(folder / "recording");
  ASSERT_EQ(found.size(), 8U);  // two definitions
  EXPECT_EQ(found[0].name, "a");
  EXPECT_FALSE(found[0].kind);
  EXPECT_EQ(found[2].name, "b");
  EXPECT_NE(found[0].track, found[2].track);

  const std::vector<ItemKind> kinds = {ItemKind::kScalar, ItemKind::kText,  ItemKind::kImage,
                                       ItemKind::kFrame,  ItemKind::kBoard, ItemKind::kTree};
  std::size_t item = 0;
  for (const IndexedRecord& record : found) {
    if (!record.kind) continue;
    EXPECT_EQ(*record.kind, kinds.at(item));
    EXPECT_EQ(record.step, static_cast<std::int64_t>(item) + 1);
    EXPECT_EQ(record.wall_time, 10.0 + static_cast<double>(item));
    EXPECT_EQ(record.track, item % 2 == 0 ? found[0].track : found[2].track);
    EXPECT_EQ(reader.Read(record.place, record.step).index(), item);  // the variant's order
    ++item;
  }
  EXPECT_EQ(item, kinds.size());
  EXPECT_EQ(found[1].value, 0.5);
  EXPECT_EQ(std::get<Text>(reader.Read(found[3].place, 2)).text, "text");
  EXPECT_EQ(std::get<Image>(reader.Read(found[4].place, 3)).pixels.data, Checkers(9, 7, 3).data);
  EXPECT_EQ(indexer.damaged(), 0);
  EXPECT_EQ(indexer.end(), std::filesystem::file_size(folder / "recording"));
}

// A kind of a later revision is no damage, and no item either.
TEST(RecordingIndex, LeavesOutKindsItDoesNotKnow) {
  const TemporaryFolder folder;
  std::string later = codec::EncodeItem(0, 2, 1, Scalar{2}, {});
  later[0] = 99;
  Spill(folder / "recording", RecordingHeader() + FrameRecord(codec::EncodeTrack(0, "a")) +
                                  FrameRecord(codec::EncodeItem(0, 1, 1, Scalar{1}, {})) +
                                  FrameRecord(later) +
                                  FrameRecord(codec::EncodeItem(0, 3, 1, Scalar{3}, {})));
  RecordingIndexer indexer(folder / "recording");
  const auto found = IndexAll(indexer);
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[2].step, 3);
  EXPECT_EQ(indexer.damaged(), 0);
}

TEST(RecordingIndex, FollowsAGrowingFile) {
  const TemporaryFolder folder;
  RecordingWriter writer(folder / "recording");
  RecordingIndexer indexer(folder / "recording");
  EXPECT_FALSE(indexer.Next());
  writer.Append("a", 1, 1, Text{"one"});
  writer.Flush();
  EXPECT_EQ(IndexAll(indexer).size(), 2U);
  writer.Append("a", 2, 1, Text{"two"});
  writer.Flush();
  const auto found = IndexAll(indexer);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(std::get<Text>(ItemReader(folder / "recording").Read(found[0].place, 2)).text, "two");
}

TEST(RecordingIndex, RefusesPlacesWithoutAnItem) {
  const TemporaryFolder folder;
  RecordingWriter writer(folder / "recording");
  writer.Append("a", 7, 1, Text{"text"});
  writer.Flush();
  RecordingIndexer indexer(folder / "recording");
  const auto found = IndexAll(indexer);
  const ItemPlace place = found[1].place;
  const ItemReader reader(folder / "recording");
  EXPECT_NO_THROW((void)reader.Read(place, 7));
  EXPECT_THROW((void)reader.Read(place, 8), Error);
  EXPECT_THROW((void)reader.Read({place.offset - 1, place.bytes}, 7), Error);
  EXPECT_THROW((void)reader.Read({place.offset, place.bytes + 1}, 7), Error);
  EXPECT_THROW((void)reader.Read({place.offset, 0}, 7), Error);
  EXPECT_THROW((void)reader.Read({0, 4}, 0), Error);
  EXPECT_THROW((void)reader.Read({~std::uint64_t{0}, ~std::uint32_t{0}}, 0), Error);
  EXPECT_TRUE(reader.Checksum(place));
  EXPECT_FALSE(reader.Checksum({reader.size() + 5, 4}));
  EXPECT_FALSE(reader.Checksum({0, 4}));

  std::string bytes = Slurp(folder / "recording");
  bytes.back() ^= 1;
  Spill(folder / "recording", bytes);
  EXPECT_THROW((void)reader.Read(place, 7), Error);
}

TEST(RecordingIndex, NoticesAnotherFileOfTheName) {
  const TemporaryFolder folder;
  Spill(folder / "recording", RecordingHeader());
  const ItemReader reader(folder / "recording");
  EXPECT_EQ(reader.Check(), ItemReader::Identity::kSame);
  Spill(folder / "recording", RecordingHeader() + "more");
  EXPECT_EQ(reader.Check(), ItemReader::Identity::kSame);
  Spill(folder / "other", RecordingHeader());
  std::filesystem::rename(folder / "other", folder / "recording");
  EXPECT_EQ(reader.Check(), ItemReader::Identity::kReplaced);
  std::filesystem::remove(folder / "recording");
  EXPECT_EQ(reader.Check(), ItemReader::Identity::kGone);
  EXPECT_THROW(ItemReader(folder / "recording"), Error);
}

}  // namespace
}  // namespace agon::record
