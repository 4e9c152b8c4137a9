// SPDX-License-Identifier: Apache-2.0
// Signs of gradient masking (Athalye et al. 2018; Carlini et al. 2019, section 3).
#include <fmt/format.h>

#include "attacks/suite.h"

namespace agon::attacks {
namespace {

constexpr double kScoreChange = 1e-4;  // AutoAttack's bound for "randomised", on unit-length scores
constexpr double kZeroGradientShare = 0.05;
constexpr double kRoundingLoss = 0.02;  // of all examples

}  // namespace

std::vector<std::string> MaskingFlags(Target& target, const SuiteResult& result,
                                      const Batch& some_examples) {
  std::vector<std::string> flags;
  const auto n = static_cast<double>(some_examples.size());
  target.Begin(some_examples.size(), some_examples.images.device());
  const auto scores = [&] {
    const Tensor logits = target.Logits(some_examples.images);
    return logits / (logits.norm(2, 1, /*keepdim=*/true) + 1e-12);
  };
  const double change = (scores() - scores()).norm(2, 1).amax().item<double>();
  if (change > kScoreChange) {
    flags.push_back(
        "The class scores change from call to call: the model is randomised, and a single run of "
        "an "
        "attack overestimates its robustness.");
  }
  if (target.traits().access == Access::kGradient) {
    const Tensor gradient =
        target.Gradient(some_examples.images, {.labels = some_examples.labels}).gradient.flatten(1);
    const double zero = gradient.eq(0).all(1).sum().item<double>() / n;
    const double broken = gradient.isfinite().all(1).logical_not().sum().item<double>() / n;
    if (zero > kZeroGradientShare) {
      flags.push_back(
          fmt::format("The gradient is exactly zero at {:.0f} % of the clean images: gradient "
                      "attacks are blind "
                      "there, use attacks without gradients as well.",
                      100 * zero));
    }
    if (broken > 0) {
      flags.push_back(
          fmt::format("The gradient is not finite at {:.1f} % of the clean images.", 100 * broken));
    }
  }
  for (const AttackRow& row : result.attacks) {
    if (result.threat.epsilon > 0 && row.mean_loss.size() > 1 && row.broken == 0 &&
        row.loss_weight.back() == row.loss_weight.front() &&
        row.mean_loss.back() <= row.mean_loss.front()) {
      flags.push_back(fmt::format(
          "The loss did not rise under {} ({:.3g} at its first step, {:.3g} at its last): its "
          "gradients do not lead uphill.",
          row.name, row.mean_loss.front(), row.mean_loss.back()));
    }
  }
  if (result.robust_accuracy_8bit - result.robust_accuracy > kRoundingLoss) {
    flags.push_back(fmt::format(
        "Rounding the adversarial images to 8 bits undoes {:.1f} points of the attacks' success: "
        "they do not survive being saved as pictures.",
        100 * (result.robust_accuracy_8bit - result.robust_accuracy)));
  }
  return flags;
}

}  // namespace agon::attacks
