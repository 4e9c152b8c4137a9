// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/text.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

namespace agon {
namespace {

TEST(ParseReal, TakesDecimalsAndFractions) {
  EXPECT_EQ(ParseReal("0.1"), 0.1);
  EXPECT_EQ(ParseReal("-2"), -2.0);
  EXPECT_EQ(ParseReal("1e-3"), 1e-3);
  EXPECT_EQ(ParseReal("1e+3"), 1e3);
  EXPECT_EQ(ParseReal(".5"), 0.5);
  EXPECT_EQ(ParseReal("8/255"), 8.0 / 255.0);
  EXPECT_EQ(ParseReal("-0.5/4"), -0.125);
}

TEST(ParseReal, RefusesEverythingElse) {
  for (const char* text :
       {"",   "-",  "nan",   "inf",  "-inf", " 1",  "1 ",    "1 /2",  "1/0", "0/0",
        "1/", "/2", "1/2/3", "0x10", "010",  "8/O", "1e999", "1.5.2", "+1",  "e5"}) {
    EXPECT_EQ(ParseReal(text), std::nullopt) << text;
  }
}

TEST(ParseInteger, IsDecimalOnly) {
  EXPECT_EQ(ParseInteger("0"), 0);
  EXPECT_EQ(ParseInteger("-17"), -17);
  EXPECT_EQ(ParseInteger("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  for (const char* text : {"", "010", "0x10", "3.0", "1e3", "9223372036854775808", " 1", "1_000",
                           "-", "--1", "+1", "00"}) {
    EXPECT_EQ(ParseInteger(text), std::nullopt) << text;
  }
}

TEST(FormatReal, WritesWhatPeopleWrite) {
  EXPECT_EQ(FormatReal(0.1), "0.1");
  EXPECT_EQ(FormatReal(0), "0");
  EXPECT_EQ(FormatReal(40), "40");
  EXPECT_EQ(FormatReal(8.0 / 255.0), "8/255");
  EXPECT_EQ(FormatReal(254.0 / 255.0), "254/255");
  EXPECT_EQ(FormatReal(51.0 / 255.0), "0.2");  // shorter than the fraction
  EXPECT_EQ(FormatReal(std::nextafter(8.0 / 255.0, 1.0)), "0.03137254901960785");
}

TEST(FormatReal, ReadsBackAsTheSameNumber) {
  std::mt19937_64 random(1);
  int finite = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto value = std::bit_cast<double>(random());
    if (!std::isfinite(value) || !std::isnormal(value)) continue;
    ++finite;
    EXPECT_EQ(ParseReal(FormatReal(value)), value);
  }
  EXPECT_GT(finite, 19'000);
  for (int k = 0; k <= 255; ++k) EXPECT_EQ(ParseReal(FormatReal(k / 255.0)), k / 255.0);
}

TEST(Nearest, FindsWhatWasMeant) {
  const std::vector<std::string> names = {"apgd_ce", "fgsm", "pgd", "square"};
  EXPECT_EQ(Nearest("pgdd", names), "pgd");
  EXPECT_EQ(Nearest("pdg", names), "pgd");  // two neighbours swapped is one step
  EXPECT_EQ(Nearest("PGD", names), "pgd");
  EXPECT_EQ(Nearest("sqaure", names), "square");
  EXPECT_EQ(Nearest("apgd", names), "apgd_ce");  // a unique beginning
  EXPECT_EQ(Nearest("carlini", names), "");
  EXPECT_EQ(Nearest("x", names), "");
  EXPECT_EQ(Nearest("", names), "");
  EXPECT_EQ(Nearest("pgd", {}), "");
}

TEST(Nearest, ABeginningOfSeveralNamesIsNoAnswer) {
  const std::vector<std::string> names = {"fashion_mnist", "fashion_mnist_small"};
  EXPECT_EQ(Nearest("fashion", names), "");
}

TEST(DidYouMean, AsksOnlyWhenThereIsAnAnswer) {
  const std::vector<std::string> names = {"pgd"};
  EXPECT_EQ(DidYouMean("pgdd", names), " (did you mean \"pgd\"?)");
  EXPECT_EQ(DidYouMean("resnet", names), "");
}

TEST(Text, SplitAndJoinAreInverse) {
  for (const char* text : {"", "a", "a,b", ",", "a,,b,"}) {
    EXPECT_EQ(Join(Split(text, ','), ","), text);
  }
  EXPECT_EQ(Split("a,,b", ','), (std::vector<std::string>{"a", "", "b"}));
}

TEST(Text, Durations) {
  EXPECT_EQ(FormatDuration(1.5), "1.5 s");
  EXPECT_EQ(FormatDuration(59.96), "1 min 00 s");
  EXPECT_EQ(FormatDuration(125), "2 min 05 s");
  EXPECT_EQ(FormatDuration(3599.9), "1 h 00 min");
  EXPECT_EQ(FormatDuration(3 * 3600 + 600), "3 h 10 min");
}

TEST(Text, Sizes) {
  EXPECT_EQ(FormatBytes(1023), "1023 B");
  EXPECT_EQ(FormatBytes(1024), "1.0 KiB");
  EXPECT_EQ(FormatBytes(3'355'443), "3.2 MiB");
  EXPECT_EQ(FormatBytes((std::uint64_t{1} << 20) - 1), "1.0 MiB");
}

TEST(Text, HtmlIsEscaped) {
  EXPECT_EQ(EscapeHtml("<a href=\"x\">'&'</a>"),
            "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
}

}  // namespace
}  // namespace agon
