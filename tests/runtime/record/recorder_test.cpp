// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/recorder.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>

#include <map>
#include <thread>

#include "runtime/base/error.h"
#include "runtime/formats/event_file.h"
#include "runtime/record/recording.h"
#include "tests/runtime/record/record_helpers.h"

namespace agon::record {
namespace {

Path EventFileOf(const Path& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().filename().string().find("tfevents") != std::string::npos) return entry.path();
  }
  return {};
}

TEST(Recorder, WritesScalarsToBothFiles) {
  const TemporaryFolder folder;
  Recorder recorder(folder.path());
  for (int step = 0; step < 100; ++step) recorder.Scalar("train/loss", step, 0.5 * step);
  recorder.Flush();
  const std::vector<Record> records = ReadAll(folder / "recording");
  const std::vector<formats::ScalarEvent> events =
      formats::ReadScalarEvents(EventFileOf(folder.path()));
  ASSERT_EQ(records.size(), 100U);
  ASSERT_EQ(events.size(), 100U);
  for (std::size_t i = 0; i < 100; ++i) {
    EXPECT_EQ(records[i].track, "train/loss");
    EXPECT_EQ(records[i].step, static_cast<std::int64_t>(i));
    EXPECT_EQ(std::get<Scalar>(records[i].item).value, 0.5 * static_cast<double>(i));
    EXPECT_EQ(events[i].tag, "train/loss");
    EXPECT_EQ(events[i].step, static_cast<std::int64_t>(i));
    EXPECT_EQ(events[i].value, 0.5F * static_cast<float>(i));
  }
}

TEST(Recorder, WritesEveryKind) {
  const TemporaryFolder folder;
  {
    Recorder recorder(folder.path());
    recorder.Text("log", 1, "hello");
    recorder.Image("clean", 2, {Checkers(28, 28, 1), 0, 1, "Sneaker"});
    recorder.Frame("video", 3, {Checkers(8, 8, 3), 0.1});
    Board board;
    board.width = 1;
    board.height = 1;
    board.cells = {"X"};
    board.colours = {1};
    recorder.Board("game", 4, board);
    recorder.Tree("search", 5, {{{-1, "", 1, 1, 0}}});
  }  // the destructor writes what is queued
  const std::vector<Record> records = ReadAll(folder / "recording");
  ASSERT_EQ(records.size(), 5U);
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(records[i].step, static_cast<std::int64_t>(i) + 1);
    EXPECT_EQ(records[i].item.index(), i + 1);  // the order of the variant
    EXPECT_GT(records[i].wall_time, 1.7e9);
  }
  EXPECT_EQ(std::get<Image>(records[1].item).pixels.data, Checkers(28, 28, 1).data);
}

// Whatever is dropped is counted, and scalars never are.
TEST(Recorder, DropsAreCountedAndScalarsNeverDropped) {
  const TemporaryFolder folder;
  constexpr int kImages = 2000;
  std::int64_t dropped = 0;
  {
    Recorder recorder(folder.path());
    const formats::Pixels pixels = Checkers(64, 64, 3);
    for (int i = 0; i < kImages; ++i) {
      recorder.Image("image", i, {pixels, 0, 1, {}});
      recorder.Scalar("scalar", i, i);
    }
    recorder.Flush();
    dropped = recorder.dropped();
  }
  std::map<std::string, std::int64_t> counts;
  for (const Record& record : ReadAll(folder / "recording")) ++counts[record.track];
  EXPECT_EQ(counts["scalar"], kImages);
  EXPECT_EQ(counts["image"] + dropped, kImages);
}

// An image larger than the whole queue can never wait in it.
TEST(Recorder, DropsWhatIsLargerThanTheQueue) {
  const TemporaryFolder folder;
  Recorder recorder(folder.path());
  formats::Pixels pixels{16384, 16385, 1, {}};
  pixels.data.resize(std::size_t{16384} * 16385);
  recorder.Image("huge", 0, {std::move(pixels), 0, 1, {}});
  EXPECT_EQ(recorder.dropped(), 1);
}

TEST(Recorder, ManyThreadsLoseNothing) {
  const TemporaryFolder folder;
  Recorder recorder(folder.path());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&recorder, t] {
      for (int i = 0; i < 500; ++i) recorder.Scalar("t" + std::to_string(t), i, i);
      recorder.Flush();
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::map<std::string, std::int64_t> next;
  for (const Record& record : ReadAll(folder / "recording")) {
    EXPECT_EQ(record.step, next[record.track]++);  // each track in its own order
  }
  for (int t = 0; t < 4; ++t) EXPECT_EQ(next["t" + std::to_string(t)], 500);
}

TEST(Recorder, WithoutAFolderRecordsNothing) {
  Recorder recorder;
  recorder.Scalar("a", 1, 1);
  recorder.Image("b", 1, {Checkers(2, 2, 1), 0, 1, {}});
  recorder.Flush();
  EXPECT_EQ(recorder.dropped(), 0);
}

TEST(Recorder, AFolderThatIsMissingIsAnIoError) {
  const TemporaryFolder folder;
  try {
    Recorder recorder(folder / "missing");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kIo);
  }
}

// A file size limit stands for a full disk: writes beyond it fail. Run in a process of its own,
// since the limit is the process's.
TEST(RecorderDeathTest, AFullDiskSurfacesOnceAtFlush) {
  const TemporaryFolder folder;
  const auto run = [&] {
    signal(SIGXFSZ, SIG_IGN);
    Recorder recorder(folder.path());
    recorder.Scalar("before", 1, 1);
    recorder.Flush();
    rlimit limit{};
    getrlimit(RLIMIT_FSIZE, &limit);
    const rlim_t before = limit.rlim_cur;
    limit.rlim_cur = 4096;
    setrlimit(RLIMIT_FSIZE, &limit);
    recorder.Text("big", 2, std::string(100'000, 'x'));
    int errors = 0;
    for (int i = 0; i < 2; ++i) {
      try {
        recorder.Flush();
      } catch (const Error& error) {
        errors += error.kind() == ErrorKind::kIo ? 1 : 100;
      }
    }
    limit.rlim_cur = before;  // room again: the recorder goes on
    setrlimit(RLIMIT_FSIZE, &limit);
    recorder.Text("big", 3, "small");
    recorder.Flush();
    _exit(errors);
  };
  EXPECT_EXIT(run(), testing::ExitedWithCode(1), "");
  RecordingReader reader(folder / "recording");
  EXPECT_EQ(StepsOf(ReadAll(reader)), (std::vector<std::int64_t>{1, 3}));
  EXPECT_EQ(reader.damaged(), 0);
}

}  // namespace
}  // namespace agon::record
