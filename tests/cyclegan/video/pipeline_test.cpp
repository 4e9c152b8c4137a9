// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/video/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <numeric>

#include "tests/cyclegan/video/pipeline_fakes.h"

namespace agon::cyclegan {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// What a run leaves, with fakes in all places.
struct Outcome {
  FadingTranslator translator;
  KeepingSink sink;
  KeepingObserver observer;
  PipelineResult result;

  void Run(std::int64_t frames, const PipelineSettings& settings, const PipelineState& start = {}) {
    FakeReader reader(frames);
    result = RunPipeline({.reader = reader, .translator = translator, .sink = sink}, settings,
                         observer, start);
  }
};

std::vector<int> Fading(std::int64_t frames) {
  std::vector<int> values;
  for (std::int64_t i = 0; i < frames; ++i) {
    const int value = static_cast<int>(i % 200);
    values.push_back(i == 0 ? value : (values.back() + value) / 2);
  }
  return values;
}

std::vector<std::int64_t> Count(std::int64_t first, std::int64_t end) {
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(end - first));
  std::iota(numbers.begin(), numbers.end(), first);
  return numbers;
}

TEST(Pipeline, EveryFrameIsTranslatedAndWrittenInOrder) {
  Outcome outcome;
  outcome.Run(57, {.batch = 4, .segment = 20});
  EXPECT_EQ(outcome.result.frames, 57);
  EXPECT_FALSE(outcome.result.stopped);
  EXPECT_EQ(outcome.sink.indices, Count(0, 57));
  EXPECT_EQ(outcome.sink.values, Fading(57));
}

// Batches end at borders: where the work goes on from one, batches are the same as without a stop.
TEST(Pipeline, BatchesEndAtBorders) {
  Outcome outcome;
  outcome.Run(23, {.batch = 4, .segment = 10});
  EXPECT_THAT(outcome.translator.batches, ElementsAre(4, 4, 2, 4, 4, 2, 3));
  using Closed = KeepingSink::Closed;
  EXPECT_THAT(outcome.sink.closed,
              ElementsAre(Closed{10, true}, Closed{20, true}, Closed{23, true}));
  ASSERT_EQ(outcome.observer.borders.size(), 3U);
  EXPECT_EQ(outcome.observer.borders[1].frames, 20);
}

TEST(Pipeline, ABatchIsOfOneSize) {
  FakeReader reader(9, [](std::int64_t i) { return Grey(i < 5 ? 8 : 12, 6, 1); });
  Outcome outcome;
  (void)RunPipeline({.reader = reader, .translator = outcome.translator, .sink = outcome.sink},
                    {.batch = 4, .segment = 100}, outcome.observer);
  EXPECT_THAT(outcome.translator.batches, ElementsAre(4, 1, 4));
  EXPECT_EQ(outcome.sink.indices, Count(0, 9));
}

TEST(Pipeline, GoesOnFromABorderWithTheSameFrames) {
  Outcome whole;
  whole.Run(50, {.batch = 3, .segment = 20});
  for (const PipelineState& border : whole.observer.borders) {
    Outcome rest;
    rest.Run(50, {.batch = 3, .segment = 20}, border);
    EXPECT_EQ(rest.sink.indices, Count(border.frames, 50));
    EXPECT_EQ(rest.sink.values,
              std::vector<int>(whole.sink.values.begin() + border.frames, whole.sink.values.end()));
    EXPECT_EQ(rest.result.frames, 50);
    EXPECT_FALSE(rest.result.stopped);
  }
}

TEST(Pipeline, ASourceThatShrankIsNamed) {
  Outcome outcome;
  PipelineState start;
  start.frames = 40;
  start.translator = Bytes(1);
  try {
    outcome.Run(30, {.batch = 2, .segment = 20}, start);
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_THAT(error.what(), HasSubstr("fake.mp4: ends after 30 frames, but 40"));
  }
}

// Whatever stage fails, its error arrives and all the others end.
TEST(Pipeline, AnErrorInAnyStageEndsAll) {
  const auto expect = [](const std::string& text, const std::function<void(Outcome&)>& arm,
                         std::int64_t reader_fails_at = -1) {
    Outcome outcome;
    arm(outcome);
    FakeReader reader(200);
    reader.fail_at = reader_fails_at;
    try {
      (void)RunPipeline({.reader = reader, .translator = outcome.translator, .sink = outcome.sink},
                        {.batch = 4, .segment = 10}, outcome.observer);
      ADD_FAILURE() << "expected: " << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.what(), text);
    }
  };
  expect(
      "frame 33 is unreadable", [](Outcome&) {}, 33);
  expect("frame 41 does not translate", [](Outcome& o) { o.translator.fail_at = 41; });
  expect("disk full at frame 77", [](Outcome& o) { o.sink.fail_at = 77; });
  expect("the checkpoint cannot be written", [](Outcome& o) { o.observer.fail_at = 2; });
  expect("nobody watches", [](Outcome& o) {
    o.observer.on_tick = [](std::int64_t) -> bool { Fail(ErrorKind::kInternal, "nobody watches"); };
  });
}

TEST(Pipeline, AStopLeavesWholeFramesFromTheFirstOn) {
  Outcome outcome;
  Signal reached;
  outcome.sink.on_frame = [&](const PipelineFrame& frame) {
    if (frame.index == 35) reached.Set();
  };
  outcome.observer.on_tick = [&](std::int64_t) {
    EXPECT_TRUE(reached.Wait());
    return false;
  };
  outcome.Run(1'000'000'000, {.batch = 4, .segment = 10});  // would take hours
  EXPECT_TRUE(outcome.result.stopped);
  EXPECT_GE(outcome.result.frames, 36);
  EXPECT_EQ(outcome.sink.indices, Count(0, outcome.result.frames));
  EXPECT_EQ(outcome.sink.values, Fading(outcome.result.frames));
  // What is behind the last border is closed, but is no border to go on from.
  const std::int64_t rest = outcome.result.frames % 10;
  if (rest != 0) {
    EXPECT_EQ(outcome.sink.closed.back(), (KeepingSink::Closed{outcome.result.frames, false}));
  }
  ASSERT_FALSE(outcome.observer.borders.empty());
  EXPECT_EQ(outcome.observer.borders.back().frames, outcome.result.frames - rest);
}

// How far a reader of frames said to be of this size gets ahead of a slow writer, with batches
// of 4.
std::int64_t MostAhead(int width, int height) {
  std::atomic<std::int64_t> read = 0;
  std::int64_t most = 0;
  FakeReader reader(300, [&](std::int64_t) {
    ++read;
    return Grey(8, 6, 1);
  });
  reader.SetSize(width, height);
  Outcome outcome;
  outcome.sink.on_frame = [&](const PipelineFrame& frame) {
    if (frame.index % 50 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    most = std::max(most, read - frame.index);
  };
  const PipelineResult result =
      RunPipeline({.reader = reader, .translator = outcome.translator, .sink = outcome.sink},
                  {.batch = 4, .segment = 100}, outcome.observer);
  EXPECT_EQ(result.frames, 300);
  return most;
}

// A slow writer holds the reader up: never more frames on their way than the pool has, which are
// four batches and what may be decoded ahead, less of large frames.
TEST(Pipeline, TheReaderNeverRunsAway) {
  const std::int64_t small = MostAhead(8, 6), large = MostAhead(7680, 4320);
  EXPECT_GE(small, 4);
  EXPECT_LE(small, 4 * 4 + 40);
  EXPECT_GE(large, 4);
  EXPECT_LE(large, 4 * 4 + 6);
}

// Each stage waits here for another one to be at work on a different frame: in turns this would
// never end.
TEST(Pipeline, StagesWorkAtTheSameTime) {
  Signal decoding_third, writing_first;
  bool translated_meanwhile = false, decoded_meanwhile = false;
  FakeReader reader(12, [&](std::int64_t index) {
    if (index == 3) decoding_third.Set();
    if (index == 6) decoded_meanwhile = writing_first.Wait();
    return Grey(8, 6, 1);
  });
  Outcome outcome;
  outcome.translator.on_frame = [&](std::int64_t index) {
    if (index == 0) translated_meanwhile = decoding_third.Wait();
  };
  outcome.sink.on_frame = [&](const PipelineFrame& frame) {
    if (frame.index == 0) writing_first.Set();
  };
  (void)RunPipeline({.reader = reader, .translator = outcome.translator, .sink = outcome.sink},
                    {.batch = 1, .segment = 100}, outcome.observer);
  EXPECT_TRUE(translated_meanwhile);
  EXPECT_TRUE(decoded_meanwhile);
}

// A translator with threads of its own gets the next batch before it is done with the last one.
TEST(Pipeline, TwoBatchesAreTranslatedAtATime) {
  Outcome outcome;
  SlowFadingTranslator translator;
  FakeReader reader(57);
  const PipelineResult result =
      RunPipeline({.reader = reader, .translator = translator, .sink = outcome.sink},
                  {.batch = 4, .segment = 20}, outcome.observer);
  EXPECT_EQ(result.frames, 57);
  EXPECT_EQ(outcome.sink.indices, Count(0, 57));
  EXPECT_EQ(outcome.sink.values, Fading(57));
  EXPECT_GE(translator.joined, 5);
  // What it remembered at a border is of all frames before.
  ASSERT_EQ(outcome.observer.borders.size(), 3U);
  for (const PipelineState& border : outcome.observer.borders) {
    const auto last = static_cast<std::size_t>(border.frames - 1);
    EXPECT_EQ(static_cast<int>(border.translator.at(0)), outcome.sink.values.at(last));
  }
}

// The second batch may still be on its way when the first one fails.
TEST(Pipeline, AnErrorWaitsForTheOtherBatch) {
  Outcome outcome;
  SlowFadingTranslator translator;
  translator.fading.fail_at = 17;
  FakeReader reader(200);
  try {
    (void)RunPipeline({.reader = reader, .translator = translator, .sink = outcome.sink},
                      {.batch = 4, .segment = 100}, outcome.observer);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "frame 17 does not translate");
  }
}

TEST(Pipeline, SideBySideHoldsBoth) {
  FakeReader reader(3,
                    [](std::int64_t i) { return Grey(5, 4, static_cast<std::uint8_t>(100 * i)); });
  Outcome outcome;
  std::vector<int> left, right;
  outcome.sink.on_frame = [&](const PipelineFrame& frame) {
    const media::Picture& both = frame.output.picture;
    ASSERT_EQ(both.width, 10);
    ASSERT_EQ(both.height, 4);
    for (int row = 0; row < 4; ++row) {
      const auto at = static_cast<std::size_t>(row) * 30;
      EXPECT_EQ(both.data[at], both.data[at + 14]);
      EXPECT_EQ(both.data[at + 15], both.data[at + 29]);
    }
    left.push_back(both.data[0]);
    right.push_back(both.data[15]);
    EXPECT_EQ(frame.output.pts, frame.index);
  };
  (void)RunPipeline({.reader = reader, .translator = outcome.translator, .sink = outcome.sink},
                    {.batch = 2, .segment = 100, .side_by_side = true}, outcome.observer);
  EXPECT_THAT(left, ElementsAre(0, 100, 200));
  EXPECT_THAT(right, ElementsAre(0, 50, 125));
}

// Nothing of the first shot reaches the second.
TEST(Pipeline, ACutResetsWhatIsCarried) {
  FakeReader reader(20, [](std::int64_t i) { return Grey(32, 32, i < 11 ? 10 : 240); });
  Outcome outcome;
  const PipelineResult result =
      RunPipeline({.reader = reader, .translator = outcome.translator, .sink = outcome.sink},
                  {.batch = 4, .segment = 100, .find_cuts = true}, outcome.observer);
  EXPECT_EQ(result.cuts, 1);
  EXPECT_THAT(outcome.translator.batches, ElementsAre(4, 4, 3, 4, 4, 1));
  EXPECT_EQ(outcome.translator.resets, 2);  // at the first frame and at the cut
  EXPECT_EQ(outcome.sink.values[10], 10);
  EXPECT_EQ(outcome.sink.values[11], 240);
}

TEST(Pipeline, MeasuresUntilTheSizeChanges) {
  FakeReader reader(
      12, [](std::int64_t i) { return Grey(i < 8 ? 32 : 16, 32, static_cast<std::uint8_t>(i)); });
  Outcome outcome;
  TemporalMetrics metrics({.max_side = 0, .every = 1000});
  std::int64_t tapped = 0;
  std::vector<std::int64_t> rows;
  const PipelineResult result =
      RunPipeline({.reader = reader,
                   .translator = outcome.translator,
                   .metrics = &metrics,
                   .sink = outcome.sink,
                   .tap =
                       [&](const PipelineFrame& frame, const TemporalRow* row) {
                         ++tapped;
                         if (row != nullptr) rows.push_back(frame.index);
                       }},
                  {.batch = 2, .segment = 5}, outcome.observer);
  EXPECT_EQ(result.unmeasured_from, 8);
  EXPECT_EQ(tapped, 12);
  EXPECT_EQ(metrics.rows().size(), rows.size());
  EXPECT_THAT(rows, ElementsAre(1, 2, 3, 4, 5, 6, 7));
  EXPECT_NEAR(metrics.rows().back().flicker_input, 1.0 / 255, 1e-6);
}

// What was counted and what was given up before a border holds behind it too.
TEST(Pipeline, GoesOnCountingAndMeasuringFromABorder) {
  struct Part {
    TemporalMetrics metrics{{.max_side = 0, .every = 1000}};
    Outcome outcome;
    PipelineResult result;
    void Run(const PipelineState& start) {
      FakeReader reader(40, [](std::int64_t i) { return Grey(i < 14 ? 32 : 48, 32, 100); });
      result = RunPipeline({.reader = reader,
                            .translator = outcome.translator,
                            .metrics = &metrics,
                            .sink = outcome.sink},
                           {.batch = 2, .segment = 10, .find_cuts = true}, outcome.observer, start);
    }
  };
  Part whole;
  whole.Run({});
  EXPECT_EQ(whole.result.unmeasured_from, 14);
  EXPECT_EQ(whole.metrics.rows().size(), 13U);
  ASSERT_EQ(whole.outcome.observer.borders.size(), 4U);
  for (const PipelineState& border : whole.outcome.observer.borders) {
    SCOPED_TRACE(border.frames);
    Part rest;
    rest.Run(border);
    EXPECT_EQ(rest.result.cuts, whole.result.cuts);
    EXPECT_EQ(rest.result.unmeasured_from, 14);
    EXPECT_EQ(rest.metrics.rows().size(), 13U);
  }
}

}  // namespace
}  // namespace agon::cyclegan
