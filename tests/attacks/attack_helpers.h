// SPDX-License-Identifier: Apache-2.0
// What the attack tests share: a linear target with known gradients, attacks by name, real
// networks.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "attacks/suite.h"
#include "runtime/nn/model.h"

namespace agon::attacks {

// logits = x W^T + b for images [N,C,H,W] flattened; W [K,D].
class LinearTarget final : public Target {
 public:
  explicit LinearTarget(Tensor weights, Tensor bias = {});
  [[nodiscard]] const TargetTraits& traits() const override { return traits_; }

 protected:
  [[nodiscard]] Tensor DoLogits(const Tensor& images) override;
  [[nodiscard]] LossGradient DoGradient(const Tensor& images, const Goal& goal) override;

 private:
  Tensor weights_, bias_;
  TargetTraits traits_;
};

// All components, once.
void RegisterEverything();

// `pgd` or `{name: pgd, steps: 3}`.
[[nodiscard]] Component<Attack> MakeAttack(const std::string& yaml);
[[nodiscard]] SuiteSettings MakeSuite(const std::string& yaml);

// Runs an attack alone on a batch.
[[nodiscard]] Tensor Candidates(const std::string& attack, Target& target, const Batch& batch,
                                const Threat& threat, std::uint64_t seed = 0);

// The folder of real data; see ../shared/data/README.md. Empty when it is not there.
[[nodiscard]] Path TestData();
[[nodiscard]] data::Dataset LoadDataset(const std::string& yaml);
[[nodiscard]] std::unique_ptr<nn::Network> LoadNetwork(const std::string& yaml,
                                                       const data::Dataset& dataset);

// Skips the test, naming what is missing.
#define AGON_NEEDS_DATA() \
  if (TestData().empty()) \
  GTEST_SKIP() << "no test data: set AGON_TEST_DATA, or lay ../shared/data beside the sources"

}  // namespace agon::attacks
