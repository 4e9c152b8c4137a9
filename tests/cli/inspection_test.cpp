// SPDX-License-Identifier: Apache-2.0
// list, describe, check and doctor from the outside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "tests/cli/small_data.h"

namespace agon::cli {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(List, NamesWhatTheIssueAsksFor) {
  const Workplace place;
  const Outcome outcome = place.Run({"list", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.errors;
  std::set<std::string> names;
  for (const json& entry : json::parse(outcome.output)) {
    names.insert(entry.at("kind").get<std::string>() + "/" + entry.at("name").get<std::string>());
    EXPECT_EQ(entry.at("origin"), "built in");
  }
  for (const char* name :
       {"attack/fgsm",           "attack/pgd",        "attack/apgd_ce",    "objective/standard",
        "objective/pgd_at",      "model/mlp",         "model/smallcnn",    "model/net_a",
        "model/preact_resnet18", "model/sequential",  "model/torchscript", "dataset/fashion_mnist",
        "dataset/mnist",         "dataset/idx",       "dataset/cifar10",   "dataset/cifar100",
        "dataset/image_folder",  "dataset/npz",       "optimizer/sgd",     "optimizer/adam",
        "optimizer/adamw",       "schedule/constant", "schedule/step",     "schedule/cosine",
        "schedule/cyclic"}) {
    EXPECT_TRUE(names.contains(name)) << name;
  }
}

TEST(List, ShowsOneKindOrSuggestsIt) {
  const Workplace place;
  const Outcome attacks = place.Run({"list", "attack"});
  EXPECT_EQ(attacks.code, 0);
  EXPECT_THAT(attacks.output, HasSubstr("pgd"));
  EXPECT_THAT(attacks.output, Not(HasSubstr("net_a")));
  const Outcome wrong = place.Run({"list", "atack"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.errors, HasSubstr("did you mean \"attack\"?"));
}

TEST(Describe, ShowsFieldsAndAnExampleThatPassesTheCheck) {
  const Workplace place;
  WriteSmallData(place);
  const Outcome outcome = place.Run({"describe", "pgd"});
  ASSERT_EQ(outcome.code, 0) << outcome.errors;
  for (const char* part : {"steps", "step_size", "random_start", "Madry", "linf"}) {
    EXPECT_THAT(outcome.output, HasSubstr(part));
  }
  const std::string example = outcome.output.substr(outcome.output.find("suite:"));
  place.Write(
      "a.yaml",
      "dataset: {name: idx, images: images, labels: labels}\nmodel: {name: mlp, untrained: true}\n"
      "threat: {norm: linf, epsilon: 0.1}\n" +
          example);
  const Outcome check = place.Run({"check", "a.yaml"});
  EXPECT_EQ(check.code, 0) << check.errors;
}

// One of each kind: all fields of the rest come from the same declarations.
TEST(Describe, EveryKindIsDescribed) {
  const Workplace place;
  std::set<std::string> kinds;
  for (const json& entry : json::parse(place.Run({"list", "--json"}).output)) {
    EXPECT_NE(entry.at("summary"), "") << entry;
    if (!kinds.insert(entry.at("kind").get<std::string>()).second) continue;
    const std::string name =
        entry.at("kind").get<std::string>() + "/" + entry.at("name").get<std::string>();
    const Outcome outcome = place.Run({"describe", name, "--json"});
    ASSERT_EQ(outcome.code, 0) << name << ": " << outcome.errors;
    const json described = json::parse(outcome.output);
    EXPECT_EQ(described.at("name"), entry.at("name"));
    EXPECT_NE(described.at("summary"), "") << name;
    for (const json& field : described.at("fields")) {
      EXPECT_NE(field.at("help"), "") << name << "." << field.at("name");
    }
  }
}

TEST(Describe, AnUnknownNameSuggestsTheNearest) {
  const Workplace place;
  const Outcome outcome = place.Run({"describe", "pdg"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.errors, HasSubstr("did you mean \"pgd\"?"));
}

TEST(Check, SaysOkAndPrintsWhatWouldRun) {
  const Workplace place;
  WriteSmallData(place);
  place.Write("a.yaml", SmallConfig("quick"));
  const Outcome outcome = place.Run({"check", "a.yaml"});
  EXPECT_EQ(outcome.code, 0) << outcome.errors;
  EXPECT_THAT(outcome.output, HasSubstr("ok"));
  EXPECT_FALSE(std::filesystem::exists(place.path() / "runs"));

  // The resolved form has every default and is a fixed point.
  const std::string resolved = place.Run({"check", "a.yaml", "--resolved"}).output;
  EXPECT_THAT(resolved, HasSubstr("batch_size: 250"));
  EXPECT_THAT(resolved, HasSubstr("restarts: 1"));
  place.Write("b.yaml", resolved);
  EXPECT_EQ(place.Run({"check", "b.yaml", "--resolved"}).output, resolved);
}

TEST(Check, ShowsAllProblemsOfAFileAtOnce) {
  const Workplace place;
  place.Write("a.yaml",
              "dataset: fashion_mnist\n"
              "model: net_b\n"
              "threat:\n"
              "  norm: linf\n"
              "  epsilon: 8/O\n"
              "suite: quick\n");
  const Outcome outcome = place.Run({"check", "a.yaml"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.output, "");
  EXPECT_THAT(outcome.errors, HasSubstr("a.yaml:2:8:"));
  EXPECT_THAT(outcome.errors, HasSubstr("did you mean \"net_a\"?"));
  EXPECT_THAT(outcome.errors, HasSubstr("a.yaml:5:12: threat.epsilon"));
  EXPECT_THAT(outcome.errors, HasSubstr("^~~"));
}

TEST(Check, TheSchemaKnowsTheComponents) {
  const Workplace place;
  for (const char* kind : {"attack", "train"}) {
    const Outcome outcome = place.Run({"check", "--schema", "--kind", kind});
    ASSERT_EQ(outcome.code, 0) << outcome.errors;
    const json schema = json::parse(outcome.output);
    EXPECT_EQ(schema.at("type"), "object");
    EXPECT_EQ(schema.at("title"), std::string("agon ") + kind);
    EXPECT_THAT(schema.at("properties").at("dataset").dump(), HasSubstr("fashion_mnist"));
  }
}

TEST(Doctor, DescribesTheMachine) {
  const Workplace place;
  const Outcome outcome = place.Run({"doctor", "--device", "cpu", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.errors;
  const json found = json::parse(outcome.output);
  EXPECT_TRUE(found.at("device").at("found"));
  EXPECT_GE(found.at("cores").at("usable"), 1);
  EXPECT_GT(found.at("memory").at("total"), 0);
  EXPECT_TRUE(found.at("datasets").contains("fashion_mnist"));
  for (const auto& [name, dataset] : found.at("datasets").items()) {
    EXPECT_TRUE(dataset.at("found") || dataset.at("cure") != "") << name;
  }
  const Outcome text = place.Run({"doctor", "--device", "cpu"});
  EXPECT_EQ(text.code, 0);
  for (const char* part : {"LibTorch", "OpenCV", "CUDA", "memory", "cores"}) {
    EXPECT_THAT(text.output, HasSubstr(part));
  }
}

}  // namespace
}  // namespace agon::cli
