// SPDX-License-Identifier: Apache-2.0
#include "viewer/runs/config_form.h"

#include <gmock/gmock.h>

#include "tests/viewer/runs/schema_fixture.h"
#include "viewer/runs/config_rows.h"

namespace agon::viewer {
namespace {

using config::Value;
using testing::ElementsAre;
using testing::IsEmpty;

Value Yaml(const std::string& text) {
  config::Problems problems;
  Value value = config::ParseYaml(text, "test", {}, problems);
  EXPECT_TRUE(problems.empty());
  return value;
}

class ConfigFormTest : public testing::Test {
 protected:
  std::vector<std::string> Problems(const std::string& yaml) {
    std::vector<std::string> problems;
    for (const FormProblem& problem : FindProblems(spec_, Yaml(yaml))) {
      problems.push_back(problem.path + ": " + problem.message);
    }
    return problems;
  }
  // What typing `text` into the field makes.
  std::string Typed(const FieldSpec& field, const std::string& text) {
    return FlowText(FromInput(field, text));
  }
  FieldSpec spec_ = ReadSchema(SchemaFixture());
};

TEST_F(ConfigFormTest, FieldsStandInTheOrderOfTheConfiguration) {
  std::vector<std::string> names;
  for (const FieldSpec* field : InOrder(spec_.fields, Yaml("{threat: {}, seed: 0, other: 1}"))) {
    names.push_back(field->name);
  }
  ASSERT_EQ(names.size(), spec_.fields.size());
  EXPECT_EQ(names[0], "threat");
  EXPECT_EQ(names[1], "seed");
}

TEST_F(ConfigFormTest, ATypedTextBecomesTheFieldsValue) {
  EXPECT_EQ(Typed(*spec_.Field("epochs"), " 5 "), "5");
  EXPECT_EQ(Typed(*spec_.Field("rate"), "8/255"), "8/255");
  EXPECT_EQ(Typed(*spec_.Field("label"), "5"), "\"5\"") << "a text that looks like a number";
  EXPECT_EQ(Typed(*spec_.Field("label"), "true"), "\"true\"");
  EXPECT_EQ(Typed(*spec_.Field("label"), "net a"), "net a");
  EXPECT_EQ(Typed(*spec_.Field("folder"), ""), "null") << "may be left out";
  EXPECT_EQ(Typed(*spec_.Field("label"), ""), "\"\"") << "must be given";
  const FieldSpec& epsilon = *spec_.Field("threat")->Field("epsilon");
  EXPECT_EQ(Typed(epsilon, "0.1, 0.02,"), "[0.1, 0.02]");
  EXPECT_EQ(Typed(epsilon, "[0.1]"), "[0.1]");
  EXPECT_EQ(Typed(epsilon, ""), "[]");
  FieldSpec any;
  EXPECT_EQ(Typed(any, "{a: [1, 2]}"), "{a: [1, 2]}");
  EXPECT_EQ(Typed(any, "{a: "), "\"{a:\"") << "not finished yet";
}

TEST_F(ConfigFormTest, AnInputShowsTheValue) {
  EXPECT_EQ(InputText(*spec_.Field("epochs"), Yaml("5")), "5");
  EXPECT_EQ(InputText(*spec_.Field("folder"), Yaml("null")), "");
  const FieldSpec& epsilon = *spec_.Field("threat")->Field("epsilon");
  EXPECT_EQ(InputText(epsilon, Yaml("[0.1, 8/255]")), "0.1, 8/255");
  EXPECT_EQ(InputText(epsilon, Yaml("0.1")), "0.1");
}

// Settings that the new one has too are kept, the others go.
TEST_F(ConfigFormTest, AnotherComponentKeepsTheSettingsItKnows) {
  Value value = Yaml("{name: pgd, step: 0.5, steps: 7}");
  SetComponent(*spec_.Field("attack"), "fgsm", value);
  EXPECT_EQ(FlowText(value), "{name: fgsm, step: 0.5}");
  Value name = Yaml("pgd");
  EXPECT_EQ(ComponentName(name), "pgd");
  SettingsOf(name).Set("steps", Yaml("3"));
  EXPECT_EQ(FlowText(name), "{name: pgd, steps: 3}");
}

TEST_F(ConfigFormTest, AWholeConfigurationHasNoProblems) {
  EXPECT_THAT(Problems("seed: 0\nepochs: 3\nrate: 1/10\nshuffle: false\nlabel: a\nfolder: null\n"
                       "plugins: [x.so]\nthreat: {norm: l2, epsilon: 0.1}\nlimit: null\n"
                       "attack: pgd\nsuite: quick\nrequire: {robust_accuracy: '>= 0.6'}\n"),
              IsEmpty());
  EXPECT_THAT(Problems("label: a\nsuite: [fgsm, {name: pgd, steps: 2}]\nlimit: {seconds: 3}\n"
                       "attack: {name: fgsm}\n"),
              IsEmpty());
}

TEST_F(ConfigFormTest, EveryProblemIsNamed) {
  EXPECT_THAT(Problems("epochs: 0\nrate: 0\nshuffle: maybe\nlabel: a\nepocs: 3\n"),
              ElementsAre("epochs: expected a whole number >= 1, <= 1000, found \"0\"",
                          "rate: expected a number > 0, found \"0\"",
                          "shuffle: expected true or false, found \"maybe\"",
                          "epocs: unknown key (did you mean \"epochs\"?)"));
  EXPECT_THAT(Problems("threat: {norm: l3, epsilon: [0.1, -1]}\n"),
              ElementsAre("threat.norm: expected one of linf, l2, found \"l3\"",
                          "threat.epsilon[1]: expected a number >= 0, found \"-1\"",
                          "label: must be given: a text"));
  EXPECT_THAT(Problems("label: a\nattack: pdg\nsuite: [{name: pgd, steps: 0}]\n"),
              ElementsAre("attack: there is no \"pdg\" (did you mean \"pgd\"?)",
                          "suite[0].steps: expected a whole number >= 1, found \"0\""));
  EXPECT_THAT(Problems("label: a\nepochs: 2.5\n"),
              ElementsAre("epochs: expected a whole number >= 1, <= 1000, found \"2.5\""));
}

// Whatever the tree looks like, nothing is thrown and the list is bounded.
TEST_F(ConfigFormTest, WrongShapesAreProblemsToo) {
  EXPECT_FALSE(
      Problems("{threat: 5, attack: [1], suite: {a: 1}, require: [x], label: []}").empty());
  EXPECT_FALSE(Problems("[]").empty());
  std::string many = "label: a\n";
  for (int i = 0; i < 1000; ++i) many += "unknown" + std::to_string(i) + ": 1\n";
  EXPECT_EQ(Problems(many).size(), 100U);
}

// What "+" adds is right, or is told what it lacks.
TEST_F(ConfigFormTest, ANewItemIsOfItsKind) {
  EXPECT_EQ(FlowText(NewItem(spec_.Field("suite")->item.front())), "{name: fgsm}");
  EXPECT_EQ(FlowText(NewItem(spec_.Field("plugins")->item.front())), "\"\"");
  EXPECT_EQ(FlowText(NewItem(*spec_.Field("epochs"))), "1");
}

}  // namespace
}  // namespace agon::viewer
