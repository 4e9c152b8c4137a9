// SPDX-License-Identifier: Apache-2.0
// Proven results: what a search knows for certain it says, and it never plays against it.
#include <algorithm>
#include <bit>

#include "selfplay/games/connect_four.h"
#include "selfplay/games/tic_tac_toe.h"
#include "tests/selfplay/search/search_helpers.h"

namespace agon::selfplay {
namespace {

// A search that tries everything, however little it expects of it: what is known grows fastest.
SearchResult Solve(const GameState& state, std::int64_t simulations, int leaves = 1) {
  SearchSettings settings;
  settings.cpuct = 50;
  settings.simulations = simulations;
  const auto search = state.game().MakeSearcher(settings, 0);
  AnswerWith network(HashAnswer);  // knows nothing
  EvalBatch batch(state.game().Shape(), leaves);
  return RunSearch(*search, state, network, batch, {}, leaves);
}

TEST(Solver, TicTacToeIsADraw) {
  const auto uniform = MakeUniformEvaluator();
  const GameState state = StateOf(TicTacToe());
  SearchSettings settings;
  settings.cpuct = 50;
  settings.simulations = 10000000;
  const auto search = state.game().MakeSearcher(settings, 0);
  EvalBatch batch(state.game().Shape(), 1);
  const SearchResult result = RunSearch(*search, state, *uniform, batch, {}, 1);
  EXPECT_EQ(result.value, 0);
  EXPECT_LT(result.simulations, 5000000) << "it did not stop when it knew";
  for (const MoveStats& move : result.moves) EXPECT_EQ(move.proven, 0);
}

// Solves a position by going through all games below it.
int Truth(const GameState& state) {
  if (state.Over()) return ValueFor(state.Result(), state.to_move());
  int best = -1;
  for (const Move move : state.LegalMoves()) {
    GameState next = state;
    next.Play(move);
    best = std::max(best, -Truth(next));
  }
  return best;
}

// Positions with four stones on the board: what is proven is true, at the root and for every move,
// and the move keeps the value.
TEST(Solver, AgreesWithTheWholeTreeOfTicTacToe) {
  int checked = 0;
  for (int code = 0; code < 9 * 8 * 7 * 6; code += 7) {
    GameState state = StateOf(TicTacToe());
    for (int rest = code, left = 9; left > 5; --left) {
      state.Play(state.LegalMoves()[static_cast<std::size_t>(rest % left)]);
      rest /= left;
    }
    const int truth = Truth(state);
    const SearchResult result = Solve(state, 5000, code % 2 == 0 ? 1 : 4);
    EXPECT_EQ(result.value, truth);
    EXPECT_LT(result.simulations, 5000);
    for (const MoveStats& move : result.moves) {
      GameState next = state;
      next.Play(move.move);
      const int value = -Truth(next);
      EXPECT_TRUE(move.proven == 2 || move.proven == value);
      EXPECT_TRUE(move.move != result.best || value == truth);
      // No weight on a move that gives something away.
      EXPECT_TRUE(value == truth || move.target == 0);
    }
    ++checked;
  }
  EXPECT_GT(checked, 400);
}

// Three in a row with an open end: the win is seen at once, and the search ends there.
TEST(Solver, TakesAWin) {
  const GameState state = Playing<ConnectFour>({"3", "3", "4", "4", "5", "5"});
  const SearchResult result = Solve(state, 10000);
  EXPECT_EQ(result.value, 1);
  EXPECT_LT(result.simulations, 1000);
  EXPECT_EQ(result.moves.front().proven, 1);
  EXPECT_EQ(result.moves.front().line.size(), 1U);
  EXPECT_EQ(result.moves.front().target, 1);
  EXPECT_TRUE(result.best == 1 || result.best == 5);  // columns 2 and 6
}

// O has three on the ground, open at one end: X has to close it, all else is proven lost, however
// little the network likes the move.
TEST(Solver, NeverPlaysWhatIsProvenToLose) {
  const GameState state = Playing<ConnectFour>({"1", "2", "1", "3", "2", "4"});
  for (const char* algorithm : {"puct", "gumbel", "gumbel_root"}) {
    SearchSettings settings;
    settings.algorithm = algorithm;
    settings.simulations = 400;
    const auto search = state.game().MakeSearcher(settings, 0);
    AnswerWith network([](EvalBatch& batch, int row) {
      const auto words = batch.planes(row);
      const bool root = std::popcount(words[0]) + std::popcount(words[1]) == 6;
      for (std::size_t i = 0; i < batch.logits(row).size(); ++i) {
        batch.logits(row)[i] = root && batch.legal(row)[i] == 4 ? -4.0F : 0.0F;
      }
      batch.outcome(row) = kEvenOutcome;
    });
    EvalBatch batch(state.game().Shape(), 1);
    const SearchResult result =
        RunSearch(*search, state, network, batch, {.noise = true, .symmetry = 0}, 1);
    EXPECT_EQ(result.best, 4) << algorithm;
    for (const MoveStats& move : result.moves) {
      if (move.move == 4) continue;
      EXPECT_EQ(move.proven, -1) << algorithm;
      EXPECT_EQ(move.target, 0) << algorithm;
    }
  }
}

// Open at both ends: all is lost, the search says so, and still names a move.
TEST(Solver, KnowsALostPosition) {
  const GameState state = Playing<ConnectFour>({"1", "3", "1", "4", "7", "5"});
  const SearchResult result = Solve(state, 100000);
  EXPECT_EQ(result.value, -1);
  EXPECT_LT(result.simulations, 100000);
  EXPECT_NE(result.best, kNoMove);
  double sum = 0;
  for (const MoveStats& move : result.moves) {
    EXPECT_EQ(move.proven, -1);
    sum += move.target;
  }
  EXPECT_NEAR(sum, 1, 1e-9);
}

// A game cut off at its limit of moves is a draw in the tree as it is on the board.
class ShortTicTacToe : public TicTacToe {
 public:
  [[nodiscard]] int MaxMoves() const { return 4; }
};

TEST(Solver, KnowsTheLimitOfMoves) {
  const GameState state = StateOf(ShortTicTacToe());
  const SearchResult result = Solve(state, 100000);
  EXPECT_EQ(result.value, 0);
  EXPECT_LE(result.depth, 4);
  EXPECT_LT(result.simulations, 100000);  // 9 * 8 * 7 * 6 games are soon all known
}

}  // namespace
}  // namespace agon::selfplay
