// SPDX-License-Identifier: Apache-2.0
// Players that search with an evaluator, and networks from files.
#include "selfplay/network/network.h"
#include "selfplay/play/evaluate.h"
#include "tests/selfplay/play/play_helpers.h"

namespace agon::selfplay {
namespace {

using ::testing::HasSubstr;

std::unique_ptr<PlayerSource> Searchers(const Component<AnyGame>& game, std::int64_t simulations) {
  SearchPlayerSettings settings;
  settings.search.simulations = simulations;
  return MakeSearchPlayers("uniform", game, MakeUniformEvaluator(), settings);
}

// Three in a row and open: the search proves the win, whatever the evaluator says.
TEST(SearchPlayer, FindsAWinInOneMove) {
  const Component<AnyGame> game = MakeGame("connect_four");
  const auto player = Searchers(game, 100)->Make(1);
  const GameState state = After(game, "4 4 5 5 6 6");
  player->NewGame(state);
  const std::string move = game->MoveText(player->Choose(state));
  EXPECT_TRUE(move == "3" || move == "7") << move;
  ASSERT_TRUE(player->last_search().has_value());
  EXPECT_EQ(player->last_search()->value, 1);
}

// One player follows a game by its moves and another looks at each position anew; both must answer
// with legal moves, also after a leap to another game.
TEST(SearchPlayer, FollowsAGameAndLeaps) {
  const Component<AnyGame> game = MakeGame("{name: othello, size: 6}");
  const auto player = Searchers(game, 50)->Make(1);
  GameState state(game);
  player->NewGame(state);
  for (int i = 0; i < 10 && !state.Over(); ++i) {
    const Move move = player->Choose(state);
    ASSERT_TRUE(state.IsLegal(move));
    state.Play(move);
    if (!state.Over()) state.Play(FirstLegal(state));
  }
  const GameState other(game);
  EXPECT_TRUE(other.IsLegal(player->Choose(other)));
}

// Searches side by side answer like searches one after the other when every one is exact.
TEST(SearchMany, FindsWhatSingleSearchesFind) {
  const Component<AnyGame> game = MakeGame("tic_tac_toe");
  const PositionSet all = ReachablePositions(game);
  const auto evaluator = MakeUniformEvaluator();
  SearchSettings settings;
  settings.simulations = 2000;  // enough to prove every position
  const std::vector<Move> moves = SearchMany(all.states, *evaluator, settings, 1);
  EXPECT_EQ(CountErrors(all, moves).errors, 0);
}

TEST(SearchMany, TheSeedDecides) {
  const Component<AnyGame> game = MakeGame("connect_four");
  std::vector<GameState> states;
  for (int i = 0; i < 100; ++i) states.push_back(After(game, i % 2 == 0 ? "4 4 3" : "1 2 4 7"));
  const auto evaluator = MakeUniformEvaluator();
  SearchSettings settings;
  settings.simulations = 40;
  const auto once = SearchMany(states, *evaluator, settings, 3);
  EXPECT_EQ(SearchMany(states, *evaluator, settings, 3), once);
  for (std::size_t i = 0; i < states.size(); ++i) EXPECT_TRUE(states[i].IsLegal(once[i]));
}

TEST(SearchPlayer, AnalysesUntilToldToStop) {
  const Component<AnyGame> game = MakeGame("connect_four");
  const auto player = Searchers(game, 10)->Make(1);
  std::int64_t visits = 0;
  int reports = 0;
  EXPECT_TRUE(player->Analyse(
      GameState(game), 0.01,
      [&](const SearchResult& result) {
        EXPECT_GE(result.visits, visits);
        visits = result.visits;
        ++reports;
      },
      [&] { return reports >= 3; }));
  EXPECT_GE(reports, 3);
  EXPECT_GT(visits, 10);  // its own limit is for playing
  EXPECT_TRUE(player->Tree(100).has_value());
}

class SavedNetwork {
 public:
  explicit SavedNetwork(const std::string& game)
      : file_((folder_.path() / "weights.safetensors").string()) {
    const Component<AnyGame> made = MakeGame(game);
    NetworkSettings settings;
    settings.blocks = 1;
    settings.channels = 8;
    const PolicyValueNetwork network(made->Shape(), settings, 1);
    SaveSelfplayNetwork(file_, network, made);
  }
  [[nodiscard]] const std::string& file() const { return file_; }

 private:
  TestFolder folder_;
  std::string file_;
};

TEST(NetPlayer, PlaysWithSearchAndWithout) {
  const SavedNetwork saved("connect_four");
  const Component<AnyGame> game = MakeGame("connect_four");
  for (const char* const options :
       {",sims=20", ",sims=0", ",sims=16,algorithm=gumbel,cpuct=1.5", ",seconds=0.01",
        ",sims=10,temperature=1,temperature_moves=4,leaves=2"}) {
    const auto source = Source("net:weights=" + saved.file() + options, game);
    EXPECT_EQ(source->Files().size(), 1U);
    const auto player = source->Make(1);
    GameState state = After(game, "4 4 5 5 6");  // somebody must stop a row, but need not know
    EXPECT_TRUE(state.IsLegal(player->Choose(state))) << options;
  }
}

TEST(NetPlayer, ManyPositionsAtOnceGiveLegalMoves) {
  const SavedNetwork saved("{name: othello, size: 6}");
  const Component<AnyGame> game = MakeGame("{name: othello, size: 6}");
  std::vector<GameState> states;
  for (int i = 0; i < 70; ++i) {
    GameState state(game);
    for (int k = 0; k < i % 7; ++k) state.Play(FirstLegal(state));
    states.push_back(std::move(state));
  }
  for (const char* const sims : {"0", "8"}) {
    const auto player = Source("net:weights=" + saved.file() + ",sims=" + sims, game)->Make(1);
    const std::vector<Move> moves = player->ChooseMany(states);
    ASSERT_EQ(moves.size(), states.size());
    for (std::size_t i = 0; i < moves.size(); ++i) EXPECT_TRUE(states[i].IsLegal(moves[i]));
  }
}

TEST(NetPlayer, ANetworkOfAnotherGameOrSizeIsRefusedWithBothNames) {
  const SavedNetwork saved("{name: othello, size: 6}");
  ExpectError(ErrorKind::kModel, "othello",
              [&] { (void)Source("net:weights=" + saved.file(), MakeGame("connect_four")); });
  ExpectError(ErrorKind::kModel, "6", [&] {
    (void)Source("net:weights=" + saved.file(), MakeGame("{name: othello, size: 8}"));
  });
}

}  // namespace
}  // namespace agon::selfplay
