// SPDX-License-Identifier: Apache-2.0
#include "selfplay/search/tree_search.h"

#include <cmath>
#include <limits>
#include <set>

#include "runtime/base/error.h"
#include "selfplay/games/connect_four.h"
#include "selfplay/games/go.h"
#include "selfplay/games/tic_tac_toe.h"
#include "tests/selfplay/search/search_helpers.h"

namespace agon::selfplay {
namespace {

SearchResult Search(const GameState& state, const SearchSettings& settings,
                    const SearchRequest& request, int leaves, std::uint64_t seed = 0) {
  AnswerWith network(HashAnswer);
  const auto search = state.game().MakeSearcher(settings, seed);
  EvalBatch batch(state.game().Shape(), leaves);
  return RunSearch(*search, state, network, batch, request, leaves);
}

void ExpectEqual(const SearchResult& a, const SearchResult& b) {
  EXPECT_EQ(a.best, b.best);
  EXPECT_EQ(a.value, b.value);
  EXPECT_EQ(a.visits, b.visits);
  ASSERT_EQ(a.moves.size(), b.moves.size());
  for (std::size_t i = 0; i < a.moves.size(); ++i) {
    EXPECT_EQ(a.moves[i].move, b.moves[i].move);
    EXPECT_EQ(a.moves[i].visits, b.moves[i].visits);
    EXPECT_EQ(a.moves[i].value, b.moves[i].value);
    EXPECT_EQ(a.moves[i].target, b.moves[i].target);
    EXPECT_EQ(a.moves[i].line, b.moves[i].line);
  }
}

class Algorithms : public testing::TestWithParam<const char*> {
 protected:
  static SearchSettings Settings(std::int64_t simulations) {
    SearchSettings settings;
    settings.algorithm = GetParam();
    settings.simulations = simulations;
    settings.noise_fraction = 0.25;
    return settings;
  }
};
INSTANTIATE_TEST_SUITE_P(All, Algorithms, testing::Values("puct", "gumbel", "gumbel_root"));

TEST_P(Algorithms, SpendExactlyTheSimulationsAskedFor) {
  const GameState state = StateOf(ConnectFour());
  for (const int leaves : {1, 3, 8}) {
    const SearchResult result = Search(state, Settings(100), {.noise = true}, leaves);
    EXPECT_EQ(result.simulations, 100);
    EXPECT_EQ(result.visits, 101);  // and the root's own evaluation
    std::int64_t visits = 0;
    double target = 0;
    for (const MoveStats& move : result.moves) {
      visits += move.visits;
      target += move.target;
      EXPECT_EQ(move.line.front(), move.move);
    }
    EXPECT_EQ(visits, 100);
    EXPECT_NEAR(target, 1, 1e-9);
    EXPECT_EQ(result.moves.size(), 7U);
    EXPECT_EQ(result.moves.front().move, result.best);
    EXPECT_GE(result.surprise, 0);
    EXPECT_GE(result.depth, 2);
  }
  EXPECT_EQ(Search(state, Settings(100), {.simulations = 17}, 1).simulations, 17);
}

TEST_P(Algorithms, SameSeedSameSearch) {
  const GameState state = StateOf(ConnectFour());
  const SearchRequest request{.noise = true, .seed = 5};
  const SearchResult first = Search(state, Settings(200), request, 4);
  ExpectEqual(first, Search(state, Settings(200), request, 4));
  std::set<double> values = {first.value};
  for (std::uint64_t seed = 6; seed < 10; ++seed) {
    values.insert(Search(state, Settings(200), {.noise = true, .seed = seed}, 4).value);
  }
  EXPECT_GT(values.size(), 1U);  // another seed, other noise and symmetries
}

// Many searches share one batch; each leaf still gets the answer to its own row.
TEST_P(Algorithms, SearchesInOneBatchDoNotTouchOneAnother) {
  const GameState state = StateOf(ConnectFour());
  AnswerWith network(HashAnswer);
  std::vector<std::unique_ptr<Searcher>> searchers;
  for (std::uint64_t i = 0; i < 5; ++i) {
    searchers.push_back(state.game().MakeSearcher(Settings(50), i));
    searchers.back()->Begin(state, {.noise = true, .seed = i});
  }
  EvalBatch batch(state.game().Shape(), 16);
  for (bool working = true; working;) {
    working = false;
    batch.Clear();
    std::vector<int> first;
    for (const auto& search : searchers) {
      first.push_back(batch.size());
      if (!search->Done()) (void)search->Collect(batch, 1);
    }
    network.Evaluate(batch, 0);
    for (std::size_t i = 0; i < searchers.size(); ++i) {
      if (!searchers[i]->Done()) searchers[i]->Apply(batch, first[i]);
      working = working || !searchers[i]->Done();
    }
  }
  for (std::uint64_t i = 0; i < 5; ++i) {
    ExpectEqual(searchers[i]->Result(),
                Search(state, Settings(50), {.noise = true, .seed = i}, 1, i));
  }
}

// RunUniform takes short cuts (positions seen once have no moves yet), not another path.
TEST_P(Algorithms, UniformSearchIsTheSearchWithUniformAnswers) {
  const auto uniform = MakeUniformEvaluator();
  AnswerWith asked([&](EvalBatch& batch, int row) {
    std::ranges::fill(batch.logits(row), 0.0F);
    batch.outcome(row) = kEvenOutcome;
  });
  const GameState state = Playing<ConnectFour>({"4", "4", "3"});
  EvalBatch batch(state.game().Shape(), 1);
  const auto one = state.game().MakeSearcher(Settings(500), 0);
  const auto other = state.game().MakeSearcher(Settings(500), 0);
  const SearchResult direct = RunSearch(*one, state, *uniform, batch, {.noise = true}, 1);
  ExpectEqual(direct, RunSearch(*other, state, asked, batch, {.noise = true}, 1));
  EXPECT_LT(direct.tree_bytes, other->tree_bytes());
}

TEST_P(Algorithms, WithoutSimulationsPlayTheRawPolicy) {
  AnswerWith network([](EvalBatch& batch, int row) {
    for (std::size_t i = 0; i < batch.logits(row).size(); ++i) {
      batch.logits(row)[i] = batch.legal(row)[i] == 5 ? 1.0F : 0.0F;
    }
    batch.outcome(row) = {0.6F, 0.3F, 0.1F};
  });
  const GameState state = StateOf(ConnectFour());
  const auto search = state.game().MakeSearcher(Settings(0), 0);
  EvalBatch batch(state.game().Shape(), 1);
  const SearchResult result = RunSearch(*search, state, network, batch, {.symmetry = 0}, 1);
  EXPECT_EQ(network.rows, 1);
  EXPECT_EQ(result.best, 5);
  EXPECT_NEAR(result.value, 0.5, 1e-6);
  EXPECT_NEAR(result.raw_outcome[1], 0.3, 1e-4);
  EXPECT_NEAR(StatsOf(result, 5).target, std::exp(1.0) / (std::exp(1.0) + 6), 1e-6);
  EXPECT_NEAR(result.surprise, 0, 1e-6);
}

// With several leaves in flight nothing is lost, counted twice, or left in flight.
TEST(TreeSearch, VirtualLossLeavesNoTrace) {
  const GameState state = StateOf(TicTacToe());
  SearchSettings settings;
  settings.solver = false;
  settings.simulations = 3000;
  TreeSearch<TicTacToe> search(TicTacToe(), settings, 1);
  AnswerWith network(HashAnswer);
  EvalBatch batch(state.game().Shape(), 64);
  (void)RunSearch(search, state, network, batch, {}, 64);
  const std::function<void(const Node&)> check = [&](const Node& node) {
    EXPECT_EQ(node.in_flight, 0);
    EXPECT_EQ(node.waiting, 0);
    EXPECT_LE(std::abs(node.value), 1.0001);
    if (node.expansion == 0) return;
    std::uint64_t below = 1;  // its own evaluation
    for (const Node& child : search.core().tree.children(node.expansion)) {
      EXPECT_GT(child.visits, 0U);
      below += child.visits;
      check(child);
    }
    EXPECT_EQ(node.visits, below);
  };
  check(search.core().tree.root);
  EXPECT_EQ(search.core().tree.root.visits, 3001U);
}

TEST(TreeSearch, BatchesFillUp) {
  const GameState state = StateOf(ConnectFour());
  SearchSettings settings;
  settings.simulations = 800;
  TreeSearch<ConnectFour> search(ConnectFour(), settings, 1);
  AnswerWith network(HashAnswer);
  EvalBatch batch(state.game().Shape(), 8);
  search.Begin(state, {});
  int batches = 0;
  while (!search.Done()) {
    batch.Clear();
    (void)search.Collect(batch, 8);
    network.Evaluate(batch, 0);
    search.Apply(batch, 0);
    ++batches;
  }
  EXPECT_LE(batches, 801 / 8 * 5 / 4);
}

// One leaf at a time, every leaf is asked once, under a symmetry that depends on position and seed
// only.
TEST(TreeSearch, DrawsSymmetriesFromSeedAndPosition) {
  const GameState state = StateOf(TicTacToe());
  SearchSettings settings;
  settings.simulations = 300;
  const auto keys = [&](std::uint64_t seed, std::optional<int> symmetry) {
    std::vector<std::uint64_t> seen;
    AnswerWith network([&](EvalBatch& batch, int row) {
      seen.push_back(batch.key(row));
      std::ranges::fill(batch.logits(row), 0.0F);
      batch.outcome(row) = kEvenOutcome;
    });
    const auto search = state.game().MakeSearcher(settings, 0);
    EvalBatch batch(state.game().Shape(), 1);
    (void)RunSearch(*search, state, network, batch, {.symmetry = symmetry, .seed = seed}, 1);
    return seen;
  };
  EXPECT_EQ(keys(1, {}), keys(1, {}));
  EXPECT_NE(keys(1, {}), keys(2, {}));
  EXPECT_NE(keys(1, {}), keys(1, 0));
  EXPECT_EQ(keys(1, 3), keys(2, 3));
}

// Rows are what the network sees: planes and moves turned alike. A network that looks for one cell
// of the board it is shown finds the same move under every symmetry.
TEST(TreeSearch, TurnsPlanesAndMovesAlike) {
  const GameState state = Playing<TicTacToe>({"a3"});
  SearchSettings settings;
  settings.simulations = 0;
  for (int symmetry = 0; symmetry < 8; ++symmetry) {
    AnswerWith network([](EvalBatch& batch, int row) {
      // Prefers the cell opposite to the one stone there is (plane 1: the other's).
      const auto stone = std::countr_zero(batch.planes(row)[0] >> 9);
      for (std::size_t i = 0; i < batch.legal(row).size(); ++i) {
        batch.logits(row)[i] = batch.legal(row)[i] == 8 - stone ? 4.0F : 0.0F;
      }
      batch.outcome(row) = kEvenOutcome;
    });
    const auto search = state.game().MakeSearcher(settings, 0);
    EvalBatch batch(state.game().Shape(), 1);
    const SearchResult result =
        RunSearch(*search, state, network, batch, {.symmetry = symmetry}, 1);
    EXPECT_EQ(state.game().MoveText(result.best), "c1") << "symmetry " << symmetry;
  }
}

TEST(TreeSearch, EndsWhenItsMemoryIsFull) {
  const GameState state = StateOf(ConnectFour());
  SearchSettings settings;
  settings.simulations = 1000000;
  settings.max_tree_bytes = 1 << 20;
  AnswerWith network(HashAnswer);
  const auto search = state.game().MakeSearcher(settings, 0);
  EvalBatch batch(state.game().Shape(), 8);
  const SearchResult result = RunSearch(*search, state, network, batch, {}, 8);
  EXPECT_LT(result.simulations, 40000);
  EXPECT_GT(result.simulations, 10000);
  EXPECT_LE(result.tree_bytes, 1U << 20);
  EXPECT_EQ(result.visits, result.simulations + 1);
  // The next move has room again.
  GameState next = state;
  next.Play(result.best);
  search->Advance(result.best);
  EXPECT_GT(RunSearch(*search, next, network, batch, {}, 8).simulations, 1000);
}

TEST(TreeSearch, EndsInTime) {
  SearchSettings settings;
  settings.simulations = 1000000000;
  settings.max_seconds = 0.02;
  const SearchResult result = Search(StateOf(ConnectFour()), settings, {}, 4);
  EXPECT_GT(result.simulations, 0);
  EXPECT_LT(result.simulations, 1000000000);
}

TEST(TreeSearch, OfAFinishedGameIsDoneAtOnce) {
  const GameState state = Playing<TicTacToe>({"a1", "b1", "a2", "b2", "a3"});
  ASSERT_TRUE(state.Over());
  for (const bool solver : {true, false}) {
    SearchSettings settings;
    settings.solver = solver;
    const SearchResult result = Search(state, settings, {}, 1);
    EXPECT_TRUE(result.moves.empty());
    EXPECT_EQ(result.best, kNoMove);
    EXPECT_EQ(result.value, -1);  // O is to move and has lost
  }
}

TEST(TreeSearch, RefusesAnswersThatAreNotFinite) {
  const GameState state = StateOf(TicTacToe());
  AnswerWith network([](EvalBatch& batch, int row) {
    std::ranges::fill(batch.logits(row), std::numeric_limits<float>::quiet_NaN());
    batch.outcome(row) = kEvenOutcome;
  });
  const auto search = state.game().MakeSearcher({}, 0);
  EvalBatch batch(state.game().Shape(), 1);
  EXPECT_THROW((void)RunSearch(*search, state, network, batch, {}, 1), Error);
  // And is good for another search.
  AnswerWith good(HashAnswer);
  EXPECT_EQ(RunSearch(*search, state, good, batch, {.simulations = 20}, 1).simulations, 20);
}

TEST(TreeSearch, PictureIsTheMostVisitedPartInPreorder) {
  const GameState state = StateOf(ConnectFour());
  SearchSettings settings;
  settings.simulations = 300;
  AnswerWith network(HashAnswer);
  const auto search = state.game().MakeSearcher(settings, 0);
  EvalBatch batch(state.game().Shape(), 1);
  const SearchResult result = RunSearch(*search, state, network, batch, {}, 1);
  const record::Tree tree = search->Picture(20);
  ASSERT_EQ(tree.nodes.size(), 20U);
  EXPECT_EQ(tree.nodes[0].parent, -1);
  EXPECT_EQ(tree.nodes[0].visits, 301);
  EXPECT_EQ(tree.nodes[1].parent, 0);
  EXPECT_EQ(tree.nodes[1].move, state.game().MoveText(result.moves[0].move));
  EXPECT_EQ(tree.nodes[1].visits, result.moves[0].visits);
  for (std::size_t i = 1; i < tree.nodes.size(); ++i) {
    ASSERT_LT(tree.nodes[i].parent, static_cast<std::int32_t>(i));
    EXPECT_LE(tree.nodes[i].visits,
              tree.nodes[static_cast<std::size_t>(tree.nodes[i].parent)].visits);
  }
}

TEST(ChooseMove, DrawsInProportionToAPowerOfTheTarget) {
  SearchResult result;
  result.moves = {{.move = 3, .visits = 60, .target = 0.6, .line = {}},
                  {.move = 1, .visits = 30, .target = 0.3, .line = {}},
                  {.move = 2, .visits = 10, .target = 0.1, .line = {}}};
  result.best = 3;
  EXPECT_EQ(ChooseMove(result, 0, 0.99), 3);
  EXPECT_EQ(ChooseMove(result, 1, 0.59), 3);
  EXPECT_EQ(ChooseMove(result, 1, 0.61), 1);
  EXPECT_EQ(ChooseMove(result, 1, 0.89), 1);
  EXPECT_EQ(ChooseMove(result, 1, 0.91), 2);
  // Squares: 36 : 9 : 1.
  EXPECT_EQ(ChooseMove(result, 0.5, 35.9 / 46), 3);
  EXPECT_EQ(ChooseMove(result, 0.5, 36.1 / 46), 1);
  EXPECT_EQ(ChooseMove(result, 0.5, 45.1 / 46), 2);
  EXPECT_EQ(ChooseMove(result, 0.001, 0.999), 3);  // no underflow to nothing
  result.moves[0].proven = 1;
  EXPECT_EQ(ChooseMove(result, 1, 0.99), 3);
  EXPECT_EQ(ChooseMove({}, 1, 0.5), kNoMove);
}

}  // namespace
}  // namespace agon::selfplay
