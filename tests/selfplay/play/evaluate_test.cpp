// SPDX-License-Identifier: Apache-2.0
#include "selfplay/play/evaluate.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/selfplay/play/play_helpers.h"

namespace agon::selfplay {
namespace {

Move Column(int number) { return static_cast<Move>(number - 1); }

// First to move has three in a row, open on both sides (columns 3, 4, 5); the second has none. Any
// of the columns 2 and 6 wins at once; scores by Pons' convention are then (21 - 3) for the win
// with the fourth of 21 stones: the position after 6 stones, so (43 - 6) / 2 = 18.
constexpr const char* kThree = "334455";

TEST(Positions, BothFormatsAreRead) {
  const TestFolder folder;
  const Component<AnyGame> game = MakeGame("connect_four");
  WriteFileAtomic(folder.path() / "plain", "334455 18\n");
  WriteFileAtomic(folder.path() / "scored",
                  "# moves score scores\n334455 18 -3 18 -2 -4 -2 18 -3\n");
  const PositionSet plain = ReadPositions(folder.path() / "plain", game);
  const PositionSet scored = ReadPositions(folder.path() / "scored", game);
  ASSERT_EQ(plain.states.size(), 1U);
  ASSERT_EQ(scored.states.size(), 1U);
  EXPECT_EQ(plain.states[0].moves().size(), 6U);
  ASSERT_EQ(scored.moves[0].size(), 7U);
  EXPECT_EQ(scored.moves[0][1].score, 18);
  EXPECT_EQ(scored.moves[0][1].outcome, 1);
  EXPECT_EQ(scored.moves[0][0].outcome, -1);
  // The outcomes of moves come from our own solver where no file has them.
  for (const ScoredMove& move : plain.moves[0]) {
    if (move.move == Column(2) || move.move == Column(6)) {
      EXPECT_EQ(move.outcome, 1);
    }
  }
}

TEST(Positions, TheOracleFileBesideIsUsed) {
  const TestFolder folder;
  WriteFileAtomic(folder.path() / "Test_X", "334455 18\n");
  WriteFileAtomic(folder.path() / "oracle_Test_X.txt", "334455 18 -3 18 -2 -4 -2 18 -3\n");
  const PositionSet set = ReadPositions(folder.path() / "Test_X", MakeGame("connect_four"));
  EXPECT_EQ(set.moves[0][3].score, -4);
}

TEST(Positions, DamageIsNamedWithItsLine) {
  const Component<AnyGame> game = MakeGame("connect_four");
  const auto refuse = [&](const std::string& text, const std::string& message) {
    const TestFolder folder;
    WriteFileAtomic(folder.path() / "file", text);
    ExpectError(ErrorKind::kData, message,
                [&] { (void)ReadPositions(folder.path() / "file", game); });
  };
  refuse("", "holds no positions");
  refuse("334455 18\n334459 1\n", "file:2: move 6, \"9\", is not legal");
  refuse("1111111 0\n", "move 7, \"1\", is not legal");
  refuse("334455 x\n", "expected a score");
  refuse("334455 18 1 2\n", "expected moves and 1 or 8 scores, found 3");
  refuse("334455 18 -3 18 -2 -4 -2 -1000 -3\n", "column 6 is not full, its score -1000");
  refuse("334455 17 -3 18 -2 -4 -2 18 -3\n",
         "the position's score is 17, that of its best move 18");
  refuse("334455 -5\n", "score -5, but the best move wins");
  refuse("1212121 0\n", "the game is over");
  ExpectError(ErrorKind::kUsage, "connect_four, not of othello",
              [] { (void)ReadPositions("file", MakeGame("othello")); });
}

TEST(Positions, FewerAreTakenEvenly) {
  const TestFolder folder;
  const Component<AnyGame> game = MakeGame("connect_four");
  WriteFileAtomic(folder.path() / "file",
                  std::string("334455 18 -3 18 -2 -4 -2 18 -3\n") + "33445 0 0 0 0 0 0 0 0\n" +
                      "443355 18 -3 18 -2 -4 -2 18 -3\n" + "44335 0 0 0 0 0 0 0 0\n");
  const PositionSet set = ReadPositions(folder.path() / "file", game, 2);
  ASSERT_EQ(set.states.size(), 2U);
  EXPECT_EQ(set.states[0].moves().size(), 6U);
  EXPECT_EQ(set.states[1].moves().size(), 6U);
  EXPECT_EQ(set.states[1].moves()[0], Column(4));
}

// Four positions by hand: one where nothing can be done wrong, one missed win, one win that is the
// slower one (no error of class, a loss of score), one draw thrown away.
TEST(MoveErrors, CountWhatChangesTheOutcome) {
  const Component<AnyGame> game = MakeGame("connect_four");
  PositionSet set;
  const auto add = [&](std::vector<ScoredMove> moves) {
    set.states.emplace_back(game);
    set.moves.push_back(std::move(moves));
  };
  add({{0, 0, 0}, {1, 0, 0}});
  add({{0, 1, 5}, {1, -1, -2}});
  add({{0, 1, 5}, {1, 1, 3}, {2, 0, 0}});
  add({{0, 0, 0}, {1, -1, -4}});
  const MoveErrors errors = CountErrors(set, std::vector<Move>{1, 1, 1, 1});
  EXPECT_EQ(errors.positions, 4);
  EXPECT_EQ(errors.decidable, 3);
  EXPECT_DOUBLE_EQ(errors.error_rate, 2.0 / 4);
  EXPECT_DOUBLE_EQ(errors.error_rate_decidable, 2.0 / 3);
  EXPECT_DOUBLE_EQ(errors.mean_score_loss.value(), (0 + 7 + 2 + 4) / 4.0);
  EXPECT_DOUBLE_EQ(CountErrors(set, std::vector<Move>{0, 0, 0, 0}).error_rate, 0);
}

TEST(MoveErrors, ScoresThatAreNotKnownGiveNoMeanLoss) {
  PositionSet set;
  set.states.emplace_back(MakeGame("connect_four"));
  set.moves.push_back({{0, 1, std::nullopt}, {1, -1, std::nullopt}});
  const MoveErrors errors = CountErrors(set, std::vector<Move>{1});
  EXPECT_FALSE(errors.mean_score_loss.has_value());
  EXPECT_TRUE(errors.ToJson().at("mean_score_loss").is_null());
  EXPECT_EQ(errors.error_rate, 1);
}

TEST(MoveErrors, ANonMoveIsAnError) {
  PositionSet set;
  set.states.emplace_back(MakeGame("connect_four"));
  set.moves.push_back({{0, 0, 0}, {1, 0, -0}});
  EXPECT_EQ(CountErrors(set, std::vector<Move>{kNoMove}).errors, 1);
}

TEST(MoveErrors, SetsAddUp) {
  MoveErrors sum;
  MoveErrors one, two;
  one.positions = 10;
  one.decidable = 5;
  one.errors = 1;
  one.mean_score_loss = 1.0;
  two.positions = 30;
  two.decidable = 20;
  two.errors = 4;
  two.mean_score_loss = 2.0;
  sum.Add(one);
  sum.Add(two);
  EXPECT_DOUBLE_EQ(sum.error_rate, 5.0 / 40);
  EXPECT_DOUBLE_EQ(sum.error_rate_decidable, 5.0 / 25);
  EXPECT_DOUBLE_EQ(sum.mean_score_loss.value(), (10 * 1.0 + 30 * 2.0) / 40);
}

// 4520 positions of tic-tac-toe have somebody to move; a perfect player errs in none of them, a
// player of the first legal move in many.
TEST(Evaluate, EveryReachablePositionOfTicTacToe) {
  const Component<AnyGame> game = MakeGame("tic_tac_toe");
  const PositionSet set = ReachablePositions(game);
  EXPECT_EQ(set.states.size(), 4520U);
  const auto perfect = Source("perfect", game);
  EXPECT_EQ(CountErrors(set, ChooseMoves(set, *perfect, 1, 2)).errors, 0);
  const ScriptedSource naive("naive", &FirstLegal);
  EXPECT_GT(CountErrors(set, ChooseMoves(set, naive, 1, 2)).error_rate, 0.1);
}

// Random positions between 14 and 31 stones, each once, with the worth of every legal move; the
// same for the same seed. The perfect player finds them without a fault.
TEST(Evaluate, SolvedPositionsOfConnectFour) {
  const Component<AnyGame> game = MakeGame("connect_four");
  const PositionSet set = SolvedPositions(game, 40, /*seed=*/3);
  const PositionSet again = SolvedPositions(game, 40, /*seed=*/3);
  ASSERT_EQ(set.states.size(), 40U);
  std::set<std::uint64_t> seen;
  for (std::size_t i = 0; i < set.states.size(); ++i) {
    const GameState& state = set.states[i];
    EXPECT_GE(state.moves().size(), 14U);
    EXPECT_LE(state.moves().size(), 31U);
    EXPECT_EQ(state.moves(), again.states[i].moves());
    EXPECT_EQ(set.moves[i].size(), state.LegalMoves().size());
    seen.insert(game->Hash(state.position()));
  }
  EXPECT_EQ(seen.size(), 40U);
  EXPECT_EQ(CountErrors(set, ChooseMoves(set, *Source("perfect", game), 1, 2)).errors, 0);
  EXPECT_FALSE(NamesPositionFile("somewhere/solved"));
  EXPECT_TRUE(NamesPositionFile("somewhere/Test_L1_R1"));
}

// The published error of minimax of depth 5 on the set of end positions is 1.4 %; our own perfect
// player has none, on the scores of somebody else's solver.
TEST(Evaluate, ThePublishedSetOfEndPositions) {
  const Path file = TestData() / "connect4/Test_L3_R1";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << file.string() << " is missing";
  const Component<AnyGame> game = MakeGame("connect_four");
  const PositionSet set = ReadPositions(file, game);
  EXPECT_EQ(set.states.size(), 1000U);
  const MoveErrors minimax =
      CountErrors(set, ChooseMoves(set, *Source("minimax:depth=5", game), 1, 2));
  EXPECT_NEAR(minimax.error_rate, 0.014, 0.01);
  EXPECT_EQ(minimax.decidable, 497);  // counted in the oracle file; "50 %" in spec 3.2
  const MoveErrors perfect = CountErrors(set, ChooseMoves(set, *Source("perfect", game), 1, 2));
  EXPECT_EQ(perfect.errors, 0);
  EXPECT_EQ(perfect.mean_score_loss, 0.0);
}

}  // namespace
}  // namespace agon::selfplay
