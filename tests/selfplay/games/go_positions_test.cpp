// SPDX-License-Identifier: Apache-2.0
#include "tests/selfplay/games/go_positions.h"

#include <gtest/gtest.h>

namespace agon::selfplay {
namespace {

// J. Tromp and G. Farnebäck, "Combinatorics of Go", 2007, table 1.
TEST(GoPositions, AreAsManyAsTrompAndFarnebackCounted) {
  EXPECT_EQ(LegalPositions(1), 1U);
  EXPECT_EQ(LegalPositions(2), 57U);
  EXPECT_EQ(LegalPositions(3), 12675U);
}

}  // namespace
}  // namespace agon::selfplay
