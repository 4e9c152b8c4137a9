// SPDX-License-Identifier: Apache-2.0
// What can be shown of a run, and which pictures belong to a moment.
#include "viewer/video/video_sources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/viewer/ui/run_fixture.h"
#include "tests/viewer/video/fake_video.h"

namespace agon::viewer {
namespace {

std::vector<std::string> NamesOf(const std::vector<VideoSource>& sources) {
  std::vector<std::string> names;
  names.reserve(sources.size());
  for (const VideoSource& source : sources) names.push_back(source.name);
  return names;
}

formats::Pixels Flat(int value) {
  return MakePixels(4, 2, 3, [&](int, int, int) { return value; });
}

int ValueOf(const SharedPixels& pixels) { return pixels ? pixels->data.at(0) : -1; }

// Reads a recording, and waits for what the loader fetches.
class Recorded {
 public:
  explicit Recorded(const Path& run) : tracks(std::make_shared<RunTracks>(run / "recording")) {
    while (tracks->Poll(1)) {
    }
  }
  template <class Look>
  ShownFrames Wait(Look look) {
    ShownFrames shown;
    EXPECT_TRUE(Becomes([&] {
      shown = look();
      return !shown.waiting;
    }));
    return shown;
  }
  std::shared_ptr<RunTracks> tracks;
  Background background{1};
  ItemLoader loader{background};
};

Moment AtStep(std::int64_t step) { return {.mode = TimelineMode::kStep, .step = step}; }

TEST(ListSources, VideosThenRecordedFramesThenSamples) {
  TranslationFiles files;
  files.found.resize(2);
  files.found[1].name = "strong";
  const std::vector<TrackInfo> tracks{
      {.name = "off/input", .kind = TrackKind::kFrame},
      {.name = "off/output", .kind = TrackKind::kFrame},
      {.name = "off/flicker_output", .kind = TrackKind::kScalar},
      {.name = "train/samples/a2b", .kind = TrackKind::kImage},
      {.name = "samples/b2a", .kind = TrackKind::kImage},
      {.name = "attack/net/example/1/clean", .kind = TrackKind::kImage},
      {.name = "resamples/x", .kind = TrackKind::kImage}};
  const std::vector<VideoSource> sources = ListSources(files, tracks);
  EXPECT_THAT(NamesOf(sources), testing::ElementsAre("videos", "videos: strong", "recorded: off",
                                                     "train/samples/a2b", "samples/b2a"));
  EXPECT_EQ(sources[1].translation, 1U);
  EXPECT_EQ(sources[2].track, "off");
  EXPECT_TRUE(ListSources({}, {}).empty());
}

TEST(FramesOfRecorded, AreThoseOfOneFrame) {
  RunFixture run("cyclegan translate");
  for (const int frame : {0, 10, 11}) {
    run.Frame("t/input", frame, Flat(frame), frame / 10.0);
    run.Frame("t/output", frame, Flat(100 + frame), frame / 10.0);
  }
  run.Frame("t/input", 20, Flat(20), 2);  // its output is not there yet
  run.Flush();
  Recorded recorded(run.folder());
  const auto at = [&](std::int64_t step) {
    return recorded.Wait(
        [&] { return FramesOfRecorded(recorded.tracks, recorded.loader, "t", AtStep(step)); });
  };
  ShownFrames shown = at(10);
  EXPECT_EQ(shown.step, 10);
  EXPECT_EQ(ValueOf(shown.input), 10);
  EXPECT_EQ(ValueOf(shown.output), 110);
  EXPECT_EQ(shown.seconds, 1.0);
  EXPECT_FALSE(shown.adjacent);  // frame 9 was not recorded
  EXPECT_EQ(shown.output_before, nullptr);

  shown = at(25);
  EXPECT_EQ(shown.step, 11);
  EXPECT_TRUE(shown.adjacent);
  EXPECT_EQ(ValueOf(shown.input_before), 10);
  EXPECT_EQ(ValueOf(shown.output_before), 110);
}

TEST(FramesOfRecorded, OutputAloneIsShownAlone) {
  RunFixture run("cyclegan translate");
  run.Frame("t/output", 3, Flat(7), 0);
  run.Flush();
  Recorded recorded(run.folder());
  const ShownFrames shown = recorded.Wait(
      [&] { return FramesOfRecorded(recorded.tracks, recorded.loader, "t", AtStep(3)); });
  EXPECT_EQ(ValueOf(shown.output), 7);
  EXPECT_EQ(shown.input, nullptr);
  EXPECT_EQ(FramesOfRecorded(recorded.tracks, recorded.loader, "none", AtStep(3)).note,
            "no frame was recorded yet");
}

TEST(FramesOfSamples, StandBesideTheFirstOne) {
  RunFixture run("cyclegan train");
  for (const int step : {100, 200, 300}) run.Image("samples/a2b", step, Flat(step / 10));
  run.Flush();
  Recorded recorded(run.folder());
  const auto at = [&](std::int64_t step) {
    return recorded.Wait([&] {
      return FramesOfSamples(recorded.tracks, recorded.loader, "samples/a2b", AtStep(step));
    });
  };
  ShownFrames shown = at(250);
  EXPECT_EQ(shown.step, 200);
  EXPECT_EQ(ValueOf(shown.output), 20);
  EXPECT_EQ(ValueOf(shown.output_before), 10);
  EXPECT_EQ(ValueOf(shown.input), 10);
  shown = at(0);  // before the first: the first
  EXPECT_EQ(shown.step, 100);
  EXPECT_FALSE(shown.adjacent);
}

TEST(FramesOfVideos, AreThoseOfThePair) {
  const FakePair fake;
  fake.output->frames = 50;
  VideoPair pair({.input = "input", .output = "output"}, fake.Options(10));
  const auto at = [&](std::int64_t frame) {
    ShownFrames shown;
    EXPECT_TRUE(Becomes([&] {
      shown = FramesOfVideos(pair, frame);
      return !shown.waiting;
    }));
    return shown;
  };
  ShownFrames shown = at(0);
  EXPECT_EQ(ValueOf(shown.input), 0);
  EXPECT_EQ(shown.input_before, nullptr);
  shown = at(31);
  EXPECT_EQ(ValueOf(shown.output), 31);
  EXPECT_EQ(ValueOf(shown.output_before), 30);
  EXPECT_EQ(shown.seconds, 3.1);
  EXPECT_TRUE(shown.adjacent);
}

TEST(FramesOfVideos, TellWhatIsMissing) {
  const FakePair fake;
  VideoPair pair({.input = "gone", .output = "output"}, fake.Options(10));
  ShownFrames shown;
  EXPECT_TRUE(Becomes([&] {
    shown = FramesOfVideos(pair, 5);
    return !shown.waiting;
  }));
  EXPECT_EQ(shown.note, "gone: does not exist");
  EXPECT_EQ(ValueOf(shown.output), 5);
  EXPECT_EQ(shown.input, nullptr);
}

TEST(Spread, HasFirstAndLast) {
  EXPECT_THAT(Spread(0, 4), testing::IsEmpty());
  EXPECT_THAT(Spread(3, 4), testing::ElementsAre(0, 1, 2));
  EXPECT_THAT(Spread(9, 3), testing::ElementsAre(0, 4, 8));
  EXPECT_THAT(Spread(9, 1), testing::ElementsAre(8));
}

}  // namespace
}  // namespace agon::viewer
