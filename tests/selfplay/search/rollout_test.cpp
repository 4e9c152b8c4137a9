// SPDX-License-Identifier: Apache-2.0
#include "selfplay/search/rollout.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "selfplay/games/go.h"
#include "selfplay/games/othello.h"
#include "selfplay/games/tic_tac_toe.h"

namespace agon::selfplay {
namespace {

// The chances of every outcome under uniform play, by going through all games.
std::map<Outcome, double> Chances(const TicTacToe& rules, const TicTacToe::Position& position) {
  std::array<Move, kMaxActions> moves;
  const int count = rules.LegalMoves(position, History(), moves);
  if (count == 0) return {{rules.Result(position), 1.0}};
  std::map<Outcome, double> chances;
  for (int i = 0; i < count; ++i) {
    TicTacToe::Position next = position;
    rules.Play(next, moves[static_cast<std::size_t>(i)]);
    for (const auto& [outcome, chance] : Chances(rules, next)) chances[outcome] += chance / count;
  }
  return chances;
}

// Five standard deviations: a test that fails once in a million seeds, and the seed is fixed.
void ExpectFrequency(int found, int of, double chance) {
  EXPECT_NEAR(static_cast<double>(found) / of, chance, 5 * std::sqrt(chance * (1 - chance) / of));
}

TEST(RandomGame, DrawsEveryMoveAlike) {
  constexpr int kGames = 30000;
  const TicTacToe rules;
  std::uint64_t random = 3;
  std::map<Outcome, int> found;
  for (int i = 0; i < kGames; ++i) ++found[RandomGame(rules, rules.Start(), History(), random)];
  for (const auto& [outcome, chance] : Chances(rules, rules.Start())) {
    ExpectFrequency(found[outcome], kGames, chance);
  }
}

// Go without its own way: it is played through its list of legal moves, like other games.
struct ListedGo : Go {
  using Go::Go;
  void RandomGame() const = delete;
};

// On so small a board most drawn points are forbidden by superko or suicide at some time.
TEST(RandomGame, OfGoDrawsLikeTheListOfLegalMoves) {
  constexpr int kGames = 8000;
  for (const bool suicide : {false, true}) {
    const Go go(3, 3, 1.0, suicide);
    const ListedGo listed(3, 3, 1.0, suicide);
    std::map<Outcome, int> fast_found;
    std::map<Outcome, int> listed_found;
    std::uint64_t random = 5;
    for (int i = 0; i < kGames; ++i) {
      ++fast_found[RandomGame(go, go.Start(), History(), random)];
      ++listed_found[RandomGame(listed, listed.Start(), History(), random)];
    }
    for (const Outcome outcome : {Outcome::kSecondWins, Outcome::kDraw, Outcome::kFirstWins}) {
      const double both = (fast_found[outcome] + listed_found[outcome]) / (2.0 * kGames);
      EXPECT_GT(both, 0.01);
      EXPECT_NEAR(fast_found[outcome] - listed_found[outcome], 0,
                  5 * std::sqrt(2.0 * kGames * both * (1 - both)));
    }
  }
}

TEST(RandomGame, OfGoIsScoredAtTheLimitOfMoves) {
  const Go rules(5, 5, 0.5);
  Go::Position position = rules.Start();
  History history;
  history.Push(rules.BoardKey(position));
  rules.Play(position, 12);  // Black alone on the board
  while (static_cast<int>(history.size()) < rules.MaxMoves()) history.Push(1);
  std::uint64_t random = 1;
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(RandomGame(rules, position, history, random), Outcome::kFirstWins);
  }
}

TEST(RandomGame, OfAFinishedGameIsItsResult) {
  const Othello rules(4);
  Othello::Position over = rules.Start();
  over.over = true;
  over.discs = {0xF, 0xF00};
  std::uint64_t random = 1;
  EXPECT_EQ(RandomGame(rules, over, History(), random), Outcome::kDraw);
}

TEST(RandomBelow, ReachesAllNumbersAndNoOther) {
  std::uint64_t random = 9;
  std::array<int, 7> found{};
  for (int i = 0; i < 7000; ++i) {
    const int number = RandomBelow(random, 7);
    ASSERT_TRUE(number >= 0 && number < 7);
    ++found[static_cast<std::size_t>(number)];
  }
  for (const int count : found) ExpectFrequency(count, 7000, 1.0 / 7);
}

}  // namespace
}  // namespace agon::selfplay
