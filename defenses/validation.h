// SPDX-License-Identifier: Apache-2.0
// Clean and robust accuracy of a network on held-out images.
//
// Who needs this file: trainers. Thread safety: one thread.
#pragma once

#include <functional>
#include <optional>

#include "defenses/train_state.h"
#include "defenses/trainer_config.h"
#include "runtime/data/dataset.h"
#include "runtime/nn/network.h"

namespace agon::defenses {

// The images trained on and the `held_out` last ones, as views. Error(kConfig) when nothing would
// be left to train on.
struct Split {
  data::Dataset training;
  std::optional<data::Dataset> validation;
};
[[nodiscard]] Split HoldOut(const data::Dataset& dataset, std::int64_t held_out);

// Clean accuracy and, with a threat and an attack, robust accuracy. Leaves the network frozen and
// in evaluation mode. Nothing when `go_on`, asked between batches, said no.
[[nodiscard]] std::optional<ValidationResult> Validate(nn::Network& network,
                                                       const data::Dataset& images,
                                                       const TrainConfig& config, at::Device device,
                                                       const std::function<bool()>& go_on);

}  // namespace agon::defenses
