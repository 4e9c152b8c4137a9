// SPDX-License-Identifier: Apache-2.0
#include "defenses/trainer_config.h"
#include "runtime/base/error.h"
#include "tests/defenses/defense_helpers.h"

namespace agon::defenses {
namespace {

constexpr const char* kBase = R"(
dataset: fashion_mnist
model: net_a
optimizer: adam
)";

TrainConfig BaseWith(std::string_view yaml) { return ConfigOf(fmt::format("{}{}", kBase, yaml)); }

std::string MessageOf(const std::string& yaml) {
  try {
    (void)BaseWith(yaml);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kConfig);
    return error.what();
  }
  return "no error";
}

void ExpectMessage(const std::string& yaml, const std::string& part) {
  const std::string message = MessageOf(yaml);
  EXPECT_NE(message.find(part), std::string::npos) << yaml << "\n" << message;
}

TEST(TrainConfig, TrainsOnTheTrainingSplitUnlessToldOtherwise) {
  const auto with_dataset = [](const char* dataset) {
    return ConfigOf(
        fmt::format("dataset: {}\nmodel: net_a\nobjective: standard\noptimizer: adam\n", dataset));
  };
  EXPECT_EQ(with_dataset("fashion_mnist").dataset->split(), "train");
  EXPECT_EQ(with_dataset("{name: fashion_mnist, count: 9}").dataset->split(), "train");
  EXPECT_EQ(with_dataset("{name: fashion_mnist, split: test}").dataset->split(), "test");
}

TEST(TrainConfig, WritesOutTheValidationsAttack) {
  const auto with = BaseWith("objective: pgd_at\nthreat: {norm: linf, epsilon: 0.1}\n");
  ASSERT_TRUE(with.validate.attack.has_value());
  EXPECT_EQ(with.validate.attack->attack.name(), "pgd");
  EXPECT_EQ(with.validate.attack->attack.ToConfig().Find("steps")->text(), "10");
  EXPECT_FALSE(BaseWith("objective: standard\n").validate.attack.has_value());
}

// What a run saves is read back as the same configuration: --resume depends on it.
TEST(TrainConfig, ResolvedIsReadBackAsItself) {
  const auto config = BaseWith(
      "objective: {name: pgd_at, steps: 3}\nthreat: {norm: linf, epsilon: 8/255}\nseed: 7\n");
  const std::string yaml = config::ToYaml(config::Dump(config));
  EXPECT_EQ(config::ToYaml(config::Dump(ConfigOf(yaml))), yaml);
}

TEST(TrainConfig, NamesTheKeyAndTheCure) {
  ExpectMessage("objective: pgd_at\n", "add threat: {norm: linf, epsilon: 0.1}");
  ExpectMessage("objective: pgd_at\nthreat: {norm: linf, epsilon: [0.1, 0.2]}\n",
                "training takes one epsilon");
  ExpectMessage("objective: pgd_at\nthreat: {norm: linf, epsilon: 0.1, target: next}\n",
                "threat.target");
  ExpectMessage("objective: standard\nvalidate: {attack: pgd}\n", "validate.attack");
  ExpectMessage("objective: standart\n", "standard");
  ExpectMessage("objective: standard\nepoch: 3\n", "epochs");
  ExpectMessage("objective: standard\nepochs: 0\n", "epochs");
  ExpectMessage("objective: {name: pgd_at, steps: 0}\nthreat: {norm: linf, epsilon: 0.1}\n",
                "objective.steps");
  ExpectMessage("", "objective");
}

TEST(TrainConfig, ReadsTheExamples) {
  for (const char* name : {"fashion_mnist_pgd_at.yaml", "fashion_mnist_standard.yaml"}) {
    RegisterEverything();
    config::Problems problems;
    const auto value = config::LoadYaml(Path(AGON_SOURCE_DIR) / "configs/train" / name, problems);
    problems.ThrowIfAny();
    EXPECT_EQ(ReadTrainConfig(value).dataset->split(), "train") << name;
  }
}

}  // namespace
}  // namespace agon::defenses
