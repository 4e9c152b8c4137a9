// SPDX-License-Identifier: Apache-2.0
// The session against agon itself, in builds that have it: what it says is understood.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/viewer/game/fake_gtp.h"
#include "viewer/game/game_session.h"

namespace agon::viewer {
namespace {

constexpr const char* kProgram = AGON_BINARY_DIR "/agon";

bool Wait(GameSession& session, const std::function<bool()>& done) {
  return Until([&] {
    session.Poll();
    return done() || session.phase() == SessionPhase::kFailed;
  });
}

TEST(RealProgram, PlaysAGameOfTicTacToe) {
  GameSession session({.program = kProgram, .game = "tic_tac_toe", .player = "perfect"});
  session.SetHint(true);
  while (true) {
    ASSERT_TRUE(Wait(session, [&] {
      return session.phase() == SessionPhase::kOver ||
             (session.phase() == SessionPhase::kPerson && session.analysis_is_present());
    }));
    ASSERT_NE(session.phase(), SessionPhase::kFailed) << session.problem();
    if (session.phase() == SessionPhase::kOver) break;
    // The best move of the hint: perfect play on both sides is a draw.
    EXPECT_EQ(session.analysis()->moves.size(), session.board()->legal.size());
    session.Play(session.analysis()->moves.front().move);
    ASSERT_TRUE(Wait(session, [&] { return session.phase() != SessionPhase::kPerson; }));
  }
  EXPECT_EQ(session.ResultText(), "a draw");
  EXPECT_EQ(session.moves().size(), 9U);
}

// A foreign program (agon once more) is refereed; its moves show where its stones are.
TEST(RealProgram, RefereesAForeignProgram) {
  GameSession session(
      {.program = kProgram,
       .game = "{name: othello, size: 6}",
       .player = std::string("gtp:cmd=") + kProgram +
                 " selfplay gtp --game '{name: othello, size: 6}' --player random"});
  ASSERT_TRUE(Wait(session, [&] { return session.CanPlay(); }));
  ASSERT_TRUE(session.CanPlay()) << session.problem();
  session.Play(session.board()->legal.front().text);
  ASSERT_TRUE(Wait(session, [&] { return session.moves().size() == 2 && session.CanPlay(); }));
  ASSERT_TRUE(session.board().has_value());
  const ServedBoard& board = *session.board();
  ASSERT_GE(board.last_cell, 0);
  EXPECT_EQ(board.board.colours.at(static_cast<std::size_t>(board.last_cell)), 2);
  EXPECT_EQ(board.last_cell,
            CellOfMove(board.board, session.moves().back().text, session.look(), MoveTime::kLast));
}

TEST(RealProgram, SaysWhatIsWrongWithAWord) {
  GameSession session({.program = kProgram, .game = "othello", .player = "perfect"});
  ASSERT_TRUE(Wait(session, [&] { return session.phase() == SessionPhase::kFailed; }));
  EXPECT_THAT(session.problem(), ::testing::HasSubstr("othello"));
}

}  // namespace
}  // namespace agon::viewer
