// SPDX-License-Identifier: Apache-2.0
#include "viewer/game/recorded_games.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

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

// ---- long games ----

constexpr std::size_t kLong = 300;

// Its k-th position is worth k / 1000 for the first player.
void RecordLongGame(RunFixture& run) {
  run.Text("selfplay/game/about", 0, AboutText("*", ""));
  for (std::size_t i = 0; i < kLong; ++i) {
    record::Board board = PositionAfter({});
    board.last_move = std::to_string(i);
    board.overlays = {{"visits", std::vector<float>(9)}};
    board.value = static_cast<double>(i) / 1000;
    run.Add("selfplay/game/board", static_cast<std::int64_t>(i), board);
  }
  run.Flush();
}

std::size_t Known(const RecordedGames& games) {
  return static_cast<std::size_t>(
      std::count_if(games.values().begin(), games.values().end(),
                    [](const std::optional<double>& value) { return value.has_value(); }));
}

// One request for each board of the game would push the one that is looked at out of the loader.
TEST(RecordedGames, TheBoardThatIsLookedAtComesBeforeTheCurve) {
  RunFixture run("selfplay train");
  RecordLongGame(run);
  Workspace workspace(
      {.roots = {run.folder()}, .program = {}, .settings_file = {}, .clock = {}, .follow = false});
  RecordedGames games;
  workspace.PollAll();
  const auto frame = [&] {
    workspace.Update(0);
    games.Update(workspace);
  };
  ASSERT_TRUE(Until([&] {
    frame();
    return games.board() != nullptr;
  }));
  EXPECT_EQ(games.board()->last_move, "299");
  EXPECT_EQ(Known(games), 0U);
  EXPECT_TRUE(games.loading());
  // Elsewhere in the midst of it: the same.
  std::size_t before = 0;
  ASSERT_TRUE(Until([&] {
    frame();
    before = Known(games);
    return before > 0;
  }));
  EXPECT_LT(before, kLong);
  games.Go(workspace, 0, 200);
  ASSERT_TRUE(Until([&] {
    frame();
    return games.board()->last_move == "200";
  }));
  // Those that were on their way (32 at most), and itself.
  EXPECT_LE(Known(games), before + 33);
  ASSERT_TRUE(Until([&] {
    frame();
    return !games.loading();
  }));
  ASSERT_EQ(Known(games), kLong);
  for (std::size_t i = 0; i < kLong; ++i) {
    EXPECT_EQ(games.values()[i], static_cast<double>(i) / 1000);
    EXPECT_EQ(games.moves()[i], std::to_string(i));
  }
  // Then nothing is asked for any more.
  EXPECT_TRUE(Until([&] { return workspace.idle(); }));
  for (int i = 0; i < 3; ++i) {
    frame();
    EXPECT_FALSE(games.loading());
    EXPECT_TRUE(workspace.idle());
  }
}

TEST(RecordedGames, BoardsThatCannotBeReadDoNotHoldUpTheOthers) {
  constexpr std::size_t kDamaged = 100;
  RunFixture run("selfplay train");
  RecordLongGame(run);
  Workspace workspace(
      {.roots = {run.folder()}, .program = {}, .settings_file = {}, .clock = {}, .follow = false});
  workspace.PollAll();
  workspace.Update(0);
  ASSERT_NE(workspace.selected(), nullptr);
  const RunTracks& tracks = *workspace.selected()->tracks;
  const std::vector<ItemRef> items = tracks.Items("selfplay/game/board", TrackKind::kBoard);
  ASSERT_EQ(items.size(), kLong);
  {
    std::fstream file(tracks.file(), std::ios::in | std::ios::out | std::ios::binary);
    for (std::size_t i = 0; i < kDamaged; ++i) {
      file.seekp(static_cast<std::streamoff>(items[i].offset));
      file << std::string(items[i].bytes, '\xff');
    }
    ASSERT_TRUE(file.flush());
  }
  RecordedGames games;
  ASSERT_TRUE(Until([&] {
    workspace.Update(0);
    games.Update(workspace);
    return games.board() != nullptr && !games.loading();
  }));
  EXPECT_EQ(Known(games), kLong - kDamaged);
  EXPECT_EQ(games.values()[kDamaged - 1], std::nullopt);
  EXPECT_NE(games.problem(), "");
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
