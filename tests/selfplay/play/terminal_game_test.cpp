// SPDX-License-Identifier: Apache-2.0
#include "selfplay/play/terminal_game.h"

#include "tests/selfplay/play/play_helpers.h"

namespace agon::selfplay {
namespace {

using ::testing::HasSubstr;

class Table {
 public:
  explicit Table(const std::string& word, int person = 0, const std::string& game = "tic_tac_toe")
      : game_(MakeGame(game), Source(word, MakeGame(game))->Make(1), person,
              [this](std::string_view text) { output_ += text; }) {
    game_.Begin();
  }
  std::string operator()(const std::string& line) {
    output_.clear();
    stays_ = game_.Handle(line);
    return output_;
  }
  [[nodiscard]] const TerminalGame& game() const { return game_; }
  [[nodiscard]] bool stays() const { return stays_; }
  [[nodiscard]] const std::string& output() const { return output_; }

 private:
  std::string output_;
  TerminalGame game_;
  bool stays_ = true;
};

TEST(TerminalGame, APersonMovesAndThePlayerAnswers) {
  Table table("perfect");
  EXPECT_THAT(table.output(), HasSubstr("tic_tac_toe against perfect"));
  EXPECT_EQ(table.game().Prompt(), "X, your move: ");
  EXPECT_THAT(table("B2"), HasSubstr("perfect thinks"));
  EXPECT_EQ(table.game().state().moves().size(), 2U);
}

TEST(TerminalGame, ThePlayerBeginsWhenThePersonIsSecond) {
  const Table table("random", 1);
  EXPECT_EQ(table.game().state().moves().size(), 1U);
}

TEST(TerminalGame, WhatIsNoMoveIsExplained) {
  Table table("random");
  EXPECT_THAT(table("z9"), HasSubstr("\"z9\" is neither a move nor a command"));
  EXPECT_THAT(table("undoo"), HasSubstr("(did you mean \"undo\"?)"));
  (void)table("b2");
  EXPECT_THAT(table("b2"), HasSubstr("b2 is not legal here"));
  EXPECT_EQ(table.game().state().moves().size(), 2U);
  EXPECT_THAT(table("help"), HasSubstr("resign"));
  EXPECT_EQ(table(""), "");
}

TEST(TerminalGame, UndoTakesBackBothMoves) {
  Table table("random");
  EXPECT_THAT(table("undo"), HasSubstr("no move of yours"));
  (void)table("b2");
  (void)table("undo");
  EXPECT_TRUE(table.game().state().moves().empty());
}

TEST(TerminalGame, AHintIsTheMoveOfThePlayer) {
  Table table("mcts:sims=500");
  EXPECT_THAT(table("hint"), HasSubstr("It would play"));
  EXPECT_TRUE(table.game().state().moves().empty());
  EXPECT_THAT(table("moves"), HasSubstr("a1"));
}

TEST(TerminalGame, ResigningEndsTheGameAndANewOneHasColoursExchanged) {
  Table table("random");
  EXPECT_THAT(table("resign"), HasSubstr("You resigned"));
  EXPECT_TRUE(table.game().Over());
  EXPECT_THAT(table("a1"), HasSubstr("The game is over"));
  EXPECT_EQ(table.game().Record().result, "0-1");
  (void)table("new");
  EXPECT_FALSE(table.game().Over());
  EXPECT_EQ(table.game().state().moves().size(), 1U);  // the player moved first
}

TEST(TerminalGame, AGameIsSavedAndReadBack) {
  const TestFolder folder;
  Table table("random");
  (void)table("b2");
  const std::string file = (folder.path() / "game.txt").string();
  EXPECT_THAT(table("save " + file), HasSubstr("saved"));
  GameState state(MakeGame("tic_tac_toe"));
  Replay(ReadGameRecord(ReadFileText(file), file), state, file);
  EXPECT_EQ(state.moves(), table.game().state().moves());
  EXPECT_THAT(table("save /no/such/folder/x"), HasSubstr("/no/such/folder"));
}

TEST(TerminalGame, QuitLeaves) {
  Table table("random");
  (void)table("quit");
  EXPECT_FALSE(table.stays());
}

}  // namespace
}  // namespace agon::selfplay
