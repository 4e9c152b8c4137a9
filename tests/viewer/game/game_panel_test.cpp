// SPDX-License-Identifier: Apache-2.0
// The Game panel as a user works it: recorded games, and a game against fake_gtp.py.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/viewer/game/fake_gtp.h"
#include "tests/viewer/game/recorded_game.h"
#include "tests/viewer/ui/panel_driver.h"

namespace agon::viewer {

void RegisterGamePanel(Registry& registry);

namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class GamePanelTest : public ::testing::Test {
 protected:
  GamePanelTest() : run_("selfplay train") {
    RecordGame(run_, "selfplay/game", 0, {"b2", "a3", "c1"}, "1-0");
    RecordGame(run_, "selfplay/game", 10, {"a1", "c3"}, "0-1");
    for (std::int64_t i = 0; i < 5; ++i) {
      run_.Scalar("elo", 10 * i, 30 * i);
      run_.Scalar("oracle/solved/error_rate", 10 * i, 0.5 / (1 + i));
    }
    run_.WriteConfig("game: tic_tac_toe\n");
    run_.WriteFile("weights.safetensors", "of the fake program");
    run_.Flush();
  }
  PanelDriver& Open(ImVec2 size = {1280, 800}) {
    driver_ = std::make_unique<PanelDriver>(std::vector<Path>{run_.folder()}, RegisterGamePanel,
                                            "game", size, Path(FakeProgram()));
    return *driver_;
  }
  // Frames until `text` stands in the line that says how the game stands.
  [[nodiscard]] bool Status(const std::string& text) {
    return Until([&] {
      driver_->ui.Frame();
      return driver_->ui.Has("Game/Play/Status") &&
             driver_->ui.Value("Game/Play/Status").find(text) != std::string::npos;
    });
  }
  // Chooses a player and begins.
  void Begin(const std::string& fake) {
    UiDriver& ui = driver_->ui;
    ui.Click("Game/Play");
    driver_->Settle();
    ui.Choose("Game/Play/player", "GTP program");
    ui.TypeText("Game/Play/command", fake);
    ui.Frame(2);
    ui.Click("Game/Play/Play");
    ASSERT_TRUE(Status("your turn") || Status("gone"));
  }

  RunFixture run_;
  std::unique_ptr<PanelDriver> driver_;
};

// ---- recorded ----

TEST_F(GamePanelTest, ShowsThePositionOfTheTimeline) {
  PanelDriver& driver = Open();
  EXPECT_EQ(driver.ui.Value("Game/Recorded/Board/c3"), "O");  // the newest
  driver.SetStep(1);
  EXPECT_EQ(driver.ui.Value("Game/Recorded/Board/b2"), "X");
  EXPECT_EQ(driver.ui.Value("Game/Recorded/Board/a3"), "100 %");  // where the search looked
  EXPECT_EQ(driver.ui.Value("Game/Recorded/Value bar"), "-0.50");
  EXPECT_TRUE(driver.ui.Has("Game/Recorded/Moves/a3"));
}

TEST_F(GamePanelTest, GoesThroughAGameByItsButtonsAndSlider) {
  PanelDriver& driver = Open();
  driver.SetStep(0);
  driver.ui.Click("Game/Recorded/>");
  driver.Settle();
  EXPECT_EQ(driver.workspace.timeline().moment().step, 1);
  driver.ui.Click("Game/Recorded/>");
  driver.ui.Click("Game/Recorded/<");
  driver.Settle();
  EXPECT_EQ(driver.workspace.timeline().moment().step, 1);
  driver.ui.Click("Game/Recorded/move", 0.83F);
  driver.Settle();
  EXPECT_EQ(driver.workspace.timeline().moment().step, 3);
  EXPECT_EQ(driver.ui.Value("Game/Recorded/Board/c1"), "X");
  driver.ui.Click("Game/Recorded/>");  // the end of this game
  EXPECT_EQ(driver.workspace.timeline().moment().step, 3);
  driver.ui.Click("Game/Recorded/game", 0.75F);
  driver.Settle();
  EXPECT_EQ(driver.workspace.timeline().moment().step, 10);
  EXPECT_EQ(driver.ui.Value("Game/Recorded/Board/b2"), "0 %");
}

TEST_F(GamePanelTest, TheHeatMapCanBeChosen) {
  PanelDriver& driver = Open();
  driver.SetStep(0);
  driver.ui.Click("Game/Recorded/Heat/priors");
  driver.ui.Frame();
  EXPECT_EQ(driver.ui.Value("Game/Recorded/Board/b2"), "25 %");
  driver.ui.Click("Game/Recorded/Heat/values");
  driver.ui.Frame();
  EXPECT_EQ(driver.ui.Value("Game/Recorded/Board/b2"), "75 %");
  driver.ui.Click("Game/Recorded/Heat/none");
  driver.ui.Frame();
  EXPECT_EQ(driver.ui.Value("Game/Recorded/Board/b2"), "");
}

TEST_F(GamePanelTest, TheTreeOpensByClicking) {
  PanelDriver& driver = Open();
  driver.SetStep(0);
  driver.ui.Click("Game/Recorded/Tree");
  driver.ui.Frame(2);
  const std::string b2 = "Game/Recorded/Tree/b2/b2  9 visits  +0.50  prior 25.0 %###node";
  const std::string a3 = "Game/Recorded/Tree/b2/a3/a3  4 visits  -0.50  prior 50.0 %###node";
  EXPECT_EQ(driver.ui.Value(b2), "1");
  EXPECT_TRUE(driver.ui.Has(a3));
  driver.ui.Hover(a3);  // its line is drawn on the board
  driver.ui.Click(b2);
  driver.ui.Frame(2);
  EXPECT_FALSE(driver.ui.Has(a3));
}

TEST_F(GamePanelTest, ShowsHowStrongTheAgentBecame) {
  PanelDriver& driver = Open();
  EXPECT_TRUE(driver.view().Set("tab", "strength"));
  driver.ui.Frame(2);
  EXPECT_TRUE(driver.ui.Has("Game/Recorded/Strength/Elo"));
  EXPECT_TRUE(driver.ui.Has("Game/Recorded/Strength/Moves that throw away the outcome"));
  EXPECT_FALSE(driver.ui.Has("Game/Recorded/Strength/Points a game"));
}

TEST_F(GamePanelTest, ExportsTheValuesOfTheGame) {
  PanelDriver& driver = Open();
  driver.SetStep(0);
  EXPECT_EQ(driver.view().Csv(), "move,text,value_first\n0,,0.5\n1,b2,-0.5\n2,a3,0.5\n3,c1,\n");
}

TEST_F(GamePanelTest, KeysGoThroughGamesAndCopyMoves) {
  PanelDriver& driver = Open();
  driver.Press(Action::kPreviousExample);
  driver.Settle();
  EXPECT_EQ(driver.workspace.timeline().moment().step, 0);
  driver.Press(Action::kPreviousExample);  // the first already
  driver.Press(Action::kCopy);
  EXPECT_EQ(driver.ui.clipboard(), "b2 a3 c1");
  driver.Press(Action::kNextExample);
  driver.Settle();
  EXPECT_EQ(driver.workspace.timeline().moment().step, 10);
  driver.Press(Action::kCopy);
  EXPECT_EQ(driver.ui.clipboard(), "a1 c3");
  driver.ui.Hover("Game/Recorded/Board/a1");
}

TEST_F(GamePanelTest, FitsIntoEverySize) {
  for (const ImVec2 size : {ImVec2{120, 90}, ImVec2{300, 900}, ImVec2{900, 250}, ImVec2{40, 40}}) {
    PanelDriver& driver = Open(size);
    driver.ui.Frame(3);
    driver_.reset();
  }
}

// A recording of another program, or a damaged one.
TEST_F(GamePanelTest, ShowsWhatItCanOfStrangeBoards) {
  record::Board huge;
  huge.width = huge.height = 200;
  huge.cells.resize(40'000, "x");
  huge.colours.resize(40'000, 9);
  record::Board strange = PositionAfter({"b2"});
  strange.cells[0] = "\xF0\x9F\x8C\xB5##";
  strange.colours[0] = 200;
  strange.last_move = "z99";
  strange.to_move = "";
  strange.overlays = {{"visits", std::vector<float>(9, std::nanf(""))}};
  RunFixture run("selfplay train");
  run.Add("a/board", 0, huge);
  run.Add("a/board", 1, strange);
  run.Flush();
  PanelDriver driver({run.folder()}, RegisterGamePanel, "game");
  EXPECT_EQ(driver.ui.Value("Game/Recorded/Board/b2"), "X");
  driver.SetStep(0);
  EXPECT_FALSE(driver.ui.Has("Game/Recorded/Board/b2"));
}

TEST_F(GamePanelTest, ARunWithoutBoardsSaysHowToGetThem) {
  RunFixture run("attack");
  run.Scalar("loss", 0, 1);
  run.Flush();
  PanelDriver driver({run.folder()}, RegisterGamePanel, "game");
  EXPECT_FALSE(driver.ui.Has("Game/Recorded/Board/board"));
  driver.ui.Click("Game/Play");  // without a program there is nobody
  driver.ui.Frame(2);
  EXPECT_FALSE(driver.ui.Has("Game/Play/Play"));
}

// ---- played ----

TEST_F(GamePanelTest, OffersTheNetworkOfTheSelectedRun) {
  PanelDriver& driver = Open();
  driver.ui.Click("Game/Play");
  driver.Settle();
  EXPECT_EQ(driver.ui.Value("Game/Play/player"), "trained network");
  EXPECT_THAT(driver.ui.Value("Game/Play/trained by"), HasSubstr("tic_tac_toe"));
  EXPECT_EQ(driver.ui.Value("Game/Play/game"), "tic_tac_toe");
  driver.ui.Choose("Game/Play/game", "connect_four");
  driver.ui.Frame(2);
  EXPECT_EQ(driver.ui.Value("Game/Play/game"), "connect_four");
}

TEST_F(GamePanelTest, IsPlayedByClicking) {
  PanelDriver& driver = Open();
  Begin("first");
  driver.ui.Click("Game/Play/Board/b2");
  ASSERT_TRUE(Status("your turn (X), move 3"));
  EXPECT_EQ(driver.ui.Value("Game/Play/Board/b2"), "X");
  EXPECT_EQ(driver.ui.Value("Game/Play/Board/a3"), "O");
  driver.ui.Click("Game/Play/Board/a3");  // taken: nothing happens
  driver.ui.Frame(5);
  EXPECT_THAT(driver.ui.Value("Game/Play/Status"), HasSubstr("move 3"));
  driver.ui.Click("Game/Play/Undo");
  ASSERT_TRUE(Status("your turn (X), move 1"));
  for (const char* const cell : {"b2", "c2"}) {
    driver.ui.Click(std::string("Game/Play/Board/") + cell);
    ASSERT_TRUE(Status(cell == std::string("b2") ? "move 3" : "move 5"));
  }
  driver.ui.Click("Game/Play/Board/a2");
  ASSERT_TRUE(Status("you won"));
  EXPECT_THAT(driver.view().Csv(), StartsWith("move,player,text,value_first\n1,first,b2,\n"));
  driver.ui.Click("Game/Play/New game");
  ASSERT_TRUE(Status("your turn (X), move 1"));
  driver.ui.Click("Game/Play/Give up");
  ASSERT_TRUE(Status("you gave up"));
  driver.ui.Click("Game/Play/Close");
  driver.ui.Frame(2);
  EXPECT_TRUE(driver.ui.Has("Game/Play/Play"));
}

TEST_F(GamePanelTest, AHintIsAHeatMap) {
  PanelDriver& driver = Open();
  Begin("first");
  EXPECT_EQ(driver.ui.Value("Game/Play/Board/a3"), "");
  driver.ui.Click("Game/Play/Hint");
  ASSERT_TRUE(Until([&] {
    driver.ui.Frame();
    return driver.ui.Value("Game/Play/Board/a3") == "20 %";  // 9 of 45 visits
  }));
  EXPECT_EQ(driver.ui.Value("Game/Play/Value bar"), "+0.50");
  driver.ui.Hover("Game/Play/Moves/b3");
  driver.ui.Click("Game/Play/Hint");
  driver.ui.Frame(3);
  EXPECT_EQ(driver.ui.Value("Game/Play/Board/a3"), "");
}

TEST_F(GamePanelTest, TheProgramMayBegin) {
  PanelDriver& driver = Open();
  driver.ui.Click("Game/Play");
  driver.Settle();
  driver.ui.Choose("Game/Play/sides", "the program begins");
  Begin("first");
  EXPECT_EQ(driver.ui.Value("Game/Play/Board/a3"), "X");
}

TEST_F(GamePanelTest, AProgramThatDiesIsANote) {
  PanelDriver& driver = Open();
  Begin("dies");
  driver.ui.Click("Game/Play/Board/b2");
  ASSERT_TRUE(Status("it is gone"));
  EXPECT_TRUE(driver.ui.Has("Game/Play/the engine fell over"));
  EXPECT_EQ(driver.ui.Value("Game/Play/Board/b2"), "X");
  driver.ui.Click("Game/Play/Close");
  driver.ui.Frame(2);
  EXPECT_TRUE(driver.ui.Has("Game/Play/Play"));
}

// Closing the window waits for nobody: `agon list` may take 20 s.
TEST_F(GamePanelTest, AProgramThatDoesNotAnswerIsNotWaitedFor) {
  run_.WriteFile("agon", "#!/bin/sh\nexec sleep 20\n");
  const Path program = run_ / "agon";
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  auto driver = std::make_unique<PanelDriver>(std::vector<Path>{run_.folder()}, RegisterGamePanel,
                                              "game", ImVec2{1280, 800}, program);
  driver->ui.Click("Game/Play");
  ASSERT_TRUE(Until([&] {
    driver->ui.Frame();
    return driver->busy();
  }));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));  // it runs
  const auto start = std::chrono::steady_clock::now();
  driver.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

// --png: what was asked for is on the screen before the picture is taken.
TEST_F(GamePanelTest, SettingsOfAPictureSetUpAGame) {
  PanelDriver& driver = Open();
  EXPECT_TRUE(driver.view().Set("play", "tic_tac_toe"));
  EXPECT_TRUE(driver.view().Set("player", "first"));
  EXPECT_TRUE(driver.view().Set("moves", "b2 c1"));
  EXPECT_TRUE(driver.view().Set("hint", "1"));
  EXPECT_TRUE(driver.view().Set("heat", "prior"));
  EXPECT_FALSE(driver.view().Set("heat", "cold"));
  EXPECT_FALSE(driver.view().Set("nonsense", "1"));
  driver.Settle();
  EXPECT_EQ(driver.ui.Value("Game/Play/Board/c1"), "X");
  EXPECT_EQ(driver.ui.Value("Game/Play/Board/b3"), "O");
  EXPECT_EQ(driver.ui.Value("Game/Play/Board/c3"), "20 %");  // a prior of 1/5
}

}  // namespace
}  // namespace agon::viewer
