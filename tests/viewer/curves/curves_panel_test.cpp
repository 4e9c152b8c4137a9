// SPDX-License-Identifier: Apache-2.0
// The curves panel on run folders, worked as a user would.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "tests/viewer/ui/panel_driver.h"
#include "tests/viewer/ui/run_fixture.h"

namespace agon::viewer {

void RegisterCurvesPanel(Registry& registry);

namespace {

using testing::HasSubstr;
using testing::Not;

void WriteCurves(RunFixture& run, double factor) {
  for (int step = 0; step <= 100; ++step) {
    run.Scalar("train/loss", step, factor * (100 - step));
    if (step % 10 == 0) run.Scalar("validation/loss", step, factor * (200 - step));
  }
  run.Scalar("train/lr", 0, 0.1);
  run.Flush();
}

class CurvesPanelTest : public testing::Test {
 protected:
  CurvesPanelTest() { WriteCurves(run_, 1); }
  // Where x stands in a plot, as a share of its width: the middle of what it shows is x = 50.
  static constexpr float kMiddle = 0.53F;

  RunFixture run_{"train", "first"};
};

TEST_F(CurvesPanelTest, EachTrackHasAPlot) {
  PanelDriver driver({run_.folder()}, RegisterCurvesPanel, "curves");
  EXPECT_TRUE(driver.ui.Has("Curves/Plots/train/loss"));
  EXPECT_TRUE(driver.ui.Has("Curves/Plots/train/lr"));
  EXPECT_TRUE(driver.ui.Has("Curves/Plots/validation/loss"));
}

TEST_F(CurvesPanelTest, ACurveThatGrowsIsFollowed) {
  PanelDriver driver({run_.folder()}, RegisterCurvesPanel, "curves");
  run_.Scalar("later", 0, 1);
  run_.Flush();
  driver.Settle();
  EXPECT_TRUE(driver.ui.Has("Curves/Plots/later"));
}

TEST_F(CurvesPanelTest, TheCrossHairReadsSmoothedAndRaw) {
  PanelDriver driver({run_.folder()}, RegisterCurvesPanel, "curves");
  ASSERT_TRUE(driver.view().Set("smoothing", "0"));
  driver.ui.Click("Curves/Tracks/train/loss/only", 0.1F);
  ASSERT_FALSE(driver.ui.Has("Curves/Plots/train/lr"));
  driver.ui.Hover("Curves/Plots/train/loss", kMiddle);
  std::string values = driver.ui.Value("Curves/Plots/train/loss/values");
  int step = -1;
  double value = -1;
  ASSERT_EQ(std::sscanf(values.c_str(), "step %d\nloss: %lf", &step, &value), 2) << values;
  EXPECT_NEAR(step, 50, 6);
  EXPECT_EQ(value, 100 - step) << "what was recorded there";
  EXPECT_THAT(values, Not(HasSubstr("raw")));
  driver.ui.MoveAway();
  ASSERT_TRUE(driver.view().Set("smoothing", "0.9"));
  driver.ui.Hover("Curves/Plots/train/loss", kMiddle);
  values = driver.ui.Value("Curves/Plots/train/loss/values");
  double raw = -1;
  ASSERT_EQ(std::sscanf(values.c_str(), "step %d\nloss: %lf  (raw %lf)", &step, &value, &raw), 3)
      << values;
  EXPECT_EQ(raw, 100 - step);
  // The average of what falls lags behind it: by 0.9 / (1 - 0.9) steps in the end.
  EXPECT_NEAR(value - raw, 9, 1);
}

TEST_F(CurvesPanelTest, TheTreeSwitchesPlots) {
  PanelDriver driver({run_.folder()}, RegisterCurvesPanel, "curves");
  EXPECT_EQ(driver.ui.Value("Curves/Tracks/train/shown"), "1");
  driver.ui.Click("Curves/Tracks/train/lr/shown");
  EXPECT_FALSE(driver.ui.Has("Curves/Plots/train/lr"));
  EXPECT_EQ(driver.ui.Value("Curves/Tracks/train/shown"), "mixed");
  driver.ui.Click("Curves/Tracks/train/shown");
  EXPECT_TRUE(driver.ui.Has("Curves/Plots/train/lr"));
  driver.ui.Click("Curves/Tracks/train/shown");
  EXPECT_FALSE(driver.ui.Has("Curves/Plots/train/loss"));
  EXPECT_TRUE(driver.ui.Has("Curves/Plots/validation/loss"));
  driver.ui.Click("Curves/Tracks/train/fold");
  EXPECT_FALSE(driver.ui.Has("Curves/Tracks/train/lr/shown"));
}

TEST_F(CurvesPanelTest, TheFilterNarrowsTreeAndPlots) {
  PanelDriver driver({run_.folder()}, RegisterCurvesPanel, "curves");
  driver.ui.TypeText("Curves/filter", "valid");
  EXPECT_FALSE(driver.ui.Has("Curves/Plots/train/loss"));
  EXPECT_TRUE(driver.ui.Has("Curves/Plots/validation/loss"));
  driver.ui.TypeText("Curves/filter", "none such");
  EXPECT_TRUE(driver.ui.Has("Curves/Tracks/no track has these words"));
}

TEST_F(CurvesPanelTest, TracksThatEndAlikeAreOverlaid) {
  PanelDriver driver({run_.folder()}, RegisterCurvesPanel, "curves");
  driver.ui.Click("Curves/Overlay", 0.1F);
  EXPECT_TRUE(driver.ui.Has("Curves/Plots/loss"));
  EXPECT_FALSE(driver.ui.Has("Curves/Plots/train/loss"));
  driver.ui.Hover("Curves/Plots/loss", kMiddle);
  const std::string values = driver.ui.Value("Curves/Plots/loss/values");
  EXPECT_THAT(values, HasSubstr("train: "));
  EXPECT_THAT(values, HasSubstr("validation: "));
}

TEST_F(CurvesPanelTest, SeveralRunsAreComparedByColourAndName) {
  const RunsFixture runs;
  RunFixture first(runs, "first");
  RunFixture second(runs, "second");
  WriteCurves(first, 1);
  WriteCurves(second, 3);
  second.Scalar("only/here", 0, 1);
  second.Flush();
  PanelDriver driver({first.folder(), second.folder()}, RegisterCurvesPanel, "curves");
  ASSERT_EQ(driver.workspace.compared().size(), 1U);
  EXPECT_TRUE(driver.ui.Has("Curves/first"));
  EXPECT_TRUE(driver.ui.Has("Curves/second"));
  EXPECT_TRUE(driver.ui.Has("Curves/Plots/only/here"));
  driver.ui.Hover("Curves/Plots/train/loss", kMiddle);
  const std::string values = driver.ui.Value("Curves/Plots/train/loss/values");
  EXPECT_THAT(values, HasSubstr("first: "));
  EXPECT_THAT(values, HasSubstr("second: "));
  // No longer compared: its tracks go.
  driver.workspace.Compare(second.folder(), false);
  driver.Settle();
  EXPECT_FALSE(driver.ui.Has("Curves/Plots/only/here"));
  EXPECT_FALSE(driver.ui.Has("Curves/second"));
}

TEST_F(CurvesPanelTest, AClickMovesTheTimeline) {
  PanelDriver driver({run_.folder()}, RegisterCurvesPanel, "curves");
  driver.ui.Click("Curves/Plots/train/loss", kMiddle);
  EXPECT_NEAR(static_cast<double>(driver.workspace.timeline().moment().step), 50, 6);
  EXPECT_FALSE(driver.workspace.timeline().following());
}

// The axis shows times while the timeline counts steps: the sample clicked on says which step.
TEST_F(CurvesPanelTest, AClickOnAnAxisOfTimeFindsTheStep) {
  PanelDriver driver({run_.folder()}, RegisterCurvesPanel, "curves");
  driver.ui.Choose("Curves/x axis", "time since start");
  driver.ui.Hover("Curves/Plots/train/loss", kMiddle);
  const std::string values = driver.ui.Value("Curves/Plots/train/loss/values");
  EXPECT_TRUE(values.starts_with("55") || values.starts_with("1m") || values.starts_with("5"))
      << values;
  driver.ui.Click("Curves/Plots/train/loss", kMiddle);
  EXPECT_NEAR(static_cast<double>(driver.workspace.timeline().moment().step), 50, 6);
  driver.workspace.timeline().SetMode(TimelineMode::kTime);
  driver.ui.Click("Curves/Plots/train/loss", kMiddle);
  // 111 items, a second each.
  EXPECT_NEAR(driver.workspace.timeline().moment().wall_time - RunFixture::kStart, 55, 7);
}

// Zoomed in, the cross-hair reads less and less of the curve; the key shows all of it again.
TEST_F(CurvesPanelTest, AZoomIsUndoneByTheKeyAndTheButton) {
  PanelDriver driver({run_.folder()}, RegisterCurvesPanel, "curves");
  ASSERT_TRUE(driver.view().Set("smoothing", "0"));
  const auto first_step = [&driver] {
    driver.ui.Hover("Curves/Plots/train/loss", 0.14F, 0.5F, 2);
    int step = -1;
    const std::string values = driver.ui.Value("Curves/Plots/train/loss/values");
    EXPECT_EQ(std::sscanf(values.c_str(), "step %d", &step), 1) << values;
    driver.ui.MoveAway();
    return step;
  };
  const auto zoom = [&driver] {
    driver.ui.HoldControl(true);
    driver.ui.Wheel("Curves/Plots/train/loss", 6, 0.9F);
    driver.ui.HoldControl(false);
  };
  const int all = first_step();
  EXPECT_LT(all, 12);
  zoom();
  EXPECT_GT(first_step(), 50);
  driver.Press(Action::kZoomFit);
  EXPECT_EQ(first_step(), all);
  zoom();
  driver.ui.Click("Curves/Log scale", 0.1F);
  EXPECT_GT(first_step(), 50) << "the other scale leaves x as it was";
  driver.ui.Click("Curves/Fit all");
  EXPECT_EQ(first_step(), all);
}

// One cross-hair for all plots: what is under the mouse in one is marked in the others.
TEST_F(CurvesPanelTest, TheCrossHairIsSeenInAllPlots) {
  PanelDriver driver({run_.folder()}, RegisterCurvesPanel, "curves");
  driver.ui.Click("Curves/Tracks/train/loss/only", 0.1F);
  driver.ui.MoveAway();
  const std::size_t alone = driver.ui.vertices();
  driver.ui.Hover("Curves/Plots/train/loss", 0.5F, 0.5F, 2);
  const std::size_t added_alone = driver.ui.vertices() - alone;
  driver.ui.MoveAway();
  driver.ui.Click("Curves/Tracks/train/loss/only", 0.1F);
  driver.ui.MoveAway();
  const std::size_t all = driver.ui.vertices();
  driver.ui.Hover("Curves/Plots/train/loss", 0.5F, 0.5F, 2);
  EXPECT_EQ(driver.ui.vertices() - all, added_alone + 8) << "a line of four corners in two others";
  driver.ui.MoveAway();
  EXPECT_EQ(driver.ui.vertices(), all);
}

TEST_F(CurvesPanelTest, CsvHasWhatIsShownAsItWasRecorded) {
  PanelDriver driver({run_.folder()}, RegisterCurvesPanel, "curves");
  driver.ui.Click("Curves/Tracks/train/lr/only", 0.1F);
  EXPECT_EQ(driver.view().Csv(),
            "run,track,step,wall_time,value\nfirst,train/lr,0,1700000112.000000,0.1\n");
  ASSERT_TRUE(driver.view().Set("smoothing", "0.9"));
  driver.ui.Click("Curves/Tracks/train/lr/only", 0.1F);  // all again
  const std::string all = driver.view().Csv();
  EXPECT_THAT(all, HasSubstr("first,train/loss,100,1700000110.000000,0\n"));
  EXPECT_THAT(all, HasSubstr("first,validation/loss,0,"));
}

TEST_F(CurvesPanelTest, SettingsOfShowAreTakenOrRefused) {
  PanelDriver driver({run_.folder()}, RegisterCurvesPanel, "curves");
  EXPECT_TRUE(driver.view().Set("only", "validation"));
  EXPECT_TRUE(driver.view().Set("log", "1"));
  EXPECT_TRUE(driver.view().Set("x", "clock"));
  EXPECT_TRUE(driver.view().Set("tracks", "0"));
  driver.Settle();
  EXPECT_TRUE(driver.ui.Has("Curves/Plots/validation/loss"));
  EXPECT_FALSE(driver.ui.Has("Curves/Plots/train/loss"));
  EXPECT_EQ(driver.ui.Value("Curves/Log scale"), "1");
  EXPECT_EQ(driver.ui.Value("Curves/x axis"), "time of day");
  EXPECT_FALSE(driver.ui.Has("Curves/filter"));
  EXPECT_FALSE(driver.view().Set("x", "sideways"));
  EXPECT_FALSE(driver.view().Set("smoothing", "1"));
  EXPECT_FALSE(driver.view().Set("smoothing", "much"));
  EXPECT_FALSE(driver.view().Set("unknown", "1"));
}

TEST_F(CurvesPanelTest, SmoothingIsRemembered) {
  PanelDriver driver({run_.folder()}, RegisterCurvesPanel, "curves");
  driver.ui.Click("Curves/Smoothing", 0.05F);
  EXPECT_LT(driver.workspace.settings().smoothing, 0.3);
}

TEST_F(CurvesPanelTest, ValuesThatAreNotFiniteAreCountedAndLeftOut) {
  RunFixture run("train", "broken");
  run.Scalar("loss", 0, 1);
  run.Scalar("loss", 1, std::nan(""));
  run.Scalar("loss", 2, INFINITY);
  run.Scalar("loss", 3, 2);
  run.Scalar("none", 0, std::nan(""));
  run.Flush();
  PanelDriver driver({run.folder()}, RegisterCurvesPanel, "curves");
  driver.ui.Hover("Curves/Plots/loss", 0.9F);
  EXPECT_TRUE(driver.ui.Has("Curves/Plots/loss/values"));
  driver.ui.Hover("Curves/Plots/none", kMiddle);
  EXPECT_FALSE(driver.ui.Has("Curves/Plots/none/values"));
}

TEST_F(CurvesPanelTest, WithoutCurvesThereIsANote) {
  RunFixture empty("train", "empty");
  empty.Text("log", 0, "hello");
  empty.Flush();
  PanelDriver driver({empty.folder()}, RegisterCurvesPanel, "curves");
  EXPECT_TRUE(driver.ui.Has("Curves/this run has recorded no curves yet"));
  EXPECT_EQ(driver.view().Csv(), "");
}

TEST_F(CurvesPanelTest, NoRunAtAll) {
  const RunsFixture runs;
  PanelDriver driver({runs.folder()}, RegisterCurvesPanel, "curves");
  EXPECT_TRUE(driver.ui.Has("Curves/no run is open: choose one from the list"));
  EXPECT_EQ(driver.view().Csv(), "");
}

TEST_F(CurvesPanelTest, ADamagedRecordingIsShownAsFarAsItGoes) {
  std::string bytes = ReadFileText(run_.folder() / "recording");
  bytes.resize(bytes.size() / 2);
  for (std::size_t i = bytes.size() / 2; i < bytes.size() / 2 + 64; ++i) bytes[i] ^= '\x55';
  RunFixture run("train", "damaged");
  run.WriteFile("recording", bytes);
  PanelDriver driver({run.folder()}, RegisterCurvesPanel, "curves");
  EXPECT_TRUE(driver.ui.Has("Curves/Plots/train/loss"));
}

TEST_F(CurvesPanelTest, ARunThatGoesAwayStaysInSight) {
  PanelDriver driver({run_.folder()}, RegisterCurvesPanel, "curves");
  run_.Remove();
  driver.Settle();
  driver.ui.Frame(3);
  EXPECT_TRUE(driver.ui.Has("Curves/Plots/train/loss"));
}

TEST_F(CurvesPanelTest, NamesAreShownAsTheyAre) {
  RunFixture run("train", "names");
  for (const char* name : {"a##b/c", "%s/%n", "\xF0\x9F\xA6\x8A fox", "/", "//", "a b/"}) {
    run.Scalar(name, 0, 1);
  }
  run.Flush();
  PanelDriver driver({run.folder()}, RegisterCurvesPanel, "curves");
  EXPECT_TRUE(driver.ui.Has("Curves/Plots/a##b/c"));
  EXPECT_TRUE(driver.ui.Has("Curves/Plots/%s/%n"));
  EXPECT_TRUE(driver.ui.Has("Curves/Plots/\xF0\x9F\xA6\x8A fox"));
}

// What is scrolled away costs nothing: as many plots are drawn as are seen.
TEST_F(CurvesPanelTest, OfVeryManyTracksTheOnesInSightAreDrawn) {
  RunFixture run("train", "many");
  for (int i = 0; i < 3000; ++i) run.Scalar("group/" + std::to_string(i), 0, i);
  run.Flush();
  PanelDriver driver({run.folder()}, RegisterCurvesPanel, "curves");
  std::size_t plots = 0;
  for (const std::string& path : driver.ui.probe().Paths()) {
    plots += path.starts_with("Curves/Plots/") ? 1 : 0;
  }
  EXPECT_GE(plots, 4U);
  EXPECT_LE(plots, 30U);
}

TEST_F(CurvesPanelTest, SmallWindowsKeepThePlots) {
  PanelDriver driver({run_.folder()}, RegisterCurvesPanel, "curves", {220, 160});
  EXPECT_TRUE(driver.ui.Has("Curves/Plots/train/loss"));
}

}  // namespace
}  // namespace agon::viewer
