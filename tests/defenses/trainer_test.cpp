// SPDX-License-Identifier: Apache-2.0
#include "defenses/trainer.h"

#include <set>

#include "runtime/base/error.h"
#include "runtime/formats/safetensors.h"
#include "runtime/nn/target.h"
#include "runtime/nn/weights.h"
#include "runtime/record/control.h"
#include "runtime/run/checkpoint.h"
#include "tests/defenses/defense_helpers.h"

namespace agon::defenses {
namespace {

std::string MessageOf(const std::function<void()>& action, ErrorKind kind) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  }
  return {};
}

TEST(Trainer, LearnsWhatCanBeLearnt) {
  Workplace place;
  const auto result = place.Train(SmallConfig("epochs: 10"), "run");
  ASSERT_TRUE(result.validation.has_value());
  EXPECT_EQ(result.validation->clean_accuracy, 1.0);
  EXPECT_EQ(result.validation->examples, 10);
  EXPECT_FALSE(result.validation->robust_accuracy.has_value());
  EXPECT_EQ(result.ended, "completed");
  EXPECT_EQ(result.epochs, 10);
  EXPECT_LT(result.history.back().loss, result.history.front().loss);
}

// Halves differ by at least 0.4 in every pixel, so a ball of 0.1 cannot turn one into the other,
// and the adversarially trained network stands.
TEST(Trainer, TrainsAdversarially) {
  Workplace place;
  const auto result = place.Train(
      SmallConfig("epochs: 6, threat: {norm: linf, epsilon: 0.1}, objective: pgd_at"), "run");
  ASSERT_TRUE(result.validation.has_value());
  ASSERT_TRUE(result.validation->robust_accuracy.has_value());
  EXPECT_EQ(*result.validation->robust_accuracy, 1.0);
  EXPECT_EQ(result.validation_attack, "pgd");
}

TEST(Trainer, NeverTrainsOnTheImagesHeldOut) {
  Workplace place;
  std::set<std::int64_t> seen;
  TheScript().before = [&](std::int64_t, const Batch& batch) {
    for (std::int64_t i = 0; i < batch.size(); ++i)
      seen.insert(batch.indices[i].item<std::int64_t>());
  };
  (void)place.Train(SmallConfig("objective: scripted"), "run");
  EXPECT_EQ(seen.size(), 60U);  // 70 images, the last 10 held out
  EXPECT_EQ(*seen.rbegin(), 59);
}

TEST(Trainer, WritesTheWeightsItReturns) {
  Workplace place;
  const auto result = place.Train(SmallConfig(), "run");
  EXPECT_EQ(result.weights, place.Folder("run") / "weights.safetensors");
  NamedTensors state;
  const NamedTensors written = nn::ReadWeights(result.weights);
  for (const auto& [name, tensor] : result.network->State()) {
    const auto found =
        std::find_if(written.begin(), written.end(),
                     [&key = name](const auto& entry) { return entry.first == key; });
    ASSERT_NE(found, written.end()) << name;
    EXPECT_TRUE(at::equal(found->second, tensor)) << name;
  }
  const auto metadata = formats::ReadSafetensors(result.weights).metadata;
  EXPECT_EQ(metadata.at("epoch"), std::to_string(result.validation->epoch));
  EXPECT_TRUE(std::filesystem::exists(place.Folder("run") / "report.json"));
  EXPECT_TRUE(std::filesystem::exists(result.report));
}

// A training that gets worse: after the fifth epoch the loss is that of the wrong class (of two:
// -log(1 - p)), so the network unlearns. `best` is then an epoch before, `last` is the ruined one.
TEST(Trainer, KeepsTheBestWeights) {
  for (const std::string keep : {"best", "last"}) {
    Workplace place;
    TheScript().change = [](std::int64_t step, const Tensor& loss) {
      return step <= 40 ? loss : -(1 - (-loss).exp()).clamp_min(1e-6).log();
    };
    const auto result = place.Train(
        SmallConfig("objective: scripted, schedule: constant, epochs: 12, gradient_clip: 1, "
                    "validate: {count: 10, keep: " +
                    keep + "}"),
        "run");
    ASSERT_TRUE(result.validation.has_value());
    if (keep == "best") {
      EXPECT_EQ(result.validation->clean_accuracy, 1.0);
      EXPECT_LE(result.validation->epoch, 5);
    } else {
      EXPECT_LT(result.validation->clean_accuracy, 0.6);
      EXPECT_EQ(result.validation->epoch, 12);
    }
  }
}

// A learning rate of nearly nothing never improves on the first validation.
TEST(Trainer, EndsWhenValidationNoLongerImproves) {
  Workplace place;
  const auto result =
      place.Train(SmallConfig("epochs: 50, optimizer: {name: sgd, learning_rate: 1.0e-12}, "
                              "validate: {count: 10, patience: 3}"),
                  "run");
  EXPECT_EQ(result.ended, "early");
  EXPECT_EQ(result.epochs, 4);  // the first, and three that were no better
  EXPECT_EQ(result.validation->epoch, 1);
}

TEST(Trainer, EndsWhenTimeIsUsedUp) {
  Workplace place;
  const auto result = place.Train(SmallConfig("epochs: 1000000, max_seconds: 0.2"), "run");
  EXPECT_EQ(result.ended, "time");
  EXPECT_LT(result.epochs, 1000000);
  EXPECT_TRUE(result.validation.has_value());
}

TEST(Trainer, NamesTheStepThatDivergedAndKeepsTheLastGoodCheckpoint) {
  Workplace place;
  TheScript().change = [](std::int64_t step, const Tensor& loss) {
    return step == 13 ? loss * std::numeric_limits<double>::quiet_NaN() : loss;
  };
  const std::string message = MessageOf(
      [&] { (void)place.Train(SmallConfig("objective: scripted"), "run"); }, ErrorKind::kModel);
  EXPECT_NE(message.find("step 13 (epoch 2, batch 5)"), std::string::npos) << message;
  EXPECT_NE(message.find("learning_rate"), std::string::npos) << message;
  const auto checkpoint = run::LoadNewestCheckpoint(place.Folder("run"));
  ASSERT_TRUE(checkpoint.has_value());
  EXPECT_EQ(checkpoint->step, 8);
  EXPECT_FALSE(std::filesystem::exists(place.Folder("run") / "weights.safetensors"));
}

// The gradient of 1000 times the loss, clipped to length 1e-3, moves no weight further than
// learning rate times that.
TEST(Trainer, ClipsTheGradient) {
  Workplace place;
  TheScript().change = [](std::int64_t, const Tensor& loss) { return 1000 * loss; };
  const TrainConfig config = SmallConfig(
      "objective: scripted, epochs: 1, schedule: constant, gradient_clip: 0.001, "
      "optimizer: {name: sgd, learning_rate: 0.1, momentum: 0, nesterov: false}");
  const auto before = config.model->Build({.input = {1, 4, 4}, .classes = 2}, 3, "mlp");
  const auto after = place.Train(config, "run");
  double square = 0;
  const auto a = before->Parameters(), b = after.network->Parameters();
  for (std::size_t i = 0; i < a.size(); ++i) {
    square += (a[i].detach() - b[i].detach()).square().sum().item<double>();
  }
  EXPECT_GT(std::sqrt(square), 0);
  EXPECT_LE(std::sqrt(square), 8 * 0.1 * 0.001 * 1.001);  // 8 steps
}

// What is asked for while a validation runs counts as well: the next step is the last one.
TEST(Trainer, ObeysChangesDuringAValidation) {
  Workplace place;
  TheScript().attacked = [&] {
    record::SendControl(place.Folder("run"), {"set", "max_seconds", "0.000001"});
  };
  const auto result = place.Train(
      SmallConfig("epochs: 5, threat: {norm: linf, epsilon: 0.01}, validate: {count: 10, attack: "
                  "scripted}"),
      "run");
  EXPECT_EQ(result.ended, "time");
  EXPECT_EQ(result.epochs, 2);
}

TEST(Trainer, RefusesToHoldOutEverything) {
  Workplace place;
  const std::string message =
      MessageOf([&] { CheckBeforeTraining(SmallConfig("validate: {count: 70}"), Halves(70)); },
                ErrorKind::kConfig);
  EXPECT_NE(message.find("validate.count: 70"), std::string::npos) << message;
}

TEST(Trainer, WorksInBf16) {
  Workplace place;
  const auto result = place.Train(SmallConfig("epochs: 10, precision: bf16"), "run");
  EXPECT_EQ(result.validation->clean_accuracy, 1.0);
  for (const Tensor& parameter : result.network->Parameters()) {
    EXPECT_EQ(parameter.scalar_type(), at::kFloat);
  }
}

}  // namespace
}  // namespace agon::defenses
