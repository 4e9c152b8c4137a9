// SPDX-License-Identifier: Apache-2.0
// Sessions as GTP 2 and the programs that use it write them: lines in, replies out.
#include "selfplay/play/gtp_server.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/selfplay/play/play_helpers.h"

namespace agon::selfplay {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

class Session {
 public:
  explicit Session(const std::string& game, const std::string& player = "random")
      : server_(
            MakeGame(game),
            [player](const Component<AnyGame>& g) { return Source(player, g)->Make(1); },
            [this](std::string_view text) { output_ += text; }) {}

  // Several lines; the replies to all of them.
  std::string operator()(const std::string& line, int reports = 1) {
    output_.clear();
    running_ = server_.Handle(line, [&] { return --reports < 0; });
    return output_;
  }
  [[nodiscard]] bool running() const { return running_; }
  [[nodiscard]] const GameState& state() const { return server_.state(); }

 private:
  std::string output_;
  GtpServer server_;
  bool running_ = true;
};

// ---- the protocol ----

TEST(Gtp, AnswersTheMandatoryCommands) {
  Session gtp("{name: go, size: 9}");
  EXPECT_EQ(gtp("protocol_version"), "= 2\n\n");
  EXPECT_EQ(gtp("1 name"), "=1 Agon\n\n");
  EXPECT_THAT(gtp("version"), MatchesRegex("= [0-9.]+\n\n"));
  EXPECT_EQ(gtp("known_command genmove"), "= true\n\n");
  EXPECT_EQ(gtp("known_command dance"), "= false\n\n");
  for (const char* const command : {"protocol_version",
                                    "name",
                                    "version",
                                    "known_command",
                                    "list_commands",
                                    "quit",
                                    "boardsize",
                                    "clear_board",
                                    "komi",
                                    "play",
                                    "genmove",
                                    "reg_genmove",
                                    "undo",
                                    "showboard",
                                    "final_score",
                                    "time_settings",
                                    "time_left",
                                    "loadsgf",
                                    "printsgf",
                                    "fixed_handicap",
                                    "place_free_handicap",
                                    "set_free_handicap",
                                    "lz-analyze",
                                    "kata-analyze",
                                    "agon-board"}) {
    EXPECT_THAT(gtp("list_commands"), HasSubstr(std::string(command) + "\n"));
  }
  EXPECT_TRUE(gtp.running());
  EXPECT_EQ(gtp("quit"), "=\n\n");
  EXPECT_FALSE(gtp.running());
}

TEST(Gtp, EmptyLinesAndCommentsHaveNoReply) {
  Session gtp("tic_tac_toe");
  EXPECT_EQ(gtp(""), "");
  EXPECT_EQ(gtp("  # nothing"), "");
  EXPECT_EQ(gtp("5 name # comment\r"), "=5 Agon\n\n");
}

TEST(Gtp, UnknownCommandsAndBadArgumentsAreErrors) {
  Session gtp("{name: go, size: 9}");
  EXPECT_EQ(gtp("3 dance"), "?3 unknown command\n\n");
  EXPECT_THAT(gtp("play"), StartsWith("? syntax error"));
  EXPECT_THAT(gtp("play green D4"), StartsWith("? syntax error"));
  EXPECT_THAT(gtp("play black D44"), StartsWith("? syntax error"));
  EXPECT_THAT(gtp("play black I4"), StartsWith("? syntax error"));  // no column is called I
  EXPECT_THAT(gtp("komi much"), StartsWith("? syntax error"));
  EXPECT_THAT(gtp("boardsize"), StartsWith("? syntax error"));
  EXPECT_TRUE(gtp.state().moves().empty());
}

// ---- playing ----

TEST(Gtp, AnIllegalMoveIsAnErrorAndChangesNothing) {
  Session gtp("{name: go, size: 9}");
  EXPECT_EQ(gtp("play b e5"), "=\n\n");
  EXPECT_EQ(gtp("play w E5"), "? illegal move\n\n");
  EXPECT_EQ(gtp.state().moves().size(), 1U);
  EXPECT_EQ(gtp.state().to_move(), 1);
}

TEST(Gtp, GenmovePlaysAndRegGenmoveDoesNot) {
  Session gtp("{name: go, size: 9}");
  EXPECT_THAT(gtp("reg_genmove b"), MatchesRegex("= ([A-HJ][1-9]|pass)\n\n"));
  EXPECT_EQ(gtp.state().moves().size(), 0U);
  EXPECT_THAT(gtp("genmove b"), MatchesRegex("= ([A-HJ][1-9]|pass)\n\n"));
  EXPECT_EQ(gtp.state().moves().size(), 1U);
}

// GTP: consecutive moves of one colour are no error; here the other side passes in between.
TEST(Gtp, InGoASideMayMoveTwice) {
  Session gtp("{name: go, size: 9}");
  EXPECT_EQ(gtp("play b e5"), "=\n\n");
  EXPECT_EQ(gtp("play b e6"), "=\n\n");
  EXPECT_EQ(gtp.state().moves().size(), 3U);
  Session othello("othello");
  EXPECT_THAT(othello("play w d3"), HasSubstr("illegal move: it is black's turn"));
}

TEST(Gtp, UndoEndsAtTheStart) {
  Session gtp("{name: go, size: 9}");
  (void)gtp("play b e5");
  EXPECT_EQ(gtp("undo"), "=\n\n");
  EXPECT_EQ(gtp("undo"), "? cannot undo\n\n");
}

TEST(Gtp, OtherGamesWriteMovesTheirOwnWay) {
  Session four("connect_four");
  EXPECT_EQ(four("play black 4"), "=\n\n");
  EXPECT_THAT(four("genmove white"), MatchesRegex("= [1-7]\n\n"));
  EXPECT_EQ(four("known_command fixed_handicap"), "= false\n\n");
  Session othello("{name: othello, size: 6}");
  EXPECT_THAT(othello("genmove b"), MatchesRegex("= [a-f][1-6]\n\n"));
}

TEST(Gtp, AGameThatIsOverTakesNoMove) {
  Session gtp("tic_tac_toe");
  for (const char* const line : {"play b a1", "play w a2", "play b b1", "play w b2", "play b c1"}) {
    EXPECT_EQ(gtp(line), "=\n\n");
  }
  EXPECT_THAT(gtp("play w c3"), HasSubstr("the game is over"));
  EXPECT_THAT(gtp("genmove w"), HasSubstr("the game is over"));
  EXPECT_EQ(gtp("final_score"), "= B+1\n\n");
}

// ---- sizes, komi, scores ----

TEST(Gtp, BoardSizesAreThoseTheGameHas) {
  Session gtp("{name: go, size: 9}");
  EXPECT_EQ(gtp("boardsize 13"), "=\n\n");
  EXPECT_EQ(gtp("query_boardsize"), "= 13\n\n");
  EXPECT_EQ(gtp("boardsize 4"), "? unacceptable size\n\n");
  EXPECT_EQ(gtp("boardsize 20"), "? unacceptable size\n\n");
  EXPECT_EQ(gtp("query_boardsize"), "= 13\n\n");  // unchanged
  EXPECT_EQ(gtp("rectangular_boardsize 9 7"), "=\n\n");
  EXPECT_EQ(gtp("play b J7"), "=\n\n");
  EXPECT_THAT(gtp("play w J8"), StartsWith("?"));
  Session othello("othello");
  EXPECT_EQ(othello("boardsize 6"), "=\n\n");
  EXPECT_EQ(othello("boardsize 7"), "? unacceptable size\n\n");
  Session four("connect_four");
  EXPECT_EQ(four("boardsize 7"), "? unacceptable size\n\n");
}

// A network knows one size; the reply says so and the game goes on as it was.
TEST(Gtp, APlayerThatCannotPlayASizeRefusesIt) {
  GtpServer::MakePlayer make = [](const Component<AnyGame>& game) {
    if (game->Shape().width != 9) Fail(ErrorKind::kModel, "made for go of 9x9, not of 13x13");
    return Source("random", game)->Make(1);
  };
  std::string output;
  GtpServer server(MakeGame("{name: go, size: 9}"), make,
                   [&](std::string_view text) { output += text; });
  (void)server.Handle("boardsize 13", {});
  EXPECT_EQ(output, "? made for go of 9x9, not of 13x13\n\n");
  EXPECT_EQ(server.state().game().Shape().width, 9);
}

// Black has the point e5 and with it all 25 points; less komi.
TEST(Gtp, TheScoreIsByAreaWithKomi) {
  Session gtp("{name: go, size: 5, komi: 0.5}");
  (void)gtp("play b c3");
  EXPECT_EQ(gtp("final_score"), "= B+24.5\n\n");
  EXPECT_EQ(gtp("komi 25"), "=\n\n");
  EXPECT_EQ(gtp.state().moves().size(), 1U);  // komi leaves the board as it is
  EXPECT_EQ(gtp("final_score"), "= 0\n\n");
  EXPECT_EQ(gtp("komi 30"), "=\n\n");
  EXPECT_EQ(gtp("final_score"), "= W+5\n\n");
  EXPECT_EQ(gtp("final_status_list dead"), "=\n\n");
  EXPECT_EQ(gtp("final_status_list alive"), "= C3\n\n");
}

TEST(Gtp, ShowboardIsOneReply) {
  Session gtp("{name: go, size: 5}");
  (void)gtp("play b c3");
  const std::string board = gtp("showboard");
  EXPECT_THAT(board, StartsWith("= \n"));
  EXPECT_EQ(board.find("\n\n"), board.size() - 2);
  EXPECT_THAT(board, HasSubstr("X"));
}

TEST(Gtp, TimesAreTaken) {
  Session gtp("tic_tac_toe", "mcts:sims=10");
  EXPECT_EQ(gtp("time_settings 300 10 25"), "=\n\n");
  EXPECT_EQ(gtp("time_left black 290 0"), "=\n\n");
  EXPECT_THAT(gtp("time_settings -1 0 0"), StartsWith("? syntax error"));
  EXPECT_THAT(gtp("genmove b"), StartsWith("= "));
}

// 300 s and 30 moves to come: 10 s each, less a tenth in reserve; then 10 s for 25 moves.
TEST(GtpClock, DividesWhatIsLeft) {
  GtpClock clock;
  EXPECT_EQ(clock.ForMove(0, 30), 0);  // no limit was named
  clock.Set(300, 10, 25);
  EXPECT_DOUBLE_EQ(clock.ForMove(0, 30), 9);
  clock.Used(0, 300);
  EXPECT_DOUBLE_EQ(clock.ForMove(0, 30), 0.9 * 10 / 25);
  EXPECT_DOUBLE_EQ(clock.ForMove(1, 30), 9);
  clock.Left(1, 20, 4);
  EXPECT_DOUBLE_EQ(clock.ForMove(1, 30), 0.9 * 5);
  clock.Set(0, 10, 0);  // a period without stones: no limit (GTP 2, section 4.2)
  EXPECT_EQ(clock.ForMove(0, 30), 0);
}

// ---- handicap and records ----

TEST(Gtp, FixedHandicapStonesLieWhereGtpSays) {
  Session gtp("{name: go, size: 19}");
  EXPECT_EQ(gtp("fixed_handicap 2"), "= D4 Q16\n\n");
  EXPECT_EQ(gtp.state().to_move(), 1);
  EXPECT_EQ(gtp("undo"), "? cannot undo\n\n");
  EXPECT_EQ(gtp("fixed_handicap 2"), "? board not empty\n\n");
  (void)gtp("clear_board");
  EXPECT_EQ(gtp("fixed_handicap 9"), "= D4 Q16 D16 Q4 D10 Q10 K4 K16 K10\n\n");
  (void)gtp("clear_board");
  EXPECT_EQ(gtp("fixed_handicap 10"), "? invalid number of stones\n\n");
  (void)gtp("boardsize 9");
  EXPECT_EQ(gtp("fixed_handicap 5"), "= C3 G7 C7 G3 E5\n\n");
  (void)gtp("boardsize 8");
  EXPECT_EQ(gtp("fixed_handicap 5"), "? invalid number of stones\n\n");
  EXPECT_EQ(gtp("place_free_handicap 9"), "= C3 F6 C6 F3\n\n");
}

TEST(Gtp, FreeHandicapStonesAreTaken) {
  Session gtp("{name: go, size: 9}");
  EXPECT_EQ(gtp("set_free_handicap A1 B2 C3"), "=\n\n");
  EXPECT_EQ(gtp.state().to_move(), 1);
  EXPECT_THAT(gtp("printsgf"), HasSubstr("HA[3]"));
  EXPECT_THAT(gtp("printsgf"), HasSubstr("AB[ai][bh][cg]"));
  (void)gtp("clear_board");
  EXPECT_EQ(gtp("set_free_handicap A1 A1"), "? bad vertex list\n\n");
  EXPECT_EQ(gtp("set_free_handicap A1 pass"), "? bad vertex list\n\n");
  EXPECT_TRUE(gtp.state().moves().empty());
}

TEST(Gtp, SgfIsLoadedUpToAMoveAndWritten) {
  const TestFolder folder;
  const std::string file = (folder.path() / "a game.sgf").string();
  WriteFileAtomic(file, "(;SZ[7]KM[3]AB[aa]PL[W];W[bb];B[cc];W[dd])");
  Session gtp("{name: go, size: 9}");
  EXPECT_EQ(gtp("loadsgf " + file), "= black\n\n");
  EXPECT_EQ(gtp("query_boardsize"), "= 7\n\n");
  EXPECT_EQ(gtp("get_komi"), "= 3\n\n");
  EXPECT_EQ(gtp.state().moves().size(), 4U);
  EXPECT_EQ(gtp("loadsgf " + file + " 3"), "= white\n\n");  // the position before move 3
  EXPECT_EQ(gtp.state().moves().size(), 3U);
  const std::string out = (folder.path() / "out.sgf").string();
  EXPECT_EQ(gtp("printsgf " + out), "=\n\n");
  EXPECT_THAT(ReadFileText(out), HasSubstr(";W[bb];B[cc])"));
}

TEST(Gtp, ABadSgfChangesNothing) {
  const TestFolder folder;
  const std::string file = (folder.path() / "bad.sgf").string();
  WriteFileAtomic(file, "(;SZ[9];B[ee];W[ee])");
  Session gtp("{name: go, size: 9}");
  (void)gtp("play b c3");
  EXPECT_THAT(gtp("loadsgf " + file), HasSubstr("move 2, \"E5\""));
  EXPECT_THAT(gtp("loadsgf no_such_file"), StartsWith("? "));
  WriteFileAtomic(file, "agon game record 1\ngame: connect_four\nmoves: 4\n");
  EXPECT_THAT(gtp("loadsgf " + file), HasSubstr("connect_four, not of go"));
  EXPECT_EQ(gtp.state().moves().size(), 1U);
}

TEST(Gtp, OtherGamesLoadAndPrintListsOfMoves) {
  const TestFolder folder;
  const std::string file = (folder.path() / "game.txt").string();
  Session gtp("connect_four");
  (void)gtp("play b 4");
  (void)gtp("play w 3");
  EXPECT_EQ(gtp("printsgf " + file), "=\n\n");
  (void)gtp("clear_board");
  EXPECT_EQ(gtp("loadsgf " + file), "= black\n\n");
  EXPECT_EQ(gtp.state().moves().size(), 2U);
}

// ---- what the player thinks ----

TEST(Gtp, AnalysisIsWrittenUntilTheNextLineComes) {
  Session gtp("tic_tac_toe", "mcts:sims=50");
  const std::string lz = gtp("7 lz-analyze black 1", 5);
  EXPECT_THAT(lz, StartsWith("=7\ninfo move "));
  EXPECT_TRUE(lz.ends_with("\n\n"));
  EXPECT_THAT(lz, MatchesRegex("=7\n(.|\n)*info move b2 visits [0-9]+ winrate [0-9]+ prior "
                               "[0-9]+ lcb [0-9]+ order [0-9]+ pv b2(.|\n)*"));
  const std::string kata = gtp("kata-analyze interval 1", 3);
  EXPECT_THAT(kata, HasSubstr("rootInfo visits "));
  EXPECT_THAT(kata, HasSubstr(" winrate 0."));
  EXPECT_TRUE(gtp.state().moves().empty());
  EXPECT_THAT(gtp("lz-analyze interval"), StartsWith("? syntax error"));
}

TEST(Gtp, APlayerWithoutOpinionSaysSo) {
  Session gtp("tic_tac_toe", "random");
  EXPECT_THAT(gtp("lz-analyze"), HasSubstr("nothing to tell"));
}

// "play" stands at the end, as Sabaki expects of genmove_analyze.
TEST(Gtp, GenmoveAnalyzeEndsWithTheMove) {
  Session gtp("tic_tac_toe", "perfect");
  EXPECT_THAT(gtp("lz-genmove_analyze black 10"),
              MatchesRegex("= \ninfo move (.|\n)*\nplay [a-c][1-3]\n\n"));
  EXPECT_EQ(gtp.state().moves().size(), 1U);
}

TEST(Gtp, TheBoardIsOneLineOfJson) {
  Session gtp("connect_four", "mcts:sims=200");
  (void)gtp("play b 4");
  const std::string reply = gtp("agon-board");
  ASSERT_THAT(reply, StartsWith("= {"));
  EXPECT_EQ(std::count(reply.begin(), reply.end(), '\n'), 2);
  auto board = nlohmann::json::parse(reply.substr(2));
  EXPECT_EQ(board.at("width"), 7);
  EXPECT_EQ(board.at("height"), 6);
  EXPECT_EQ(board.at("cells").size(), 42U);
  EXPECT_EQ(board.at("colours")[35 + 3], 1);
  EXPECT_EQ(board.at("legal_moves").size(), 7U);
  EXPECT_EQ(board.at("last_move"), "4");
  EXPECT_EQ(board.at("game"), "connect_four");
  EXPECT_EQ(board.at("over"), false);
  EXPECT_TRUE(board.at("overlays").empty());

  // After a search of this very position: shares of visits, where the stones would land.
  (void)gtp("reg_genmove w");
  board = nlohmann::json::parse(gtp("agon-board").substr(2));
  ASSERT_EQ(board.at("overlays").size(), 3U);
  EXPECT_EQ(board.at("overlays")[0].at("name"), "visits");
  double sum = 0;
  for (const double share : board.at("overlays")[0].at("values")) sum += share;
  EXPECT_NEAR(sum, 1, 1e-4);
  EXPECT_EQ(board.at("overlays")[0].at("values")[35 + 3], 0.0);  // taken: the stone lands above
  EXPECT_GT(board.at("overlays")[0].at("values")[28 + 3], 0.0);
  (void)gtp("play w 4");
  EXPECT_TRUE(nlohmann::json::parse(gtp("agon-board").substr(2)).at("overlays").empty());
}

// Whoever draws the board needs to know no game's names of cells.
TEST(Gtp, TheBoardSaysWhereMovesShow) {
  Session gtp("connect_four");
  auto board = nlohmann::json::parse(gtp("agon-board").substr(2));
  EXPECT_EQ(board.at("last_cell"), -1);
  EXPECT_EQ(board.at("legal_cells"), (std::vector<int>{35, 36, 37, 38, 39, 40, 41}));
  (void)gtp("play b 4");
  board = nlohmann::json::parse(gtp("agon-board").substr(2));
  EXPECT_EQ(board.at("last_cell"), 38);
  EXPECT_EQ(board.at("legal_cells")[3], 31);  // on top of it

  Session othello("{name: othello, size: 6}");  // rows count from the top
  board = nlohmann::json::parse(othello("agon-board").substr(2));
  ASSERT_EQ(board.at("legal_moves").at(0), "c2");
  EXPECT_EQ(board.at("legal_cells").at(0), 6 + 2);

  Session go("{name: go, size: 5}");
  (void)go("play b pass");
  board = nlohmann::json::parse(go("agon-board").substr(2));
  EXPECT_EQ(board.at("last_cell"), -1);
  ASSERT_EQ(board.at("legal_moves").back(), "pass");
  EXPECT_EQ(board.at("legal_cells").back(), -1);
}

TEST(Gtp, AgonGenmoveAnalyzeGivesJsonAndTheMove) {
  Session gtp("tic_tac_toe", "perfect");
  const std::string reply = gtp("agon-genmove_analyze black");
  ASSERT_THAT(reply, MatchesRegex("= \n\\{.*\\}\nplay [a-c][1-3]\n\n"));
  const auto json = nlohmann::json::parse(reply.substr(3, reply.find('\n', 3) - 3));
  EXPECT_EQ(json.at("to_move"), "black");
  EXPECT_EQ(json.at("moves").size(), 9U);
  EXPECT_EQ(gtp.state().moves().size(), 1U);
  // A player that does not search has a move and nothing to tell.
  Session silent("tic_tac_toe", "random");
  EXPECT_THAT(silent("agon-genmove_analyze black"), MatchesRegex("= \nplay [a-c][1-3]\n\n"));
}

TEST(Gtp, AgonAnalyzeGivesJsonLines) {
  Session gtp("tic_tac_toe", "perfect");
  const std::string reply = gtp("agon-analyze", 1);
  ASSERT_THAT(reply, StartsWith("=\n{"));
  const auto json = nlohmann::json::parse(reply.substr(2, reply.find('\n', 2) - 2));
  EXPECT_EQ(json.at("moves").size(), 9U);
  EXPECT_EQ(json.at("value"), 0.0);
  EXPECT_EQ(json.at("moves")[0].at("proven"), 0);
}

// A session of KataGo's own tests, with what any engine must answer alike: whether each command is
// accepted.
TEST(Gtp, TwoPassesEndAGameOfGo) {
  Session gtp("{name: go, size: 9}");
  EXPECT_EQ(gtp("play b pass"), "=\n\n");
  EXPECT_EQ(gtp("play w PASS"), "=\n\n");
  EXPECT_THAT(gtp("play b e5"), HasSubstr("the game is over"));
  EXPECT_EQ(gtp("undo"), "=\n\n");
  EXPECT_EQ(gtp("play w e5"), "=\n\n");
}

}  // namespace
}  // namespace agon::selfplay
