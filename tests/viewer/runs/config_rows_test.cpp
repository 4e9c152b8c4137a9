// SPDX-License-Identifier: Apache-2.0
#include "viewer/runs/config_rows.h"

#include <gmock/gmock.h>

namespace agon::viewer {
namespace {

using testing::ElementsAre;

config::Value Yaml(const std::string& text) {
  config::Problems problems;
  config::Value value = config::ParseYaml(text, "test", {}, problems);
  EXPECT_TRUE(problems.empty());
  return value;
}

std::vector<std::string> Rows(const std::string& yaml) {
  std::vector<std::string> rows;
  for (const ConfigRow& row : ConfigRows(Yaml(yaml))) rows.push_back(row.path + "=" + row.value);
  return rows;
}

// "path: left | right" of what differs.
std::vector<std::string> Differences(const std::string& left, const std::string& right) {
  std::vector<std::string> rows;
  for (const DifferenceRow& row : CompareConfigs(Yaml(left), Yaml(right))) {
    if (row.same()) continue;
    rows.push_back(row.path + ": " + row.left.value_or("none") + " | " +
                   row.right.value_or("none"));
  }
  return rows;
}

TEST(ConfigRows, ARowIsALeaf) {
  EXPECT_THAT(
      Rows("seed: 3\n"
           "threat: {norm: linf, epsilon: [0.1, 8/255]}\n"
           "suite:\n"
           "  - {name: pgd, steps: 10}\n"
           "  - fgsm\n"
           "plugins: []\n"
           "weights: null\n"),
      ElementsAre("seed=3", "threat.norm=linf", "threat.epsilon=[0.1, 8/255]", "suite[0].name=pgd",
                  "suite[0].steps=10", "suite[1]=fgsm", "plugins=[]", "weights=null"));
  EXPECT_TRUE(ConfigRows({}).empty());
}

// Whatever a text holds: what is shown reads back as the same value.
TEST(FlowText, ReadsBackAsTheSameValue) {
  for (const char* const text :
       {"plain", "with blank", "a, b", "a: b", "#c", "'quoted'", "\\\"both\\\"", "back\\\\slash",
        "- dash", "[x]", "{y}", "true", "", "null", "line\\nbreak", "tab\\t", "end:", "*star"}) {
    const config::Value value = Yaml("key: \"" + std::string(text) + "\"");
    const config::Value& scalar = *value.Find("key");
    const config::Value again = Yaml("key: " + FlowText(scalar));
    EXPECT_EQ(again.Find("key")->text(), scalar.text());
    EXPECT_TRUE(again.Find("key")->IsScalar());
  }
  EXPECT_EQ(FlowText(Yaml("{a: [1, {b: 2}], c: true}")), "{a: [1, {b: 2}], c: true}");
}

TEST(CompareConfigs, NamesWhatDiffersByItsKey) {
  EXPECT_THAT(Differences("seed: 0\nthreat: {norm: linf, epsilon: 0.1}\nepochs: 4\n",
                          "seed: 0\nthreat: {norm: linf, epsilon: 0.2}\nlimit: 5\n"),
              ElementsAre("threat.epsilon: 0.1 | 0.2", "limit: none | 5", "epochs: 4 | none"));
}

TEST(CompareConfigs, EqualNumbersAreTheSameHoweverTheyAreWritten) {
  EXPECT_THAT(Differences("a: 0.10\nb: [1e-1, 2]\n", "a: 0.1\nb: [0.1, 2.0]\n"), ElementsAre());
  EXPECT_THAT(Differences("a: '1'\n", "a: '1.0'\n"), ElementsAre("a: \"1\" | \"1.0\""))
      << "texts are no numbers";
}

TEST(CompareConfigs, AComponentMayBeANameOrAMapping) {
  EXPECT_THAT(Differences("attack: pgd\n", "attack: {name: pgd, steps: 10}\n"),
              ElementsAre("attack.steps: none | 10"));
  EXPECT_THAT(Differences("suite: [{name: pgd, steps: 5}]\n",
                          "suite: [{name: pgd, steps: 5}, {name: fgsm}]\n"),
              ElementsAre("suite[1].name: none | fgsm"));
}

TEST(CompareConfigs, AMappingBesideAScalarIsOneRow) {
  EXPECT_THAT(Differences("suite: quick\n", "suite: [{name: pgd}]\n"),
              ElementsAre("suite: quick | [{name: pgd}]"));
}

TEST(ToCsv, QuotesWhatNeedsIt) {
  const std::vector<DifferenceRow> rows = {{.path = "a", .left = "[1, 2]", .right = "say \"x\""},
                                           {.path = "b", .left = {}, .right = "1"}};
  EXPECT_EQ(ToCsv(rows, "one", "two"), "key,one,two\na,\"[1, 2]\",\"say \"\"x\"\"\"\nb,,1\n");
}

}  // namespace
}  // namespace agon::viewer
