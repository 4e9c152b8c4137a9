// SPDX-License-Identifier: Apache-2.0
#include "runtime/train/schedule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "tests/runtime/data/from_yaml.h"

namespace agon::train {
namespace {

double Factor(const std::string& yaml, double epoch, double epochs) {
  Registry registry;
  RegisterSchedules(registry);
  return FromYaml<Schedule>(registry, yaml)->Factor(epoch, epochs);
}

TEST(Schedule, ConstantIsOne) {
  for (const double epoch : {0.0, 3.7, 9.99}) EXPECT_EQ(Factor("constant", epoch, 10), 1.0);
}

TEST(Schedule, StepDropsAtShares) {
  const std::string yaml = "{name: step, milestones: [0.5, 0.75], factor: 0.1}";
  EXPECT_DOUBLE_EQ(Factor(yaml, 0, 40), 1);
  EXPECT_DOUBLE_EQ(Factor(yaml, 19.99, 40), 1);
  EXPECT_DOUBLE_EQ(Factor(yaml, 20, 40), 0.1);
  EXPECT_DOUBLE_EQ(Factor(yaml, 30, 40), 0.01);
}

TEST(Schedule, StepDropsAtEpochs) {
  const std::string yaml = "{name: step, milestones: [100, 105], factor: 0.5}";
  EXPECT_DOUBLE_EQ(Factor(yaml, 99.9, 110), 1);
  EXPECT_DOUBLE_EQ(Factor(yaml, 100, 110), 0.5);
  EXPECT_DOUBLE_EQ(Factor(yaml, 109, 110), 0.25);
}

TEST(Schedule, CosineHalvesInTheMiddle) {
  EXPECT_DOUBLE_EQ(Factor("cosine", 0, 30), 1);
  EXPECT_DOUBLE_EQ(Factor("cosine", 15, 30), 0.5);
  EXPECT_DOUBLE_EQ(Factor("cosine", 10, 30), 0.75);  // (1 + cos 60 deg) / 2
  EXPECT_NEAR(Factor("cosine", 30, 30), 0, 1e-15);
  EXPECT_DOUBLE_EQ(Factor("{name: cosine, final: 0.2}", 15, 30), 0.6);
}

TEST(Schedule, CyclicIsATriangle) {
  const std::string yaml = "{name: cyclic, peak: 0.4}";
  EXPECT_DOUBLE_EQ(Factor(yaml, 0, 10), 0);
  EXPECT_DOUBLE_EQ(Factor(yaml, 2, 10), 0.5);
  EXPECT_DOUBLE_EQ(Factor(yaml, 4, 10), 1);
  EXPECT_DOUBLE_EQ(Factor(yaml, 7, 10), 0.5);
  EXPECT_DOUBLE_EQ(Factor(yaml, 10, 10), 0);
  EXPECT_DOUBLE_EQ(Factor("{name: cyclic, peak: 1}", 5, 10), 0.5);
  EXPECT_DOUBLE_EQ(Factor("{name: cyclic, peak: 0.5, final: 0.5}", 7.5, 10), 0.75);
}

// Every schedule with a warm-up rises linearly to where it begins, and then runs its course over
// the rest of the time.
TEST(Schedule, WarmupRisesLinearly) {
  for (const std::string name : {"constant", "step", "cosine"}) {
    const std::string yaml = "{name: " + name + ", warmup: 2}";
    EXPECT_DOUBLE_EQ(Factor(yaml, 0, 12), 0) << name;
    EXPECT_DOUBLE_EQ(Factor(yaml, 0.5, 12), 0.25) << name;
    EXPECT_DOUBLE_EQ(Factor(yaml, 2, 12), 1) << name;
  }
  EXPECT_DOUBLE_EQ(Factor("{name: cosine, warmup: 2}", 7, 12), 0.5);
}

// The triangle is a rise from 0 already; only a warm-up beyond its peak changes it.
TEST(Schedule, WarmupWithinTheTriangleChangesNothing) {
  for (const double epoch : {0.0, 1.0, 4.0, 7.0}) {
    EXPECT_DOUBLE_EQ(Factor("{name: cyclic, warmup: 2}", epoch, 10), Factor("cyclic", epoch, 10));
  }
  EXPECT_DOUBLE_EQ(Factor("{name: cyclic, peak: 0.4, warmup: 7}", 3.5, 10), 0.25);
}

// A warm-up as long as the training never divides by zero.
TEST(Schedule, WarmupMayFillTheTraining) {
  EXPECT_DOUBLE_EQ(Factor("{name: cosine, warmup: 5}", 2.5, 5), 0.5);
  EXPECT_TRUE(std::isfinite(Factor("{name: cosine, warmup: 5}", 5, 5)));
}

}  // namespace
}  // namespace agon::train
