// SPDX-License-Identifier: Apache-2.0
#include "viewer/game/board_model.h"

#include <gtest/gtest.h>

namespace agon::viewer {
namespace {

record::Board Board(int width, int height, const std::string& stones, const char* to_move = "X") {
  record::Board board;
  board.width = width;
  board.height = height;
  for (const char stone : stones) {
    board.cells.push_back(stone == '.' ? "" : std::string(1, stone));
    board.colours.push_back(stone == 'X' ? 1 : stone == 'O' ? 2 : 0);
  }
  board.to_move = to_move;
  return board;
}

TEST(GameName, IsTakenFromEveryWayToWriteAGame) {
  EXPECT_EQ(GameName("go"), "go");
  EXPECT_EQ(GameName("{name: go, size: 9, komi: 7}"), "go");
  EXPECT_EQ(GameName("{size: 6, name: \"othello\"}"), "othello");
  EXPECT_EQ(GameName("{size: 6}"), "");
  EXPECT_EQ(GameName(""), "");
}

// Go counts rows from the bottom and has no column i; Othello counts from the top.
TEST(CellOfMove, FollowsTheGamesNamesOfCells) {
  const record::Board board = Board(9, 9, std::string(81, '.'));
  const GameLook go = LookOf("{name: go, size: 9}"), othello = LookOf("othello");
  EXPECT_EQ(CellOfMove(board, "a9", go, MoveTime::kNext), 0);
  EXPECT_EQ(CellOfMove(board, "J1", go, MoveTime::kNext), 80);
  EXPECT_EQ(CellOfMove(board, "i1", go, MoveTime::kNext), -1);
  EXPECT_EQ(CellOfMove(board, "a1", othello, MoveTime::kNext), 0);
  for (const char* const nowhere : {"pass", "", "a0", "a10", "k1", "a", "a1b", "9a", "-1", "0"}) {
    EXPECT_EQ(CellOfMove(board, nowhere, go, MoveTime::kNext), -1) << nowhere;
  }
  for (int cell = 0; cell < 81; ++cell) {
    EXPECT_EQ(CellOfMove(board, CellName(board, cell, go), go, MoveTime::kNext), cell);
    EXPECT_EQ(CellOfMove(board, CellName(board, cell, othello), othello, MoveTime::kNext), cell);
  }
}

TEST(CellOfMove, StonesFallInColumns) {
  const record::Board board = Board(3, 3,
                                    "X.."
                                    "O.."
                                    "XO.");
  const GameLook look = LookOf("connect_four");
  EXPECT_EQ(CellOfMove(board, "1", look, MoveTime::kNext), -1);  // full
  EXPECT_EQ(CellOfMove(board, "1", look, MoveTime::kLast), 0);
  EXPECT_EQ(CellOfMove(board, "2", look, MoveTime::kNext), 4);
  EXPECT_EQ(CellOfMove(board, "2", look, MoveTime::kLast), 7);
  EXPECT_EQ(CellOfMove(board, "3", look, MoveTime::kNext), 8);
  EXPECT_EQ(CellOfMove(board, "3", look, MoveTime::kLast), -1);  // empty
  EXPECT_EQ(CellOfMove(board, "4", look, MoveTime::kNext), -1);
}

TEST(MoveAt, AnywhereInAColumnIsTheColumn) {
  record::Board board = Board(3, 3,
                              "..."
                              "..."
                              "XO.");
  board.legal_moves = {"1", "2"};
  const auto moves = LegalMovesOf(board, LookOf("connect_four"));
  for (const int cell : {0, 3, 6}) {
    ASSERT_NE(MoveAt(board, moves, cell), nullptr);
    EXPECT_EQ(MoveAt(board, moves, cell)->text, "1");
  }
  EXPECT_EQ(MoveAt(board, moves, 1)->text, "2");
  EXPECT_EQ(MoveAt(board, moves, 2), nullptr);
  EXPECT_EQ(MoveAt(board, moves, -1), nullptr);
}

TEST(MoveAt, ElsewhereItIsTheCellAlone) {
  record::Board board = Board(3, 3, ".........");
  board.legal_moves = {"a3", "pass"};
  const auto moves = LegalMovesOf(board, LookOf("tic_tac_toe"));
  ASSERT_EQ(moves.size(), 2U);
  EXPECT_EQ(moves[1].cell, -1);
  EXPECT_EQ(MoveAt(board, moves, 0)->text, "a3");
  EXPECT_EQ(MoveAt(board, moves, 3), nullptr);
}

// A recorded value is of the side to move; curves and bars show one side's all along.
TEST(ValueForFirst, TurnsValuesRound) {
  record::Board board = Board(1, 1, ".", "O");
  board.value = 0.5;
  EXPECT_EQ(ValueForFirst(board), std::nullopt);  // never searched
  board.overlays.push_back({"visits", {1.0F}});
  EXPECT_EQ(ValueForFirst(board), -0.5);
  board.to_move = "Black";
  EXPECT_EQ(ValueForFirst(board), 0.5);
  board.value = 7;  // a damaged or foreign recording
  EXPECT_EQ(ValueForFirst(board), 1.0);
  board.to_move = "somebody";
  EXPECT_EQ(ValueForFirst(board), std::nullopt);
}

// Games of plug-ins have texts of their own; the stones on the board tell whose they are.
TEST(FirstToMove, IsReadOffTheStones) {
  record::Board board = Board(2, 1, "XO", "red");
  board.cells = {"red", "blue"};
  EXPECT_EQ(FirstToMove(board), true);
  board.to_move = "blue";
  EXPECT_EQ(FirstToMove(board), false);
}

TEST(FindOverlay, RefusesOneOfAnotherSize) {
  record::Board board = Board(2, 1, "..");
  board.overlays = {{"visits", {0.5F}}, {"prior", {0.5F, 0.5F}}};
  EXPECT_EQ(FindOverlay(board, "visits"), nullptr);
  EXPECT_NE(FindOverlay(board, "prior"), nullptr);
  EXPECT_EQ(FindOverlay(board, "value"), nullptr);
}

}  // namespace
}  // namespace agon::viewer
