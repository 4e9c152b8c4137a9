// SPDX-License-Identifier: Apache-2.0
#include "selfplay/play/gtp_line.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "tests/selfplay/play/play_helpers.h"

namespace agon::selfplay {
namespace {

using ::testing::ElementsAre;

TEST(GtpLine, IdCommandAndArguments) {
  const GtpLine line = ParseGtpLine("12 play  black\tD4 ");
  EXPECT_EQ(line.id, "12");
  EXPECT_EQ(line.command, "play");
  EXPECT_THAT(line.arguments, ElementsAre("black", "D4"));
  EXPECT_EQ(ParseGtpLine("genmove b").id, "");
}

TEST(GtpLine, CommentsControlCharactersAndCarriageReturnsAreNothing) {
  EXPECT_EQ(ParseGtpLine("# a comment").command, "");
  EXPECT_EQ(ParseGtpLine("\r").command, "");
  EXPECT_THAT(ParseGtpLine("komi 7\x01.5 # seven\r").arguments, ElementsAre("7.5"));
}

TEST(GtpLine, TheRestKeepsSpacesOfAFileName) {
  EXPECT_EQ(ParseGtpLine("3 loadsgf my  game.sgf 5").rest, "my  game.sgf 5");
}

TEST(GtpLine, ARepliesEndsWithTheFirstEmptyLine) {
  EXPECT_EQ(GtpResponse(true, "", ""), "=\n\n");
  EXPECT_EQ(GtpResponse(true, "7", "D4"), "=7 D4\n\n");
  EXPECT_EQ(GtpResponse(false, "7", "illegal move"), "?7 illegal move\n\n");
  EXPECT_EQ(GtpResponse(true, "", "a\n\nb\n"), "= a\nb\n\n");
}

TEST(LineReader, KnowsWhetherALineHasCome) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const auto write = [&](std::string_view text) {
    ASSERT_EQ(::write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  };
  LineReader reader(ends[0]);
  EXPECT_FALSE(reader.Waiting());
  write("na");
  EXPECT_FALSE(reader.Waiting());  // half a line is none
  write("me\r\nquit\nlast");
  EXPECT_TRUE(reader.Waiting());
  EXPECT_EQ(reader.Next(), "name");
  EXPECT_EQ(reader.Next(), "quit");
  ::close(ends[1]);
  EXPECT_EQ(reader.Next(), "last");
  EXPECT_EQ(reader.Next(), std::nullopt);
  ::close(ends[0]);
}

}  // namespace
}  // namespace agon::selfplay
