// SPDX-License-Identifier: Apache-2.0
#include "selfplay/play/match.h"

#include <mutex>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/selfplay/play/play_helpers.h"

namespace agon::selfplay {
namespace {

using ::testing::HasSubstr;

MatchSettings Settings(std::int64_t games, int threads = 1) {
  MatchSettings settings;
  settings.games = games;
  settings.threads = threads;
  settings.seed = 7;
  return settings;
}

std::vector<PlayedGame> GamesOf(const PlayerSource& first, const PlayerSource& second,
                                const Component<AnyGame>& game, MatchSettings settings) {
  std::vector<PlayedGame> games;
  settings.finished = [&](const PlayedGame& played) { games.push_back(played); };
  (void)PlayMatch(first, second, game, settings);
  std::sort(games.begin(), games.end(),
            [](const PlayedGame& a, const PlayedGame& b) { return a.number < b.number; });
  return games;
}

// Two deterministic players: every pair has its own opening, both games of a pair share it, and
// colours are exchanged. Nobody plays the same two games again and again.
TEST(Match, PairsShareAnOpeningWithColoursExchanged) {
  const Component<AnyGame> game = MakeGame("connect_four");
  const ScriptedSource first("first", &FirstLegal);
  const ScriptedSource second("second", [](const GameState& s) { return s.LegalMoves().back(); });
  const auto games = GamesOf(first, second, game, Settings(12));
  ASSERT_EQ(games.size(), 12U);
  std::set<std::vector<Move>> openings;
  for (std::size_t i = 0; i < games.size(); i += 2) {
    EXPECT_TRUE(games[i].first_moves_first);
    EXPECT_FALSE(games[i + 1].first_moves_first);
    EXPECT_EQ(games[i].record.first, "first");
    EXPECT_EQ(games[i + 1].record.first, "second");
    const auto opening = [](const PlayedGame& played) {
      return std::vector<Move>(played.state.moves().begin(), played.state.moves().begin() + 2);
    };
    EXPECT_EQ(opening(games[i]), opening(games[i + 1]));
    openings.insert(opening(games[i]));
  }
  EXPECT_EQ(openings.size(), 6U);
}

TEST(Match, OpeningsAreDifferentPositionsAndNoGameIsOver) {
  for (const char* const name :
       {"connect_four", "{name: othello, size: 6}", "{name: go, size: 5}"}) {
    const Component<AnyGame> game = MakeGame(name);
    std::set<std::uint64_t> seen;
    for (const GameState& state : RandomOpenings(game, 40, -1, 1)) {
      EXPECT_FALSE(state.Over());
      EXPECT_TRUE(seen.insert(game->Hash(state.position())).second) << name;
    }
  }
}

// One random move at most: two decide games of tic-tac-toe, for better or worse.
TEST(Match, OpeningsOfAShortGameDoNotDecideIt) {
  for (const GameState& state : RandomOpenings(MakeGame("tic_tac_toe"), 40, -1, 1)) {
    EXPECT_EQ(state.moves().size(), 1U);
  }
}

TEST(Match, AnOpeningThatEndsEveryGameIsRefused) {
  ExpectError(ErrorKind::kUsage, "use fewer opening moves",
              [] { (void)RandomOpenings(MakeGame("tic_tac_toe"), 1, 9, 1); });
}

// Tic-tac-toe is a draw whatever the first move: two perfect players never win, and against one
// that moves at random a perfect player never loses.
TEST(Match, PerfectPlayersOfTicTacToeDraw) {
  const Component<AnyGame> game = MakeGame("tic_tac_toe");
  const auto perfect = Source("perfect", game);
  const MatchResult even = PlayMatch(*perfect, *perfect, game, Settings(20, 2));
  EXPECT_EQ(even.draws, 20);
  const MatchResult uneven = PlayMatch(*perfect, *Source("random", game), game, Settings(50, 2));
  EXPECT_EQ(uneven.losses, 0);
  EXPECT_GT(uneven.wins, 25);
  EXPECT_GT(uneven.elo.low, 0);
}

TEST(Match, CountsAreFromTheFirstPlayersView) {
  const Component<AnyGame> game = MakeGame("connect_four");
  const auto strong = Source("minimax:depth=4", game);
  const auto weak = Source("random", game);
  const MatchResult won = PlayMatch(*strong, *weak, game, Settings(20));
  const MatchResult lost = PlayMatch(*weak, *strong, game, Settings(20));
  EXPECT_GE(won.wins, 18);
  EXPECT_GE(lost.losses, 18);
  EXPECT_EQ(won.wins + won.draws + won.losses, 20);
  EXPECT_GT(won.elo.low, 0);
  EXPECT_LT(lost.elo.high, 0);
}

// Who plays which game in which thread must not matter.
TEST(Match, ThreadsDoNotChangeTheGames) {
  const Component<AnyGame> game = MakeGame("connect_four");
  const auto first = Source("mcts:sims=30", game);
  const auto second = Source("random", game);
  const auto one = GamesOf(*first, *second, game, Settings(8, 1));
  const auto three = GamesOf(*first, *second, game, Settings(8, 3));
  ASSERT_EQ(three.size(), one.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].state.moves(), three[i].state.moves()) << i;
  }
}

TEST(Match, AnIllegalMoveLosesTheGame) {
  const Component<AnyGame> game = MakeGame("tic_tac_toe");
  // The corner, taken or not.
  const ScriptedSource cheat("cheat", [](const GameState&) { return Move{0}; });
  MatchSettings settings = Settings(2);
  settings.opening_moves = 0;
  const auto games = GamesOf(cheat, *Source("perfect", game), game, settings);
  ASSERT_EQ(games.size(), 2U);
  for (const PlayedGame& played : games) {
    EXPECT_EQ(played.points, 0);
    EXPECT_TRUE(played.forfeit);
    EXPECT_THAT(played.ending, HasSubstr("illegal move"));
    EXPECT_THAT(played.record.comment, HasSubstr("illegal move"));
    EXPECT_EQ(played.record.result, played.first_moves_first ? "0-1" : "1-0");
  }
}

TEST(Match, ResigningLosesButIsNoFailure) {
  const Component<AnyGame> game = MakeGame("tic_tac_toe");
  const ScriptedSource meek("meek", [](const GameState&) { return kNoMove; });
  const MatchResult result = PlayMatch(meek, *Source("random", game), game, Settings(4));
  EXPECT_EQ(result.losses, 4);
  EXPECT_EQ(result.forfeits, 0);
}

// A match that was stopped goes on with the games it has.
TEST(Match, KnownGamesAreCountedNotPlayed) {
  const Component<AnyGame> game = MakeGame("connect_four");
  const auto first = Source("minimax:depth=2", game);
  const auto second = Source("random", game);
  MatchSettings settings = Settings(10);
  const auto all = GamesOf(*first, *second, game, settings);
  const MatchResult whole = PlayMatch(*first, *second, game, settings);
  for (const int number : {0, 3, 4, 9}) {
    settings.known.push_back(GameSummary::FromJson(all[static_cast<std::size_t>(number)].ToJson()));
  }
  std::set<std::int64_t> played;
  settings.finished = [&](const PlayedGame& one) { played.insert(one.number); };
  const MatchResult rest = PlayMatch(*first, *second, game, settings);
  EXPECT_EQ(played, (std::set<std::int64_t>{1, 2, 5, 6, 7, 8}));
  EXPECT_EQ(rest.ToJson(), whole.ToJson());
}

TEST(Match, StopsWhenAsked) {
  const Component<AnyGame> game = MakeGame("connect_four");
  MatchSettings settings = Settings(100, 2);
  std::atomic<int> asked{0};
  settings.stop = [&] { return ++asked > 50; };
  ExpectError(ErrorKind::kInterrupted, "interrupted", [&] {
    (void)PlayMatch(*Source("random", game), *Source("random", game), game, settings);
  });
}

TEST(Match, TheResultHasTheFieldsOthersRelyOn) {
  const Component<AnyGame> game = MakeGame("connect_four");
  const nlohmann::json json =
      PlayMatch(*Source("random", game), *Source("random", game), game, Settings(6)).ToJson();
  for (const char* const key : {"games", "wins", "draws", "losses", "elo", "elo_low", "elo_high"}) {
    EXPECT_TRUE(json.at(key).is_number()) << key;
  }
  EXPECT_EQ(json.at("games"), 6);
  EXPECT_LE(json.at("elo_low").get<double>(), json.at("elo").get<double>());
  EXPECT_LE(json.at("elo").get<double>(), json.at("elo_high").get<double>());
}

}  // namespace
}  // namespace agon::selfplay
