// SPDX-License-Identifier: Apache-2.0
#include "viewer/runs/run_facts.h"

#include <gmock/gmock.h>

namespace agon::viewer {
namespace {

using testing::Contains;
using testing::Field;
using testing::HasSubstr;

constexpr double kNow = 1'700'000'000;  // 2023-11-14 22:13:20 UTC

RunEntry Running() {
  RunEntry run;
  run.name = "night/train";
  run.state = RunState::kRunning;
  run.manifest.command = "train";
  run.manifest.started = "2023-11-14T22:03:20Z";
  run.manifest.heartbeat = kNow - 1;
  run.manifest.progress = {.label = "training net_a",
                           .done = 30,
                           .total = 120,
                           .unit = "batch",
                           .rate = 2,
                           .seconds_left = 45,
                           .note = "loss 0.4"};
  return run;
}

TEST(ParseUtc, ReadsWhatManifestsHave) {
  EXPECT_EQ(ParseUtc("2023-11-14T22:13:20Z"), kNow);
  EXPECT_EQ(ParseUtc("1970-01-01T00:00:00Z"), 0);
  for (const char* const text : {"", "2023-11-14", "2023-13-14T22:13:20Z", "2023-02-30T00:00:00Z",
                                 "2023-11-14T25:00:00Z", "2023-11-14T22:13:2xZ"}) {
    EXPECT_FALSE(ParseUtc(text)) << text;
  }
}

TEST(RunFacts, ProgressIsCountedInItsUnit) {
  RunEntry run = Running();
  EXPECT_EQ(ProgressText(run), "30 of 120 batches, 25 %");
  EXPECT_EQ(ShareDone(run), 0.25);
  run.manifest.progress->total = 0;
  EXPECT_EQ(ProgressText(run), "30 batches");
  EXPECT_FALSE(ShareDone(run));
  run.manifest.progress->done = 1;
  run.manifest.progress->unit = "frame";
  EXPECT_EQ(ProgressText(run), "1 frame");
  // A file whose length was guessed too short.
  run.manifest.progress->done = 150;
  run.manifest.progress->total = 120;
  EXPECT_EQ(ProgressText(run), "150 of 120 frames, 100 %");
  EXPECT_EQ(ShareDone(run), 1);
  run.manifest.progress.reset();
  EXPECT_EQ(ProgressText(run), "");
}

TEST(RunFacts, TimeIsWhatIsLeftOrWhatItTook) {
  RunEntry run = Running();
  EXPECT_EQ(TimeText(run, kNow), "45.0 s left");
  run.manifest.progress->seconds_left = -1;
  EXPECT_EQ(TimeText(run, kNow), "for 10 min 00 s");
  EXPECT_EQ(TimeText(run, kNow + 60), "silent for 1 min 01 s");
  run.state = RunState::kDone;
  run.manifest.finished = "2023-11-14T22:08:25Z";
  EXPECT_EQ(TimeText(run, kNow), "took 5 min 05 s");
  run.state = RunState::kDead;
  run.manifest.finished.clear();
  EXPECT_EQ(TimeText(run, kNow), "");
}

TEST(RunFacts, SayWhatTheManifestSays) {
  RunEntry run = Running();
  run.manifest.message = "disk full";
  run.manifest.inputs = {{"a.npz", "beef"}};
  const auto facts = Facts(run, kNow);
  EXPECT_EQ(facts.front().value, "running");
  EXPECT_THAT(facts, Contains(Field(&Fact::value, "disk full")));
  EXPECT_THAT(facts, Contains(Field(&Fact::value, "a.npz: beef")));
  EXPECT_THAT(facts, Contains(Field(&Fact::value, "2 batches a second")));
  for (const Fact& fact : facts) EXPECT_FALSE(fact.value.empty()) << fact.name;
}

TEST(RunFacts, OnlyEndedRunsOfSomeCommandsAreContinued) {
  RunEntry run = Running();
  EXPECT_FALSE(CanResume(run));
  for (const RunState state : {RunState::kFailed, RunState::kInterrupted, RunState::kDead}) {
    run.state = state;
    EXPECT_TRUE(CanResume(run));
  }
  run.state = RunState::kDone;
  EXPECT_FALSE(CanResume(run));
  run.state = RunState::kDead;
  run.manifest.command = "cyclegan evaluate";
  EXPECT_FALSE(CanResume(run));
}

TEST(RunFacts, AFilterLooksAtNameCommandAndState) {
  const RunEntry run = Running();
  EXPECT_TRUE(Matches(run, ""));
  EXPECT_TRUE(Matches(run, "NIGHT run"));
  EXPECT_FALSE(Matches(run, "attack"));
  EXPECT_FALSE(Matches(run, "-train"));
}

}  // namespace
}  // namespace agon::viewer
