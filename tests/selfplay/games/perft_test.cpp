// SPDX-License-Identifier: Apache-2.0
// Counts of games and positions that others have published.
#include "tests/selfplay/games/perft.h"

#include <array>
#include <map>
#include <unordered_map>

#include "selfplay/games/connect_four.h"
#include "selfplay/games/othello.h"
#include "selfplay/games/tic_tac_toe.h"

namespace agon::selfplay {
namespace {

// H. Bottomley, "How many Tic-Tac-Toe (noughts and crosses) games are possible?": 255,168 games, of
// these 131,184 won by the first player, 77,904 by the second.
TEST(Perft, TicTacToeHasAsManyGamesAsBottomleyCounted) {
  std::map<int, int> games_of_length;
  std::map<Outcome, int> games_with;
  const TicTacToe rules;
  const auto count = [&](const auto& self, const TicTacToe::Position& p, int depth) -> void {
    if (rules.Over(p)) {
      ++games_of_length[depth];
      ++games_with[rules.Result(p)];
    }
    ForNext(rules, p, [&](const TicTacToe::Position& next) { self(self, next, depth + 1); });
  };
  count(count, rules.Start(), 0);
  EXPECT_EQ(games_of_length,
            (std::map<int, int>{{5, 1440}, {6, 5328}, {7, 47952}, {8, 72576}, {9, 127872}}));
  EXPECT_EQ(games_with, (std::map<Outcome, int>{{Outcome::kFirstWins, 131184},
                                                {Outcome::kSecondWins, 77904},
                                                {Outcome::kDraw, 46080}}));
}

// Positions that differ, by the number of moves.
template <Game G>
std::vector<std::size_t> PositionsByPly(const G& rules, int plies) {
  using Level = std::unordered_map<std::uint64_t, typename G::Position>;
  Level level{{rules.Hash(rules.Start()), rules.Start()}};
  std::vector<std::size_t> counts{1};
  while (static_cast<int>(counts.size()) <= plies) {
    Level next_level;
    for (const auto& [hash, position] : level) {
      ForNext(rules, position, [&](const typename G::Position& next) {
        next_level.emplace(rules.Hash(next), next);
      });
    }
    level = std::move(next_level);
    counts.push_back(level.size());
  }
  return counts;
}

// 5,478 positions in all, rotations counted apart.
TEST(Perft, TicTacToeHasItsPositions) {
  EXPECT_EQ(PositionsByPly(TicTacToe{}, 9),
            (std::vector<std::size_t>{1, 9, 72, 252, 756, 1260, 1520, 1140, 390, 78}));
}

// J. Tromp, https://oeis.org/A212693: legal positions after n plies.
TEST(Perft, ConnectFourHasThePositionsOfA212693) {
  EXPECT_EQ(PositionsByPly(ConnectFour{}, 7),
            (std::vector<std::size_t>{1, 7, 49, 238, 1120, 4263, 16422, 54859}));
}

// No line and no full column is possible before the seventh stone: 7^n games, and at seven stones
// all but the seven that would put every one into the same column.
TEST(Perft, ConnectFourHasSevenToTheNGamesAtFirst) {
  std::uint64_t games = 1;
  for (int depth = 1; depth <= 6; ++depth) {
    games *= 7;
    EXPECT_EQ(Perft(ConnectFour{}, depth), games);
  }
  EXPECT_EQ(Perft(ConnectFour{}, 7), games * 7 - 7);
}

// A. Bik, "Perft for Reversi" (aartbik.com/MISC/reversi.html). The first passes come at depth 9.
TEST(Perft, OthelloHasTheGamesThatBikCounted) {
  constexpr std::array<std::uint64_t, 9> kGames{4, 12, 56, 244, 1396, 8200, 55092, 390216, 3005288};
  for (int depth = 1; depth <= 9; ++depth) {
    EXPECT_EQ(Perft(Othello{}, depth), kGames[static_cast<std::size_t>(depth - 1)]) << depth;
  }
}

// J. Feinstein 1993: with best play the second player wins on four by four (and on six by six).
TEST(Perft, OthelloOnFourByFourIsWonBySecond) {
  const Othello rules(4);
  const auto best = [&](const auto& self, const Othello::Position& p) -> int {
    if (rules.Over(p)) return ValueFor(rules.Result(p), rules.ToMove(p));
    int value = -1;
    ForNext(rules, p,
            [&](const Othello::Position& next) { value = std::max(value, -self(self, next)); });
    return value;
  };
  EXPECT_EQ(best(best, rules.Start()), -1);
}

}  // namespace
}  // namespace agon::selfplay
