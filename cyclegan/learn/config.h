// SPDX-License-Identifier: Apache-2.0
// The configuration of `agon cyclegan train`: one declaration of every key.
//
// Who needs this file: the trainer, the commands cyclegan train, cyclegan demo, check and describe.
//
// Thread safety: values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cyclegan/learn/domains.h"
#include "cyclegan/learn/pictures.h"
#include "cyclegan/network/discriminator.h"
#include "cyclegan/network/generator.h"
#include "cyclegan/network/losses.h"
#include "runtime/config/fields.h"
#include "runtime/plugin/registry.h"
#include "runtime/train/averaging.h"
#include "runtime/train/optimizer.h"

namespace agon::cyclegan {

// Weights of the generators' loss; the adversarial part counts 1.
struct LossSettings {
  std::string gan = "lsgan";
  double cycle = 10;
  double identity = 5;  // the reference says 0.5, of cycle
  double consistency = 0;
  double cycle_noise = 0;
  static void Describe(config::Fields<LossSettings>& f);
  [[nodiscard]] GanLoss Kind() const;
};

// Judging by the truth, where there is one (savanna).
struct JudgeSettings {
  std::int64_t every = 0;  // iterations; 0: at the end only
  std::int64_t count = 64;
  static void Describe(config::Fields<JudgeSettings>& f);
};

struct CycleganConfig {
  std::int64_t seed = 0;
  std::vector<Path> plugins;
  Component<DomainSource> domains;
  PictureSettings pictures;
  GeneratorSettings generator;
  DiscriminatorSettings discriminator;
  Path weights;  // to start from; empty: drawn
  LossSettings loss;
  Component<train::Optimizer> optimizer;
  std::int64_t batch_size = 1;
  std::int64_t iterations = 0;  // one of the two
  double epochs = 0;
  double decay = 0.5;
  std::int64_t pool = 50;
  std::string precision = "auto";
  train::AveragingSettings averaging{.kind = "ema", .decay = 0.999, .start = 0};
  std::int64_t sample_every = 500;
  JudgeSettings evaluate;
  double max_minutes = 0;
  double checkpoint_every = 60;
  bool halt_on_collapse = true;
  static void Describe(config::Fields<CycleganConfig>& f);

  // `largest`: pictures of the larger domain, which are an epoch.
  [[nodiscard]] std::int64_t TotalIterations(std::int64_t largest) const;
  // A factor on the learning rate: 1, then falling linearly to 0. Counted in epochs it is the
  // reference's, which changes once an epoch: with n of them, m in the fall, epoch e (from 1) has
  //   1 - max(0, e + 1 - (n - m)) / (m + 1),
  // so the last epoch of the reference learns nothing. Counted in iterations it changes with each.
  [[nodiscard]] double RateFactor(std::int64_t iteration, std::int64_t largest) const;
};

// Reads a whole configuration and writes out the optimizer where the file names none: Adam as the
// reference has it. Error(kConfig) with every problem.
[[nodiscard]] CycleganConfig ReadCycleganConfig(const config::Value& value);

}  // namespace agon::cyclegan
