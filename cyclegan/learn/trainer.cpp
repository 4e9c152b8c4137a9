// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/learn/trainer.h"

#include <algorithm>

#include "cyclegan/learn/training.h"
#include "runtime/base/error.h"

namespace agon::cyclegan {

void CheckBeforeCyclegan(const CycleganConfig& config, const DomainPair& domains) {
  DevicePolicy cpu;
  const CycleganLearner learner(config, cpu);
  const at::NoGradGuard no_grad;
  for (const auto* set : {domains.a.get(), domains.b.get()}) {
    const std::int64_t crop = config.pictures.crop;
    // The least of both sides need not be one picture's; too small is too small all the same.
    const Tensor picture = at::zeros(
        {1, 3, crop > 0 ? crop : set->least_height(), crop > 0 ? crop : set->least_width()});
    (void)learner.discriminator().Forward(picture);
    if (config.batch_size > 1 && crop == 0 && !set->same_size()) {
      Fail(ErrorKind::kData,
           "domain {}: its pictures have several sizes, which no batch of {} can hold; set "
           "pictures.crop, or pictures.load, or batch_size: 1",
           set == domains.a.get() ? "a" : "b", config.batch_size);
    }
  }
}

CycleganResult TrainCyclegan(const CycleganConfig& config, const DomainPair& domains, run::Run& run,
                             const DevicePolicy& device, const CycleganTrainOptions& options) {
  CheckBeforeCyclegan(config, domains);
  return Training(config, domains, run, device, options).Go();
}

}  // namespace agon::cyclegan
