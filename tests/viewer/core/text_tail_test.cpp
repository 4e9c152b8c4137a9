// SPDX-License-Identifier: Apache-2.0
#include "viewer/core/text_tail.h"

#include <gmock/gmock.h>

#include <fstream>

#include "tests/runtime/record/record_helpers.h"

namespace agon::viewer {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

void Append(const Path& file, const std::string& text) {
  std::ofstream(file, std::ios::app | std::ios::binary) << text;
}

class TextTailTest : public testing::Test {
 protected:
  TemporaryFolder folder_;
  Path file_ = folder_.path() / "log.txt";
  TextTail tail_{file_};
};

TEST_F(TextTailTest, AFileThatIsNotThereHasNoLinesYet) {
  tail_.Poll();
  EXPECT_THAT(*tail_.Lines(), IsEmpty());
  Append(file_, "one\n");
  tail_.Poll();
  EXPECT_THAT(*tail_.Lines(), ElementsAre("one"));
}

TEST_F(TextTailTest, ALineGrowsUntilItsEnd) {
  Append(file_, "one\ntw");
  tail_.Poll();
  EXPECT_THAT(*tail_.Lines(), ElementsAre("one", "tw"));
  Append(file_, "o\r\n\nthree");
  tail_.Poll();
  EXPECT_THAT(*tail_.Lines(), ElementsAre("one", "two", "", "three"));
}

TEST_F(TextTailTest, ThePointerChangesOnlyWithTheLines) {
  Append(file_, "one\n");
  tail_.Poll();
  const auto lines = tail_.Lines();
  tail_.Poll();
  EXPECT_EQ(tail_.Lines(), lines);
}

// A run whose folder was deleted and made anew writes another log.
TEST_F(TextTailTest, AFileThatWasCutOrReplacedIsReadAnew) {
  Append(file_, "one\ntwo\n");
  tail_.Poll();
  std::filesystem::resize_file(file_, 0);
  Append(file_, "new\n");
  tail_.Poll();
  EXPECT_THAT(*tail_.Lines(), ElementsAre("new"));

  const Path other = folder_.path() / "other";
  Append(other, "another, longer one\n");
  std::filesystem::rename(other, file_);
  tail_.Poll();
  EXPECT_THAT(*tail_.Lines(), ElementsAre("another, longer one"));
}

TEST_F(TextTailTest, OnlyTheLastOfALongFileIsKept) {
  std::string text;
  for (std::size_t i = 0; i < TextTail::kMostLines + 500; ++i) text += std::to_string(i) + "\n";
  Append(file_, text);
  tail_.Poll();
  ASSERT_EQ(tail_.Lines()->size(), TextTail::kMostLines);
  EXPECT_EQ(tail_.Lines()->front(), "500");
  Append(file_, "last\n");
  tail_.Poll();
  EXPECT_EQ(tail_.Lines()->front(), "501");
  EXPECT_EQ(tail_.Lines()->back(), "last");
}

// The first line that is read whole comes first: half a line would be a lie.
TEST_F(TextTailTest, AFileLargerThanTheLimitBeginsWithAWholeLine) {
  const std::string line(999, 'x');
  std::string text;
  while (text.size() <= TextTail::kMostBytes + 5000) text += line + "\n";
  Append(file_, text);
  tail_.Poll();
  ASSERT_FALSE(tail_.Lines()->empty());
  for (const std::string& found : *tail_.Lines()) ASSERT_EQ(found, line);
}

TEST_F(TextTailTest, ALineWithoutEndIsBounded) {
  Append(file_, std::string(TextTail::kMostBytes, 'a'));
  tail_.Poll();
  Append(file_, std::string(TextTail::kMostBytes / 2, 'b'));
  tail_.Poll();
  ASSERT_EQ(tail_.Lines()->size(), 1U);
  EXPECT_LE(tail_.Lines()->front().size(), TextTail::kMostBytes);
  EXPECT_EQ(tail_.Lines()->front().back(), 'b');
}

TEST(FilterLines, EveryWordMustBeThereWhateverItsCase) {
  const std::vector<std::string> lines = {"Epoch 1 loss 0.5", "epoch 2 LOSS 0.4",
                                          "warning: slow disk", ""};
  EXPECT_THAT(FilterLines(lines, ""), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(FilterLines(lines, "  Loss   epoch "), ElementsAre(0, 1));
  EXPECT_THAT(FilterLines(lines, "loss -2"), ElementsAre(0));
  EXPECT_THAT(FilterLines(lines, "-epoch"), ElementsAre(2, 3));
  EXPECT_THAT(FilterLines(lines, "-"), IsEmpty()) << "a dash alone is a word";
}

TEST(ValidUtf8, KeepsWhatIsValid) {
  const std::string text = "a \xC3\xA9 \xE2\x82\xAC \xF0\x9F\xA6\x93\t";  // é € zebra
  EXPECT_EQ(ValidUtf8(text), text);
}

// One mark for each broken sequence; the Unicode Standard's table 3-8 has the first example.
TEST(ValidUtf8, ReplacesWhatIsNot) {
  const std::string mark = "\xEF\xBF\xBD";
  EXPECT_EQ(ValidUtf8("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41"),
            mark + mark + mark + mark + mark + mark + mark + mark + "A");
  EXPECT_EQ(ValidUtf8("\xE2\x82"), mark) << "cut";
  EXPECT_EQ(ValidUtf8("\xE2\x82 x"), mark + " x");
  EXPECT_EQ(ValidUtf8("\xED\xA0\x80"), mark + mark + mark) << "a surrogate";
  EXPECT_EQ(ValidUtf8("\xF4\x90\x80\x80"), mark + mark + mark + mark) << "above U+10FFFF";
  EXPECT_EQ(ValidUtf8(std::string("a\x1b[1m\0b\x7f", 8)), "a [1m b ");
}

}  // namespace
}  // namespace agon::viewer
