// SPDX-License-Identifier: Apache-2.0
// What the defence tests share: a small dataset with a known answer, configurations from YAML, and
// an objective and an attack that do things to a training at a chosen step.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "defenses/trainer.h"
#include "runtime/base/temporary_folder.h"

namespace agon::defenses {

// All components, and the objective and the attack `scripted` (below), once.
void RegisterEverything();

// What the objective `scripted` does before and to each loss; `step` counts its calls in this
// process, from 1. It is `standard` otherwise. `attacked` is what the attack `scripted` does, which
// leaves every image as it is.
struct Script {
  std::int64_t step = 0;
  std::function<void(std::int64_t step, const Batch& batch)> before;
  std::function<Tensor(std::int64_t step, const Tensor& loss)> change;
  std::function<void()> attacked;
};
[[nodiscard]] Script& TheScript();

// N images of 1x4x4: class 0 bright on the left half, class 1 on the right, with noise. A linear
// network tells them apart.
[[nodiscard]] data::Dataset Halves(std::int64_t n);

// The configuration of a small training, `lines` of YAML added to it or replacing its keys.
[[nodiscard]] TrainConfig SmallConfig(const std::string& lines = {});
[[nodiscard]] TrainConfig ConfigOf(const std::string& yaml);

// A folder of the test's own, removed with it; runs inside.
class Workplace {
 public:
  Workplace();
  ~Workplace();
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  // Trains in a new run `name`, or continues it.
  [[nodiscard]] TrainResult Train(const TrainConfig& config, const std::string& name);
  [[nodiscard]] TrainResult Resume(const TrainConfig& config, const std::string& name);
  [[nodiscard]] Path Folder(const std::string& name) const { return folder_ / name; }

 private:
  TemporaryFolder folder_;
};

// Every bit of every tensor.
[[nodiscard]] bool SameBits(const NamedTensors& a, const NamedTensors& b);

}  // namespace agon::defenses
