// SPDX-License-Identifier: Apache-2.0
#include "defenses/validation.h"

#include <algorithm>

#include "runtime/base/error.h"
#include "runtime/nn/target.h"

namespace agon::defenses {
namespace {

constexpr std::int64_t kBatchSize = 250;

data::Dataset Part(const data::Dataset& dataset, std::int64_t begin, std::int64_t end) {
  data::Dataset part = dataset;
  part.images = dataset.images.slice(0, begin, end);
  part.labels = dataset.labels.slice(0, begin, end);
  part.first = dataset.first + begin;
  return part;
}

// Nothing when stopped.
std::optional<double> CleanAccuracy(Target& target, const data::Dataset& images, at::Device device,
                                    const std::function<bool()>& go_on) {
  std::int64_t correct = 0;
  for (std::int64_t begin = 0; begin < images.size(); begin += kBatchSize) {
    const auto batch =
        data::Slice(images, begin, std::min(begin + kBatchSize, images.size())).To(device);
    correct += target.Logits(batch.images).argmax(1).eq(batch.labels).sum().item<std::int64_t>();
    if (!go_on()) return std::nullopt;
  }
  return static_cast<double>(correct) / static_cast<double>(images.size());
}

}  // namespace

Split HoldOut(const data::Dataset& dataset, std::int64_t held_out) {
  const std::int64_t left = dataset.size() - held_out;
  if (left < 1) {
    Fail(ErrorKind::kConfig,
         "validate.count: {} images are held out of {}, which has {}; nothing is left to train on",
         held_out, dataset.name, dataset.size());
  }
  Split split{.training = Part(dataset, 0, left), .validation = std::nullopt};
  if (held_out > 0) split.validation = Part(dataset, left, dataset.size());
  return split;
}

std::optional<ValidationResult> Validate(nn::Network& network, const data::Dataset& images,
                                         const TrainConfig& config, at::Device device,
                                         const std::function<bool()>& go_on) {
  NetworkTarget target(network);
  ValidationResult result;
  result.examples = images.size();
  const auto threat = config.Threat();
  if (!threat || !config.validate.attack) {
    const auto accuracy = CleanAccuracy(target, images, device, go_on);
    if (!accuracy) return std::nullopt;
    result.clean_accuracy = *accuracy;
    return result;
  }
  bool stopped = false;
  attacks::SuiteOptions options;
  options.batch_size = kBatchSize;
  options.seed = static_cast<std::uint64_t>(config.seed);
  options.after_batch = [&](const attacks::SuiteResult&) {
    stopped = !go_on();
    return !stopped;
  };
  const attacks::SuiteSettings suite{.name = "validation", .entries = {*config.validate.attack}};
  const auto attacked = attacks::RunSuite(target, images, *threat, suite, options, device);
  if (stopped) return std::nullopt;
  result.clean_accuracy = attacked.clean_accuracy;
  result.robust_accuracy = attacked.robust_accuracy;
  return result;
}

}  // namespace agon::defenses
