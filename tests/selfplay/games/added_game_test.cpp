// SPDX-License-Identifier: Apache-2.0
// docs/adding-a-game.md shows the file that is built here, and what it says about it is true; the
// conformance tests run over the game like over any other.
#include <gmock/gmock.h>

#include "examples/game/breakthrough.h"
#include "tests/selfplay/games/game_helpers.h"
#include "tests/selfplay/games/perft.h"

namespace agon::selfplay {
namespace {

TEST(AddingAGame, IsExplainedWithTheVeryFileThatIsBuilt) {
  const Path root = AGON_SOURCE_DIR;
  EXPECT_THAT(ReadFileText(root / "docs" / "adding-a-game.md"),
              testing::HasSubstr("```cpp\n" + ReadFileText(root / "examples/game/breakthrough.h") +
                                 "```\n"));
}

// Eight pawns of the second row with three steps each, less the two that would leave the board.
TEST(AddingAGame, BreakthroughStartsWith22Moves) { EXPECT_EQ(Perft(Breakthrough{}, 1), 22U); }

TEST(AddingAGame, BreakthroughIsWonOnTheLastRow) {
  const Breakthrough rules;
  Breakthrough::Position p{.pawns = {1ULL << 8, 1ULL << 63}};  // a7 and h1
  rules.Play(p, rules.ParseMove("a7r"));
  EXPECT_TRUE(rules.Over(p));
  EXPECT_EQ(rules.Result(p), Outcome::kFirstWins);
  EXPECT_EQ(Cells(rules.Picture(p)).substr(0, 9), ".X......\n");
}

// Straight ahead it may not take, aside it may.
TEST(AddingAGame, BreakthroughTakesDiagonally) {
  const Breakthrough rules;
  const Breakthrough::Position p{.pawns = {1ULL << 27, 1ULL << 19 | 1ULL << 20}};  // d5; d6, e6
  std::array<Move, kMaxActions> moves;
  ASSERT_EQ(rules.LegalMoves(p, History(), moves), 2);
  EXPECT_EQ(rules.MoveText(moves[0]), "d5l");
  EXPECT_EQ(rules.MoveText(moves[1]), "d5r");
  Breakthrough::Position taken = p;
  rules.Play(taken, moves[1]);
  EXPECT_EQ(taken.pawns, (std::array<std::uint64_t, 2>{1ULL << 20, 1ULL << 19}));
}

}  // namespace
}  // namespace agon::selfplay
