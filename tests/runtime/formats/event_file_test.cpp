// SPDX-License-Identifier: Apache-2.0
#include "runtime/formats/event_file.h"

#include <sys/resource.h>

#include <csignal>

#include "tests/runtime/formats/support.h"

namespace agon::formats {
namespace {

using testing::HasSubstr;

TEST(EventFile, ReadsBackItsScalars) {
  const TemporaryFolder folder;
  EventWriter writer(folder.path() / "new");
  writer.Scalar("loss", 1, 0.5, 100.25);
  writer.Image("picture", 1, 1, 1, 3, AsBytes("png"), 100.5);
  writer.Text("note", 2, "hello", 101.0);
  writer.Scalar("accuracy", -1, 0.75, 102.0);
  const std::vector<ScalarEvent> events = ReadScalarEvents(writer.file());
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].tag, "loss");
  EXPECT_EQ(events[0].step, 1);
  EXPECT_EQ(events[0].wall_time, 100.25);
  EXPECT_EQ(events[0].value, 0.5F);
  EXPECT_EQ(events[1].tag, "accuracy");
  EXPECT_EQ(events[1].step, -1);
  EXPECT_THAT(writer.file().filename().string(), HasSubstr("tfevents"));
}

// One record as TensorBoard's own writer lays it out: length, checksum, Event{1: 1.0, 2: 2,
// 5: {1: {1: "a", 2: 3.0}}}, checksum. Only the second checksum is not shown.
TEST(EventFile, LaysARecordOutAsProtocolBuffersDo) {
  const TemporaryFolder folder;
  EventWriter writer(folder.path());
  const std::size_t before = ReadFileBytes(writer.file()).size();
  writer.Scalar("a", 2, 3.0, 1.0);
  const Bytes all = ReadFileBytes(writer.file());
  const Bytes event(all.begin() + static_cast<std::ptrdiff_t>(before) + 12, all.end() - 4);
  EXPECT_EQ(event, BytesOf(std::string_view("\x09\0\0\0\0\0\0\xf0\x3f"  // wall_time = 1.0
                                            "\x10\x02"                  // step = 2
                                            "\x2a\x0a\x0a\x08"          // summary, value
                                            "\x0a\x01"
                                            "a"                  // tag
                                            "\x15\0\0\x40\x40",  // simple_value = 3.0
                                            23)));
}

TEST(EventFile, KeepsWhatIsWholeWhenTheEndIsMissingOrDamaged) {
  const TemporaryFolder folder;
  EventWriter writer(folder.path());
  const std::size_t head = ReadFileBytes(writer.file()).size();
  writer.Scalar("a", 1, 1.0, 1.0);
  const std::size_t one = ReadFileBytes(writer.file()).size();
  writer.Scalar("a", 2, 2.0, 2.0);
  const Bytes all = ReadFileBytes(writer.file());
  for (std::size_t size = head; size <= all.size(); ++size) {
    const std::size_t whole = size == all.size() ? 2U : size >= one ? 1U : 0U;
    EXPECT_EQ(ParseScalarEvents(ByteView(all).first(size), "e").size(), whole);
  }
  for (std::size_t at = one; at < all.size(); ++at) {
    Bytes damaged = all;
    damaged[at] ^= std::byte{1};
    EXPECT_EQ(ParseScalarEvents(damaged, "e").size(), 1U);
  }
}

// A limit on the size of files stands for a full disk.
TEST(EventFile, GoesOnWhenThereIsRoomAgain) {
  const TemporaryFolder folder;
  EventWriter writer(folder.path());
  writer.Scalar("loss", 1, 0.5, 100);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  // Room for a part of the next record: readers would stop there for ever.
  const rlimit limit{std::filesystem::file_size(writer.file()) + 5, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  EXPECT_THROW(writer.Scalar("loss", 2, 0.25, 101), Error);
  EXPECT_THROW(writer.Scalar("loss", 3, 0.25, 101), Error);
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  writer.Scalar("loss", 4, 0.125, 102);
  const std::vector<ScalarEvent> events = ReadScalarEvents(writer.file());
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[1].step, 4);
}

TEST(EventFile, RefusesOtherFiles) {
  EXPECT_THAT(ErrorOf([] { return ParseScalarEvents(AsBytes("no events here, sorry"), "e"); }),
              HasSubstr("e: no TensorBoard event file"));
  EXPECT_THAT(ErrorOf([] { return ParseScalarEvents({}, "e"); }), HasSubstr("brain.Event:2"));
}

TEST(EventFile, TwoWritersOfOneSecondWriteTwoFiles) {
  const TemporaryFolder folder;
  const EventWriter first(folder.path());
  const EventWriter second(folder.path());
  EXPECT_NE(first.file(), second.file());
}

// A text that is no UTF-8 would make TensorBoard drop the whole record.
TEST(EventFile, ReplacesBytesThatAreNoUtf8) {
  const TemporaryFolder folder;
  EventWriter writer(folder.path());
  writer.Scalar("a\xff\xc3\xa9\xed\xa0\x80", 1, 1.0, 1.0);
  EXPECT_EQ(ReadScalarEvents(writer.file())[0].tag, "a?\xc3\xa9???");
}

}  // namespace
}  // namespace agon::formats
