// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "selfplay/search/connect_four_solver.h"
#include "selfplay/search/perfect.h"
#include "tests/selfplay/search/baselines_helpers.h"

namespace agon::selfplay {
namespace {

// The one thing the perfect player is told and does not find out: that only the centre wins, that
// its neighbours draw, and that the rest lose. Minutes; so it is not among the fast tests.
TEST(PerfectConnectFour, FindsTheKnownOutcomesOfTheFirstMoves) {
  PerfectPlayer player(MakeGame("connect_four"), 1);
  FourSolver solver(128 << 20);
  const std::vector<PerfectMove> told = player.Moves(Play("connect_four", ""));
  ASSERT_EQ(told.size(), 7U);
  for (const int column : {3, 2, 1, 0}) {  // the other side is the mirror image
    const int outcome = solver.OutcomeOfColumn(FourBoard(), column);
    EXPECT_EQ(told[static_cast<std::size_t>(column)].outcome, outcome) << "column " << column + 1;
    EXPECT_EQ(told[static_cast<std::size_t>(6 - column)].outcome, outcome);
  }
}

}  // namespace
}  // namespace agon::selfplay
