// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <array>
#include <cmath>
#include <set>

#include "runtime/base/error.h"
#include "selfplay/search/baselines.h"
#include "tests/selfplay/search/baselines_helpers.h"

namespace agon::selfplay {
namespace {

// What windows of four hold, for the side to move, from the picture of the board.
double WindowsOf(const GameState& state) {
  const record::Board board = state.game().Picture(state.position());
  const std::string own = state.to_move() == 0 ? "X" : "O";
  double value = 0;
  constexpr std::array<std::array<int, 2>, 4> kSteps = {{{1, 0}, {0, 1}, {1, 1}, {-1, 1}}};
  for (int y = 0; y < 6; ++y) {
    for (int x = 0; x < 7; ++x) {
      for (const auto& [dx, dy] : kSteps) {
        if (x + 3 * dx < 0 || x + 3 * dx >= 7 || y + 3 * dy >= 6) continue;
        int mine = 0, theirs = 0;
        for (int i = 0; i < 4; ++i) {
          const auto& cell = board.cells[static_cast<std::size_t>((y + i * dy) * 7 + x + i * dx)];
          if (!cell.empty()) (cell == own ? mine : theirs) += 1;
        }
        if (theirs == 0 && mine > 0) value += std::pow(10.0, mine - 3);
        if (mine == 0 && theirs > 0) value -= std::pow(10.0, theirs - 3);
      }
    }
  }
  return value;
}

// Without any cut: what alpha-beta must find. A win is worth more the more plies are left.
double PlainMinimax(const GameState& state, int depth) {
  const int player = state.to_move();
  if (state.Over()) {
    return ValueFor(state.Result(), player) * (Minimax::kDecided + depth);
  }
  if (depth == 0) {
    return state.component().name() == "connect_four"
               ? WindowsOf(state)
               : static_cast<double>(state.LegalMoves().size()) / 100;
  }
  double best = -1e30;
  for (const Move move : state.LegalMoves()) {
    best = std::max(best, -PlainMinimax(After(state, move), depth - 1));
  }
  return best;
}

TEST(Minimax, EqualsBruteForceOnTicTacToe) {
  std::uint64_t random = 1;
  const Minimax minimax(9);
  for (int i = 0; i < 40; ++i) {
    const GameState state = RandomPosition("tic_tac_toe", 1 + i % 8, random);
    for (const auto& [move, value] : minimax.Values(state)) {
      const int outcome = value >= Minimax::kDecided ? 1 : value <= -Minimax::kDecided ? -1 : 0;
      EXPECT_EQ(outcome, -BruteForceOutcome(After(state, move)));
    }
  }
}

TEST(Minimax, CutsNothingThatMatters) {
  std::uint64_t random = 2;
  for (const std::string game : {"connect_four", "tic_tac_toe"}) {
    for (int i = 0; i < 12; ++i) {
      const int plies = game == "connect_four" ? 3 * i : i / 2;
      const GameState state = RandomPosition(game, plies, random);
      for (const int depth : {1, 2, 3}) {
        const Minimax minimax(depth);
        double best = -1e30;
        const auto values = minimax.Values(state);
        for (const auto& [move, value] : values) {
          EXPECT_NEAR(value, -PlainMinimax(After(state, move), depth - 1), 1e-6)
              << state.game().Text(state.position()) << state.game().MoveText(move);
          best = std::max(best, value);
        }
        std::set<Move> equals;
        for (const auto& [move, value] : values) {
          if (value == best) equals.insert(move);
        }
        std::set<Move> chosen;
        for (int draw = 0; draw < 100; ++draw) chosen.insert(minimax.Choose(state, random));
        EXPECT_EQ(chosen, equals);
      }
    }
  }
}

TEST(Minimax, WinsAsSoonAndLosesAsLateAsItCan) {
  std::uint64_t random = 1;
  EXPECT_EQ(Minimax(5).Choose(Play("connect_four", "112233"), random), 3);  // wins now, not later
  EXPECT_EQ(Minimax(5).Choose(Play("connect_four", "11223"), random), 3);
}

TEST(Minimax, NeedsADepth) { EXPECT_THROW(Minimax(0), Error); }

// The published player of this depth and heuristic (AlphaZero.jl's benchmark on these positions,
// read off its plot): a move in 60, 140 and 70 changes the outcome.
TEST(Minimax, ErrsAboutAsOftenAsThePublishedOne) {
  const std::array<std::pair<const char*, double>, 3> sets = {{{"oracle_Test_L1_R1.txt", 0.017},
                                                               {"oracle_Test_L2_R1.txt", 0.007},
                                                               {"oracle_Test_L3_R1.txt", 0.014}}};
  std::uint64_t random = 1;
  for (const auto& [name, published] : sets) {
    const Path file = TestData() / "connect4" / name;
    if (!std::filesystem::exists(file)) GTEST_SKIP() << file.string() << " is missing";
    int wrong = 0, count = 0;
    const Minimax minimax(5);
#ifdef NDEBUG
    const std::size_t step = 1;
#else
    const std::size_t step = 20;
#endif
    const std::vector<FourCase> cases = ReadFourCases(file);
    for (std::size_t i = 0; i < cases.size(); i += step, ++count) {
      const Move move = minimax.Choose(Play("connect_four", cases[i].moves), random);
      const int after = cases[i].columns[move];
      wrong += (after > 0) - (after < 0) != (cases[i].score > 0) - (cases[i].score < 0);
    }
    RecordProperty(name, std::to_string(100.0 * wrong / count));
    EXPECT_LE(static_cast<double>(wrong) / count, published + 0.03) << name;
  }
}

}  // namespace
}  // namespace agon::selfplay
