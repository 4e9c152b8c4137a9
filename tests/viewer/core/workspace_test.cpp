// SPDX-License-Identifier: Apache-2.0
#include "viewer/core/workspace.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "tests/viewer/ui/run_fixture.h"

namespace agon::viewer {
namespace {

WorkspaceOptions Still(std::vector<Path> roots) {
  WorkspaceOptions options;
  options.roots = std::move(roots);
  options.follow = false;
  return options;
}

// Updates until `done`, as frames would.
template <class Done>
bool Within(double seconds, Workspace& workspace, Done done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    workspace.Update(0);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

TEST(Workspace, OpensTheNewestRunByItself) {
  const RunsFixture runs;
  RunFixture older(runs, "older");
  RunFixture newer(runs, "newer");
  newer.manifest().started = "2024-01-01T00:00:00Z";
  newer.WriteManifest();
  newer.Scalar("loss", 3, 1);
  newer.Flush();
  Workspace workspace(Still({runs.folder()}));
  EXPECT_EQ(workspace.selected(), nullptr);
  workspace.PollAll();
  workspace.Update(0);
  ASSERT_NE(workspace.selected(), nullptr);
  EXPECT_EQ(workspace.selected()->name, "newer");
  EXPECT_EQ(workspace.timeline().moment().step, 3);
}

TEST(Workspace, RunsNamedAreSelectedAndCompared) {
  const RunsFixture runs;
  const RunFixture a(runs, "a"), b(runs, "b"), c(runs, "c");
  Workspace workspace(Still({b.folder(), a.folder(), c.folder()}));
  workspace.PollAll();
  ASSERT_NE(workspace.selected(), nullptr);
  EXPECT_EQ(workspace.selected()->folder.filename(), "b");
  ASSERT_EQ(workspace.compared().size(), 2U);
  EXPECT_EQ(workspace.compared()[0]->folder.filename(), "a");
  EXPECT_EQ(workspace.compared()[1]->folder.filename(), "c");
}

TEST(Workspace, OneRunIsOpenedOnce) {
  const RunsFixture runs;
  const RunFixture a(runs, "a"), b(runs, "b");
  Workspace workspace(Still({runs.folder()}));
  workspace.PollAll();
  workspace.Select(a.folder());
  workspace.Compare(a.folder(), true);
  ASSERT_EQ(workspace.compared().size(), 1U);
  EXPECT_EQ(workspace.compared()[0], workspace.selected());
  workspace.Compare(a.folder(), true);
  EXPECT_EQ(workspace.compared().size(), 1U);
  workspace.Compare(b.folder(), true);
  workspace.Select(b.folder());
  EXPECT_EQ(workspace.selected(), workspace.compared()[1]);
  workspace.Compare(b.folder(), false);
  EXPECT_FALSE(workspace.IsCompared(b.folder()));
  EXPECT_TRUE(workspace.IsCompared(a.folder()));
}

TEST(Workspace, SelectingAnotherRunStopsPlaying) {
  const RunsFixture runs;
  RunFixture a(runs, "a"), b(runs, "b");
  a.Scalar("loss", 0, 1);
  a.Scalar("loss", 9, 1);
  a.Flush();
  Workspace workspace(Still({a.folder(), b.folder()}));
  workspace.PollAll();
  workspace.Update(0);
  workspace.timeline().Play(true);
  workspace.Select(b.folder());
  EXPECT_FALSE(workspace.timeline().playing());
}

TEST(Workspace, FollowsARunThatIsWritten) {
  const RunsFixture runs;
  WorkspaceOptions options;
  options.roots = {runs.folder() / "later"};  // not there yet
  Workspace workspace(options);
  workspace.Update(0);
  EXPECT_EQ(workspace.selected(), nullptr);
  RunFixture run(runs, "later");
  run.Scalar("loss", 1, 1);
  run.Flush();
  ASSERT_TRUE(Within(20, workspace, [&] { return workspace.timeline().range().last_step == 1; }));
  const std::uint64_t before = workspace.news();
  run.Scalar("loss", 7, 1);
  run.WriteLog("one line\n");
  run.Flush();
  ASSERT_TRUE(Within(20, workspace, [&] { return workspace.timeline().moment().step == 7; }));
  EXPECT_NE(workspace.news(), before);
  ASSERT_TRUE(
      Within(20, workspace, [&] { return workspace.selected()->log->Lines()->size() == 1; }));
}

TEST(Workspace, ARunThatIsDeletedStaysOpen) {
  const RunsFixture runs;
  RunFixture run(runs, "gone");
  run.Scalar("loss", 4, 1);
  run.Flush();
  Workspace workspace(Still({runs.folder()}));
  workspace.PollAll();
  workspace.Update(0);
  run.Remove();
  workspace.PollAll();
  workspace.Update(0);
  ASSERT_NE(workspace.selected(), nullptr);
  EXPECT_EQ(workspace.selected()->name, "gone");
  const auto entry = workspace.runs().Find(run.folder());
  ASSERT_TRUE(entry.has_value());
  EXPECT_EQ(entry->state, RunState::kGone);
}

TEST(Workspace, RemembersItsSettings) {
  const RunsFixture runs;
  WorkspaceOptions options = Still({runs.folder()});
  options.settings_file = runs.folder() / "config" / "view.yaml";
  {
    Workspace workspace(options);
    workspace.settings().layout = 2;
  }
  const Workspace again(options);
  EXPECT_EQ(LoadSettings(options.settings_file).layout, 2);
}

TEST(Workspace, IsIdleOnlyWhenTheRunsWereLookedFor) {
  const RunsFixture runs;
  Workspace workspace(Still({runs.folder()}));
  EXPECT_FALSE(workspace.idle());
  workspace.PollAll();
  EXPECT_TRUE(workspace.idle());
}

}  // namespace
}  // namespace agon::viewer
