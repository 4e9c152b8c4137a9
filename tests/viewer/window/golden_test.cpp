// SPDX-License-Identifier: Apache-2.0
// What every panel looks like on a run made here, drawn by EGL without a display, as
// `agon view RUN --png FILE --panel PANEL` does.
#include "tests/viewer/window/golden.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "runtime/base/error.h"
#include "tests/viewer/attack/attack_run.h"
#include "tests/viewer/ui/run_fixture.h"
#include "viewer/ui/panel.h"
#include "viewer/window/picture.h"
#include "viewer/window/register_panels.h"

namespace agon::viewer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Golden : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (GlobalRegistry().Names(Panel::kKind).empty()) RegisterPanels(GlobalRegistry());
  }
  static ViewArguments Of(const Path& run, const std::string& panel) {
    ViewArguments arguments;
    arguments.roots = {run};
    arguments.panel = panel;
    arguments.width = 800;
    arguments.height = 500;
    arguments.fixed_fonts = true;
    return arguments;
  }
  static void Check(const std::string& name, const ViewArguments& arguments) {
    const Picture picture = DrawPicture(arguments, "/nowhere/agon");
    EXPECT_TRUE(picture.problems.empty()) << picture.problems.front();
    ExpectGolden(name, picture.pixels);
  }

  // Names that do not change from one machine to the next.
  RunsFixture runs_;
};

void RecordCurves(RunFixture& run, double rate) {
  for (int step = 0; step <= 200; step += 2) {
    const double x = static_cast<double>(step) / 200;
    run.Scalar("train/loss", step, std::exp(-rate * x) + 0.05 * std::sin(40 * x));
    run.Scalar("train/accuracy", step, 1 - std::exp(-rate * x));
  }
  run.Flush();
}

TEST_F(Golden, Curves) {
  RunFixture first(runs_, "first"), second(runs_, "second");
  RecordCurves(first, 3);
  RecordCurves(second, 6);
  ViewArguments arguments = Of(first.folder(), "curves");
  arguments.roots.push_back(second.folder());
  arguments.step = 120;
  Check("curves", arguments);
  arguments.light = true;
  Check("curves_light", arguments);
}

TEST_F(Golden, Runs) {
  RunFixture run(runs_, "first", "train");
  run.WriteConfig("seed: 0\nepochs: 3\noptimizer:\n  name: sgd\n  learning_rate: 0.1\n");
  run.WriteLog("22:13:20 info: begun\n22:13:21 warning: slow disk\n22:13:22 info: done\n");
  ViewArguments arguments = Of(run.folder(), "runs");
  arguments.show = {{"tab", "log"}};  // the overview names the folder, which is another each time
  Check("runs", arguments);
  arguments.show = {{"tab", "config"}};
  Check("runs_config", arguments);
}

TEST_F(Golden, Attack) {
  RunFixture run(runs_, "first", "attack");
  WriteOneResult(run);
  RecordExamples(run);
  Check("attack", Of(run.folder(), "attack"));
}

// Frames as `cyclegan translate` records them while it runs.
TEST_F(Golden, Video) {
  RunFixture run(runs_, "first", "cyclegan translate");
  for (int frame = 0; frame < 8; ++frame) {
    const auto stripes = [&](int shift) {
      return MakePixels(48, 32, 3, [&](int x, int y, int c) {
        return (x + 4 * frame + shift) / 8 % 2 == 0 ? 40 * (c + 1) : 255 - 5 * y;
      });
    };
    run.Frame("translate/input", frame, stripes(0), frame / 8.0);
    run.Frame("translate/output", frame, stripes(4), frame / 8.0);
    run.Scalar("translate/flicker_input", frame, 0.1 + 0.05 * std::sin(frame));
    run.Scalar("translate/flicker_output", frame, 0.1 + 0.05 * std::cos(frame));
  }
  run.Flush();
  ViewArguments arguments = Of(run.folder(), "video");
  arguments.step = 5;
  Check("video", arguments);
}

TEST_F(Golden, Game) {
  RunFixture run(runs_, "first", "selfplay train");
  record::Board board;
  board.width = board.height = 3;
  board.cells = {"X", "", "", "", "O", "", "", "", ""};
  board.colours = {1, 0, 0, 0, 2, 0, 0, 0, 0};
  board.overlays = {{"visits", {0, 0.1F, 0.05F, 0.1F, 0, 0.05F, 0.05F, 0.05F, 0.6F}},
                    {"prior", {0, 0.2F, 0.1F, 0.2F, 0, 0.1F, 0.1F, 0.1F, 0.2F}}};
  board.legal_moves = {"b3", "c3", "a2", "c2", "a1", "b1", "c1"};
  board.to_move = "X";
  board.last_move = "b2";
  board.value = 0.25;
  record::Tree tree;
  tree.nodes = {{-1, "", 100, 1, 0.25},
                {0, "c1", 60, 0.2, 0.3},
                {0, "b3", 10, 0.2, 0.1},
                {1, "a1", 40, 0.5, 0.2},
                {1, "c3", 20, 0.5, 0.4}};
  run.Add("selfplay/board", 1, board);
  run.Add("selfplay/tree", 1, tree);
  run.Flush();
  Check("game", Of(run.folder(), "game"));
}

TEST_F(Golden, TheWholeWindow) {
  RunFixture first(runs_, "first"), second(runs_, "second", "attack");
  RecordCurves(first, 3);
  second.manifest().status = record::RunStatus::kFailed;
  second.manifest().started = "2023-11-01T08:00:00Z";
  second.WriteManifest();
  ViewArguments arguments = Of(runs_.folder(), "curves");
  arguments.whole = true;
  arguments.step = 50;
  Check("window", arguments);
}

// ---- what the comparison itself sees ----

formats::Pixels Grey(std::uint8_t value) {
  return MakePixels(100, 100, 3, [&](int, int, int) { return value; });
}

TEST(GoldenComparison, AllowsRoundingAndAFewPixels) {
  EXPECT_TRUE(Compare(Grey(100), Grey(108)).good());
  EXPECT_EQ(Compare(Grey(100), Grey(108)).off, 0U);
  EXPECT_FALSE(Compare(Grey(100), Grey(109)).good());
  formats::Pixels few = Grey(100);
  for (std::size_t i = 0; i < 10; ++i) few.data[3 * i] = 255;
  EXPECT_TRUE(Compare(Grey(100), few).good());
  few.data[3 * 10 + 1] = 255;
  const PictureDifference difference = Compare(Grey(100), few);
  EXPECT_FALSE(difference.good());
  EXPECT_EQ(difference.off, 11U);
  EXPECT_EQ(difference.picture.data[0], 255);
  EXPECT_EQ(difference.picture.data[std::size_t{3} * 50], 33);
}

// ---- wrong command lines ----

TEST_F(Golden, WhatCannotBeDrawnIsSaid) {
  RunFixture run(runs_, "first");
  run.Scalar("loss", 0, 1);
  run.Flush();
  EXPECT_THROW((void)DrawPicture(Of(runs_.folder() / "none", "curves"), {}), Error);
  ViewArguments arguments = Of(run.folder(), "curves");
  arguments.show = {{"no_such_key", "1"}};
  EXPECT_THROW((void)DrawPicture(arguments, {}), Error);
}

// A picture is drawn all the same; what is wrong with the files is told beside it.
TEST_F(Golden, WhatIsWrongWithTheRunIsSaid) {
  RunFixture run(runs_, "first");
  run.Scalar("loss", 0, 1);
  run.Flush();
  EXPECT_THAT(DrawPicture(Of(run.folder(), "curves"), {}).problems, ElementsAre());
  WriteFileAtomic(run.folder() / "recording", "no recording at all");
  EXPECT_THAT(DrawPicture(Of(run.folder(), "curves"), {}).problems,
              ElementsAre(HasSubstr("recording")));
  WriteFileAtomic(run.folder() / "manifest.json", "{\"format\": ");
  EXPECT_THAT(DrawPicture(Of(run.folder(), "curves"), {}).problems,
              ElementsAre(HasSubstr("manifest.json"), HasSubstr("recording")));
}

}  // namespace
}  // namespace agon::viewer
