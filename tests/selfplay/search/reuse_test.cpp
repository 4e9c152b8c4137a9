// SPDX-License-Identifier: Apache-2.0
// The tree between moves: what is kept, what is forgotten, what it costs; and what history forbids.
#include <set>

#include "selfplay/games/connect_four.h"
#include "selfplay/games/go.h"
#include "selfplay/games/random.h"
#include "tests/selfplay/search/search_helpers.h"

namespace agon::selfplay {
namespace {

SearchSettings Settings(std::int64_t simulations) {
  SearchSettings settings;
  settings.simulations = simulations;
  return settings;
}

TEST(TreeReuse, KeepsTheVisitsOfTheMovePlayed) {
  GameState state = StateOf(ConnectFour());
  const auto search = state.game().MakeSearcher(Settings(500), 0);
  AnswerWith network(HashAnswer);
  EvalBatch batch(state.game().Shape(), 1);
  const SearchRequest request{.symmetry = 0};
  const SearchResult before = RunSearch(*search, state, network, batch, request, 1);
  const std::int64_t kept = StatsOf(before, before.best).visits;
  ASSERT_GT(kept, 50);
  state.Play(before.best);
  search->Advance(before.best);
  search->Begin(state, request);
  EXPECT_EQ(search->Result().visits, kept);
  EXPECT_NEAR(search->Result().value, -StatsOf(before, before.best).value, 1e-6);
  // The line expected then begins with the move expected now.
  EXPECT_EQ(StatsOf(before, before.best).line[1], search->Result().best);
  const int asked = network.rows;
  const SearchResult after = RunSearch(*search, state, network, batch, request, 1);
  EXPECT_EQ(after.visits, kept + 500);
  EXPECT_EQ(after.simulations, 500);
  EXPECT_LE(network.rows - asked, 500);
  // The same tree as if the root had always been there: what was below was not touched by the move
  // above it, so a fresh search of the same size is the same but for the noise of rounding.
  const auto fresh = state.game().MakeSearcher(Settings(after.visits - 1), 0);
  const SearchResult whole = RunSearch(*fresh, state, network, batch, request, 1);
  for (const MoveStats& move : after.moves) {
    EXPECT_EQ(move.visits, StatsOf(whole, move.move).visits);
  }
}

TEST(TreeReuse, ForgetsWhatDoesNotBelongToThePosition) {
  GameState state = StateOf(ConnectFour());
  AnswerWith network(HashAnswer);
  EvalBatch batch(state.game().Shape(), 1);
  const auto search = state.game().MakeSearcher(Settings(100), 0);
  (void)RunSearch(*search, state, network, batch, {}, 1);
  state.Play(0);  // and the searcher is not told
  EXPECT_EQ(RunSearch(*search, state, network, batch, {}, 1).visits, 101);
  search->Advance(1);  // told, but something else was played
  state.Play(2);
  EXPECT_EQ(RunSearch(*search, state, network, batch, {}, 1).visits, 101);
  // An illegal move, one at a time when leaves wait, one before any search.
  search->Advance(77);
  EXPECT_EQ(RunSearch(*search, state, network, batch, {}, 1).visits, 101);
  search->Begin(state, {});
  batch.Clear();
  (void)search->Collect(batch, 1);
  search->Advance(0);
  EXPECT_EQ(RunSearch(*search, state, network, batch, {}, 1).visits, 101);
  state.game().MakeSearcher(Settings(100), 0)->Advance(0);

  SearchSettings settings = Settings(100);
  settings.reuse_tree = false;
  const auto forgetful = state.game().MakeSearcher(settings, 0);
  (void)RunSearch(*forgetful, state, network, batch, {}, 1);
  EXPECT_EQ(RunSearch(*forgetful, state, network, batch, {}, 1).visits, 101);
}

// A second search of the same position goes on with the tree, with new noise over the same priors.
TEST(TreeReuse, NoiseDoesNotPileUp) {
  const GameState state = StateOf(ConnectFour());
  SearchSettings settings = Settings(50);
  settings.noise_fraction = 0.5;
  TreeSearch<ConnectFour> search(ConnectFour(), settings, 0);
  const auto uniform = MakeUniformEvaluator();
  EvalBatch batch(state.game().Shape(), 1);
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const SearchResult result =
        RunSearch(search, state, *uniform, batch, {.noise = true, .seed = seed}, 1);
    for (const MoveStats& move : result.moves) EXPECT_NEAR(move.prior, 1.0 / 7, 1e-6);
  }
  (void)RunSearch(search, state, *uniform, batch, {}, 1);
  for (const Edge& edge : search.core().tree.edges(search.core().tree.root.expansion)) {
    EXPECT_NEAR(UnpackPrior(edge.prior), 1.0 / 7, 1e-4);
  }
}

// Sequential halving counts the visits of this search; those inherited inform the values.
TEST(TreeReuse, GumbelHalvesItsOwnVisits) {
  GameState state = StateOf(ConnectFour());
  SearchSettings settings = Settings(64);
  settings.algorithm = "gumbel";
  settings.gumbel_considered = 4;
  const auto search = state.game().MakeSearcher(settings, 0);
  AnswerWith network(HashAnswer);
  EvalBatch batch(state.game().Shape(), 1);
  for (int move = 0; move < 6; ++move) {
    search->Begin(state, {.noise = true, .seed = 3});
    std::map<Move, std::int64_t> inherited;
    for (const MoveStats& stats : search->Result().moves) inherited[stats.move] = stats.visits;
    const SearchResult result =
        RunSearch(*search, state, network, batch, {.noise = true, .seed = 3}, 1);
    std::multiset<std::int64_t> own;
    for (const MoveStats& stats : result.moves) {
      if (stats.visits > inherited[stats.move]) own.insert(stats.visits - inherited[stats.move]);
    }
    EXPECT_EQ(own, (std::multiset<std::int64_t>{8, 8, 24, 24})) << "move " << move;
    state.Play(result.best);
    search->Advance(result.best);
  }
}

// 100,000 moves of game after game: the memory of the first thousand is enough for all.
TEST(TreeReuse, MemoryDoesNotGrow) {
  const ConnectFour rules;
  TreeSearch<ConnectFour> search(rules, Settings(12), 0);
  std::uint64_t random = 1;
  const History history;
  std::size_t held = 0;
  ConnectFour::Position position = rules.Start();
  int ply = 0;
  for (int move = 0; move < 100000; ++move) {
    search.BeginAt(position, history, ply, {.noise = true, .seed = NextRandom(random)});
    search.RunUniform();
    const SearchResult result = search.Result();
    if (result.best == kNoMove) {
      position = rules.Start();
      ply = 0;
      if (move % 3 == 0) search.Reset();
      continue;
    }
    const auto pick =
        static_cast<std::size_t>(RandomBelow(random, static_cast<int>(result.moves.size())));
    const Move played = result.moves[pick].move;
    search.Advance(played);
    rules.Play(position, played);
    ++ply;
    if (move == 1000) held = search.core().tree.held_bytes();
  }
  EXPECT_GT(held, 0U);
  EXPECT_LE(search.core().tree.held_bytes(), held);
}

// Go: the moves of every position in the tree are those of the game that leads there, superko and
// all; on 3x3 boards kos are everywhere.
TEST(History, HoldsInTheTree) {
  const Go rules(3, 3, 0.5);
  GameState state = StateOf(rules);
  SearchSettings settings = Settings(2000);
  settings.solver = false;
  TreeSearch<Go> search(rules, settings, 0);
  AnswerWith network(HashAnswer);
  EvalBatch batch(state.game().Shape(), 4);
  std::int64_t checked = 0, forbidden = 0;
  const std::function<void(const Node&, GameState&)> check = [&](const Node& node, GameState& at) {
    if (node.expansion == 0) return;
    std::vector<Move> moves;
    const auto edges = search.core().tree.edges(node.expansion);
    for (const Edge& edge : edges) moves.push_back(edge.move);
    std::ranges::sort(moves);
    const std::vector<Move> legal = at.LegalMoves();
    ASSERT_EQ(moves, legal);
    std::array<Move, kMaxActions> free;
    const int without = at.game().LegalMoves(at.position(), {}, free);
    forbidden += without - static_cast<int>(legal.size());
    ++checked;
    const auto children = search.core().tree.children(node.expansion);
    for (std::size_t i = 0; i < children.size(); ++i) {
      at.Play(edges[i].move);
      check(children[i], at);
      (void)at.Undo();
    }
  };
  for (int move = 0; move < 12 && !state.Over(); ++move) {
    const SearchResult result = RunSearch(search, state, network, batch, {.symmetry = 0}, 4);
    GameState walked = state;
    check(search.core().tree.root, walked);
    const Move played =
        result.moves[result.moves.size() > 1 ? static_cast<std::size_t>(move % 2) : 0].move;
    state.Play(played);
    search.Advance(played);
  }
  EXPECT_GT(checked, 5000);
  EXPECT_GT(forbidden, 100);
}

}  // namespace
}  // namespace agon::selfplay
