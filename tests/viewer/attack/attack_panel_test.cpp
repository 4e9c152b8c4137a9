// SPDX-License-Identifier: Apache-2.0
// The Attack panel, worked as a user would.
#include <gmock/gmock.h>

#include "tests/viewer/attack/attack_run.h"
#include "tests/viewer/ui/panel_driver.h"

namespace agon::viewer {

void RegisterAttackPanel(Registry& registry);

namespace {

using testing::HasSubstr;
using testing::Not;

std::unique_ptr<PanelDriver> Open(const RunFixture& run, ImVec2 size = {1280, 800}) {
  return std::make_unique<PanelDriver>(std::vector<Path>{run.folder()}, RegisterAttackPanel,
                                       "attack", size);
}

bool Shows(const PanelDriver& driver, std::string_view part) {
  for (const std::string& path : driver.ui.probe().Paths()) {
    const ui::ProbedItem* const item = driver.ui.probe().Find(path);
    if (path.find(part) != std::string::npos || item->value.find(part) != std::string::npos) {
      return true;
    }
  }
  return false;
}

std::set<std::string> Listed(const PanelDriver& driver) {
  const std::string prefix = "Attack/Examples/";
  std::set<std::string> names;
  for (const std::string& path : driver.ui.probe().Paths()) {
    if (!path.starts_with(prefix)) continue;
    const std::string name = path.substr(prefix.size());
    if (name.find_first_not_of("0123456789") == std::string::npos) names.insert(name);
  }
  return names;
}

class AttackPanelTest : public testing::Test {
 protected:
  void Finished() {
    RecordExamples(run_);
    WriteOneResult(run_);
    driver_ = Open(run_);
  }
  RunFixture run_{"attack"};
  std::unique_ptr<PanelDriver> driver_;
};

TEST_F(AttackPanelTest, ShowsABrokenExampleAtOnce) {
  Finished();
  EXPECT_EQ(Listed(*driver_), (std::set<std::string>{"100", "101", "102", "103"}));
  EXPECT_EQ(driver_->ui.Value("Attack/Examples/100"), "1") << "recorded and broken";
  EXPECT_EQ(driver_->ui.Value("Attack/budget"), "1.000");
  EXPECT_EQ(driver_->ui.Value("Attack/Probabilities/bag"), "0.80 0.30");
  EXPECT_EQ(driver_->ui.Value("Attack/Probabilities/boot"), "0.15 0.60");
  EXPECT_TRUE(Shows(*driver_, "4 listed: 2 broken, 1 stand, 1 wrong when clean"));
}

TEST_F(AttackPanelTest, FiltersTheList) {
  Finished();
  driver_->ui.Choose("Attack/show", "broken");
  EXPECT_EQ(Listed(*driver_), (std::set<std::string>{"100", "102"}));
  driver_->ui.Choose("Attack/show", "broken by pgd");
  EXPECT_EQ(Listed(*driver_), (std::set<std::string>{"102"}));
  driver_->ui.Choose("Attack/show", "still standing");
  EXPECT_EQ(Listed(*driver_), (std::set<std::string>{"101"}));
  driver_->ui.Choose("Attack/show", "all");
  driver_->ui.Choose("Attack/class", "boot");
  EXPECT_EQ(Listed(*driver_), (std::set<std::string>{"101", "103"}));
  EXPECT_TRUE(Shows(*driver_, "2 listed: 0 broken, 1 stand, 1 wrong when clean"));
  EXPECT_THAT(driver_->view().Csv(), HasSubstr("\n101,1,1,-1,1,"));
  EXPECT_THAT(driver_->view().Csv(), Not(HasSubstr("\n100,")));
  driver_->ui.Choose("Attack/seen as", "coat");
  EXPECT_TRUE(Listed(*driver_).empty());
  EXPECT_TRUE(driver_->ui.Has("Attack/budget")) << "the example stays shown";
}

TEST_F(AttackPanelTest, AClickShowsAnotherExample) {
  Finished();
  driver_->ui.Click("Attack/Examples/102");
  driver_->Settle();
  EXPECT_EQ(driver_->ui.Value("Attack/Examples/102"), "1");
  EXPECT_EQ(driver_->ui.Value("Attack/Probabilities/coat"), "0.80 0.30");
  EXPECT_TRUE(Shows(*driver_, "The steps of this example were not recorded."));
  driver_->Press(Action::kNextExample);
  driver_->Settle();
  EXPECT_EQ(driver_->ui.Value("Attack/Examples/103"), "1");
  EXPECT_EQ(driver_->ui.Value("Attack/clean caption"), "clean, label boot, seen as bag");
  EXPECT_EQ(driver_->ui.Value("Attack/adversarial caption"), "wrong when clean");
  driver_->Press(Action::kNextExample);
  driver_->Settle();
  EXPECT_EQ(driver_->ui.Value("Attack/Examples/103"), "1") << "the last";
  driver_->Press(Action::kPreviousExample);
  driver_->Press(Action::kPreviousExample);
  driver_->Settle();
  EXPECT_EQ(driver_->ui.Value("Attack/Examples/101"), "1");
}

TEST_F(AttackPanelTest, TheTimelineScrubsTheSteps) {
  Finished();
  driver_->ui.Click("Attack/Examples/101");
  driver_->Settle();
  EXPECT_EQ(driver_->ui.Value("Attack/step"), "4") << "followed to its end";
  EXPECT_TRUE(Shows(*driver_, "stands, seen as boot"));
  EXPECT_NEAR(std::stod(driver_->ui.Value("Attack/budget")), 1, 0.03);
  driver_->SetStep(2);
  EXPECT_EQ(driver_->ui.Value("Attack/step"), "2");
  EXPECT_TRUE(Shows(*driver_, "step 2"));
  // 0.04 of 0.1, in steps of 1/255.
  EXPECT_NEAR(std::stod(driver_->ui.Value("Attack/budget")), 0.04 / 0.1, 0.03);
  driver_->SetStep(0);
  EXPECT_NEAR(std::stod(driver_->ui.Value("Attack/budget")), 0, 0.03);
  // The slider moves the timeline.
  driver_->ui.Click("Attack/step", 0.5F);
  driver_->Settle();
  EXPECT_GT(driver_->workspace.timeline().moment().step, 0);
  EXPECT_EQ(driver_->ui.Value("Attack/step"),
            std::to_string(driver_->workspace.timeline().moment().step));
  EXPECT_TRUE(Shows(*driver_, "step " + driver_->ui.Value("Attack/step")));
}

// The last step of the attack that broke it is shown as it was stored, not as it was recorded.
TEST_F(AttackPanelTest, TheResultIsExact) {
  Finished();
  EXPECT_EQ(driver_->ui.Value("Attack/step"), "1");
  EXPECT_TRUE(Shows(*driver_, "broken by fgsm, seen as boot"));
  EXPECT_TRUE(driver_->view().Set("pixel", "1,0"));
  driver_->ui.Frame();
  EXPECT_TRUE(Shows(*driver_, "(1, 0)  clean 0.1000 = 25.5/255"));
  EXPECT_TRUE(Shows(*driver_, "change -0.1000 = -25.5/255"));
  driver_->SetStep(0);
  driver_->ui.Frame();
  EXPECT_TRUE(Shows(*driver_, "step 0"));
}

TEST_F(AttackPanelTest, TheMouseReadsThePixelBelowIt) {
  Finished();
  EXPECT_TRUE(Shows(*driver_, "Point at a picture"));
  driver_->ui.Hover("Attack/adversarial", 0.5F, 0.5F, 2);
  EXPECT_TRUE(Shows(*driver_, "(2, 1)  clean 0.1000 = 25.5/255"));
  EXPECT_FALSE(Shows(*driver_, "Point at a picture"));
  driver_->ui.MoveAway();
  EXPECT_TRUE(Shows(*driver_, "Point at a picture"));
}

TEST_F(AttackPanelTest, TheGainIsBySomeoneOrByEpsilon) {
  Finished();
  EXPECT_TRUE(Shows(*driver_, "difference x 8"));
  driver_->Press(Action::kGainUp);
  EXPECT_TRUE(Shows(*driver_, "difference x 16"));
  EXPECT_EQ(driver_->ui.Value("Attack/by epsilon"), "0");
  driver_->ui.Click("Attack/by epsilon", 0.1F);
  EXPECT_TRUE(Shows(*driver_, "difference x 8"));
  EXPECT_TRUE(driver_->view().Set("gain", "2"));
  driver_->ui.Frame(2);
  EXPECT_TRUE(Shows(*driver_, "difference x 2"));
}

TEST_F(AttackPanelTest, AHeldKeyFlipsToTheCleanImage) {
  Finished();
  EXPECT_TRUE(Shows(*driver_, "broken by fgsm, seen as boot"));
  driver_->Hold(Action::kFlip, true);
  driver_->ui.Frame();
  EXPECT_FALSE(Shows(*driver_, "broken by fgsm, seen as boot"));
  driver_->Hold(Action::kFlip, false);
  driver_->ui.Frame();
  EXPECT_TRUE(Shows(*driver_, "broken by fgsm, seen as boot"));
}

// While a run goes on there is a recording and no report; the report comes, the panel takes it.
TEST_F(AttackPanelTest, ShowsWhatIsRecordedWhileTheRunGoesOn) {
  RecordExamples(run_);
  driver_ = Open(run_);
  EXPECT_EQ(Listed(*driver_), (std::set<std::string>{"100", "101"}));
  EXPECT_EQ(driver_->ui.Value("Attack/Examples/100"), "1");
  EXPECT_TRUE(Shows(*driver_, "Class probabilities come with the result."));
  EXPECT_EQ(driver_->ui.Value("Attack/clean caption"), "clean, label bag");
  EXPECT_EQ(driver_->ui.Value("Attack/adversarial caption"), "broken, seen as boot");
  EXPECT_EQ(driver_->view().Csv(), "");
}

TEST_F(AttackPanelTest, ARunWithoutRecordedExamplesShowsItsResult) {
  WriteOneResult(run_, /*probabilities=*/false);
  driver_ = Open(run_);
  EXPECT_EQ(Listed(*driver_).size(), 4U);
  EXPECT_TRUE(Shows(*driver_, "This result has no class probabilities."));
  EXPECT_EQ(driver_->ui.Value("Attack/budget"), "1.000");
}

TEST_F(AttackPanelTest, SaysWhatIsWrong) {
  driver_ = Open(run_);
  EXPECT_TRUE(Shows(*driver_, "nothing was recorded here yet"));

  RunFixture damaged("attack");
  RecordExamples(damaged);
  damaged.WriteFile("report.json", "{");
  const auto other = Open(damaged);
  EXPECT_TRUE(Shows(*other, "report.json"));
  EXPECT_EQ(Listed(*other).size(), 2U) << "what was recorded is shown all the same";

  RunFixture cut("attack");
  WriteOneResult(cut);
  cut.WriteFile("adversarial.safetensors", "cut");
  const auto third = Open(cut);
  EXPECT_EQ(Listed(*third).size(), 4U);
  EXPECT_TRUE(Shows(*third, "adversarial.safetensors"));
}

TEST_F(AttackPanelTest, SeveralResultsAreChosenFrom) {
  run_.WriteFile("report.json", R"({"format": 1, "results": [)" + ResultJson("net", 0.1) + "," +
                                    ResultJson("net", 0.05) + "]}");
  WriteExamples(run_, "results/0-net-linf-0.1/");
  WriteExamples(run_, "results/1-net-linf-0.05/");
  driver_ = Open(run_);
  EXPECT_EQ(driver_->ui.Value("Attack/result"), "net linf 0.1");
  driver_->ui.Choose("Attack/result", "net linf 0.05");
  driver_->Settle();
  EXPECT_EQ(driver_->ui.Value("Attack/result"), "net linf 0.05");
  EXPECT_EQ(driver_->ui.Value("Attack/budget"), "2.000") << "0.1 of 0.05";
}

TEST_F(AttackPanelTest, TakesItsSettingsBeforeAnythingIsRead) {
  RecordExamples(run_);
  WriteOneResult(run_);
  driver_ = Open(run_);
  EXPECT_TRUE(driver_->view().Set("example", "101"));
  EXPECT_TRUE(driver_->view().Set("attack", "1.pgd"));
  EXPECT_TRUE(driver_->view().Set("result", "net linf 0.1"));
  EXPECT_TRUE(driver_->view().Set("zoom", "30"));
  EXPECT_FALSE(driver_->view().Set("example", "first"));
  EXPECT_FALSE(driver_->view().Set("pixel", "1"));
  EXPECT_FALSE(driver_->view().Set("gain", "-1"));
  EXPECT_FALSE(driver_->view().Set("colour", "red"));
  driver_->Settle();
  EXPECT_EQ(driver_->ui.Value("Attack/Examples/101"), "1");
  EXPECT_EQ(driver_->ui.Value("Attack/attack"), "1.pgd");
}

// Panes are of any size.
TEST_F(AttackPanelTest, FitsInSmallPanes) {
  RecordExamples(run_);
  WriteOneResult(run_);
  for (const ImVec2 size :
       {ImVec2{300, 200}, ImVec2{640, 400}, ImVec2{60, 40}, ImVec2{2400, 300}}) {
    const auto driver = Open(run_, size);
    EXPECT_TRUE(driver->ui.Has("Attack/clean")) << size.x;
  }
}

// The run may be deleted while it is looked at.
TEST_F(AttackPanelTest, AVanishedRunStaysShown) {
  Finished();
  run_.Remove();
  driver_->ui.Click("Attack/Examples/102");
  driver_->Settle();
  EXPECT_EQ(Listed(*driver_).size(), 4U);
  EXPECT_TRUE(Shows(*driver_, "adversarial.safetensors")) << "the images are not there any more";
}

}  // namespace
}  // namespace agon::viewer
