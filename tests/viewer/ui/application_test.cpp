// SPDX-License-Identifier: Apache-2.0
#include "viewer/ui/application.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "tests/viewer/ui/run_fixture.h"
#include "tests/viewer/ui/ui_driver.h"
#include "viewer/ui/widgets.h"

namespace agon::viewer {
namespace {

constexpr int kF1 = 290, kEscape = 256, kLeft = 263, kHome = 268, kEnd = 269, kSpace = 32;

// What panels saw; one for a test.
struct Seen {
  int opened = 0, zooms = 0;
  bool focused = false, fail = false, fail_within = false, flipped = false;
};
Seen& TheSeen() {
  static Seen seen;
  return seen;
}

class CountingView final : public PanelView {
 public:
  void Draw(PanelContext& context) override {
    const ui::Scope scope("Test");
    if (TheSeen().fail) throw std::runtime_error("the panel is broken");
    if (TheSeen().fail_within) FailWithin();
    TheSeen().focused = context.focused;
    if (context.pressed(Action::kZoomIn)) ++TheSeen().zooms;
    TheSeen().flipped = context.held(Action::kFlip);
    ui::InputText("Field", text_);
    if (ui::Button("Count")) ++count_;
    ui::Text("counted " + std::to_string(count_));
    ui::ReportItem("Counted", std::to_string(count_));
  }
  [[nodiscard]] std::string Csv() override { return "count\n" + std::to_string(count_) + "\n"; }
  bool Set(std::string_view key, std::string_view value) override {
    if (key != "count") return false;
    count_ = static_cast<int>(value.size());
    return true;
  }

 private:
  // As deep as panels go: a child, a scope, a table with a window of its own, a style, a disabled
  // part.
  static void FailWithin() {
    ImGui::BeginChild("child", ImVec2(200, 100));
    const ui::Scope scope("Within");
    ImGui::BeginTable("table", 2, ImGuiTableFlags_ScrollY, ImVec2(150, 80));
    ImGui::TableNextColumn();
    const ui::Scope inner("Table");
    ImGui::PushStyleColor(ImGuiCol_Text, 0xFFFFFFFFU);
    ImGui::BeginDisabled();
    throw std::runtime_error("the table is broken");
  }
  int count_ = 0;
  std::string text_;
};

class Counting final : public Panel {
 public:
  static void Describe(Description<Counting>& d) { d.Title("Counting").Commands({"train"}); }
  [[nodiscard]] std::unique_ptr<PanelView> Open() const override {
    ++TheSeen().opened;
    return std::make_unique<CountingView>();
  }
};

class EmptyView final : public PanelView {
 public:
  void Draw(PanelContext& /*context*/) override { ui::CentredNote("nothing here"); }
};
class Empty final : public Panel {
 public:
  static void Describe(Description<Empty>& d) { d.Title("Empty").Commands({"attack"}); }
  [[nodiscard]] std::unique_ptr<PanelView> Open() const override {
    return std::make_unique<EmptyView>();
  }
};

class ApplicationTest : public testing::Test {
 protected:
  ApplicationTest() {
    TheSeen() = {};
    registry_.Add<Panel, Counting>("counting", "counts");
    registry_.Add<Panel, Empty>("empty", "shows nothing");
    for (int step = 0; step <= 100; ++step) first_.Scalar("loss", step, 1);
    first_.Flush();
    second_.manifest().started = "2023-01-01T00:00:00Z";  // the older one
    second_.WriteManifest();
  }
  void TearDown() override {
    ui_.ShowBare([] {});
    application_.reset();
  }
  void Open(ApplicationOptions options = {}) {
    options.registry = &registry_;
    WorkspaceOptions space;
    space.roots = {runs_.folder()};
    space.clock = [this] { return now_; };
    space.follow = false;
    workspace_ = std::make_unique<Workspace>(space);
    workspace_->PollAll();
    application_ = std::make_unique<Application>(*workspace_, ui_.backend(), options);
    ui_.ShowBare([this] { application_->Draw(frame_); });
  }

  Registry registry_;
  RunsFixture runs_;
  RunFixture first_{runs_, "first", "train"}, second_{runs_, "second", "attack"};
  UiDriver ui_;
  double now_ = 100, frame_ = 0;
  std::unique_ptr<Workspace> workspace_;
  std::unique_ptr<Application> application_;
};

TEST_F(ApplicationTest, ARunOpensWithThePanelOfItsCommand) {
  Open();
  EXPECT_EQ(ui_.Value("Menu/Title"), "first");
  EXPECT_EQ(ui_.Value("Menu/State"), "done");
  EXPECT_EQ(ui_.Value("Menu/Counting"), "1");
  EXPECT_EQ(ui_.Value("Sidebar/first"), "1");
  ui_.Click("Sidebar/second");
  EXPECT_EQ(ui_.Value("Menu/Title"), "second");
  EXPECT_EQ(ui_.Value("Menu/Empty"), "1");
  // A panel that was chosen stays.
  ui_.Click("Menu/Counting");
  ui_.Click("Sidebar/first");
  ui_.Click("Sidebar/second");
  EXPECT_EQ(ui_.Value("Menu/Counting"), "1");
}

TEST_F(ApplicationTest, APanelKeepsItsStateWhileAnotherIsShown) {
  Open();
  ui_.Click("Test/Count");
  ui_.Click("Test/Count");
  ui_.Click("Menu/Empty");
  EXPECT_FALSE(ui_.Has("Test/Count"));
  ui_.Click("Menu/Counting");
  EXPECT_EQ(ui_.Value("Test/Counted"), "2");
  EXPECT_EQ(TheSeen().opened, 1);
}

TEST_F(ApplicationTest, TheListOfRunsIsFilteredAndCompares) {
  Open();
  EXPECT_EQ(ui_.Value("Sidebar/Count"), "2");
  ui_.Click("Sidebar/Compare second");
  EXPECT_TRUE(workspace_->IsCompared(second_.folder()));
  ui_.Click("Sidebar/Compare second");
  EXPECT_FALSE(workspace_->IsCompared(second_.folder()));
  ui_.TypeText("Sidebar/Filter", "SEC");
  EXPECT_EQ(ui_.Value("Sidebar/Count"), "1 of 2");
  EXPECT_FALSE(ui_.Has("Sidebar/first"));
  EXPECT_TRUE(ui_.Has("Sidebar/second"));
  ui_.TypeText("Sidebar/Filter", "no such run");
  EXPECT_EQ(ui_.Value("Sidebar/Count"), "0 of 2");
  ui_.Click("Menu/Sidebar");
  EXPECT_FALSE(ui_.Has("Sidebar/Count"));
}

TEST_F(ApplicationTest, TheTimelineScrubs) {
  Open();
  EXPECT_EQ(ui_.Value("Timeline/Moment"), "100 / 100");
  EXPECT_EQ(ui_.Value("Timeline/Follow"), "1");
  ui_.Click("Timeline/Slider", 0.5F);
  EXPECT_NEAR(static_cast<double>(workspace_->timeline().moment().step), 50, 1);
  EXPECT_EQ(ui_.Value("Timeline/Follow"), "0");
  const auto at = workspace_->timeline().moment().step;
  ui_.Click("Timeline/Back");
  EXPECT_EQ(workspace_->timeline().moment().step, at - 1);
  ui_.Click("Timeline/Forward");
  EXPECT_EQ(workspace_->timeline().moment().step, at);
  ui_.Drag("Timeline/Slider", {-10'000, 0});
  EXPECT_EQ(ui_.Value("Timeline/Moment"), "0 / 100");
  ui_.Click("Timeline/Follow");
  EXPECT_EQ(ui_.Value("Timeline/Moment"), "100 / 100");
  ui_.Click("Timeline/First");
  EXPECT_EQ(ui_.Value("Timeline/Moment"), "0 / 100");
  ui_.Choose("Timeline/Mode", "time");
  EXPECT_EQ(workspace_->timeline().mode(), TimelineMode::kTime);
}

TEST_F(ApplicationTest, ItPlays) {
  Open();
  ui_.Choose("Timeline/Speed", "30 / s");
  ui_.Click("Timeline/Play");
  frame_ = 0.1;
  ui_.Frame(5);
  frame_ = 0;
  EXPECT_NEAR(static_cast<double>(workspace_->timeline().moment().step), 15, 1);
  ui_.Click("Timeline/Play");
  EXPECT_FALSE(workspace_->timeline().playing());
}

TEST_F(ApplicationTest, KeysDoWhatTheTableSays) {
  Open();
  EXPECT_TRUE(application_->Key(kHome, false, false));
  EXPECT_EQ(workspace_->timeline().moment().step, 0);
  application_->Key(kEnd, false, false);
  EXPECT_EQ(workspace_->timeline().moment().step, 100);
  application_->Key(kLeft, false, false);
  EXPECT_EQ(workspace_->timeline().moment().step, 99);
  application_->Key(kLeft, false, true);
  EXPECT_EQ(workspace_->timeline().moment().step, 89);
  application_->Key(kSpace, false, false);
  EXPECT_TRUE(workspace_->timeline().playing());
  application_->Key('2', false, false);
  ui_.Frame(2);
  EXPECT_EQ(ui_.Value("Menu/Empty"), "1");
  application_->Key(258, true, false);
  ui_.Frame(2);
  EXPECT_EQ(ui_.Value("Menu/Counting"), "1");
  EXPECT_FALSE(application_->Key('J', false, false));
  EXPECT_TRUE(application_->running());
  application_->Key('Q', true, false);
  EXPECT_FALSE(application_->running());
}

TEST_F(ApplicationTest, KeysReachThePanelThatHasTheFocusForOneFrame) {
  Open();
  application_->Key('=', false, false);
  ui_.Frame(3);
  EXPECT_EQ(TheSeen().zooms, 1);
  EXPECT_FALSE(TheSeen().flipped);
  ImGui::GetIO().KeysDown[int{'F'}] = true;
  ui_.Frame();
  EXPECT_TRUE(TheSeen().flipped);
  ImGui::GetIO().KeysDown[int{'F'}] = false;
  ui_.Frame();
  EXPECT_FALSE(TheSeen().flipped);
}

TEST_F(ApplicationTest, WhatIsTypedIsTextNotKeys) {
  Open();
  ui_.TypeText("Test/Field", "L");
  ASSERT_TRUE(ImGui::GetIO().WantTextInput);
  EXPECT_FALSE(application_->Key('L', false, false));
  EXPECT_EQ(workspace_->settings().layout, 0);
  EXPECT_TRUE(application_->Key(kF1, false, false));
}

TEST_F(ApplicationTest, F1ShowsEveryKey) {
  Open();
  EXPECT_FALSE(ui_.Has("Keys/F1"));
  application_->Key(kF1, false, false);
  ui_.Frame(2);
  for (const KeyBinding& binding : KeyBindings()) {
    EXPECT_EQ(ui_.Value(std::string("Keys/") + std::string(binding.label)), binding.help);
  }
  application_->Key(kEscape, false, false);
  ui_.Frame(2);
  EXPECT_FALSE(ui_.Has("Keys/F1"));
  ui_.Click("Menu/Keys");
  EXPECT_TRUE(ui_.Has("Keys/F1"));
  ui_.ClickAt({640, 790});  // beside it
  EXPECT_FALSE(ui_.Has("Keys/F1"));
}

TEST_F(ApplicationTest, PanesHaveOnePanelEachAndOneTheFocus) {
  Open();
  ui_.Click("Menu/Two beside");
  EXPECT_EQ(ui_.Value("Pane 1"), "counting");
  ui_.Click("Pane 2");
  ui_.Click("Menu/Empty");
  EXPECT_EQ(ui_.Value("Pane 1"), "counting");
  EXPECT_EQ(ui_.Value("Pane 2"), "empty");
  EXPECT_FALSE(TheSeen().focused);
  ui_.Click("Test/Count");  // a click inside gives the focus
  EXPECT_TRUE(TheSeen().focused);
  application_->Key('L', false, false);
  application_->Key('L', false, false);
  ui_.Frame(2);
  EXPECT_TRUE(ui_.Has("Pane 4"));
  EXPECT_EQ(workspace_->settings().panes[1], "empty");
  application_->Key('L', false, false);
  ui_.Frame(2);
  EXPECT_FALSE(ui_.Has("Pane 1"));
}

TEST_F(ApplicationTest, APanelThatFailsBecomesAMessage) {
  Open();
  TheSeen().fail = true;
  ui_.Frame(2);
  EXPECT_NE(ui_.Value("Messages/0").find("Counting: the panel is broken"), std::string::npos);
  TheSeen().fail = false;
  ui_.Frame(2);
  ui_.Click("Messages/Close 0");
  EXPECT_FALSE(ui_.Has("Messages/0"));
  EXPECT_TRUE(ui_.Has("Test/Count"));
}

TEST_F(ApplicationTest, APanelThatFailsDeepInsideLeavesTheRestWhole) {
  Open();
  TheSeen().fail_within = true;
  ui_.Frame(3);
  EXPECT_NE(ui_.Value("Messages/0").find("Counting: the table is broken"), std::string::npos);
  TheSeen().fail_within = false;
  ui_.Frame(2);
  ui_.Click("Test/Count");
  EXPECT_EQ(ui_.Value("Test/Counted"), "1");
}

TEST_F(ApplicationTest, MessagesGoAway) {
  Open();
  workspace_->toasts().Info("saved");
  ui_.Frame(2);
  EXPECT_EQ(ui_.Value("Messages/0"), "saved");
  now_ += 60;
  ui_.Frame(2);
  EXPECT_FALSE(ui_.Has("Messages/0"));
}

TEST_F(ApplicationTest, TablesAreCopiedAndSaved) {
  Open();
  ui_.Click("Test/Count");
  application_->Key('C', true, true);
  EXPECT_EQ(ui_.clipboard(), "count\n1\n");
  const Path before = std::filesystem::current_path();
  std::filesystem::current_path(runs_.folder());
  application_->Key('E', true, true);
  for (int i = 0; i < 2000 && !application_->settled(); ++i) {
    ui_.Frame();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  std::filesystem::current_path(before);
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(runs_.folder())) {
    if (entry.path().extension() != ".csv") continue;
    ++files;
    EXPECT_EQ(ReadFileText(entry.path()), "count\n1\n");
    EXPECT_TRUE(entry.path().filename().string().starts_with("agon-counting-"));
  }
  EXPECT_EQ(files, 1);
  application_->Key('2', false, false);
  application_->Key('C', true, true);
  ui_.Frame(2);
  EXPECT_EQ(ui_.clipboard(), "count\n1\n");  // nothing to copy: it stays
}

TEST_F(ApplicationTest, ADamagedRecordingIsSaid) {
  Open();
  EXPECT_FALSE(ui_.Has("Timeline/Problem"));
  second_.WriteFile("recording", "this is no recording, whatever it says");
  workspace_->Select(second_.folder());
  workspace_->PollAll();
  ui_.Frame(2);
  EXPECT_FALSE(ui_.Value("Timeline/Problem").empty());
  ui_.Click("Timeline/Warning");
  EXPECT_EQ(ui_.Value("Messages/0"), ui_.Value("Timeline/Problem"));
}

TEST_F(ApplicationTest, AskingForAPictureIsHandedToTheWindowOnce) {
  Open();
  EXPECT_TRUE(application_->TakeScreenshotRequest().empty());
  application_->Key('S', true, false);
  EXPECT_EQ(application_->TakeScreenshotRequest().extension(), ".png");
  EXPECT_TRUE(application_->TakeScreenshotRequest().empty());
}

TEST_F(ApplicationTest, OnePanelAloneFillsEverything) {
  Open({.only_panel = true, .panel = "counting"});
  EXPECT_FALSE(ui_.Has("Menu/Title"));
  EXPECT_TRUE(ui_.Has("Test/Count"));
  EXPECT_TRUE(application_->Set("count", "1234"));
  EXPECT_FALSE(application_->Set("colour", "blue"));
  ui_.Frame();
  EXPECT_EQ(ui_.Value("Test/Counted"), "4");
}

TEST_F(ApplicationTest, AnUnknownPanelIsSaid) {
  Open({.panel = "attacks"});
  EXPECT_NE(ui_.Value("Messages/0").find("attacks"), std::string::npos);
}

TEST_F(ApplicationTest, TheListOfRunsIsMadeWiderByItsBorder) {
  Open();
  ui_.Drag("Splitter", {100, 0});
  EXPECT_NEAR(workspace_->settings().sidebar, Settings().sidebar + 100, 15);
  ui_.Drag("Splitter", {-5000, 0});
  EXPECT_GE(workspace_->settings().sidebar, 100);
}

TEST_F(ApplicationTest, LightAndDark) {
  Open();
  EXPECT_TRUE(CurrentTheme().dark);
  ui_.Click("Menu/Theme");
  EXPECT_FALSE(CurrentTheme().dark);
  application_->Key('=', true, false);
  EXPECT_GT(workspace_->settings().scale, 1);
}

TEST(ApplicationAlone, WithoutRunsAndPanelsItSaysSo) {
  const RunsFixture runs;
  WorkspaceOptions space;
  space.roots = {runs.folder()};
  space.follow = false;
  Workspace workspace(space);
  workspace.PollAll();
  UiDriver ui({500, 300});
  const Registry none;
  Application application(workspace, ui.backend(), {.registry = &none});
  ui.ShowBare([&] { application.Draw(0.01); });
  EXPECT_EQ(ui.Value("Sidebar/Count"), "0");
  EXPECT_EQ(ui.Value("Timeline/Moment"), "no steps yet");
  for (const KeyBinding& binding : KeyBindings()) {
    application.Key(binding.key, binding.control, binding.shift);
    ui.Frame();
  }
  ui.ShowBare([] {});
}

// Names are shown literally, whatever they hold, in windows of any size.
TEST(ApplicationAlone, OddNamesAndSmallWindows) {
  const RunsFixture runs;
  const RunFixture odd(runs, "a##b %s\xF0\x9F\x90\xB4");
  for (const ImVec2 size : {ImVec2(64, 64), ImVec2(300, 120), ImVec2(2560, 1440)}) {
    WorkspaceOptions space;
    space.roots = {runs.folder()};
    space.follow = false;
    Workspace workspace(space);
    workspace.PollAll();
    UiDriver ui(size);
    const Registry none;
    Application application(workspace, ui.backend(), {.registry = &none});
    ui.ShowBare([&] { application.Draw(0.01); });
    for (int layout = 0; layout < 4; ++layout) {
      workspace.settings().layout = layout;
      ui.Frame(2);
    }
    ui.ShowBare([] {});
  }
}

}  // namespace
}  // namespace agon::viewer
