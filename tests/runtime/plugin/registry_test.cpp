// SPDX-License-Identifier: Apache-2.0
#include "runtime/plugin/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/runtime/plugin/toy.h"

namespace agon {
namespace {

using test::Drum;
using test::Flute;
using test::Toy;
using testing::HasSubstr;

class RegistryTest : public testing::Test {
 protected:
  RegistryTest() {
    registry_.Add<Toy, Drum>("drum", "a drum");
    registry_.Add<Toy, Flute>("flute", "a flute");
  }

  Component<Toy> Make(const std::string& text) {
    const config::Value value = config::ParseYaml(text, "a.yaml", "/work", problems_);
    config::Reader reader{problems_};
    return registry_.Create<Toy>(*value.Find("toy"), reader, "toy");
  }
  std::string MessageOf(const std::string& text) {
    problems_ = {};
    static_cast<void>(Make(text));
    try {
      problems_.ThrowIfAny();
    } catch (const Error& error) {
      return error.what();
    }
    return {};
  }

  Registry registry_;
  config::Problems problems_;
};

TEST_F(RegistryTest, MakesAComponentFromItsNameOrAMapping) {
  EXPECT_EQ(Make("toy: drum")->Sound(), "bum");
  const Component<Toy> drum = Make("toy: {beats: 2, name: drum}");
  ASSERT_TRUE(problems_.empty());
  EXPECT_EQ(drum->Sound(), "bumbum");
  EXPECT_EQ(drum.name(), "drum");
  EXPECT_EQ(config::ToYaml(drum.ToConfig()), "name: drum\nbeats: 2\nstick: wood\n");
}

TEST_F(RegistryTest, KnowsWhatItsComponentsSay) {
  EXPECT_EQ(registry_.Names("toy"), (std::vector<std::string>{"drum", "flute"}));
  EXPECT_EQ(registry_.Kinds(), std::vector<std::string>{"toy"});
  EXPECT_TRUE(registry_.Names("attack").empty());
  EXPECT_TRUE(registry_.CapabilitiesOf<Toy>("drum").loud);
  EXPECT_FALSE(registry_.CapabilitiesOf<Toy>("flute").loud);
  const ComponentInfo* drum = registry_.Find("toy", "drum");
  ASSERT_NE(drum, nullptr);
  EXPECT_EQ(drum->paper, "Tin 1954");
  EXPECT_EQ(drum->origin, "built in");
  EXPECT_EQ(drum->capabilities_json()["loud"], true);
  EXPECT_EQ(drum->fields.size(), 2U);
  EXPECT_EQ(registry_.Find("toy", "kite"), nullptr);
}

TEST_F(RegistryTest, AMisspeltNameIsAnswered) {
  EXPECT_EQ(MessageOf("toy: drumm\n"),
            "a.yaml:1:6: toy: unknown toy \"drumm\" (did you mean \"drum\"?)\n"
            "    1 | toy: drumm\n"
            "      |      ^~~~~  known: drum, flute");
  EXPECT_THAT(MessageOf("toy: {name: kite}"), HasSubstr("toy.name: unknown toy \"kite\"\n"));
}

TEST_F(RegistryTest, MisspeltFieldsAndBadValuesAreShownTogether) {
  EXPECT_EQ(MessageOf("toy:\n  name: drum\n  beat: 3\n  stick: iron\n"),
            "a.yaml:3:3: toy.beat: unknown key (did you mean \"beats\"?)\n"
            "    3 |   beat: 3\n"
            "      |   ^~~~  known: beats, stick\n"
            "a.yaml:4:10: toy.stick: expected one of wood, felt, found \"iron\"\n"
            "    4 |   stick: iron\n"
            "      |          ^~~~");
}

TEST_F(RegistryTest, AComponentNeedsAName) {
  EXPECT_THAT(MessageOf("toy: {beats: 2}"),
              HasSubstr("toy.name: this key is required (expected the name of a toy)"));
  EXPECT_THAT(MessageOf("toy: [drum]"), HasSubstr("expected the name of a toy, found a list"));
  EXPECT_THAT(MessageOf("toy:"), HasSubstr("expected the name of a toy, found nothing"));
}

TEST_F(RegistryTest, ANameIsTakenOnce) {
  registry_.SetOrigin("/plugins/more.so");
  try {
    registry_.Add<Toy, Flute>("drum", "another");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kPlugin);
    EXPECT_THAT(error.what(), HasSubstr("toy \"drum\" is registered twice"));
    EXPECT_THAT(error.what(), HasSubstr("registry_test.cpp (built in)"));
    EXPECT_THAT(error.what(), HasSubstr("registry_test.cpp (/plugins/more.so)"));
  }
}

}  // namespace
}  // namespace agon
