// SPDX-License-Identifier: Apache-2.0
#include "selfplay/learn/self_game.h"

#include <numeric>

#include "tests/selfplay/learn/learn_helpers.h"

namespace agon::selfplay {
namespace {

FinishedGame PlayOne(const SelfplayConfig& config, std::int64_t number) {
  const auto evaluator = MakeUniformEvaluator();
  EvalBatch batch(config.game->Shape(), 4);
  SelfGame game(config);
  game.Start(number, 0);
  while (game.Collect(batch) > 0) {
    evaluator->Evaluate(batch);
    game.Apply(batch);
    batch.Clear();
  }
  return game.Take();
}

// The moves of the record, played from the start, end in what the record says.
TEST(SelfGame, RecordsTheGameItPlayed) {
  const SelfplayConfig config = SmallConfig();
  for (int number = 0; number < 30; ++number) {
    const FinishedGame game = PlayOne(config, number);
    GameState state(config.game);
    std::size_t sample = 0;
    for (std::size_t ply = 0; ply < game.moves.size(); ++ply) {
      if (sample < game.full.size() && game.full[sample] == static_cast<int>(ply)) {
        const Sample& recorded = game.samples.at(sample++);
        EXPECT_EQ(recorded.ply, static_cast<int>(ply));
        EXPECT_EQ(recorded.moves.size(), state.LegalMoves().size());
        EXPECT_NEAR(std::accumulate(recorded.policy.begin(), recorded.policy.end(), 0.0), 1, 1e-5);
        EXPECT_NEAR(recorded.outcome[0] + recorded.outcome[1] + recorded.outcome[2], 1, 1e-6);
        EXPECT_TRUE(std::is_sorted(recorded.moves.begin(), recorded.moves.end()));
      }
      state.Play(game.moves[ply]);
    }
    EXPECT_TRUE(state.Over());
    EXPECT_EQ(state.Result(), game.outcome);
    EXPECT_EQ(sample, game.samples.size());
    EXPECT_EQ(game.counts.games, 1);
    EXPECT_EQ(game.counts.first_wins + game.counts.draws + game.counts.second_wins, 1);
  }
}

// Without proven targets each position gets the game's result from its own side.
TEST(SelfGame, GivesEachSideItsResult) {
  const SelfplayConfig config = SmallConfig(
      "search: {simulations: 8, solver: false}, "
      "selfplay: {full_share: 1, proven_targets: false}");
  for (int number = 0; number < 10; ++number) {
    const FinishedGame game = PlayOne(config, number);
    ASSERT_EQ(game.samples.size(), game.moves.size());
    for (const Sample& sample : game.samples) {
      const int value = ValueFor(game.outcome, sample.ply % 2);
      EXPECT_EQ(sample.outcome[static_cast<std::size_t>(1 - value)], 1.0F);
    }
  }
}

TEST(SelfGame, DependsOnSeedAndNumberAlone) {
  const SelfplayConfig config = SmallConfig();
  SelfplayConfig other = config;
  other.seed = 6;
  int differ = 0;
  for (int number = 0; number < 10; ++number) {
    const FinishedGame a = PlayOne(config, number), b = PlayOne(config, number);
    EXPECT_EQ(a.moves, b.moves);
    EXPECT_EQ(a.Line(*config.game), b.Line(*config.game));
    differ += PlayOne(other, number).moves != a.moves ? 1 : 0;
    differ += PlayOne(config, number + 100).moves != a.moves ? 1 : 0;
  }
  EXPECT_GT(differ, 5);
}

// A share p of the moves is searched in full; only those are learnt from.
TEST(SelfGame, RandomisesThePlayoutCap) {
  const SelfplayConfig config = SmallConfig("selfplay: {full_share: 0.25, cheap_simulations: 2}");
  std::int64_t moves = 0, recorded = 0;
  for (int number = 0; number < 300; ++number) {
    const FinishedGame game = PlayOne(config, number);
    moves += game.counts.moves;
    recorded += game.counts.recorded;
  }
  // About 2,200 moves: standard deviation of the share 0.009.
  EXPECT_NEAR(static_cast<double>(recorded) / static_cast<double>(moves), 0.25, 0.04);
}

TEST(SelfGame, BeginsWithRandomMovesWhenAsked) {
  const SelfplayConfig config =
      SmallConfig("selfplay: {opening_share: 1, opening_moves: 4, full_share: 1}");
  for (int number = 0; number < 20; ++number) {
    const FinishedGame game = PlayOne(config, number);
    EXPECT_GE(game.opening, 1);
    EXPECT_LE(game.opening, 4);
    EXPECT_EQ(game.full.front(), game.opening);  // random moves are not learnt from
  }
}

// Every game of tic-tac-toe is proven sooner or later; the result stands for both kinds of end.
TEST(SelfGame, EndsWhenProven) {
  const SelfplayConfig config = SmallConfig(
      "search: {simulations: 300}, selfplay: {end_when_proven: true, full_share: 1, "
      "resign: {play_out: 0}}");
  const FinishedGame game = PlayOne(config, 1);
  EXPECT_EQ(game.ending, "proven");
  EXPECT_LT(game.moves.size(), 9U);
  EXPECT_EQ(game.counts.proven, 1);
  const SelfplayConfig played_out = SmallConfig(
      "search: {simulations: 300}, selfplay: {end_when_proven: true, full_share: 1, "
      "resign: {play_out: 1}}");
  EXPECT_EQ(PlayOne(played_out, 1).ending, "rules");
}

// Games played out tell how often resigning would have been wrong. With a threshold that every
// position below even passes, some of it must be.
TEST(SelfGame, MeasuresWrongResignations) {
  const std::string search = "search: {simulations: 8, solver: false}, ";
  const SelfplayConfig resigning =
      SmallConfig(search + "selfplay: {resign: {value: 0.01, moves: 1, play_out: 0}}");
  const SelfplayConfig playing =
      SmallConfig(search + "selfplay: {resign: {value: 0.01, moves: 1, play_out: 1}}");
  GameCounts resigned, played;
  for (int number = 0; number < 100; ++number) {
    resigned.Add(PlayOne(resigning, number).counts);
    played.Add(PlayOne(playing, number).counts);
  }
  EXPECT_GT(resigned.resigned, 50);
  EXPECT_EQ(resigned.would_resign, 0);
  EXPECT_EQ(played.resigned, 0);
  EXPECT_GT(played.would_resign, 50);
  EXPECT_GT(played.wrong_resign, 0);
  EXPECT_LT(played.wrong_resign, played.would_resign);
}

TEST(ProvenValue, IsTheBestOfWhatIsKnown) {
  const auto result = [](std::vector<int> proven) {
    SearchResult search;
    for (const int value : proven) {
      MoveStats move;
      move.proven = value;
      search.moves.push_back(move);
    }
    return search;
  };
  EXPECT_EQ(ProvenValue(result({2, 1, -1})), 1);
  EXPECT_EQ(ProvenValue(result({-1, 0, -1})), 0);
  EXPECT_EQ(ProvenValue(result({-1, -1})), -1);
  EXPECT_EQ(ProvenValue(result({0, 2})), std::nullopt);
  EXPECT_EQ(ProvenValue(result({})), std::nullopt);
}

// The three chances have the search's value as win minus loss, and stay chances.
TEST(OutcomeOfSearch, HasTheSearchsValue) {
  for (const double value : {-1.0, -0.3, 0.0, 0.8, 1.0}) {
    for (const float draw : {0.0F, 0.4F, 1.0F}) {
      SearchResult search;
      search.value = value;
      search.raw_outcome = {0.5F * (1 - draw), draw, 0.5F * (1 - draw)};
      const auto outcome = OutcomeOfSearch(search);
      EXPECT_NEAR(outcome[0] - outcome[2], value, 1e-6);
      EXPECT_NEAR(outcome[0] + outcome[1] + outcome[2], 1, 1e-6);
      for (const float chance : outcome) EXPECT_GE(chance, -1e-6F);
    }
  }
}

}  // namespace
}  // namespace agon::selfplay
