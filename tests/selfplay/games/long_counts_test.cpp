// SPDX-License-Identifier: Apache-2.0
// The counts that take seconds where the others take milliseconds: ./scripts/test --full.
#include <gtest/gtest.h>

#include "selfplay/games/othello.h"
#include "tests/selfplay/games/go_positions.h"
#include "tests/selfplay/games/perft.h"

namespace agon::selfplay {
namespace {

// J. Tromp and G. Farnebäck, "Combinatorics of Go", 2007, table 1.
TEST(LongCounts, GoHas24MillionPositionsOnFourByFour) { EXPECT_EQ(LegalPositions(4), 24318165U); }

// A. Bik, "Perft for Reversi": at depth 11 the first 228 games have ended.
TEST(LongCounts, OthelloToDepthEleven) { EXPECT_EQ(Perft(Othello{}, 11), 212258800U); }

}  // namespace
}  // namespace agon::selfplay
