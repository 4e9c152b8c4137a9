// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/config/value.h"

namespace agon::config {
namespace {

using testing::HasSubstr;

constexpr const char* kText =
    "seed: 0\nattack: pgd\nsuite: [{name: fgsm}, {name: pgd, steps: 5}]\n";

std::string After(std::string_view assignment, std::string* message = nullptr) {
  Problems problems;
  Value root = ParseYaml(kText, "a.yaml", "/work", problems);
  ApplyOverride(root, assignment, problems);
  if (!problems.empty() && message != nullptr) *message = Format(problems.list()[0]);
  EXPECT_EQ(problems.empty(), message == nullptr) << assignment;
  return ToYaml(root);
}

std::string MessageOf(std::string_view assignment) {
  std::string message;
  Problems none;
  // A refused override changes nothing.
  EXPECT_EQ(After(assignment, &message), ToYaml(ParseYaml(kText, "a.yaml", "/work", none)));
  return message;
}

TEST(Override, ReplacesAndAdds) {
  EXPECT_THAT(After("seed=7"), HasSubstr("seed: 7\n"));
  EXPECT_THAT(After("threat.epsilon=8/255"), HasSubstr("threat:\n  epsilon: 8/255\n"));
  EXPECT_THAT(After("suite[1].steps=9"), HasSubstr("steps: 9"));
  EXPECT_THAT(After("note='a=b'"), HasSubstr("note: \"a=b\""));
}

TEST(Override, TakesFlowSyntax) {
  EXPECT_THAT(After("attack={name: pgd, steps: 5}"), HasSubstr("attack:\n  name: pgd\n  steps: 5"));
  EXPECT_THAT(After("suite=[fgsm, pgd]"), HasSubstr("suite: [fgsm, pgd]"));
}

// `attack: pgd` is short for `attack: {name: pgd}`.
TEST(Override, AddsToAComponentThatIsOnlyNamed) {
  EXPECT_THAT(After("attack.steps=5"), HasSubstr("attack:\n  name: pgd\n  steps: 5\n"));
}

TEST(Override, PointsIntoTheAssignment) {
  Problems problems;
  Value root = Value::Mapping();
  ApplyOverride(root, "threat.epsilon=8/O", problems);
  ASSERT_TRUE(problems.empty());
  const Value& value = *root.Find("threat")->Find("epsilon");
  EXPECT_EQ(Format({value.location, "threat.epsilon", "no number", "a cure"}),
            "--set:1:16: threat.epsilon: no number\n"
            "    1 | threat.epsilon=8/O\n"
            "      |                ^~~  a cure");
}

TEST(Override, RefusesWhatCannotBeMeant) {
  EXPECT_THAT(MessageOf("seed"), HasSubstr("--set:1:1: expected KEY=VALUE"));
  EXPECT_THAT(MessageOf("=5"), HasSubstr("not the name of a setting"));
  EXPECT_THAT(MessageOf("a..b=5"), HasSubstr("not the name of a setting"));
  EXPECT_THAT(MessageOf("a.=5"), HasSubstr("not the name of a setting"));
  EXPECT_THAT(MessageOf("[0]=5"), HasSubstr("not the name of a setting"));
  EXPECT_THAT(MessageOf("suite[x].steps=5"), HasSubstr("not the name of a setting"));
  EXPECT_THAT(MessageOf("suite[2].steps=5"), HasSubstr("the list has 2 items"));
  EXPECT_THAT(MessageOf("suite.steps=5"), HasSubstr("found a list"));
  EXPECT_THAT(MessageOf("seed[0]=5"), HasSubstr("expected a list before [0], found \"0\""));
  EXPECT_THAT(MessageOf("seed=[1"), HasSubstr("close the bracket"));
}

}  // namespace
}  // namespace agon::config
