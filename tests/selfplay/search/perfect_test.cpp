// SPDX-License-Identifier: Apache-2.0
#include "selfplay/search/perfect.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <set>

#include "runtime/base/error.h"
#include "selfplay/search/baselines.h"
#include "selfplay/search/connect_four_solver.h"
#include "tests/selfplay/search/baselines_helpers.h"

namespace agon::selfplay {
namespace {

int Sign(int score) { return (score > 0) - (score < 0); }

FourBoard Board(std::string_view columns) {
  FourBoard board;
  for (const char column : columns) board = board.AfterColumn(column - '1');
  return board;
}

// ---- tic-tac-toe ----

void VisitAll(const GameState& state, std::set<std::uint64_t>& seen,
              const std::function<void(const GameState&)>& visit) {
  if (state.Over() || !seen.insert(state.game().Hash(state.position())).second) return;
  visit(state);
  for (const Move move : state.LegalMoves()) VisitAll(After(state, move), seen, visit);
}

// 4520 positions in which somebody is to move (the spec counts them so).
TEST(PerfectTicTacToe, KnowsTheOutcomeOfEveryMoveInEveryPosition) {
  PerfectPlayer player(MakeGame("tic_tac_toe"), 1);
  std::set<std::uint64_t> seen;
  VisitAll(Play("tic_tac_toe", ""), seen, [&](const GameState& state) {
    const auto moves = player.Moves(state);
    EXPECT_EQ(moves.size(), state.LegalMoves().size());
    for (const PerfectMove& move : moves) {
      EXPECT_EQ(move.outcome, Sign(move.score.value()));
#ifndef NDEBUG
      if (state.moves().size() < 4) continue;  // the brute force is slow with sanitizers
#endif
      EXPECT_EQ(move.outcome, -BruteForceOutcome(After(state, move.move)));
    }
  });
  EXPECT_EQ(seen.size(), 4520U);
}

// Counted from the last stone of the winner: X has five, O four.
TEST(PerfectTicTacToe, ScoresAreTheWinnersStonesCountedFromTheLast) {
  PerfectPlayer player(MakeGame("tic_tac_toe"), 1);
  const GameState wins = Play("tic_tac_toe", "a1a3b1b3");
  for (const PerfectMove& move : player.Moves(wins)) {
    if (wins.game().MoveText(move.move) == "c1") {
      EXPECT_EQ(move.score, 3);
    }
  }
  EXPECT_EQ(wins.game().MoveText(player.Choose(wins)), "c1");
}

TEST(PerfectTicTacToe, NeverLosesAndPlaysAllGoodMoves) {
  PerfectPlayer player(MakeGame("tic_tac_toe"), 1);
  std::uint64_t random = 1;
  std::set<Move> first_moves;
  for (int game = 0; game < 200; ++game) {
    GameState state = Play("tic_tac_toe", "");
    while (!state.Over()) {
      state.Play(state.to_move() == game % 2 ? player.Choose(state) : RandomMove(state, random));
    }
    EXPECT_GE(ValueFor(state.Result(), game % 2), 0);
    if (game % 2 == 0) first_moves.insert(state.moves().front());
  }
  EXPECT_EQ(first_moves.size(), 9U);  // all draw
}

// ---- Connect Four ----

TEST(FourBoard, FindsThreatsAsPlayingThemShows) {
  std::uint64_t random = 3;
  for (int i = 0; i < 300; ++i) {
    const GameState state = RandomPosition("connect_four", i % 40, random);
    const FourBoard board = FourBoard::From(state).value();
    EXPECT_EQ(board.stones(), static_cast<int>(state.moves().size()));
    EXPECT_FALSE(board.IsLost());
    bool any = false;
    for (int column = 0; column < 7; ++column) {
      EXPECT_EQ(board.IsFull(column), !state.IsLegal(static_cast<Move>(column)));
      if (board.IsFull(column)) continue;
      const GameState next = After(state, static_cast<Move>(column));
      const bool wins = next.Over() && next.Result() != Outcome::kDraw;
      EXPECT_EQ(board.AfterColumn(column).IsLost(), wins);
      any |= wins;
    }
    EXPECT_EQ(board.WinsAtOnce(), any);
  }
  EXPECT_FALSE(FourBoard::From(Play("tic_tac_toe", "")).has_value());
}

TEST(FourBoard, MirroredPositionsShareAKeyAndOthersDoNot) {
  EXPECT_EQ(Board("1123").KeyUpToMirror(), Board("7765").KeyUpToMirror());
  EXPECT_NE(Board("1123").Key(), Board("7765").Key());
  EXPECT_NE(Board("1123").KeyUpToMirror(), Board("1132").KeyUpToMirror());
  EXPECT_EQ(Board("1122").Key(), Board("2211").Key());
}

// The scores of 3000 positions, from another solver, and of every column: of the first set (early
// in the game) for a few, since a bad column can take a second.
TEST(FourSolver, AgreesWithThePublishedScores) {
#ifdef NDEBUG
  constexpr std::size_t kStep = 1, kEarlyColumns = 400;
#else
  constexpr std::size_t kStep = 20, kEarlyColumns = 1000;
#endif
  FourSolver solver(16 << 20);
  for (const std::string level : {"L3", "L2", "L1"}) {
    const Path file = TestData() / "connect4" / ("oracle_Test_" + level + "_R1.txt");
    if (!std::filesystem::exists(file)) GTEST_SKIP() << file.string() << " is missing";
    const std::vector<FourCase> cases = ReadFourCases(file);
    EXPECT_EQ(cases.size(), 1000U);
    for (std::size_t i = 0; i < cases.size(); i += kStep) {
      const FourBoard board = Board(cases[i].moves);
      EXPECT_EQ(solver.Score(board), cases[i].score) << cases[i].moves;
      EXPECT_EQ(solver.Outcome(board), Sign(cases[i].score)) << cases[i].moves;
      if (level == "L1" && i % kEarlyColumns != 0) continue;
      for (int column = 0; column < 7; ++column) {
        EXPECT_EQ(solver.ScoreOfColumn(board, column),
                  cases[i].columns[static_cast<std::size_t>(column)])
            << cases[i].moves << " column " << column + 1;
      }
    }
  }
}

// The table may be as small as it likes, and what it remembers of other positions does not matter.
TEST(FourSolver, TheTableChangesTimeOnly) {
  std::uint64_t random = 8;
  FourSolver small(0), large(8 << 20);
  for (int i = 0; i < 100; ++i) {
    const FourBoard board =
        FourBoard::From(RandomPosition("connect_four", 26 + i % 12, random)).value();
    FourSolver fresh(1 << 20);
    const int score = fresh.Score(board);
    EXPECT_EQ(small.Score(board), score);
    EXPECT_EQ(large.Score(board), score);
  }
  EXPECT_GT(small.nodes(), 0);
}

// Two perfect players finish exactly at the stone that the score names.
TEST(PerfectConnectFour, PlaysToTheScoreItGives) {
  std::uint64_t random = 4;
  PerfectPlayer player(MakeGame("connect_four"), 7, {.table_bytes = 16 << 20});
  for (int i = 0; i < 20; ++i) {
    GameState state = RandomPosition("connect_four", 20 + i % 12, random);
    const int winner = state.to_move();
    int score = -100;
    for (const PerfectMove& move : player.Moves(state)) score = std::max(score, move.score.value());
    while (!state.Over()) state.Play(player.Choose(state));
    EXPECT_EQ(ValueFor(state.Result(), winner), Sign(score));
    // The winner's k-th last of 21 stones.
    const int stones = static_cast<int>(state.moves().size());
    const int its_stones = (stones + 1) / 2;
    if (score != 0) {
      EXPECT_EQ(std::abs(score), 22 - its_stones);
    }
  }
}

TEST(PerfectConnectFour, WinsWonGamesAgainstAnyone) {
  std::uint64_t random = 5;
  PerfectPlayer player(MakeGame("connect_four"), 7, {.table_bytes = 16 << 20});
  int won = 0;
  for (int i = 0; i < 30; ++i) {
    GameState state = RandomPosition("connect_four", 18, random);
    const int player_side = i % 2;
    const bool moves_first = state.to_move() == player_side;
    int best = -1, worst = 1;
    for (const PerfectMove& move : player.Moves(state)) {
      best = std::max(best, move.outcome);
      worst = std::min(worst, -move.outcome);
    }
    const int sure = moves_first ? best : -best;
    while (!state.Over()) {
      state.Play(state.to_move() == player_side ? player.Choose(state) : RandomMove(state, random));
    }
    EXPECT_GE(ValueFor(state.Result(), player_side), sure);
    won += ValueFor(state.Result(), player_side) == 1;
  }
  EXPECT_GT(won, 15);
}

// Early in the game outcomes come without scores; asked for, scores agree with them.
TEST(PerfectConnectFour, OutcomesAndScoresAgree) {
  std::uint64_t random = 6;
  std::vector<std::string> told;
  PerfectSettings settings = {.table_bytes = 16 << 20, .exact_from = 40};
  settings.progress = [&](const std::string& what) { told.push_back(what); };
  settings.memory = std::make_shared<PerfectMemory>();
  PerfectPlayer player(MakeGame("connect_four"), 7, settings);
  for (int i = 0; i < 5; ++i) {
    const GameState state = RandomPosition("connect_four", 22, random);
    const auto outcomes = player.Moves(state), scores = player.Moves(state, true);
    ASSERT_EQ(outcomes.size(), scores.size());
    for (std::size_t k = 0; k < scores.size(); ++k) {
      EXPECT_FALSE(outcomes[k].score.has_value());
      EXPECT_EQ(outcomes[k].outcome, Sign(scores[k].score.value()));
      EXPECT_EQ(outcomes[k].outcome, scores[k].outcome);
    }
    const std::size_t before = told.size();
    (void)player.Moves(state);                                                // is remembered,
    (void)PerfectPlayer(MakeGame("connect_four"), 8, settings).Moves(state);  // by all who share it
    EXPECT_EQ(told.size(), before);
  }
  EXPECT_THAT(told.front(), testing::HasSubstr("column"));
}

TEST(PerfectConnectFour, OpensInTheCentreAtOnce) {
  PerfectPlayer player(MakeGame("connect_four"), 1);
  EXPECT_EQ(player.Choose(Play("connect_four", "")), 3);
}

TEST(PerfectPlayer, NamesTheGamesItKnows) {
  EXPECT_TRUE(PerfectPlayer::Knows("connect_four"));
  EXPECT_FALSE(PerfectPlayer::Knows("go"));
  try {
    PerfectPlayer player(MakeGame("{name: go, size: 5}"), 1);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_THAT(error.what(),
                testing::AllOf(testing::HasSubstr("go"), testing::HasSubstr("tic_tac_toe"),
                               testing::HasSubstr("connect_four")));
  }
}

}  // namespace
}  // namespace agon::selfplay
