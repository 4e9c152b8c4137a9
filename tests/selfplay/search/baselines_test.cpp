// SPDX-License-Identifier: Apache-2.0
#include "selfplay/search/baselines.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "selfplay/games/random.h"
#include "tests/selfplay/search/baselines_helpers.h"

namespace agon::selfplay {
namespace {

using testing::AnyOf;

std::map<Move, RolloutMove> ByMove(const std::vector<RolloutMove>& moves) {
  std::map<Move, RolloutMove> map;
  for (const RolloutMove& move : moves) map[move.move] = move;
  return map;
}
std::int64_t TotalVisits(const std::vector<RolloutMove>& moves) {
  return std::accumulate(
      moves.begin(), moves.end(), std::int64_t{0},
      [](std::int64_t sum, const RolloutMove& move) { return sum + move.visits; });
}

TEST(RandomMove, TakesEveryLegalMoveEquallyOften) {
  const GameState state = Play("connect_four", "4444441");  // column 4 is full
  std::uint64_t random = 1;
  std::map<Move, int> counts;
  for (int i = 0; i < 6000; ++i) counts[RandomMove(state, random)] += 1;
  EXPECT_EQ(counts.size(), 6U);
  EXPECT_EQ(counts.count(3), 0U);
  for (const auto& [move, count] : counts) EXPECT_NEAR(count, 1000, 150) << move;  // 5 sigma
}

TEST(RolloutSearch, TakesAWinAndAvoidsALoss) {
  std::uint64_t random = 1;
  // Three in a row on the bottom, open at one end (column 4): whoever moves needs it.
  const RolloutSettings settings = {.simulations = 200};
  const GameState win = Play("connect_four", "112233");  // first has 1, 2, 3
  EXPECT_EQ(RolloutSearch(win, settings, random).front().move, 3);
  EXPECT_EQ(RolloutSearch(win, settings, random).front().proven, 1);
  const GameState block = Play("connect_four", "11223");
  EXPECT_EQ(RolloutSearch(block, settings, random).front().move, 3);
  const auto moves = ByMove(RolloutSearch(block, settings, random));
  for (const auto& [move, stats] : moves) {
    if (move != 3) {
      EXPECT_EQ(stats.proven, -1) << "column " << move + 1;
    }
  }
}

// With few empty cells everything gets proven, and what is proven is true.
TEST(RolloutSearch, ProvesOnlyWhatIsSo) {
  std::uint64_t random = 5;
  int proven = 0;
  for (int i = 0; i < 60; ++i) {
    const GameState state = RandomPosition("tic_tac_toe", 2 + i % 6, random);
    for (const RolloutMove& move : RolloutSearch(state, {.simulations = 3000}, random)) {
      if (move.proven == 2) continue;
      ++proven;
      EXPECT_EQ(move.proven, -BruteForceOutcome(After(state, move.move)))
          << state.game().Text(state.position()) << state.game().MoveText(move.move);
      EXPECT_EQ(move.value, move.proven);
    }
  }
  EXPECT_GT(proven, 100);
}

TEST(RolloutSearch, CountsEverySimulationAndFollowsItsSeed) {
  const GameState state = Play("connect_four", "44");
  for (const bool solver : {true, false}) {
    std::uint64_t random = 3, again = 3, other = 4;
    const RolloutSettings settings = {.simulations = 500, .solver = solver};
    const auto moves = RolloutSearch(state, settings, random);
    EXPECT_EQ(moves.size(), 7U);
    EXPECT_EQ(TotalVisits(moves), 500);
    const auto same = RolloutSearch(state, settings, again);
    const auto different = RolloutSearch(state, settings, other);
    EXPECT_EQ(random, again);
    bool differs = false;
    for (std::size_t i = 0; i < moves.size(); ++i) {
      EXPECT_EQ(moves[i].move, same[i].move);
      EXPECT_EQ(moves[i].visits, same[i].visits);
      differs |= moves[i].visits != different[i].visits;
    }
    EXPECT_TRUE(differs);
    EXPECT_TRUE(std::ranges::is_sorted(moves, std::greater_equal<>(), &RolloutMove::visits));
  }
}

// The mean of random games is what UCT sees of the position: from the start of Connect Four the
// centre wins most of them.
TEST(RolloutSearch, PrefersTheCentreOfConnectFour) {
  std::uint64_t random = 1;
  const auto moves = RolloutSearch(Play("connect_four", ""), {.simulations = 4000}, random);
  EXPECT_EQ(moves.front().move, 3);
  EXPECT_GT(moves.front().value, 0.0);
  EXPECT_LT(ByMove(moves)[0].value, moves.front().value);
}

TEST(RolloutSearch, BeatsARandomPlayer) {
  std::uint64_t random = 11;
  for (int game = 0; game < 10; ++game) {
    GameState state = Play("connect_four", "");
    while (!state.Over()) {
      const bool searches = state.to_move() == game % 2;
      state.Play(searches ? RolloutSearch(state, {.simulations = 300}, random).front().move
                          : RandomMove(state, random));
    }
    EXPECT_EQ(ValueFor(state.Result(), game % 2), 1) << "game " << game;
  }
}

// Passes, superko, limits of moves: whatever is registered is played legally to its end.
TEST(Baselines, PlayEveryRegisteredGame) {
  (void)MakeGame("tic_tac_toe");  // registers all
  std::uint64_t random = 2;
  for (const std::string& name : GlobalRegistry().Names("game")) {
    const std::string config = name == "go" ? "{name: go, size: 5}" : name;
    GameState state(MakeGame(config));
    const Minimax minimax(2);
    while (!state.Over()) {
      const Move move = state.moves().size() % 2 == 0
                            ? RolloutSearch(state, {.simulations = 20}, random).front().move
                            : minimax.Choose(state, random);
      ASSERT_TRUE(state.IsLegal(move)) << config;
      state.Play(move);
    }
    EXPECT_GE(state.moves().size(), 5U) << config;
  }
}

}  // namespace
}  // namespace agon::selfplay
