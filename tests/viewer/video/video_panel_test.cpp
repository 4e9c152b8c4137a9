// SPDX-License-Identifier: Apache-2.0
// The panel on the null backend, worked as a user would.
#include "viewer/video/video_panel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/base/clock.h"
#include "tests/viewer/ui/run_fixture.h"
#include "tests/viewer/ui/ui_driver.h"
#include "tests/viewer/video/fake_video.h"

namespace agon::viewer {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

formats::Pixels Flat(int value) {
  return MakePixels(8, 4, 3, [&](int, int, int) { return value; });
}

// One run, one panel.
class VideoPanelTest : public testing::Test {
 protected:
  void Open(const Path& run, VideoOpener open = {}) {
    WorkspaceOptions options;
    options.roots = {run};
    options.clock = [this] { return now_; };
    options.follow = false;
    workspace_ = std::make_unique<Workspace>(std::move(options));
    workspace_->PollAll();
    view_ = MakeVideoView(std::move(open));
    ui_.Show([this] {
      workspace_->Update(0);
      PanelContext context{.workspace = *workspace_, .textures = ui_.textures()};
      context.pressed = [this](Action action) { return action == pressed_; };
      context.held = [this](Action action) { return action == held_; };
      view_->Draw(context);
      busy_ = context.busy;
    });
    Settle();
  }
  // Until nothing is on its way.
  void Settle() {
    EXPECT_TRUE(Becomes([this] {
      ui_.Frame();
      return !busy_ && workspace_->idle();
    }));
    ui_.Frame();
  }
  void Press(Action action) {
    pressed_ = action;
    ui_.Frame();
    pressed_.reset();
    Settle();
  }
  void Choose(const std::string& combo, const std::string& choice) {
    ui_.Click("Video/" + combo);
    ui_.Click("Video/" + combo + "/" + choice);
    Settle();
  }
  [[nodiscard]] std::string Everything() const {
    std::string all;
    for (const std::string& path : ui_.probe().Paths()) {
      all += path + "=" + ui_.Value(path) + "\n";
    }
    return all;
  }
  [[nodiscard]] Timeline& timeline() { return workspace_->timeline(); }

  double now_ = 1000;
  UiDriver ui_;
  std::unique_ptr<Workspace> workspace_;
  std::unique_ptr<PanelView> view_;
  bool busy_ = false;
  std::optional<Action> pressed_, held_;
};

// A translation that is done: its report, its figures, the recording of its curves.
class TranslatedTest : public VideoPanelTest {
 protected:
  TranslatedTest() {
    run_.WriteFile("report.json",
                   R"({"command": "cyclegan translate", "input": "/input", "output": "/output",
                       "frames": 100})");
    std::string figures =
        "frame,seconds,flicker_input,flicker_output,warp_input,warp_output,tof,covered\n";
    for (int frame = 1; frame < 100; ++frame) {
      figures +=
          std::to_string(frame) + ",0,0.25,0.5," + (frame == 50 ? "1,2,3,0.9" : ",,,") + "\n";
      run_.Scalar("translate/flicker_output", frame, 0.5);
    }
    run_.WriteFile("metrics.csv", figures);
    run_.Flush();
  }
  [[nodiscard]] VideoOpener Opener() const {
    return [open = fake_.Opener()](const Path& file, int height) {
      return open(file.relative_path(), height);
    };
  }
  RunFixture run_{"cyclegan translate"};
  FakePair fake_;
};

TEST_F(VideoPanelTest, ARunWithoutVideosSaysSo) {
  RunFixture run("attack");
  run.Flush();
  Open(run.folder());
  EXPECT_THAT(Everything(), HasSubstr("this run has no videos"));
}

TEST_F(TranslatedTest, BeginsAtTheFirstFrame) {
  Open(run_.folder(), Opener());
  EXPECT_EQ(timeline().moment().step, timeline().range().first_step);
  EXPECT_TRUE(ui_.Has("Video/wipe"));
  EXPECT_THAT(Everything(), HasSubstr("frame 0 of 99, 0.000 s"));
  EXPECT_THAT(Everything(), HasSubstr("not measured at this frame"));  // none before it
  timeline().SetStep(2);
  Settle();
  EXPECT_THAT(Everything(), HasSubstr("frame 2 of 99, 0.200 s"));
  EXPECT_THAT(Everything(), HasSubstr("flicker: input 0.25, output 0.5"));
}

TEST_F(TranslatedTest, TheTimelineAndTheButtonsStepByFrames) {
  Open(run_.folder(), Opener());
  timeline().SetStep(42);
  Settle();
  EXPECT_THAT(Everything(), HasSubstr("frame 42 of 99"));
  ui_.Click("Video/>");
  Settle();
  EXPECT_THAT(Everything(), HasSubstr("frame 43 of 99"));
  EXPECT_EQ(timeline().moment().step, 43);
  for (int i = 0; i < 3; ++i) ui_.Click("Video/<");
  Settle();
  EXPECT_THAT(Everything(), HasSubstr("frame 40 of 99"));
  EXPECT_EQ(timeline().moment().step, 40);
}

// What is uploaded is the very frame.
TEST_F(TranslatedTest, ShowsTheFrameOfThatNumber) {
  Open(run_.folder(), Opener());
  timeline().SetStep(77);
  Settle();
  std::vector<int> values;
  for (const auto& [number, picture] : ui_.backend().pictures) values.push_back(picture.rgba[0]);
  EXPECT_THAT(values, testing::ElementsAre(77, 77));  // of input and output
}

TEST_F(TranslatedTest, AClickIntoTheFiguresGoesThere) {
  Open(run_.folder(), Opener());
  ui_.Click("Metric of frames", 0.5F, 0.4F);
  Settle();
  EXPECT_GT(timeline().moment().step, 30);
  EXPECT_LT(timeline().moment().step, 70);
}

TEST_F(TranslatedTest, FiguresCanBeChosenAndExported) {
  Open(run_.folder(), Opener());
  timeline().SetStep(50);
  Settle();
  EXPECT_TRUE(view_->Set("metric", "warp"));
  Settle();
  EXPECT_THAT(Everything(), HasSubstr("warping error: input 1, output 2"));
  EXPECT_FALSE(view_->Set("metric", "speed"));
  const std::string csv = view_->Csv();
  EXPECT_THAT(csv, StartsWith("frame,flicker_input,flicker_output,warp_input,warp_output,tof\n"
                              "1,0.25,0.5,,,\n"));
  EXPECT_THAT(csv, HasSubstr("\n50,0.25,0.5,1,2,3\n"));
}

TEST_F(TranslatedTest, EveryModeOfChangeIsThere) {
  Open(run_.folder(), Opener());
  timeline().SetStep(20);
  Settle();
  Choose("Mode", "side by side");
  EXPECT_TRUE(ui_.Has("Video/left"));
  EXPECT_TRUE(ui_.Has("Video/right"));
  Choose("Mode", "change in time");
  EXPECT_TRUE(ui_.Has("Video/gain"));
  // Frame 20 is one level brighter than frame 19 everywhere.
  int red = 0;
  for (const auto& [number, picture] : ui_.backend().pictures) {
    EXPECT_GT(picture.rgba[0], 0);
    EXPECT_GT(picture.rgba[0], picture.rgba[2]);
    ++red;
  }
  EXPECT_EQ(red, 2);
  Choose("Mode", "output");
  EXPECT_TRUE(ui_.Has("Video/picture"));
  EXPECT_FALSE(ui_.Has("Video/gain"));
}

TEST_F(TranslatedTest, TheFirstFrameHasNoneBefore) {
  Open(run_.folder(), Opener());
  EXPECT_TRUE(view_->Set("mode", "change"));
  EXPECT_TRUE(view_->Set("frame", "0"));
  Settle();
  EXPECT_THAT(Everything(), HasSubstr("frame 0 of 99"));
  EXPECT_TRUE(ui_.Has("Video/left"));  // the frames themselves
}

TEST_F(TranslatedTest, AHeldKeyShowsTheInput) {
  Open(run_.folder(), Opener());
  EXPECT_TRUE(view_->Set("mode", "output"));
  Settle();
  held_ = Action::kFlip;
  ui_.Frame(2);
  EXPECT_TRUE(ui_.Has("Video/picture"));
  held_.reset();
  Press(Action::kGainUp);
  EXPECT_TRUE(view_->Set("mode", "change"));
  Settle();
  EXPECT_EQ(ui_.Value("Video/gain"), "8");
}

TEST_F(TranslatedTest, TheProbeReadsBoth) {
  Open(run_.folder(), Opener());
  timeline().SetStep(33);
  Settle();
  ui_.MoveTo(ui_.At("Video/wipe", 0.3F, 0.5F));
  Settle();
  EXPECT_THAT(Everything(), HasSubstr("input 33 33 33, output 33 33 33"));
}

TEST_F(TranslatedTest, AVideoThatIsGoneIsToldAndTheOtherShown) {
  Open(run_.folder(), [open = fake_.Opener()](const Path& file, int height) {
    return open(file == "/input" ? Path("gone") : Path("output"), height);
  });
  EXPECT_THAT(Everything(), HasSubstr("gone: does not exist"));
  EXPECT_TRUE(ui_.Has("Video/picture"));
}

// Nothing was recorded: the timeline knows no frames, the panel steps alone.
TEST_F(VideoPanelTest, StepsBeyondTheTimeline) {
  RunFixture run("cyclegan evaluate");
  run.WriteFile("report.json",
                R"({"command": "cyclegan evaluate", "input": "/input", "output": "/output"})");
  run.Flush();
  const FakePair fake;
  Open(run.folder(), [open = fake.Opener()](const Path& file, int height) {
    return open(file.relative_path(), height);
  });
  EXPECT_THAT(Everything(), HasSubstr("frame 0 of 99"));
  Press(Action::kStepForward);
  Press(Action::kStepForward);
  EXPECT_THAT(Everything(), HasSubstr("frame 2 of 99"));
  Press(Action::kStepBack);
  EXPECT_THAT(Everything(), HasSubstr("frame 1 of 99"));
}

TEST_F(VideoPanelTest, FramesOfARunThatGoesOn) {
  RunFixture run("cyclegan translate");
  run.manifest().status = record::RunStatus::kRunning;
  run.manifest().heartbeat = UnixTime();
  run.WriteManifest();
  for (const int frame : {0, 10}) {
    run.Frame("translate/input", frame, Flat(frame), frame / 10.0);
    run.Frame("translate/output", frame, Flat(100 + frame), frame / 10.0);
    run.Scalar("translate/flicker_output", frame + 1, 0.25);
  }
  run.Flush();
  Open(run.folder());
  EXPECT_THAT(Everything(), HasSubstr("frame 10, 1.000 s"));
  EXPECT_TRUE(ui_.Has("Metric of frames"));
  timeline().SetStep(5);
  Settle();
  EXPECT_THAT(Everything(), HasSubstr("frame 0, 0.000 s"));

  // The run ends: its videos take the place of what was recorded.
  run.WriteFile("report.json",
                R"({"command": "cyclegan translate", "input": "/gone", "output": "/gone.mp4"})");
  now_ += 10;
  Settle();
  EXPECT_EQ(ui_.Value("Video/Source"), "videos");
}

TEST_F(VideoPanelTest, SamplesOfATrainingOverTime) {
  RunFixture run("cyclegan train");
  for (const int step : {100, 200, 300}) {
    run.Image("samples/a2b", step, Flat(step / 2));
    run.Image("samples/b2a", step, Flat(step / 3));
  }
  run.Flush();
  Open(run.folder());
  EXPECT_THAT(Everything(), HasSubstr("iteration 300"));
  ui_.Click("Video/sample 200");
  Settle();
  EXPECT_THAT(Everything(), HasSubstr("iteration 200"));
  EXPECT_EQ(timeline().moment().step, 200);
  Choose("Source", "samples/b2a");
  EXPECT_THAT(Everything(), HasSubstr("iteration 200"));
  EXPECT_EQ(view_->Csv(), "");
  for (const char* const mode : {"change", "flow", "warp", "input", "side", "wipe"}) {
    EXPECT_TRUE(view_->Set("mode", mode));
    Settle();
  }
  EXPECT_FALSE(view_->Set("mode", "none"));
  EXPECT_FALSE(view_->Set("gain", "much"));
  EXPECT_FALSE(view_->Set("colour", "1"));
}

}  // namespace
}  // namespace agon::viewer
