// SPDX-License-Identifier: Apache-2.0
#include "viewer/game/gtp_reader.h"

#include <gtest/gtest.h>

#include <vector>

namespace agon::viewer {
namespace {

// "G:text" the first line of a good reply, "B:text" of a refusal, "+text" further lines, "." the
// end.
std::vector<std::string> Pieces(GtpReader& reader) {
  std::vector<std::string> pieces;
  while (const auto piece = reader.Next()) {
    if (piece->end) {
      pieces.emplace_back(".");
    } else {
      pieces.push_back((piece->first ? piece->good ? "G:" : "B:" : "+") + piece->text);
    }
  }
  return pieces;
}

using Texts = std::vector<std::string>;

TEST(GtpReader, TakesRepliesApart) {
  GtpReader reader;
  reader.Feed("= D4\n\n? illegal move\n\n=12 two\nlines\n\n=\n\n");
  EXPECT_EQ(Pieces(reader),
            (Texts{"G:D4", ".", "B:illegal move", ".", "G:two", "+lines", ".", "G:", "."}));
}

// Pipes cut anywhere; the pieces are the same.
TEST(GtpReader, DoesNotCareWhereBytesAreCut) {
  const std::string text = "noise\n= a\nb\r\n\r\n\n? no\n\n";
  for (std::size_t size = 1; size < 6; ++size) {
    GtpReader reader;
    for (std::size_t at = 0; at < text.size(); at += size) reader.Feed(text.substr(at, size));
    EXPECT_EQ(Pieces(reader), (Texts{"G:a", "+b", ".", "B:no", "."})) << size;
  }
}

// An analysis goes on: its lines are there before its end is.
TEST(GtpReader, TellsLinesOfAReplyThatGoesOn) {
  GtpReader reader;
  reader.Feed("=\n{1}\n{2}\n{3");
  EXPECT_EQ(Pieces(reader), (Texts{"G:", "+{1}", "+{2}"}));
  reader.Feed("}\n\n");
  EXPECT_EQ(Pieces(reader), (Texts{"+{3}", "."}));
}

TEST(GtpReader, IgnoresWhatStandsOutsideOfReplies) {
  GtpReader reader;
  reader.Feed("GNU Go 3.8\n\nusing book.dat\n= ok\n\n\n\nbye\n");
  EXPECT_EQ(Pieces(reader), (Texts{"G:ok", "."}));
}

TEST(GtpReader, CutsALineWithoutAnEnd) {
  GtpReader reader;
  const std::string block(std::size_t{1} << 20, 'x');
  reader.Feed("= ");
  for (int i = 0; i < 6; ++i) reader.Feed(block);
  reader.Feed("\n\n");
  const auto piece = reader.Next();
  ASSERT_TRUE(piece.has_value());
  EXPECT_EQ(piece->text.size(), GtpReader::kMostLine - 2);
}

}  // namespace
}  // namespace agon::viewer
