// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "runtime/config/fields.h"

namespace agon::config {
namespace {

struct Layer {
  std::int64_t out = 1;
  static void Describe(Fields<Layer>& f) { f.Field(&Layer::out, "out", "channels").Min(1); }
};

struct Network {
  double rate = 8.0 / 255.0;
  std::int64_t depth = 2;
  double momentum = 0.5;
  bool bias = true;
  std::string norm = "linf";
  std::optional<Path> weights;
  std::vector<Layer> layers;
  std::string name;
  static void Describe(Fields<Network>& f) {
    f.Field(&Network::rate, "rate", "step").Above(0).Max(1).Unit("pixels");
    f.Field(&Network::depth, "depth", "layers").Min(1);
    f.Field(&Network::momentum, "momentum", "of the average").Live();
    f.Field(&Network::bias, "bias", "add a bias");
    f.Field(&Network::norm, "norm", "distance").Choices({"linf", "l2"});
    f.Field(&Network::weights, "weights", "file");
    f.Field(&Network::layers, "layers", "in order");
    f.Field(&Network::name, "name", "of the network").Required();
  }
};

TEST(JsonSchema, SaysWhatTheReaderChecks) {
  const nlohmann::json schema = JsonSchema(Fields<Network>::Get().Infos());
  EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(schema["additionalProperties"], false);
  EXPECT_EQ(schema["required"], nlohmann::json({"name"}));
  const auto& fields = schema["properties"];
  EXPECT_EQ(fields["depth"],
            nlohmann::json::parse(R"({"type": "integer", "minimum": 1.0, "default": 2,
                                      "description": "layers"})"));
  EXPECT_EQ(fields["bias"]["default"], true);
  EXPECT_EQ(fields["norm"]["enum"], nlohmann::json({"linf", "l2"}));
  EXPECT_EQ(fields["weights"]["anyOf"][1]["type"], "null");
  EXPECT_FALSE(fields["name"].contains("default"));
  EXPECT_EQ(fields["layers"]["items"]["properties"]["out"]["minimum"], 1.0);
  EXPECT_EQ(fields["layers"]["items"]["additionalProperties"], false);
}

// Programs that steer a run learn from the schema what they may change.
TEST(JsonSchema, SaysWhatMayBeChangedInARunningCommand) {
  const nlohmann::json schema = JsonSchema(Fields<Network>::Get().Infos());
  EXPECT_EQ(schema["properties"]["momentum"]["x-live"], true);
  EXPECT_FALSE(schema["properties"]["depth"].contains("x-live"));
}

TEST(JsonSchema, ANumberMayBeAFraction) {
  const nlohmann::json schema = JsonSchema(Fields<Network>::Get().Infos());
  const auto& rate = schema["properties"]["rate"];
  EXPECT_EQ(rate["description"], "step (pixels)");
  EXPECT_EQ(rate["default"], "8/255");
  EXPECT_EQ(rate["anyOf"][0]["exclusiveMinimum"], 0.0);
  EXPECT_EQ(rate["anyOf"][0]["maximum"], 1.0);
  const std::regex pattern(rate["anyOf"][1]["pattern"].get<std::string>());
  EXPECT_TRUE(std::regex_match("8/255", pattern));
  EXPECT_FALSE(std::regex_match("8/O", pattern));
  EXPECT_FALSE(std::regex_match("fast", pattern));
}

TEST(JsonSchema, AComponentIsANameOrAMappingWithOne) {
  FieldInfo info;
  info.name = "attack";
  info.type = "attack";
  info.required = true;
  const auto choice = JsonSchema({info})["properties"]["attack"]["anyOf"];
  EXPECT_EQ(choice[0]["type"], "string");
  EXPECT_EQ(choice[1]["type"], "object");
  EXPECT_EQ(choice[1]["required"], nlohmann::json::array({"name"}));
}

}  // namespace
}  // namespace agon::config
