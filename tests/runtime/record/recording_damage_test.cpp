// SPDX-License-Identifier: Apache-2.0
// Kills, bit flips, other people's files: what is whole is read, the rest does no harm.
#include <gmock/gmock.h>

#include <algorithm>
#include <random>

#include "runtime/base/error.h"
#include "runtime/base/hash.h"
#include "runtime/record/recording.h"
#include "runtime/record/recording_codec.h"
#include "runtime/record/recording_scan.h"
#include "tests/runtime/record/record_helpers.h"

namespace agon::record {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr int kSteps = 6;

// A recording of steps 0 to 5 and the offset at which each of its records ends.
struct Sample {
  std::string bytes = RecordingHeader() + FrameRecord(codec::EncodeTrack(0, "t"));
  std::vector<std::size_t> ends;

  Sample() {
    for (int step = 0; step < kSteps; ++step) {
      const Item item = step % 2 == 0 ? Item(Scalar{0.1 * step}) : Item(Text{"some text"});
      bytes += FrameRecord(codec::EncodeItem(0, step, 0, item, {}));
      ends.push_back(bytes.size());
    }
  }
  [[nodiscard]] std::size_t WholeAt(std::size_t size) const {
    return static_cast<std::size_t>(
        std::count_if(ends.begin(), ends.end(), [&](std::size_t end) { return end <= size; }));
  }
};

ErrorKind KindOfOpening(const Path& file, std::string* message = nullptr) {
  try {
    RecordingReader reader(file);
    (void)reader.Next();
  } catch (const Error& error) {
    if (message != nullptr) *message = error.what();
    return error.kind();
  }
  return ErrorKind::kInternal;
}

// A kill at any byte: the reader sees the whole records, the next writer continues behind them.
TEST(RecordingDamage, ACutAtAnyByteLosesOnlyTheLastRecord) {
  const TemporaryFolder folder;
  const Sample sample;
  const Path file = folder / "recording";
  for (std::size_t size = 0; size <= sample.bytes.size(); ++size) {
    Spill(file, sample.bytes.substr(0, size));
    const std::size_t whole = sample.WholeAt(size);
    {
      RecordingReader reader(file);
      ASSERT_EQ(ReadAll(reader).size(), whole) << "cut at " << size;
      ASSERT_EQ(reader.damaged(), 0) << "cut at " << size;
    }
    {
      RecordingWriter writer(file);
      writer.Append("t", 100, 0, Scalar{1});
      writer.Flush();
    }
    RecordingReader reader(file);
    const std::vector<std::int64_t> steps = StepsOf(ReadAll(reader));
    ASSERT_EQ(steps.size(), whole + 1) << "cut at " << size;
    ASSERT_EQ(steps.back(), 100);
    ASSERT_EQ(reader.damaged(), 0) << "cut at " << size;
  }
}

// After a power failure the tail may be zeros.
TEST(RecordingDamage, ATailOfZerosIsCutByTheNextWriter) {
  const TemporaryFolder folder;
  const Sample sample;
  Spill(folder / "recording", sample.bytes + std::string(5000, '\0'));
  RecordingReader before(folder / "recording");
  EXPECT_EQ(ReadAll(before).size(), static_cast<std::size_t>(kSteps));
  EXPECT_EQ(before.damaged(), 1);
  { const RecordingWriter writer(folder / "recording"); }
  EXPECT_EQ(Slurp(folder / "recording"), sample.bytes);
}

// One flipped bit costs at most the record it is in; the reader finds the next one.
TEST(RecordingDamage, AFlippedBitCostsOneRecord) {
  const TemporaryFolder folder;
  const Sample sample;
  const Path file = folder / "recording";
  const std::size_t first = sample.ends[0];  // behind the track's definition and step 0
  for (std::size_t bit = first * 8; bit < sample.bytes.size() * 8; ++bit) {
    std::string bytes = sample.bytes;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    Spill(file, bytes);
    RecordingReader reader(file);
    const std::vector<std::int64_t> steps = StepsOf(ReadAll(reader));
    const std::size_t hit = sample.WholeAt(bit / 8);
    std::vector<std::int64_t> expected;
    for (std::size_t step = 0; step < kSteps; ++step) {
      if (step != hit) expected.push_back(static_cast<std::int64_t>(step));
    }
    ASSERT_EQ(steps, expected) << "bit " << bit;
    // Damage to the last record's length may look like a record that is still being written.
    if (hit + 1 < kSteps) {
      ASSERT_EQ(reader.damaged(), 1) << "bit " << bit;
    }
  }
}

// The definition of a track is lost: its records are counted, a new writer takes no number twice.
TEST(RecordingDamage, ALostTrackDoesNotLendItsNumber) {
  const TemporaryFolder folder;
  const Path file = folder / "recording";
  {
    RecordingWriter writer(file);
    writer.Append("lost", 1, 0, Scalar{1});
    writer.Flush();
  }
  std::string bytes = Slurp(file);
  bytes[kHeaderBytes + 9] ^= 1;  // inside the name
  Spill(file, bytes);
  {
    RecordingWriter writer(file);
    writer.Append("new", 2, 0, Scalar{2});
    writer.Flush();
  }
  RecordingReader reader(file);
  const std::vector<Record> records = ReadAll(reader);
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].track, "new");
  EXPECT_EQ(records[0].step, 2);
  EXPECT_EQ(reader.damaged(), 2);
}

// A length of 200 MiB in a small file is no reason to ask for 200 MiB.
TEST(RecordingDamage, AHugeLengthIsSkippedWhenRecordsFollow) {
  const TemporaryFolder folder;
  const Sample sample;
  const std::string length = "\x80\x80\x80\x64";  // 100 << 21
  char check = 0x5A;
  for (const char byte : length) check = static_cast<char>(check ^ byte);
  const std::string liar = std::string("\xA7") + check + length + "CRC4";
  Spill(folder / "recording", RecordingHeader() + liar + sample.bytes.substr(kHeaderBytes));
  RecordingReader reader(folder / "recording");
  EXPECT_EQ(ReadAll(reader).size(), static_cast<std::size_t>(kSteps));
  EXPECT_EQ(reader.damaged(), 1);
}

// Payloads that are whole on disk and wrong inside: counted, never believed.
TEST(RecordingDamage, WrongPayloadsAreCounted) {
  const TemporaryFolder folder;
  const auto item = [](Item value) { return codec::EncodeItem(0, 1, 0, value, {}); };
  const std::string prefix = item(Text{});
  const auto with = [&](char kind, std::string_view rest) {
    std::string payload = prefix + std::string(rest);
    payload[0] = kind;
    return FrameRecord(payload);
  };
  std::string bytes = RecordingHeader() + FrameRecord(codec::EncodeTrack(0, "t"));
  bytes += with(2, "12345");                                        // scalar of 5 bytes
  bytes += with(4, "too short");                                    // image without a picture
  bytes += with(6, "\xFF\xFF\x03\xFF\xFF\x03");                     // board of 65535 x 65535
  bytes += with(7, "\xFF\xFF\xFF\xFF\x0F");                         // tree of 4 billion nodes
  bytes += FrameRecord(item(Scalar{1}).substr(0, 5));               // ends inside the time
  bytes += FrameRecord(codec::EncodeItem(7, 1, 0, Scalar{1}, {}));  // track 7 is not defined
  bytes += FrameRecord(codec::EncodeItem(0, 9, 0, Scalar{1}, {}));
  Spill(folder / "recording", bytes);
  RecordingReader reader(folder / "recording");
  EXPECT_THAT(StepsOf(ReadAll(reader)), ElementsAre(9));
  EXPECT_EQ(reader.damaged(), 6);
}

TEST(RecordingDamage, ANewerVersionIsRefusedAndLeftAlone) {
  const TemporaryFolder folder;
  std::string header = RecordingHeader().substr(0, 12);
  header[8] = 2;
  const std::uint32_t crc = Crc32c(AsBytes(header));
  for (int shift = 0; shift < 32; shift += 8) header.push_back(static_cast<char>(crc >> shift));
  const std::string bytes = header + "whatever version 2 holds";
  Spill(folder / "recording", bytes);
  std::string message;
  EXPECT_EQ(KindOfOpening(folder / "recording", &message), ErrorKind::kData);
  EXPECT_THAT(message, HasSubstr("version 2"));
  EXPECT_THROW(RecordingWriter(folder / "recording"), Error);
  EXPECT_EQ(Slurp(folder / "recording"), bytes);
}

TEST(RecordingDamage, OtherFilesAreRefusedAndLeftAlone) {
  const TemporaryFolder folder;
  Spill(folder / "photo", "\x89PNG and so on and so on");
  EXPECT_EQ(KindOfOpening(folder / "photo"), ErrorKind::kData);
  EXPECT_THROW(RecordingWriter(folder / "photo"), Error);
  EXPECT_EQ(Slurp(folder / "photo"), "\x89PNG and so on and so on");
  EXPECT_EQ(KindOfOpening(folder / "missing"), ErrorKind::kData);
  EXPECT_EQ(KindOfOpening(folder.path()), ErrorKind::kData);
}

TEST(RecordingDamage, RandomBytesBetweenRecordsDoNoHarm) {
  const TemporaryFolder folder;
  const Sample sample;
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    std::string noise(random() % 3000, '\0');
    for (char& byte : noise) byte = static_cast<char>(random() % 4 == 0 ? 0xA7 : random());
    Spill(folder / "recording",
          sample.bytes.substr(0, sample.ends[2]) + noise + sample.bytes.substr(sample.ends[2]));
    RecordingReader reader(folder / "recording");
    ASSERT_THAT(StepsOf(ReadAll(reader)), ElementsAre(0, 1, 2, 3, 4, 5)) << "round " << round;
  }
}

}  // namespace
}  // namespace agon::record
