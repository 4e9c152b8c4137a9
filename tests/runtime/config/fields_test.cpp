// SPDX-License-Identifier: Apache-2.0
// Typed reading: what each type takes, and what is said about the rest.
#include "runtime/config/fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/base/error.h"

namespace agon::config {
namespace {

using testing::HasSubstr;

struct Threat {
  std::string norm = "linf";
  double epsilon = 0.1;
  static void Describe(Fields<Threat>& f) {
    f.Field(&Threat::norm, "norm", "distance").Choices({"linf", "l2", "l1"});
    f.Field(&Threat::epsilon, "epsilon", "radius of the ball").Min(0);
  }
};

struct Settings {
  bool shuffle = true;
  std::int64_t steps = 40;
  int threads = 1;
  double rate = 0.5;
  std::vector<double> mean = {0.5};
  Path weights;
  std::optional<std::string> note;
  Threat threat;
  std::string dataset;
  static void Describe(Fields<Settings>& f) {
    f.Field(&Settings::shuffle, "shuffle", "new order every epoch");
    f.Field(&Settings::steps, "steps", "gradient steps").Min(1).Max(1000);
    f.Field(&Settings::threads, "threads", "worker threads");
    f.Field(&Settings::rate, "rate", "learning rate").Above(0);
    f.Field(&Settings::mean, "mean", "per channel").ScalarIsList().Min(0);
    f.Field(&Settings::weights, "weights", "file");
    f.Field(&Settings::note, "note", "free text");
    f.Field(&Settings::threat, "threat", "what the attacker may do");
    f.Field(&Settings::dataset, "dataset", "name of a dataset").Required();
    f.Check([](const Settings& s) {
      return s.threat.epsilon > s.rate ? std::string("epsilon is larger than rate") : "";
    });
  }
};

Settings ReadText(const std::string& text, Problems& problems) {
  const Value value = ParseYaml(text, "a.yaml", "/work/configs", problems);
  Reader reader{problems};
  return Read<Settings>(value, reader);
}

Settings ReadGood(const std::string& text) {
  Problems problems;
  Settings settings = ReadText(text, problems);
  for (const Problem& problem : problems.list()) ADD_FAILURE() << Format(problem);
  return settings;
}

std::string MessageOf(const std::string& text) {
  Problems problems;
  static_cast<void>(ReadText("dataset: d\n" + text, problems));
  try {
    problems.ThrowIfAny();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

TEST(Fields, WhatIsNotGivenKeepsItsDefault) {
  const Settings settings = ReadGood("dataset: mnist");
  EXPECT_EQ(settings.dataset, "mnist");
  EXPECT_EQ(settings.steps, 40);
  EXPECT_EQ(settings.threat.epsilon, 0.1);
  EXPECT_EQ(settings.note, std::nullopt);
}

TEST(Fields, EveryTypeIsRead) {
  const Settings settings = ReadGood(
      "{dataset: 2024, shuffle: false, steps: 7, threads: 3, rate: 1e-1, mean: [0.1, 1/2],"
      " weights: ../w.npz, note: hi, threat: {norm: l2, epsilon: 8/255}}");
  EXPECT_EQ(settings.dataset, "2024");
  EXPECT_FALSE(settings.shuffle);
  EXPECT_EQ(settings.steps, 7);
  EXPECT_EQ(settings.threads, 3);
  EXPECT_EQ(settings.rate, 0.1);
  EXPECT_EQ(settings.mean, (std::vector<double>{0.1, 0.5}));
  EXPECT_EQ(settings.weights, "/work/w.npz");  // from the folder of the file that names it
  EXPECT_EQ(settings.note, "hi");
  EXPECT_EQ(settings.threat.epsilon, 8.0 / 255.0);
}

// The example of STYLE.md, to the letter.
TEST(Fields, AMessageNamesThePlaceAndTheCure) {
  EXPECT_EQ(MessageOf("threat:\n  epsilon: 8/O\n"),
            "a.yaml:3:12: threat.epsilon: expected a number >= 0, found \"8/O\"\n"
            "    3 |   epsilon: 8/O\n"
            "      |            ^~~  write a number or a fraction such as 8/255");
}

TEST(Fields, AllProblemsAreShownAtOnce) {
  EXPECT_EQ(MessageOf("stepz: 5\nthreat: {epsilon: -1}\n"),
            "a.yaml:2:1: stepz: unknown key (did you mean \"steps\"?)\n"
            "    2 | stepz: 5\n"
            "      | ^~~~~  known: shuffle, steps, threads, rate, mean, weights, note, threat, "
            "dataset\n"
            "a.yaml:3:19: threat.epsilon: expected a number >= 0, found \"-1\"\n"
            "    3 | threat: {epsilon: -1}\n"
            "      |                   ^~");
}

TEST(Fields, IntegersAreDecimalAndInRange) {
  EXPECT_THAT(MessageOf("steps: 010"), HasSubstr("write 10"));
  EXPECT_THAT(MessageOf("steps: 0x10"), HasSubstr("write the number in decimal"));
  EXPECT_THAT(MessageOf("steps: '5'"), HasSubstr("remove the quotes"));
  EXPECT_THAT(MessageOf("steps: 1e3"), HasSubstr("write 1000"));
  EXPECT_THAT(MessageOf("steps: 3.7"), HasSubstr("write a whole number"));
  EXPECT_THAT(MessageOf("steps: ten"),
              HasSubstr("expected an integer >= 1 and <= 1000, found \"ten\""));
  EXPECT_THAT(MessageOf("steps: 0"), HasSubstr("expected an integer >= 1"));
  EXPECT_THAT(MessageOf("steps: 1001"), HasSubstr("expected an integer >= 1"));
  EXPECT_THAT(MessageOf("steps: 99999999999999999999"), HasSubstr("expected an integer"));
  EXPECT_THAT(MessageOf("steps: [5]"), HasSubstr("found a list"));
  EXPECT_THAT(MessageOf("steps:"), HasSubstr("found nothing"));
  EXPECT_THAT(MessageOf("threads: 3000000000"), HasSubstr("to 2147483647, found"));
}

TEST(Fields, NumbersAreFiniteAndUnquoted) {
  for (const char* text : {"nan", ".inf", "8/0", "0x10", "010", "'0.5'", "{}"}) {
    EXPECT_THAT(MessageOf(std::string("rate: ") + text), HasSubstr("expected a number > 0"));
  }
  EXPECT_THAT(MessageOf("rate: 0"), HasSubstr("expected a number > 0, found \"0\""));
}

TEST(Fields, OnlyTrueAndFalseAreBooleans) {
  for (const char* text : {"yes", "on", "True", "1", "'true'"}) {
    EXPECT_THAT(MessageOf(std::string("shuffle: ") + text), HasSubstr("expected true or false"));
  }
  EXPECT_THAT(MessageOf("shuffle: yes"), HasSubstr("write true"));
  EXPECT_THAT(MessageOf("shuffle: off"), HasSubstr("write false"));
}

TEST(Fields, ChoicesAreNamed) {
  EXPECT_THAT(MessageOf("threat: {norm: lnf}"),
              HasSubstr("threat.norm: expected one of linf, l2, l1, found \"lnf\" (did you mean "
                        "\"linf\"?)"));
}

TEST(Fields, AListMayBeOneScalarWhereTheFieldSaysSo) {
  EXPECT_EQ(ReadGood("{dataset: d, mean: 0.25}").mean, std::vector<double>{0.25});
  EXPECT_THAT(MessageOf("mean: -1"), HasSubstr(" mean: expected"));
  EXPECT_THAT(MessageOf("mean: [0, -1]"), HasSubstr(" mean[1]: expected"));
}

TEST(Fields, ARequiredKeyIsMissed) {
  Problems problems;
  static_cast<void>(ReadText("", problems));
  ASSERT_EQ(problems.list().size(), 1U);
  EXPECT_EQ(Format(problems.list()[0]).substr(0, 37), "a.yaml:1:1: dataset: this key is requ");
}

TEST(Fields, ARuleOverSeveralFieldsIsChecked) {
  EXPECT_THAT(MessageOf("threat: {epsilon: 0.9}"), HasSubstr("epsilon is larger than rate"));
}

TEST(Fields, AStructIsAMapping) {
  EXPECT_THAT(MessageOf("threat: 5"), HasSubstr("threat: expected a mapping, found \"5\""));
}

// What a run stores as its resolved configuration is a configuration again, with the same meaning.
TEST(Fields, ADumpReadsBack) {
  const Settings settings =
      ReadGood("{dataset: '5', mean: [], weights: /w, note: 'true', threat: {epsilon: 8/255}}");
  const std::string text = ToYaml(Dump(settings));
  EXPECT_THAT(text, HasSubstr("epsilon: 8/255"));
  const Settings again = ReadGood(text);
  EXPECT_EQ(ToYaml(Dump(again)), text);
  EXPECT_EQ(again.dataset, "5");
  EXPECT_EQ(again.note, "true");
  EXPECT_TRUE(again.mean.empty());
  EXPECT_EQ(ReadGood(ToYaml(Dump(ReadGood("dataset: d")))).weights, Path());
}

}  // namespace
}  // namespace agon::config
