// SPDX-License-Identifier: Apache-2.0
// The Runs panel, worked as a user would.
#include <gmock/gmock.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "runtime/base/clock.h"
#include "runtime/record/control.h"
#include "tests/viewer/runs/fake_agon.h"
#include "tests/viewer/ui/panel_driver.h"
#include "tests/viewer/ui/run_fixture.h"

namespace agon::viewer {

void RegisterRunsPanel(Registry& registry);

namespace {

using testing::HasSubstr;
using testing::Not;

class RunsPanelTest : public testing::Test {
 protected:
  RunsPanelTest() {
    first_.WriteConfig("label: a\nepochs: 3\nthreat: {norm: linf, epsilon: [0.1]}\n");
    first_.WriteLog(
        "2023-11-14T22:13:20.000Z info: epoch 1\n"
        "2023-11-14T22:13:21.000Z warning: slow disk\n");
    second_.manifest().started = "2023-11-14T23:00:00Z";
    second_.WriteManifest();
    second_.WriteConfig("label: b\nepochs: 3\nthreat: {norm: linf, epsilon: [0.2]}\n");
  }
  // Makes the first run one that this process runs.
  void MakeRunning() {
    std::array<char, 256> host{};
    gethostname(host.data(), host.size() - 1);
    record::Manifest& manifest = first_.manifest();
    manifest.status = record::RunStatus::kRunning;
    manifest.host = host.data();
    manifest.heartbeat = UnixTime();
    manifest.progress = {.label = "training",
                         .done = 1,
                         .total = 4,
                         .unit = "epoch",
                         .rate = 1,
                         .seconds_left = 90,
                         .note = {}};
    first_.WriteManifest();
  }
  std::unique_ptr<PanelDriver> Open(const Path& program = {}) {
    auto driver = std::make_unique<PanelDriver>(
        std::vector<Path>{runs_.folder()}, RegisterRunsPanel, "runs", ImVec2(1280, 900), program);
    driver->workspace.Select(first_.folder());
    driver->Settle();
    return driver;
  }
  // Until `done`, at most a minute.
  template <class Done>
  void WaitFor(PanelDriver& driver, const Done& done) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!done()) {
      ASSERT_LT(std::chrono::steady_clock::now(), limit);
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      driver.workspace.PollAll();
      driver.ui.Frame();
    }
  }
  std::vector<std::string> Sent() {
    std::vector<std::string> commands;
    record::ControlInbox inbox(first_.folder());
    for (const auto& command : inbox.Poll()) {
      commands.push_back(command.command +
                         (command.key.empty() ? "" : " " + command.key + "=" + command.value));
    }
    return commands;
  }

  RunsFixture runs_;
  RunFixture first_{runs_, "first", "attack"};
  RunFixture second_{runs_, "second", "attack"};
};

TEST_F(RunsPanelTest, ListsEveryRunWithItsStateAndItsProgress) {
  MakeRunning();
  const auto driver = Open();
  EXPECT_EQ(driver->ui.Value("Runs/List/first/state"), "running");
  EXPECT_EQ(driver->ui.Value("Runs/List/first/progress"), "1 of 4 epochs, 25 %");
  EXPECT_EQ(driver->ui.Value("Runs/List/first/time"), "1 min 30 s left");
  EXPECT_EQ(driver->ui.Value("Runs/List/second/state"), "done");
  EXPECT_THAT(driver->view().Csv(), HasSubstr("first,running,attack"));
  driver->ui.TypeText("Runs/List/Filter", "second");
  EXPECT_FALSE(driver->ui.Has("Runs/List/first/state"));
  EXPECT_TRUE(driver->ui.Has("Runs/List/1 run of 2"));
  EXPECT_THAT(driver->view().Csv(), Not(HasSubstr("first,")));
}

TEST_F(RunsPanelTest, ARunIsChosenByAClickAndComparedByItsBox) {
  const auto driver = Open();
  EXPECT_EQ(driver->ui.Value("Runs/Overview/folder"), first_.folder().string());
  driver->ui.Click("Runs/List/second");
  driver->Settle();
  EXPECT_EQ(driver->workspace.selected()->folder, second_.folder());
  EXPECT_EQ(driver->ui.Value("Runs/Overview/folder"), second_.folder().string());
  driver->ui.Click("Runs/List/first/compare");
  EXPECT_TRUE(driver->workspace.IsCompared(first_.folder()));
}

TEST_F(RunsPanelTest, ShowsAndFiltersTheConfiguration) {
  const auto driver = Open();
  driver->ui.Click("Runs/Tabs/Config");
  driver->Settle();
  EXPECT_EQ(driver->ui.Value("Runs/Config/threat.epsilon"), "[0.1]");
  driver->ui.Click("Runs/Config/Copy YAML");
  EXPECT_THAT(driver->ui.clipboard(), HasSubstr("epochs: 3\n"));
  driver->ui.TypeText("Runs/Config/Filter", "norm");
  EXPECT_TRUE(driver->ui.Has("Runs/Config/threat.norm"));
  EXPECT_FALSE(driver->ui.Has("Runs/Config/threat.epsilon"));
  EXPECT_EQ(driver->view().Csv(), "key,value\nthreat.norm,linf\n");
}

TEST_F(RunsPanelTest, ShowsWhereTwoConfigurationsDiffer) {
  const auto driver = Open();
  driver->ui.Click("Runs/Tabs/Difference");
  driver->Settle();
  EXPECT_EQ(driver->ui.Value("Runs/Difference/With"), "second");
  EXPECT_TRUE(driver->ui.Has("Runs/Difference/2 keys differ"));
  EXPECT_EQ(driver->ui.Value("Runs/Difference/threat.epsilon/left"), "[0.1]");
  EXPECT_EQ(driver->ui.Value("Runs/Difference/threat.epsilon/right"), "[0.2]");
  EXPECT_FALSE(driver->ui.Has("Runs/Difference/epochs/left"));
  driver->ui.Click("Runs/Difference/only differences", 0.1F);
  driver->ui.Frame();
  EXPECT_EQ(driver->ui.Value("Runs/Difference/epochs/left"), "3");
}

TEST_F(RunsPanelTest, ShowsAndFiltersTheLogAsItGrows) {
  const auto driver = Open();
  driver->ui.Click("Runs/Tabs/Log");
  driver->Settle();
  EXPECT_THAT(driver->ui.Value("Runs/Log/Line 2"), HasSubstr("slow disk"));
  std::ofstream(first_ / "log.txt", std::ios::app) << "2023-11-14T22:13:22.000Z error: full\n";
  driver->Settle();
  EXPECT_THAT(driver->ui.Value("Runs/Log/Line 3"), HasSubstr("full"));
  driver->ui.TypeText("Runs/Log/Filter", "-epoch -full");
  EXPECT_FALSE(driver->ui.Has("Runs/Log/Line 1"));
  EXPECT_TRUE(driver->ui.Has("Runs/Log/Line 2"));
  driver->ui.Click("Runs/Log/Copy");
  EXPECT_EQ(driver->ui.clipboard(), "2023-11-14T22:13:21.000Z warning: slow disk\n");
}

TEST_F(RunsPanelTest, ARunningRunIsControlled) {
  MakeRunning();
  const auto driver = Open(WriteFakeAgon(runs_.folder() / ".agon"));
  driver->ui.Click("Runs/Tabs/Control");
  driver->Settle();
  EXPECT_FALSE(driver->ui.Item("Runs/Control/Resume").enabled) << "it does not wait";
  driver->ui.Click("Runs/Control/Pause");
  driver->ui.Click("Runs/Control/Checkpoint now");
  driver->ui.TypeText("Runs/Control/epochs/value", "2000");
  EXPECT_FALSE(driver->ui.Item("Runs/Control/epochs/Set").enabled) << "at most 1000";
  driver->ui.TypeText("Runs/Control/epochs/value", "7");
  driver->ui.Click("Runs/Control/epochs/Set");
  driver->Settle();
  EXPECT_THAT(Sent(), testing::UnorderedElementsAre("pause", "checkpoint", "set epochs=7"));
  first_.manifest().paused = true;
  first_.WriteManifest();
  driver->Settle();
  EXPECT_EQ(driver->ui.Value("Runs/List/first/state"), "paused");
  driver->ui.Click("Runs/Control/One step");
  driver->ui.Click("Runs/Control/Stop");
  driver->Settle();
  EXPECT_THAT(Sent(), testing::UnorderedElementsAre("step", "stop"));
}

TEST_F(RunsPanelTest, ARunThatHasEndedIsNotControlledButContinued) {
  first_.manifest().status = record::RunStatus::kInterrupted;
  first_.WriteManifest();
  const Path program = WriteFakeAgon(runs_.folder() / ".agon");
  const auto driver = Open(program);
  driver->ui.Click("Runs/Tabs/Control");
  driver->Settle();
  for (const char* const label : {"Pause", "Resume", "One step", "Checkpoint now", "Stop"}) {
    EXPECT_FALSE(driver->ui.Item("Runs/Control/" + std::string(label)).enabled) << label;
  }
  driver->ui.Click("Runs/Control/Continue this run");
  WaitFor(*driver, [&] { return std::filesystem::exists(program.parent_path() / "resumed"); });
}

// The list is a second old at most, and a run may end within it.
TEST_F(RunsPanelTest, ACommandToARunThatHasJustEndedIsAMessage) {
  MakeRunning();
  const auto driver = Open();
  driver->ui.Click("Runs/Tabs/Control");
  first_.manifest().status = record::RunStatus::kDone;
  first_.WriteManifest();
  driver->ui.Click("Runs/Control/Stop");
  driver->Settle();
  const auto toasts = driver->workspace.toasts().Current(driver->workspace.now());
  ASSERT_FALSE(toasts.empty());
  EXPECT_EQ(toasts.back().tone, Toast::Tone::kError);
  EXPECT_THAT(toasts.back().text, HasSubstr("has ended"));
  EXPECT_TRUE(Sent().empty());
}

TEST_F(RunsPanelTest, ANewRunIsStartedFromAnEditedConfiguration) {
  const auto driver = Open(WriteFakeAgon(runs_.folder() / ".agon"));
  driver->ui.Click("Runs/Tabs/New run");
  driver->Settle();
  const std::string form = "Runs/New run/Form/";
  EXPECT_EQ(driver->ui.Value(form + "epochs/value"), "3");
  EXPECT_TRUE(driver->ui.Item("Runs/New run/Start").enabled);
  // A typo is told at once, and agon's own word comes soon after.
  driver->ui.TypeText(form + "epochs/value", "0");
  EXPECT_TRUE(driver->ui.Has(form + "epochs/expected a whole number >= 1, <= 1000, found \"0\""));
  driver->ui.TypeText(form + "epochs/value", "9");
  driver->ui.TypeText(form + "label/value", "wrong");
  driver->Settle();
  EXPECT_TRUE(driver->ui.Has("Runs/New run/error: config.yaml:1:1: label: is wrong"));
  EXPECT_FALSE(driver->ui.Item("Runs/New run/Start").enabled);
  driver->ui.TypeText(form + "label/value", "fine");
  driver->Settle();
  const Path folder = runs_.folder() / "third";
  driver->ui.TypeText("Runs/New run/folder", folder.string());
  driver->ui.Click("Runs/New run/Start");
  WaitFor(*driver, [&] { return driver->workspace.selected()->folder == folder; });
  EXPECT_THAT(ReadFileText(folder / "config.yaml"), HasSubstr("label: fine\nepochs: 9\n"));
  EXPECT_EQ(driver->ui.Value("Runs/List/third"), "1") << "it is the one that is looked at";
}

TEST_F(RunsPanelTest, AnotherComponentIsChosenInTheForm) {
  first_.WriteConfig("label: a\nattack: {name: pgd, step: 1, steps: 5}\nsuite: quick\n");
  const auto driver = Open(WriteFakeAgon(runs_.folder() / ".agon"));
  driver->ui.Click("Runs/Tabs/New run");
  driver->Settle();
  const std::string form = "Runs/New run/Form/";
  EXPECT_TRUE(driver->ui.Has(form + "attack/steps/value"));
  driver->ui.Choose(form + "attack/value", "fgsm");
  driver->ui.Frame(2);
  EXPECT_FALSE(driver->ui.Has(form + "attack/steps/value"));
  driver->ui.Choose(form + "suite/value", "a list of its own");
  driver->ui.Frame(2);
  driver->ui.Click(form + "suite/+");
  driver->ui.Frame(2);
  EXPECT_EQ(driver->ui.Value(form + "suite/0/value"), "fgsm");
  driver->ui.Click("Runs/New run/Copy YAML");
  EXPECT_THAT(driver->ui.clipboard(), HasSubstr("attack:\n  name: fgsm\n  step: 1\n"));
  EXPECT_THAT(driver->ui.clipboard(), HasSubstr("suite:\n  - name: fgsm\n"));
}

TEST_F(RunsPanelTest, ADeletedRunAndADamagedOneAreShown) {
  first_.WriteFile("config.yaml", "{ half");
  second_.WriteFile("manifest.json", "{ half");
  const auto driver = Open();
  EXPECT_EQ(driver->ui.Value("Runs/List/second/state"), "unreadable");
  driver->ui.Click("Runs/Tabs/Config");
  driver->Settle();
  EXPECT_THAT(driver->ui.Value("Runs/List/first/state"), "done");
  first_.Remove();
  driver->Settle();
  EXPECT_EQ(driver->ui.Value("Runs/List/first/state"), "deleted");
  for (const char* const tab : {"Overview", "Difference", "Log", "Control", "New run"}) {
    driver->ui.Click("Runs/Tabs/" + std::string(tab));
    driver->Settle();
  }
}

TEST_F(RunsPanelTest, WithoutRunsThereIsANote) {
  RunsFixture empty;
  PanelDriver driver({empty.folder()}, RegisterRunsPanel, "runs");
  EXPECT_TRUE(driver.ui.Has("Runs/choose a run"));
  EXPECT_TRUE(driver.view().Set("tab", "log"));
  EXPECT_FALSE(driver.view().Set("tab", "none"));
  EXPECT_FALSE(driver.view().Set("colour", "red"));
}

}  // namespace
}  // namespace agon::viewer
