// SPDX-License-Identifier: Apache-2.0
#include "viewer/game/recorded_games.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/viewer/game/fake_gtp.h"
#include "tests/viewer/game/recorded_game.h"

namespace agon::viewer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Recorded {
 public:
  explicit Recorded(const RunFixture& run)
      : workspace({.roots = {run.folder()},
                   .program = {},
                   .settings_file = {},
                   .clock = {},
                   .follow = false}) {
    Update();
  }
  // Until all that is shown has been read.
  void Update() {
    workspace.PollAll();
    EXPECT_TRUE(Until([&] {
      workspace.Update(0);
      games.Update(workspace);
      return !games.loading() && workspace.idle();
    }));
  }
  void Go(std::size_t game, std::size_t place) {
    games.Go(workspace, game, place);
    Update();
  }
  Workspace workspace;
  RecordedGames games;
};

TEST(RecordedGames, FindsGamesByTheirBeginnings) {
  RunFixture run("selfplay train");
  RecordGame(run, "selfplay/game", 10, {"b2", "a3", "c1"}, "1-0");
  RecordGame(run, "selfplay/game", 40, {"a1"}, "*");
  run.Flush();
  Recorded recorded(run);
  const RecordedGames& games = recorded.games;
  ASSERT_EQ(games.games().size(), 2U);
  // Following, the newest board is shown.
  EXPECT_EQ(games.game(), 1U);
  EXPECT_EQ(games.boards(), 2U);
  EXPECT_EQ(games.place(), 1U);
  ASSERT_NE(games.board(), nullptr);
  EXPECT_EQ(games.board()->last_move, "a1");
  recorded.Go(0, 2);
  EXPECT_EQ(games.game(), 0U);
  EXPECT_EQ(games.boards(), 4U);
  EXPECT_EQ(games.board()->last_move, "a3");
  EXPECT_EQ(recorded.workspace.timeline().moment().step, 12);
  EXPECT_THAT(games.moves(), ElementsAre("", "b2", "a3", "c1"));
  ASSERT_TRUE(games.about().has_value());
  EXPECT_EQ(games.about()->result, "1-0");
  EXPECT_EQ(games.look().name, "tic_tac_toe");
  // Beyond the end is the end.
  recorded.Go(0, 99);
  EXPECT_EQ(games.place(), 3U);
}

// A game that is over is told again at the step where it began.
TEST(RecordedGames, TakesTheLaterWordAboutAGame) {
  RunFixture run("selfplay train");
  RecordGame(run, "selfplay/game", 0, {"b2", "a3"}, "*");
  run.Flush();
  Recorded recorded(run);
  EXPECT_EQ(recorded.games.about()->result, "*");
  run.Text("selfplay/game/about", 0, AboutText("0-1", "resigned"));
  run.Flush();
  recorded.Update();
  ASSERT_EQ(recorded.games.games().size(), 1U);
  EXPECT_EQ(recorded.games.about()->result, "0-1");
  EXPECT_THAT(recorded.games.about()->Line(), HasSubstr("resigned"));
}

// The search of a position, not of another one.
TEST(RecordedGames, ShowsTheTreeOfTheBoardsStepAlone) {
  RunFixture run("selfplay train");
  RecordGame(run, "selfplay/game", 0, {"b2", "a3"}, "*");
  run.Flush();
  Recorded recorded(run);
  EXPECT_EQ(recorded.games.tree(), nullptr);  // the last position was not searched
  recorded.Go(0, 1);
  ASSERT_NE(recorded.games.tree(), nullptr);
  EXPECT_EQ(recorded.games.tree()->nodes.at(1).move, "a3");
  ASSERT_EQ(recorded.games.values().size(), 3U);
  EXPECT_EQ(recorded.games.values()[0], 0.5);
  EXPECT_EQ(recorded.games.values()[1], -0.5);  // the second player's 0.5
  EXPECT_EQ(recorded.games.values()[2], std::nullopt);
}

TEST(RecordedGames, ATimeOfDayFindsTheBoardsToo) {
  RunFixture run("selfplay match");
  RecordGame(run, "match/game", 0, {"b2", "a3"}, "*");
  run.Flush();
  Recorded recorded(run);
  recorded.workspace.timeline().SetMode(TimelineMode::kTime);
  recorded.Go(0, 1);
  EXPECT_EQ(recorded.games.place(), 1U);
  EXPECT_EQ(recorded.games.board()->last_move, "b2");
}

TEST(RecordedGames, PrefersWholeGamesAndCanBeToldOtherwise) {
  RunFixture run("selfplay train");
  run.Add("selfplay/board", 0, PositionAfter({}));
  run.Add("selfplay/board", 5, PositionAfter({"a1", "b1", "c1"}));
  RecordGame(run, "selfplay/game", 0, {"b2"}, "*");
  run.Flush();
  Recorded recorded(run);
  EXPECT_THAT(recorded.games.tracks(), ElementsAre("selfplay/board", "selfplay/game/board"));
  EXPECT_EQ(recorded.games.track(), 1);
  recorded.games.ChooseTrack(0);
  recorded.Update();
  EXPECT_EQ(recorded.games.track(), 0);
  // Positions of different games: one row, no curve.
  EXPECT_EQ(recorded.games.games().size(), 1U);
  EXPECT_EQ(recorded.games.boards(), 2U);
  EXPECT_TRUE(recorded.games.values().empty());
  EXPECT_FALSE(recorded.games.about().has_value());
}

TEST(RecordedGames, ARunWithoutBoardsIsEmpty) {
  RunFixture run("attack");
  run.Scalar("loss", 0, 1);
  run.Flush();
  Recorded recorded(run);
  EXPECT_TRUE(recorded.games.empty());
  EXPECT_EQ(recorded.games.boards(), 0U);
  recorded.Go(0, 0);
}

// What stands in a text of a foreign recording may be anything; it is then not known.
TEST(ReadAbout, AnythingElseIsNone) {
  EXPECT_FALSE(ReadAbout("").has_value());
  EXPECT_FALSE(ReadAbout("[1]").has_value());
  EXPECT_FALSE(ReadAbout("{").has_value());
  const auto about = ReadAbout(R"({"title":3,"result":"1-0"})");
  ASSERT_TRUE(about.has_value());
  EXPECT_EQ(about->title, "");
  EXPECT_EQ(about->result, "1-0");
}

TEST(RecordedGames, SkipsBeginningsWhoseBoardsAreNotThere) {
  RunFixture run("selfplay train");
  RecordGame(run, "selfplay/game", 0, {"b2"}, "1-0");
  run.Text("selfplay/game/about", 7, AboutText("*", ""));
  run.Flush();
  Recorded recorded(run);
  EXPECT_EQ(recorded.games.games().size(), 1U);
  EXPECT_EQ(recorded.games.boards(), 2U);
}

}  // namespace
}  // namespace agon::viewer
