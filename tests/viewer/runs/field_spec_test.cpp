// SPDX-License-Identifier: Apache-2.0
#include "viewer/runs/field_spec.h"

#include <gmock/gmock.h>

#include "runtime/base/error.h"
#include "tests/viewer/runs/schema_fixture.h"

namespace agon::viewer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class FieldSpecTest : public testing::Test {
 protected:
  const FieldSpec& Field(const std::string& name) {
    const FieldSpec* const field = spec_.Field(name);
    EXPECT_NE(field, nullptr) << name;
    return field == nullptr ? spec_ : *field;
  }
  FieldSpec spec_ = ReadSchema(SchemaFixture());
};

TEST_F(FieldSpecTest, KnowsEveryKindThatASchemaHas) {
  EXPECT_EQ(Field("seed").kind, FieldKind::kInteger);
  EXPECT_EQ(Field("rate").kind, FieldKind::kNumber);
  EXPECT_EQ(Field("shuffle").kind, FieldKind::kBoolean);
  EXPECT_EQ(Field("label").kind, FieldKind::kText);
  EXPECT_EQ(Field("folder").kind, FieldKind::kText);
  EXPECT_EQ(Field("threat").kind, FieldKind::kObject);
  EXPECT_EQ(Field("limit").kind, FieldKind::kObject);
  EXPECT_EQ(Field("attack").kind, FieldKind::kComponent);
  EXPECT_EQ(Field("require").kind, FieldKind::kTexts);
  EXPECT_EQ(Field("threat").Field("norm")->kind, FieldKind::kChoice);
  const FieldSpec& epsilon = *Field("threat").Field("epsilon");
  EXPECT_EQ(epsilon.kind, FieldKind::kList);
  EXPECT_TRUE(epsilon.scalar_is_list);
  EXPECT_EQ(epsilon.item.front().kind, FieldKind::kNumber);
  const FieldSpec& suite = Field("suite");
  EXPECT_EQ(suite.kind, FieldKind::kList);
  EXPECT_THAT(suite.choices, ElementsAre("fgsm", "pgd", "quick"));
  EXPECT_EQ(suite.item.front().kind, FieldKind::kComponent);
}

TEST_F(FieldSpecTest, KnowsWhatAFieldMayBe) {
  EXPECT_EQ(Field("epochs").low, 1);
  EXPECT_EQ(Field("epochs").high, 1000);
  EXPECT_TRUE(Field("rate").above);
  EXPECT_TRUE(Field("label").required);
  EXPECT_FALSE(Field("seed").required);
  EXPECT_TRUE(Field("folder").optional);
  EXPECT_TRUE(Field("limit").optional);
  EXPECT_FALSE(Field("threat").optional);
  EXPECT_EQ(Field("epochs").default_value.text(), "3");
  EXPECT_EQ(Field("epochs").help, "passes");
  EXPECT_EQ(Expectation(Field("epochs")), "a whole number >= 1, <= 1000");
  EXPECT_EQ(Expectation(Field("rate")), "a number > 0");
  EXPECT_EQ(Expectation(Field("attack")), "one of fgsm, pgd");
}

TEST_F(FieldSpecTest, KnowsTheSettingsOfEachComponent) {
  const FieldSpec& attack = Field("attack");
  ASSERT_NE(attack.FindComponent("pgd"), nullptr);
  EXPECT_EQ(attack.FindComponent("pgd")->summary, "many steps");
  EXPECT_EQ(attack.FindComponent("pgd")->fields.size(), 2U) << "the name is none of them";
  EXPECT_EQ(attack.FindComponent("fgsm")->fields.size(), 1U);
  EXPECT_EQ(attack.FindComponent("apgd"), nullptr);
}

TEST_F(FieldSpecTest, KnowsWhatMayBeChangedWhileItRuns) {
  std::vector<std::string> paths;
  for (const auto& [path, field] : LiveFields(spec_)) paths.push_back(path);
  EXPECT_THAT(paths, ElementsAre("epochs", "rate"));
}

// A later version may say what this one does not know: such a field is edited as YAML.
TEST_F(FieldSpecTest, WhatItDoesNotKnowIsAnything) {
  const FieldSpec spec = ReadSchema(nlohmann::json::parse(
      R"({"properties": {"a": {"oneOf": [1]}, "b": 5, "c": {"anyOf": "x"}, "d": {"anyOf": []},
                         "e": {"type": "array"}, "f": {"type": "object"}}})"));
  for (const char* const name : {"a", "b", "c", "d", "f"}) {
    EXPECT_EQ(spec.Field(name)->kind, FieldKind::kYaml) << name;
  }
  EXPECT_EQ(spec.Field("e")->kind, FieldKind::kList);
  EXPECT_EQ(spec.Field("e")->item.front().kind, FieldKind::kYaml);
}

TEST_F(FieldSpecTest, WhatIsNoSchemaIsAnError) {
  for (const char* const text : {"5", "[]", "{}", "null"}) {
    try {
      (void)ReadSchema(nlohmann::json::parse(text));
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData);
      EXPECT_THAT(error.what(), HasSubstr("schema"));
    }
  }
}

}  // namespace
}  // namespace agon::viewer
