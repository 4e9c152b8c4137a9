// SPDX-License-Identifier: Apache-2.0
// Go's rules case by case: captures, ko and superko, suicide, scoring, the end of a game, and what
// a network is shown.
#include "selfplay/games/grid.h"
#include "tests/selfplay/games/game_helpers.h"
#include "tests/selfplay/games/go_test_game.h"

namespace agon::selfplay {
namespace {

TEST(GoCapture, TakesEveryChainWithoutLiberties) {
  GoGame game = GoGame::From(
      ".oox./"
      "oxxo./"
      "ox.ox/"
      ".xxox/"
      ".....");
  game.Play(0, 0);  // takes two in the corner; the chain below keeps (0,3)
  EXPECT_EQ(game.Picture(), "x..x./oxxo./ox.ox/.xxox/.....");
}

TEST(GoCapture, AStoneThatTakesNeedsNoLiberty) {
  GoGame corner = GoGame::From(".ox/oox/xx.");
  corner.Play(0, 0);
  EXPECT_EQ(corner.Picture(), "x.x/..x/xx.");
}

// After Black takes at (2,1) White may not take back at once, but may after an exchange elsewhere.
TEST(GoKo, MayNotBeRetakenAtOnce) {
  GoGame game = GoGame::From(
      ".xo../"
      "xo.o./"
      ".xo../"
      ".....");
  game.Play(2, 1);
  EXPECT_EQ(game.Picture(), ".xo../x.xo./.xo../.....");
  EXPECT_EQ(game.position.ko, game.At(1, 1));
  EXPECT_FALSE(game.IsLegal(1, 1));
  game.Play(4, 3);
  game.Play(0, 3);
  EXPECT_TRUE(game.IsLegal(1, 1));
  game.Play(1, 1);
  EXPECT_FALSE(game.IsLegal(2, 1));
}

// KataGo's test "Triple ko superko" (cpp/tests/testrules.cpp): three kos around make a cycle in
// which no single ko is retaken at once.
TEST(GoSuperko, ForbidsTheTripleKoCycle) {
  GoGame game = GoGame::From("ooooooo/oxo.o.o/x.xoxox/xxxxxxx/ooooooo/.......");
  game.Play(3, 1);
  game.Play(1, 2);
  game.Play(5, 1);
  game.Play(3, 2);
  game.Play(1, 1);
  EXPECT_FALSE(game.IsLegal(1, 2));
  EXPECT_FALSE(game.IsLegal(5, 2));
  EXPECT_TRUE(game.IsLegal(game.rules.Pass()));
}

// Its test "Positional vs situational": sending two and returning one. Situational superko would
// forbid (0,0) alone.
TEST(GoSuperko, ComparesBoardsWhoeverIsToMove) {
  GoGame game = GoGame::From(".o.xxo/oxxxo./o.x.oo/xx.oo./oooo.o");
  game.Play(5, 1);
  game.Pass();
  game.Play(3, 2);
  game.Play(2, 0);
  game.Play(0, 0);
  game.Play(5, 0);
  game.Pass();
  game.Play(1, 0);
  game.Pass();
  game.Play(2, 0);
  EXPECT_FALSE(game.IsLegal(0, 0));
  EXPECT_FALSE(game.IsLegal(5, 1));
}

TEST(GoSuperko, LetsPassesRepeatTheBoard) {
  GoGame game{Go(5, 5, 0.5)};
  game.Play(2, 2);
  game.Pass();
  game.Play(1, 1);
  game.Pass();
  EXPECT_FALSE(game.rules.Over(game.position));
  game.Pass();
  EXPECT_TRUE(game.rules.Over(game.position));
}

TEST(GoSuicide, OfASingleStoneIsNeverLegal) {
  for (const bool allowed : {false, true}) {
    GoGame game = GoGame::From(".x./x../...", allowed);
    game.Play(2, 2);
    EXPECT_FALSE(game.IsLegal(0, 0)) << allowed;
  }
}

TEST(GoSuicide, OfSeveralStonesIsAnOption) {
  constexpr const char* kPicture = ".oxx/xx..";
  GoGame without = GoGame::From(kPicture, false);
  without.Pass();
  EXPECT_FALSE(without.IsLegal(0, 0));

  GoGame with = GoGame::From(kPicture, true);
  with.Pass();
  with.Play(0, 0);
  EXPECT_EQ(with.Picture(), "..xx/xx..");
  EXPECT_EQ(with.position.to_move, 0);
}

// The board without the chain has been seen: then the suicide repeats it.
TEST(GoSuicide, ObeysSuperko) {
  GoGame game = GoGame::From("..xx/xx..", true);
  game.Pass();
  game.Play(1, 0);
  game.Play(3, 1);
  EXPECT_TRUE(game.IsLegal(0, 0)) << "Black's stone makes a new board";
  GoGame repeated = GoGame::From("..xx/xx..", true);
  repeated.Pass();
  repeated.Play(1, 0);
  repeated.Pass();
  EXPECT_FALSE(repeated.IsLegal(0, 0));
}

TEST(GoScore, CountsStonesAndWhatOneColourAloneReaches) {
  const auto score = [](const std::string& picture, double komi) {
    const GoGame game = GoGame::From(picture, false, komi);
    return game.rules.Score(game.position);
  };
  EXPECT_EQ(score(".../.../...", 0), 0);
  EXPECT_EQ(score(".../.../...", 7.5), -7.5);
  EXPECT_EQ(score(".../.x./...", 0), 9);
  EXPECT_EQ(score(".../.o./...", 0.5), -9.5);
  EXPECT_EQ(score(".x.o./.x.o./.x.o./.x.o./.x.o.", 0), 0);  // the middle reaches both
  EXPECT_EQ(score(".x.oo/.x.o./.x.o./.xxo./.x.o.", 0), 11 - 10);
  EXPECT_EQ(score("xx.o/xxoo/.xo./xxoo", 0.5),
            8 - 7 - 0.5);  // KataGo's split board, no dead stones
}

TEST(GoScore, GivesTheResultWithKomi) {
  for (const double komi : {0.5, 1.0, 1.5}) {
    GoGame game = GoGame::From("xx/x./oo", false, komi);  // Black 3, White 2
    game.Pass();
    game.Pass();
    ASSERT_TRUE(game.rules.Over(game.position));
    EXPECT_EQ(static_cast<int>(game.rules.Result(game.position)), komi < 1 ? 1 : komi > 1 ? -1 : 0);
  }
}

TEST(GoEnd, IsScoredAsItStandsAtTheLimitOfMoves) {
  GameState state(MakeGame("{name: go, size: 5, komi: 0.5, max_moves: 3}"));
  for (const char* move : {"c3", "pass", "c2"}) {
    EXPECT_FALSE(state.Over());
    state.Play(state.game().ParseMove(move));
  }
  EXPECT_TRUE(state.Over());
  EXPECT_FALSE(state.game().Over(state.position())) << "the rules alone would go on";
  EXPECT_TRUE(state.LegalMoves().empty());
  EXPECT_EQ(state.Result(), Outcome::kFirstWins);
}

TEST(GoSettings, ShapeTheBoard) {
  const GameShape square = MakeGame("{name: go, size: 7}")->Shape();
  EXPECT_EQ(square.width, 7);
  EXPECT_EQ(square.actions, 50);
  EXPECT_EQ(square.symmetries, 8);
  const GameShape oblong = MakeGame("{name: go, width: 19, height: 13}")->Shape();
  EXPECT_EQ(oblong.width, 19);
  EXPECT_EQ(oblong.height, 13);
  EXPECT_EQ(oblong.symmetries, 4);
  EXPECT_ANY_THROW((void)MakeGame("{name: go, size: 20}"));
  EXPECT_ANY_THROW((void)MakeGame("{name: go, size: 0}"));
  EXPECT_ANY_THROW((void)MakeGame("{name: othello, size: 7}"));
}

// The picture of one plane, a row for every row of the board.
std::string Plane(const GoGame& game, int plane, int symmetry = 0) {
  const int cells = game.rules.Width() * game.rules.Height();
  std::vector<std::uint64_t> words(
      static_cast<std::size_t>(PlaneWords(game.rules.Planes(), cells)));
  std::array<float, 2> scalars{};
  game.rules.Encode(game.position, symmetry, words, scalars);
  std::string picture;
  for (int cell = 0; cell < cells; ++cell) {
    if (cell > 0 && cell % game.rules.Width() == 0) picture += '/';
    const int bit = plane * cells + cell;
    picture += (words[static_cast<std::size_t>(bit / 64)] >> (bit % 64) & 1) != 0 ? '1' : '.';
  }
  return picture;
}

TEST(GoPlanes, ShowStonesLibertiesKoAndTheLastMovesToWhoIsToMove) {
  GoGame game = GoGame::From(".xo../xo.o./.xo../.....");
  game.Play(2, 1);  // takes (1,1); White is to move
  EXPECT_EQ(game.Picture(), ".xo../x.xo./.xo../.....");
  const std::array<std::string, 9> expected{
      "..1../...1./..1../.....",  // own stones
      ".1.../1.1../.1.../.....",  // the other's
      "..1../..1../...../.....",  // chains with one liberty
      ".1.../...../..1../.....",  // ... with two
      "...../1..1./.1.../.....",  // ... with three or more
      "...../.1.../...../.....",  // the ko
      "...../..1../...../.....",  // the last move
      "...../...../...../.....",  // the one before: the position was set up
      "11111/11111/11111/11111"};
  for (std::size_t plane = 0; plane < expected.size(); ++plane) {
    EXPECT_EQ(Plane(game, static_cast<int>(plane)), expected[plane]) << "plane " << plane;
  }
  game.Pass();
  EXPECT_EQ(Plane(game, 5), "...../...../...../.....");
  EXPECT_EQ(Plane(game, 6), "...../...../...../.....") << "a pass is shown by a scalar";
  EXPECT_EQ(Plane(game, 7), "...../..1../...../.....");
}

TEST(GoPlanes, CountALibertyOnceThatTwoStonesOfAChainShare) {
  // White's chain has (1,1) from two of its stones, and (2,0).
  GoGame game = GoGame::From("oo./o.x/xx.");
  game.Pass();
  EXPECT_EQ(Plane(game, 2), ".../.../...");
  EXPECT_EQ(Plane(game, 3), "11./1../11.");
  EXPECT_EQ(Plane(game, 4), ".../..1/...");
}

TEST(GoPlanes, ScalarsTellKomiFromTheMoversSideAndAPass) {
  GoGame game{Go(5, 5, 7.5)};
  std::vector<std::uint64_t> words(static_cast<std::size_t>(PlaneWords(game.rules.Planes(), 25)));
  std::array<float, 2> scalars{};
  game.rules.Encode(game.position, 0, words, scalars);
  EXPECT_FLOAT_EQ(scalars[0], -7.5F / 20);
  EXPECT_EQ(scalars[1], 0);
  game.Pass();
  game.rules.Encode(game.position, 0, words, scalars);
  EXPECT_FLOAT_EQ(scalars[0], 7.5F / 20);
  EXPECT_EQ(scalars[1], 1);
}

}  // namespace
}  // namespace agon::selfplay
