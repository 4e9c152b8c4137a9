// SPDX-License-Identifier: Apache-2.0
// What the YAML reader accepts, refuses and says, and that what is written is read back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "runtime/base/error.h"
#include "runtime/config/value.h"

namespace agon::config {
namespace {

using testing::HasSubstr;

Value Parse(std::string_view text, Problems& problems) {
  return ParseYaml(text, "a.yaml", "/work", problems);
}

Value ParseGood(std::string_view text) {
  Problems problems;
  Value value = Parse(text, problems);
  for (const Problem& problem : problems.list()) ADD_FAILURE() << Format(problem);
  return value;
}

std::string MessageOf(std::string_view text) {
  Problems problems;
  static_cast<void>(Parse(text, problems));
  try {
    problems.ThrowIfAny();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kConfig);
    return error.what();
  }
  return {};
}

bool Same(const Value& a, const Value& b) {
  if (a.kind() != b.kind() || a.text() != b.text() || a.quoted() != b.quoted() ||
      a.items().size() != b.items().size() || a.entries().size() != b.entries().size()) {
    return false;
  }
  for (std::size_t i = 0; i < a.items().size(); ++i) {
    if (!Same(a.items()[i], b.items()[i])) return false;
  }
  for (std::size_t i = 0; i < a.entries().size(); ++i) {
    if (a.entries()[i].key != b.entries()[i].key) return false;
    if (!Same(a.entries()[i].value, b.entries()[i].value)) return false;
  }
  return true;
}

TEST(Yaml, ReadsATreeInTheOrderOfTheText) {
  const Value root = ParseGood("b: 1\na: [x, 'y', null]\nc: {d: \"e f\"}\n");
  ASSERT_EQ(root.entries().size(), 3U);
  EXPECT_EQ(root.entries()[0].key, "b");
  const auto& list = root.Find("a")->items();
  ASSERT_EQ(list.size(), 3U);
  EXPECT_FALSE(list[0].quoted());
  EXPECT_TRUE(list[1].quoted());
  EXPECT_TRUE(list[2].IsNull());
  EXPECT_EQ(root.Find("c")->Find("d")->text(), "e f");
  EXPECT_EQ(root.Find("z"), nullptr);
}

TEST(Yaml, ScalarsAreKeptAsWritten) {
  const Value root = ParseGood("[010, 0x10, yes, 1e3]");
  EXPECT_EQ(root.items()[0].text(), "010");
  EXPECT_EQ(root.items()[1].text(), "0x10");
  EXPECT_EQ(root.items()[2].text(), "yes");
}

TEST(Yaml, RemembersWhereEverythingStood) {
  const Value root = ParseGood("threat:\n  epsilon: 8/255\n  \"näh\": 'q'\n  empty:\nlast: 1\n");
  const Value& threat = *root.Find("threat");
  const Location at = threat.Find("epsilon")->location;
  EXPECT_EQ(at.line, 2);
  EXPECT_EQ(at.column, 12);
  EXPECT_EQ(at.length, 5);
  EXPECT_EQ(at.source->name, "a.yaml");
  EXPECT_EQ(threat.entries()[1].key_location.column, 3);
  EXPECT_EQ(threat.entries()[1].value.location.column, 10);  // characters, not bytes
  EXPECT_EQ(threat.entries()[1].value.location.length, 3);
  EXPECT_EQ(threat.Find("empty")->location.line, 4);  // yaml-cpp says line 5
}

TEST(Yaml, AnEmptyTextIsNull) {
  EXPECT_TRUE(ParseGood("").IsNull());
  EXPECT_TRUE(ParseGood("# nothing\n").IsNull());
  EXPECT_EQ(ParseGood("").location.line, 1);
}

TEST(Yaml, AWholeMessage) {
  EXPECT_EQ(MessageOf("seed: 1\nmodel:\n  steps: 5\n  steps: 6\n"),
            "a.yaml:4:3: model: the key \"steps\" is given twice\n"
            "    4 |   steps: 6\n"
            "      |   ^~~~~  remove one of them");
}

TEST(Yaml, RefusesWhatIsAlmostAlwaysAMistake) {
  EXPECT_THAT(MessageOf("a: 1\n---\nb: 2\n"), HasSubstr("a.yaml:2:1: a second document"));
  EXPECT_THAT(MessageOf("a: &x {b: 1}\nc: {<<: *x}\n"), HasSubstr("merge keys"));
  EXPECT_THAT(MessageOf("a: !!int 5\n"), HasSubstr("tags"));
  EXPECT_THAT(MessageOf("[a]: 1\n"), HasSubstr("a key must be text, not a list"));
  EXPECT_THAT(MessageOf("? \n: 1\n"), HasSubstr("a key must be text"));
  EXPECT_THAT(MessageOf("a: \"\\N\"\n"), HasSubstr("a: the escapes"));
  EXPECT_THAT(MessageOf("a: [1, 2\nb: 3\n"), HasSubstr("not valid YAML"));
  EXPECT_THAT(MessageOf("a: *nowhere\n"), HasSubstr("not valid YAML"));
  EXPECT_THAT(MessageOf("a: \x01\n"), HasSubstr("a.yaml:1:4: not UTF-8 text"));
  EXPECT_THAT(MessageOf("a: \xff\n"), HasSubstr("not UTF-8 text"));
  EXPECT_THAT(MessageOf(std::string(kMaxConfigBytes + 1, ' ')), HasSubstr("limit of 4.0 MiB"));
}

TEST(Yaml, AliasesAreExpanded) {
  const Value root = ParseGood("a: &x {b: [1, 2]}\nc: *x\nd: &y 5\ne: [*y, *y]\n");
  EXPECT_TRUE(Same(*root.Find("a"), *root.Find("c")));
  EXPECT_EQ(root.Find("e")->items()[1].text(), "5");
}

TEST(Yaml, AnAliasOfItselfIsRefused) {
  EXPECT_THAT(MessageOf("&x [*x]"), HasSubstr("an alias inside the very value it stands for"));
  EXPECT_THAT(MessageOf("a: &x {b: {c: *x}}"), HasSubstr("a.b.c: an alias inside"));
}

// 10^9 values in ten lines.
TEST(Yaml, AnAliasBombIsRefused) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += fmt::format("a{}: &a{} [{}", i, i, before);
    for (int k = 1; k < 10; ++k) text += ", " + before;
    text += "]\n";
  }
  EXPECT_THAT(MessageOf(text), HasSubstr("after aliases are expanded"));
}

// Few values, each of them long: the budget counts text as well.
TEST(Yaml, AnAliasBombOfTextIsRefused) {
  std::string text = "a: &a " + std::string(1'000'000, 'x') + "\nb: [*a";
  for (int i = 0; i < 1000; ++i) text += ", *a";
  EXPECT_THAT(MessageOf(text + "]\n"), HasSubstr("too much text"));
}

TEST(Yaml, DepthIsLimited) {
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']');
  };
  EXPECT_EQ(MessageOf(nested(kMaxDepth)), "");
  EXPECT_THAT(MessageOf(nested(kMaxDepth + 1)), HasSubstr("nested deeper than 32 levels"));
  EXPECT_THAT(MessageOf(std::string(200'000, '[')), HasSubstr("close the bracket"));
  // Through an alias as well.
  EXPECT_THAT(MessageOf("a: &a " + nested(20) + "\nb: [[[[[[[[[[[[[[[*a]]]]]]]]]]]]]]]\n"),
              HasSubstr("nested deeper"));
}

TEST(Yaml, SeveralProblemsComeInTheOrderOfTheText) {
  Problems problems;
  const Value root = Parse("a: 1\na: 2\n", problems);
  problems.Add({root.location.source, 1, 4, 1}, "a", "first");
  try {
    problems.ThrowIfAny();
    FAIL();
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_LT(text.find("first"), text.find("given twice"));
  }
}

TEST(Yaml, AMissingFileIsAnErrorThatNamesIt) {
  Problems problems;
  try {
    static_cast<void>(LoadYaml("/nowhere/a.yaml", problems));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kConfig);
    EXPECT_THAT(error.what(), HasSubstr("/nowhere/a.yaml"));
  }
}

TEST(ToYaml, IsReadableBlockStyle) {
  const std::string text =
      "seed: 0\nmodel:\n  name: net_a\n  mean: [0.1, 8/255]\n  weights: null\nsuite:\n"
      "  - name: pgd\n    steps: 5\n  - fgsm\nrequire:\n  robust: \">= 0.6\"\n  none: {}\n";
  EXPECT_EQ(ToYaml(ParseGood(text)), text);
}

// Any tree: hostile texts, every kind of nesting.
Value RandomValue(std::mt19937& random, int depth) {
  static const std::vector<std::string> kTexts = {
      "",    "a",    "a b",  "null", "~",   "true", "- x",     "-",    "a: b",  "a:",
      "#x",  "a #b", " a",   "a ",   "[x]", "{x}",  "x,y",     "'q'",  "\"q\"", "back\\slash",
      "é→",  "l\nm", "\t",   "*a",   "&a",  "!t",   "|",       ">",    "%d",    "@at",
      "`t`", "? k",  "a?b",  "<<",   "---", "...",  "8/255",   "-1",   "010",   "\x01",
      ":",   "::",   "a::b", "k=v",  "=",   "\x7f", "C:\\dir", "it's", ",",     "0x10"};
  const auto text = [&] { return kTexts[random() % kTexts.size()]; };
  switch (depth > 0 ? random() % 5 : random() % 2) {
    case 0:
      return Value::Scalar(text(), random() % 2 == 0);
    case 1:
      return random() % 4 == 0 ? Value() : Value::Scalar(text(), true);
    case 2:
    case 3: {
      Value mapping = Value::Mapping();
      for (auto i = random() % 4; i > 0; --i) mapping.Set(text(), RandomValue(random, depth - 1));
      return mapping;
    }
    default: {
      Value list = Value::Sequence();
      for (auto i = random() % 4; i > 0; --i)
        list.items().push_back(RandomValue(random, depth - 1));
      return list;
    }
  }
}

// Writing may add quotes that a text needs; apart from that the tree comes back, and a second time
// exactly.
TEST(ToYaml, ReadsBackAsTheSameTree) {
  std::mt19937 random(7);
  for (int i = 0; i < 3000; ++i) {
    const Value tree = RandomValue(random, 4);
    const std::string text = ToYaml(tree);
    Problems problems;
    const Value once = Parse(text, problems);
    ASSERT_TRUE(problems.empty()) << Format(problems.list()[0]) << "\n" << text;
    ASSERT_EQ(ToYaml(once), text);
    Problems none;
    ASSERT_TRUE(Same(once, Parse(ToYaml(once), none))) << text;
    const std::function<bool(const Value&, const Value&)> same_text = [&](const Value& a,
                                                                          const Value& b) {
      if (a.kind() != b.kind() || a.text() != b.text() || (a.quoted() && !b.quoted()) ||
          a.items().size() != b.items().size() || a.entries().size() != b.entries().size()) {
        return false;
      }
      for (std::size_t k = 0; k < a.items().size(); ++k) {
        if (!same_text(a.items()[k], b.items()[k])) return false;
      }
      for (std::size_t k = 0; k < a.entries().size(); ++k) {
        if (a.entries()[k].key != b.entries()[k].key ||
            !same_text(a.entries()[k].value, b.entries()[k].value)) {
          return false;
        }
      }
      return true;
    };
    ASSERT_TRUE(same_text(tree, once)) << text;
  }
}

}  // namespace
}  // namespace agon::config
