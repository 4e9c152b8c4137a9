// SPDX-License-Identifier: Apache-2.0
#include "selfplay/play/analyse_record.h"

#include "tests/selfplay/play/play_helpers.h"

namespace agon::selfplay {
namespace {

GameRecord Record(const std::string& game, const std::string& moves) {
  return ReadGameRecord("agon game record 1\ngame: " + game + "\nmoves: " + moves + "\n", "game");
}

// X in the corner, O answers at the edge: that answer loses a drawn game, and nothing else does.
TEST(AnalyseRecord, FindsTheMistake) {
  const Component<AnyGame> game = MakeGame("tic_tac_toe");
  const auto player = Source("perfect", game)->Make(1);
  const GameAnalysis analysis =
      AnalyseRecord(Record("tic_tac_toe", "a1 b1 a3 a2 c3 b2 b3"), game, *player, "game");
  ASSERT_EQ(analysis.moves.size(), 7U);
  for (const MoveAnalysis& move : analysis.moves) {
    EXPECT_EQ(move.loss, move.number == 2 ? 1 : 0) << move.number;
  }
  EXPECT_EQ(analysis.moves[1].player, 1);
  EXPECT_EQ(analysis.moves[1].move, "b1");
  EXPECT_EQ(analysis.moves[1].value, 0);
  EXPECT_EQ(analysis.moves[1].value_after, -1);
  EXPECT_EQ(analysis.moves[6].value_after, 1);  // the last move wins
  EXPECT_EQ(analysis.mean_loss[0], 0);
  EXPECT_DOUBLE_EQ(analysis.mean_loss[1], 1.0 / 3);
}

TEST(AnalyseRecord, APlayerWithoutOpinionIsRefused) {
  const Component<AnyGame> game = MakeGame("tic_tac_toe");
  const auto player = Source("random", game)->Make(1);
  ExpectError(ErrorKind::kUsage, "use net:, mcts: or perfect",
              [&] { (void)AnalyseRecord(Record("tic_tac_toe", "a1"), game, *player, "game"); });
}

TEST(AnalyseRecord, AnIllegalMoveIsNamedBeforeAnythingIsAnalysed) {
  const Component<AnyGame> game = MakeGame("tic_tac_toe");
  const auto player = Source("perfect", game)->Make(1);
  ExpectError(ErrorKind::kData, "game: move 3, \"a1\"", [&] {
    (void)AnalyseRecord(Record("tic_tac_toe", "a1 b1 a1"), game, *player, "game");
  });
}

}  // namespace
}  // namespace agon::selfplay
