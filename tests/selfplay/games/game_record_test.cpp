// SPDX-License-Identifier: Apache-2.0
#include "selfplay/games/game_record.h"

#include <gmock/gmock.h>

#include <functional>

#include "runtime/base/error.h"
#include "tests/selfplay/games/game_helpers.h"

namespace agon::selfplay {
namespace {

using ::testing::HasSubstr;

void ExpectError(const std::function<void()>& act, const std::string& text) {
  try {
    act();
    ADD_FAILURE() << "no error: " << text;
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr(text));
  }
}

GameState Played(const std::string& game, std::initializer_list<const char*> moves) {
  GameState state(MakeGame(game));
  for (const char* const move : moves) state.Play(state.game().ParseMove(move));
  return state;
}

TEST(GameRecord, AListOfMovesReadsBackAsTheSameGame) {
  const GameState state = Played("{name: othello, size: 6}", {"c2"});
  GameRecord record = RecordOf(state);
  record.first = "mcts:sims=10";
  record.second = "random";
  const std::string text = WriteGameRecord(record);
  EXPECT_EQ(text,
            "agon game record 1\ngame: {name: othello, size: 6}\nfirst: mcts:sims=10\n"
            "second: random\nresult: *\nmoves:\nc2\n");
  GameState again(MakeGame("{name: othello, size: 6}"));
  Replay(ReadGameRecord(text, "game.txt"), again, "game.txt");
  EXPECT_EQ(again.moves(), state.moves());
}

TEST(GameRecord, AFinishedGameHasItsResult) {
  const GameState state =
      Played("tic_tac_toe", {"a1", "a2", "b1", "b2", "c1"});  // the lowest row of X
  EXPECT_EQ(RecordOf(state).result, "1-0");
}

TEST(GameRecord, AGameOfGoIsSgf) {
  const GameState state = Played("{name: go, size: 9, komi: 7}", {"e5", "pass", "pass"});
  const std::string text = WriteGameRecord(RecordOf(state));
  EXPECT_THAT(text, HasSubstr("SZ[9]KM[7]"));
  EXPECT_THAT(text, HasSubstr(";B[ee];W[];B[]"));
  EXPECT_THAT(text, HasSubstr("RE[B+74]"));  // 81 points less komi
  GameState again(MakeGame("{name: go, size: 9, komi: 7}"));
  Replay(ReadGameRecord(text, "game.sgf"), again, "game.sgf");
  EXPECT_EQ(again.moves(), state.moves());
}

// Stones that were set up come about by moves, the other side passing; then they are as if given.
TEST(GameRecord, SetUpStonesOfSgfStandOnTheBoard) {
  const GameRecord record =
      ReadGameRecord("(;SZ[5]KM[0]AB[aa][ea]AW[cc]PL[W];W[dd];B[ab])", "game.sgf");
  GameState state(GameFromText(record.game, "game.sgf"));
  Replay(record, state, "game.sgf");
  EXPECT_EQ(Cells(state.game().Picture(state.position())),
            "X...X\n"
            "X....\n"
            "..O..\n"
            "...O.\n"
            ".....\n");
  const std::string again = WriteGameRecord(RecordOf(state, record.setup));
  EXPECT_THAT(again, HasSubstr("AB[aa][ea]AW[cc]PL[W]"));
  EXPECT_THAT(again, HasSubstr(";W[dd];B[ab]"));
}

TEST(GameRecord, ASideThatMovesTwiceLetsTheOtherPass) {
  const GameRecord record = ReadGameRecord("(;SZ[5];B[aa];B[bb];W[cc])", "game.sgf");
  GameState state(GameFromText(record.game, "game.sgf"));
  Replay(record, state, "game.sgf");
  EXPECT_EQ(state.moves().size(), 4U);
  EXPECT_EQ(record.moves[1].text, "pass");
  EXPECT_EQ(record.moves[1].number, 0);
  EXPECT_EQ(record.moves[2].text, "B4");
  EXPECT_EQ(record.moves[2].number, 2);
}

// A1 is taken into a corner whose two neighbours are Black's: suicide, which is off.
TEST(GameRecord, AnIllegalMoveIsNamedWithItsNumber) {
  GameState state(MakeGame("{name: go, size: 5}"));
  const GameRecord record = ReadGameRecord("(;SZ[5];B[ad];W[ee];B[be];W[ae])", "game.sgf");
  ExpectError([&] { Replay(record, state, "game.sgf"); }, "game.sgf: move 4, \"A1\"");
  EXPECT_TRUE(state.moves().empty());  // unchanged
}

TEST(GameRecord, ARecordOfAnotherGameIsRefusedWithBothNames) {
  GameState six(MakeGame("{name: othello, size: 6}"));
  const GameRecord other =
      ReadGameRecord("agon game record 1\ngame: connect_four\nmoves: 4 4\n", "game.txt");
  ExpectError([&] { Replay(other, six, "game.txt"); },
              "game.txt: is a game of connect_four, not of {name: othello, size: 6}");
  const GameRecord eight =
      ReadGameRecord("agon game record 1\ngame: {name: othello, size: 8}\nmoves: d3\n", "game.txt");
  ExpectError([&] { Replay(eight, six, "game.txt"); }, "{name: othello, size: 8}");
}

TEST(GameRecord, DamageIsNamedWithItsLine) {
  const auto read = [](const char* text) {
    return [text] { (void)ReadGameRecord(text, "game.txt"); };
  };
  ExpectError(read("hello"), "game.txt:1: is no game record");
  ExpectError(read("agon game record 2\n"), "newer version");
  ExpectError(read("agon game record 1\nmoves: 4\n"), "game.txt:2: \"game:\" must stand before");
  ExpectError(read("agon game record 1\ngame: connect_four\nmvoes 4\n"), "game.txt:3:");
  ExpectError(read("agon game record 1\ngame: connect_four\n"), "there is no \"moves:\"");
}

TEST(GameRecord, AGameIsNamedWithItsSettings) {
  EXPECT_EQ(GameText(MakeGame("connect_four")), "connect_four");
  EXPECT_EQ(GameText(MakeGame("{name: othello, size: 6}")), "{name: othello, size: 6}");
}

}  // namespace
}  // namespace agon::selfplay
