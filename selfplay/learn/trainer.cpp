// SPDX-License-Identifier: Apache-2.0
#include "selfplay/learn/trainer.h"

#include "selfplay/learn/training.h"

namespace agon::selfplay {

void CheckBeforeSelfplay(const SelfplayConfig& config) {
  (void)StartingNetwork(config);
  (void)TrainEvaluation(config, DevicePolicy());
}

SelfplayResult TrainSelfplay(const SelfplayConfig& config, run::Run& run,
                             const DevicePolicy& device, const SelfplayTrainOptions& options) {
  return Training(config, run, device, options.resume).Go();
}

}  // namespace agon::selfplay
