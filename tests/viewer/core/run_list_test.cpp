// SPDX-License-Identifier: Apache-2.0
#include "viewer/core/run_list.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "runtime/base/clock.h"
#include "tests/runtime/record/record_helpers.h"

namespace agon::viewer {
namespace {

using record::RunStatus;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string HostName() {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  return host.data();
}

// A run of this very process.
record::Manifest SomeManifest(const std::string& started) {
  record::Manifest manifest;
  manifest.command = "attack";
  manifest.started = started;
  manifest.heartbeat = UnixTime();
  manifest.process = getpid();
  manifest.boot = record::BootId();
  manifest.host = HostName();
  return manifest;
}

void MakeRun(const Path& folder, const record::Manifest& manifest) {
  MakeFolder(folder);
  std::ofstream(folder / "config.yaml") << "seed: 0\n";
  record::WriteManifest(folder, manifest);
}

std::vector<std::string> Names(const RunList& list) {
  std::vector<std::string> names;
  for (const RunEntry& run : *list.Runs()) names.push_back(run.name);
  return names;
}

class RunListTest : public testing::Test {
 protected:
  void Make(const std::string& name, const std::string& started) {
    MakeRun(root_ / name, SomeManifest(started));
  }
  TemporaryFolder temporary_;
  Path root_ = temporary_.path() / "runs";
  RunList list_{{root_}};
};

TEST_F(RunListTest, ARootThatDoesNotExistYetIsWaitedFor) {
  EXPECT_FALSE(list_.looked());
  list_.Refresh();
  EXPECT_TRUE(list_.looked());
  EXPECT_THAT(*list_.Runs(), IsEmpty());
  Make("a", "2026-11-25T10:00:00Z");
  list_.Refresh();
  EXPECT_THAT(Names(list_), ElementsAre("a"));
}

TEST_F(RunListTest, TheNewestComesFirst) {
  Make("a", "2026-11-25T10:00:00Z");
  Make("b", "2026-11-25T12:00:00Z");
  Make("c", "2026-11-25T11:00:00Z");
  list_.Refresh();
  EXPECT_THAT(Names(list_), ElementsAre("b", "c", "a"));
}

// Checkpoints have a manifest of their own and are no runs; the runs of a demo stand inside its
// folder.
TEST_F(RunListTest, FindsRunsAtAnyDepthAndNothingElse) {
  Make("demo", "2026-11-25T10:00:00Z");
  Make("demo/train-standard", "2026-11-25T10:01:00Z");
  Make("2026/november/attack", "2026-11-25T10:02:00Z");
  Make(".hidden/run", "2026-11-25T10:03:00Z");
  MakeFolder(root_ / "demo/checkpoints/000000000001");
  std::ofstream(root_ / "demo/checkpoints/000000000001/manifest.json") << R"({"format": 1})";
  MakeFolder(root_ / "web/app");
  std::ofstream(root_ / "web/app/manifest.json") << R"({"name": "somebody's web page"})";
  list_.Refresh();
  EXPECT_THAT(Names(list_), ElementsAre("attack", "train-standard", "demo"));
}

TEST_F(RunListTest, ARootMayBeARunItself) {
  Make("a", "2026-11-25T10:00:00Z");
  Make("b", "2026-11-25T11:00:00Z");
  RunList list({root_ / "a/"});
  list.Refresh();
  EXPECT_THAT(Names(list), ElementsAre("a"));
  list.AddRoot(root_);
  list.Refresh();
  EXPECT_THAT(Names(list), ElementsAre("b", "a")) << "each once";
}

TEST_F(RunListTest, ANameIsTheShortestEndingThatIsUnique) {
  Make("x/train/1", "2026-11-25T10:00:00Z");
  Make("y/train/1", "2026-11-25T11:00:00Z");
  Make("y/other/2", "2026-11-25T12:00:00Z");
  list_.Refresh();
  EXPECT_THAT(Names(list_), ElementsAre("2", "y/train/1", "x/train/1"));
}

TEST_F(RunListTest, ANameThatIsNoUtf8IsShownAllTheSame) {
  Make("caf\xE9", "2026-11-25T10:00:00Z");
  Make("\xF0\x9F\xA6\x93 zebra", "2026-11-25T11:00:00Z");
  list_.Refresh();
  EXPECT_THAT(Names(list_), ElementsAre("\xF0\x9F\xA6\x93 zebra", "caf\xEF\xBF\xBD"));
}

TEST_F(RunListTest, TheStateIsWhatTheManifestAndTheProcessSay) {
  const auto state_of = [&](const record::Manifest& manifest) {
    MakeRun(root_ / "run", manifest);
    list_.Refresh();
    return list_.Runs()->front().state;
  };
  record::Manifest manifest = SomeManifest("2026-11-25T10:00:00Z");
  EXPECT_EQ(state_of(manifest), RunState::kRunning);
  manifest.paused = true;
  EXPECT_EQ(state_of(manifest), RunState::kPaused);
  manifest.boot = "another";
  EXPECT_EQ(state_of(manifest), RunState::kDead);
  manifest.status = RunStatus::kInterrupted;
  EXPECT_EQ(state_of(manifest), RunState::kInterrupted);
  manifest.status = RunStatus::kFailed;
  EXPECT_EQ(state_of(manifest), RunState::kFailed);
  manifest.status = RunStatus::kDone;
  EXPECT_EQ(state_of(manifest), RunState::kDone);
}

TEST_F(RunListTest, ADamagedManifestIsShownWithItsProblem) {
  Make("run", "2026-11-25T10:00:00Z");
  std::ofstream(root_ / "run/manifest.json") << "{ half";
  list_.Refresh();
  ASSERT_EQ(list_.Runs()->size(), 1U);
  EXPECT_EQ(list_.Runs()->front().state, RunState::kUnreadable);
  EXPECT_THAT(list_.Runs()->front().problem, HasSubstr("no JSON"));
  Make("run", "2026-11-25T10:00:00Z");
  list_.Refresh();
  EXPECT_EQ(list_.Runs()->front().state, RunState::kRunning);
  EXPECT_EQ(list_.Runs()->front().problem, "");
}

TEST_F(RunListTest, TheListChangesOnlyWhenARunDoes) {
  Make("run", "2026-11-25T10:00:00Z");
  list_.Refresh();
  const auto runs = list_.Runs();
  list_.Refresh();
  EXPECT_EQ(list_.Runs(), runs);
  record::Manifest manifest = SomeManifest("2026-11-25T10:00:00Z");
  manifest.heartbeat += 2;
  manifest.progress.emplace().done = 7;
  record::WriteManifest(root_ / "run", manifest);
  list_.Refresh();
  EXPECT_NE(list_.Runs(), runs);
  EXPECT_EQ(list_.Runs()->front().manifest.progress->done, 7);
}

TEST_F(RunListTest, ARunThatIsLookedAtStaysWhenItsFolderIsDeleted) {
  Make("a", "2026-11-25T10:00:00Z");
  Make("b", "2026-11-25T11:00:00Z");
  list_.Refresh();
  list_.Keep(root_ / "a");
  std::filesystem::remove_all(root_);
  for (int i = 0; i < 2; ++i) {
    list_.Refresh();
    ASSERT_THAT(Names(list_), ElementsAre("a"));
    EXPECT_EQ(list_.Runs()->front().state, RunState::kGone);
    EXPECT_EQ(list_.Runs()->front().manifest.command, "attack");
  }
  Make("a", "2026-11-25T10:00:00Z");
  list_.Refresh();
  EXPECT_EQ(list_.Runs()->front().state, RunState::kRunning);
}

TEST_F(RunListTest, FindsARunByItsFolderHoweverItIsWritten) {
  Make("a", "2026-11-25T10:00:00Z");
  list_.Refresh();
  ASSERT_TRUE(list_.Find(root_ / "." / "a/"));
  EXPECT_EQ(list_.Find(root_ / "a")->name, "a");
  EXPECT_FALSE(list_.Find(root_ / "b"));
}

// A link to a run is a run, one that leads round in a circle is left alone.
TEST_F(RunListTest, LinksDoNotLeadRoundInCircles) {
  Make("a", "2026-11-25T10:00:00Z");
  MakeRun(temporary_.path() / "elsewhere", SomeManifest("2026-11-25T11:00:00Z"));
  std::filesystem::create_directory_symlink(root_, root_ / "again");
  std::filesystem::create_directory_symlink(temporary_.path() / "elsewhere", root_ / "linked");
  list_.Refresh();
  EXPECT_THAT(Names(list_), ElementsAre("linked", "a"));
}

}  // namespace
}  // namespace agon::viewer
