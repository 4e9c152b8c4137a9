// SPDX-License-Identifier: Apache-2.0
#include "selfplay/games/sgf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "runtime/base/error.h"
#include "runtime/base/files.h"

namespace agon::selfplay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Sgf Parse(std::string_view text) { return ParseSgf(text, "game.sgf"); }

void ExpectRefused(std::string_view text, const std::string& message) {
  try {
    (void)Parse(text);
    ADD_FAILURE() << text << " was read";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_THAT(error.what(), HasSubstr(message)) << text;
    EXPECT_THAT(error.what(), HasSubstr("game.sgf:")) << text;
  }
}

SgfMove Stone(int player, int cell) { return {.player = player, .cell = cell}; }
SgfMove Pass(int player) { return {.player = player, .cell = std::nullopt}; }

// aa is the top left point, the column comes first: "cb" is x = 2, y = 1.
TEST(Sgf, PointsCountFromTheTopLeft) {
  const Sgf game = Parse("(;GM[1]FF[4]SZ[9]KM[7.5];B[cb];W[ai];B[])");
  EXPECT_EQ(game.width, 9);
  EXPECT_EQ(game.height, 9);
  EXPECT_EQ(game.komi, 7.5);
  EXPECT_THAT(game.moves, ElementsAre(Stone(0, 9 + 2), Stone(1, 72), Pass(0)));
}

// FF[3] wrote a pass as tt, which is a point on boards larger than 19 lines.
TEST(Sgf, TtIsAPassOnBoardsUpToNineteenLines) {
  EXPECT_THAT(Parse("(;SZ[19];B[tt])").moves, ElementsAre(Pass(0)));
  EXPECT_THAT(Parse("(;SZ[21];B[tt])").moves, ElementsAre(Stone(0, 19 * 21 + 19)));
}

TEST(Sgf, BoardsMayBeRectangles) {
  const Sgf game = Parse("(;SZ[13:7];B[ma])");
  EXPECT_EQ(game.width, 13);
  EXPECT_EQ(game.height, 7);
  EXPECT_THAT(game.moves, ElementsAre(Stone(0, 12)));
  ExpectRefused("(;SZ[7:13];B[ma])", "[ma] is no point of a board of 7x13");
}

// The main line is the first variation at every fork, wherever the others stand.
TEST(Sgf, TheMainLineIsTheFirstVariation) {
  const Sgf game = Parse("(;SZ[9];B[aa](;W[ba];B[ca](;W[da])(;W[ea];B[fa]))(;W[ga];B[ha]))");
  EXPECT_THAT(game.moves, ElementsAre(Stone(0, 0), Stone(1, 1), Stone(0, 2), Stone(1, 3)));
}

TEST(Sgf, TheFirstGameOfACollectionCounts) {
  const Sgf game = Parse("(;SZ[9];B[aa])\n(;SZ[13];B[bb])");
  EXPECT_EQ(game.games, 2);
  EXPECT_EQ(game.width, 9);
  EXPECT_EQ(game.moves.size(), 1U);
}

TEST(Sgf, SetUpStonesMayBeRectanglesAndRepeat) {
  const Sgf game = Parse("(;SZ[9]AB[aa:ba][aa]AW[ab]PL[W];W[cc])");
  EXPECT_THAT(game.black_setup, ElementsAre(0, 1));
  EXPECT_THAT(game.white_setup, ElementsAre(9));
  EXPECT_EQ(game.first_to_move, 1);
  ExpectRefused("(;SZ[9]AB[aa]AW[aa])", "a stone of each colour on one point");
}

TEST(Sgf, ABackslashTakesTheNextCharacterAsItIs) {
  EXPECT_EQ(Parse("(;PB[a\\]b\\\\c]PW[d\ne])").black, "a]b\\c");
  EXPECT_EQ(Parse("(;PB[a\\\nb])").black, "ab");  // a soft line break
  EXPECT_EQ(Parse("(;PW[d\ne])").white, "d e");
}

TEST(Sgf, OldPropertyNamesLoseTheirSmallLetters) {
  const Sgf game = Parse("(;GaMe[1]SiZe[9]AddBlack[cc];White[dd])");
  EXPECT_EQ(game.width, 9);
  EXPECT_THAT(game.black_setup, ElementsAre(20));
  EXPECT_THAT(game.moves, ElementsAre(Stone(1, 30)));
}

TEST(Sgf, TextBeforeTheGameIsSkipped) {
  EXPECT_EQ(Parse("From: a (b)\n\n( ;SZ[9];B[aa])").moves.size(), 1U);
}

// Fox writes hundredths, KM[375]; better no komi than a wrong one.
TEST(Sgf, AKomiThatNoBoardCanHaveIsNone) {
  EXPECT_FALSE(Parse("(;SZ[9]KM[375])").komi.has_value());
  EXPECT_EQ(Parse("(;SZ[9]KM[-3,5])").komi, -3.5);
}

TEST(Sgf, DamageIsNamedWithItsLine) {
  ExpectRefused("", "is no SGF file");
  ExpectRefused("hello", "is no SGF file");
  ExpectRefused("(;SZ[9]\n;B[aa]", "game.sgf:2: ends inside a game");
  ExpectRefused("(;B[aa)", "a value has no closing ]");
  ExpectRefused("(;B)", "the property \"B\" has no value");
  ExpectRefused("(;SZ[9];B[jj])", "is no point of a board of 9x9");
  ExpectRefused("(;SZ[0])", "is no board size");
  ExpectRefused("(;SZ[9:9:9])", "is no board size");
  ExpectRefused("(;SZ[53])", "is no board size");
  ExpectRefused("(;GM[2])", "is not Go");
  ExpectRefused("(;B[aa]))", "a ) too many");
  ExpectRefused("(;SZ[9];B[aa];AW[bb])", "AW after move 1");
  ExpectRefused("(;SZ[9];B[aa];AE[aa])", "AE");
  ExpectRefused("(;AB[aa]SZ[9])", "SZ stands after the first stone");
}

// A file of nothing but brackets costs memory by its depth only.
TEST(Sgf, NestingHasALimit) {
  std::string deep;
  for (int i = 0; i < kMaxSgfDepth; ++i) deep += "(;";
  EXPECT_NO_THROW((void)Parse(deep + std::string(kMaxSgfDepth, ')')));
  ExpectRefused("(;" + deep + std::string(kMaxSgfDepth + 1, ')'), "nested deeper than 1000");
}

TEST(Sgf, WhatIsWrittenReadsBackAsTheSame) {
  Sgf game;
  game.width = 9;
  game.height = 7;
  game.komi = 6.5;
  game.handicap = 2;
  game.rules = "Tromp-Taylor";
  game.black = "net:sims=400 [a]\\";
  game.white = "gnugo";
  game.result = "B+3.5";
  game.black_setup = {0, 62};
  game.first_to_move = 1;
  for (int i = 0; i < 30; ++i) game.moves.push_back(Stone(1 - i % 2, i + 1));
  game.moves.push_back(Pass(1));
  const Sgf again = Parse(FormatSgf(game));
  EXPECT_EQ(again.width, 9);
  EXPECT_EQ(again.height, 7);
  EXPECT_EQ(again.komi, 6.5);
  EXPECT_EQ(again.handicap, 2);
  EXPECT_EQ(again.rules, game.rules);
  EXPECT_EQ(again.black, game.black);
  EXPECT_EQ(again.white, game.white);
  EXPECT_EQ(again.result, game.result);
  EXPECT_EQ(again.black_setup, game.black_setup);
  EXPECT_EQ(again.first_to_move, 1);
  EXPECT_EQ(again.moves, game.moves);
}

// Files of other programs: sizes, komi and number of moves counted in the files by hand.
TEST(Sgf, FilesOfOtherProgramsAreRead) {
  const char* const given = std::getenv("AGON_TEST_DATA");
  const Path folder =
      (given != nullptr ? Path(given) : Path(AGON_SOURCE_DIR) / "../shared/data") / "katago/sgf";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << folder.string() << " is missing";
  const auto read = [&](const std::string& name) {
    return ParseSgf(ReadFileText(folder / name), name);
  };
  const Sgf corner = read("cornermoves.sgf");
  EXPECT_EQ(corner.width, 19);
  EXPECT_EQ(corner.komi, 6.5);
  EXPECT_THAT(corner.moves, ElementsAre(Stone(0, 3 * 19 + 15), Stone(1, 16 * 19 + 15),
                                        Stone(0, 16 * 19 + 2), Stone(1, 4 * 19 + 3)));
  const Sgf fox = read("foxlike.sgf");
  EXPECT_EQ(fox.handicap, 2);
  EXPECT_EQ(fox.black_setup.size(), 2U);
  EXPECT_EQ(fox.moves.size(), 2U);
  EXPECT_EQ(read("sampletest/sampletest7x7.sgf").moves.size(), 24U);
  EXPECT_EQ(read("sampletest/sampletest9x9.sgf").white_setup.size(), 5U);
  EXPECT_EQ(read("sampletest2/messy.sgf").moves.size(), 5U);
  EXPECT_EQ(read("humanslbigdiff.sgf").moves.size(), 91U);
}

}  // namespace
}  // namespace agon::selfplay
