// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/learn/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "runtime/base/error.h"

namespace agon::cyclegan {

void LossSettings::Describe(config::Fields<LossSettings>& f) {
  using L = LossSettings;
  f.Field(&L::gan, "gan", "adversarial loss: lsgan (least squares, the reference), vanilla, hinge")
      .Choices({"lsgan", "vanilla", "hinge"});
  f.Field(&L::cycle, "cycle", "weight of |b2a(a2b(A)) - A| and its like").Min(0);
  f.Field(&L::identity, "identity",
          "weight of |a2b(B) - B| and its like, which keeps colours; the reference's 0.5 is 5 here")
      .Min(0);
  f.Field(
       &L::consistency, "consistency",
       "weight of |a2b(W(A)) - W(a2b(A))| with a random smooth warp W: steadier videos, one more "
       "pass of each generator; 0: none")
      .Min(0);
  f.Field(&L::cycle_noise, "cycle_noise",
          "standard deviation, of the range -1 to 1, of noise on a translation before it is "
          "translated back: it drowns the pattern in which generators hide their input")
      .Min(0)
      .Max(1);
}

GanLoss LossSettings::Kind() const {
  if (gan == "vanilla") return GanLoss::kVanilla;
  return gan == "hinge" ? GanLoss::kHinge : GanLoss::kLsgan;
}

void JudgeSettings::Describe(config::Fields<JudgeSettings>& f) {
  f.Field(&JudgeSettings::every, "every",
          "iterations from one judgement to the next; 0: at the end only")
      .Min(0)
      .Unit("iterations");
  f.Field(&JudgeSettings::count, "count",
          "pictures that are judged, none of them trained on; 0: none; domains without truth are "
          "never judged")
      .Min(0)
      .Max(100'000)
      .Unit("pictures");
}

void CycleganConfig::Describe(config::Fields<CycleganConfig>& f) {
  using C = CycleganConfig;
  f.Field(&C::seed, "seed", "of all random numbers").Min(0);
  f.Field(&C::plugins, "plugins", "plug-in libraries to load");
  f.Field(&C::domains, "domains", "the two unpaired piles of pictures").Required();
  f.Field(&C::pictures, "pictures", "how they are resized and cut");
  f.Field(&C::generator, "generator", "both of them: ResNet");
  f.Field(&C::discriminator, "discriminator", "both of them: PatchGAN");
  f.Field(&C::weights, "weights",
          "generators to start from (weights.safetensors of another training); left out: drawn");
  f.Field(&C::loss, "loss", "what is minimised");
  f.Field(&C::optimizer, "optimizer",
          "of generators and of discriminators; left out: Adam, 2e-4, beta1 0.5");
  f.Field(&C::batch_size, "batch_size", "pictures of each domain an iteration").Min(1).Max(1024);
  f.Field(&C::iterations, "iterations", "how long to train; 0: by epochs")
      .Min(0)
      .Unit("iterations");
  f.Field(&C::epochs, "epochs", "the same in passes over the larger domain; 0: by iterations")
      .Min(0)
      .Unit("epochs");
  f.Field(&C::decay, "decay", "last share of training over which the learning rate falls to 0")
      .Min(0)
      .Max(1);
  f.Field(&C::pool, "pool", "earlier translations that discriminators are shown too; 0: none")
      .Min(0)
      .Max(10'000)
      .Unit("pictures");
  f.Field(&C::precision, "precision",
          "of forward and backward; bf16 by autocast, auto: where the device multiplies in it")
      .Choices({"auto", "float32", "bf16"});
  f.Field(&C::averaging, "averaging",
          "of the generators' weights; once it has begun it is the result, and what is looked at");
  f.Field(&C::sample_every, "sample_every", "from one set of sample pictures to the next; 0: none")
      .Min(0)
      .Unit("iterations");
  f.Field(&C::evaluate, "evaluate", "judging by the truth, where there is one (savanna)");
  f.Field(&C::max_minutes, "max_minutes",
          "ends training cleanly after this time, resumed parts included; 0: no limit")
      .Min(0)
      .Unit("minutes")
      .Live();
  f.Field(&C::checkpoint_every, "checkpoint_every", "time between checkpoints")
      .Min(0)
      .Unit("seconds")
      .Live();
  f.Field(
      &C::halt_on_collapse, "halt_on_collapse",
      "end with a diagnosis when a generator only copies or inverts colours, or a discriminator "
      "is dead; otherwise it is noted");
  f.Check([](const C& c) -> std::string {
    if ((c.iterations > 0) == (c.epochs > 0)) {
      return c.epochs > 0 ? "give iterations or epochs, not both"
                          : "nothing ends this training: give iterations or epochs";
    }
    return {};
  });
}

std::int64_t CycleganConfig::TotalIterations(std::int64_t largest) const {
  if (iterations > 0) return iterations;
  const double pictures = epochs * static_cast<double>(largest);
  return std::max<std::int64_t>(
      1, static_cast<std::int64_t>(std::ceil(pictures / static_cast<double>(batch_size))));
}

double CycleganConfig::RateFactor(std::int64_t iteration, std::int64_t largest) const {
  const auto at = static_cast<double>(iteration);
  if (iterations > 0) {
    const double fall = decay * static_cast<double>(iterations);
    const double start = static_cast<double>(iterations) - fall;
    return at <= start ? 1.0 : std::max(0.0, 1 - (at - start) / fall);
  }
  const double epoch =
      std::floor(at * static_cast<double>(batch_size) / static_cast<double>(largest)) + 1;
  const double fall = std::round(decay * epochs);
  return fall == 0 ? 1.0
                   : std::max(0.0, 1 - std::max(0.0, epoch + 1 - (epochs - fall)) / (fall + 1));
}

CycleganConfig ReadCycleganConfig(const config::Value& value) {
  config::Problems problems;
  config::Reader reader{problems, nullptr};
  config::Value root = value;
  if (root.IsMapping() && root.Find("optimizer") == nullptr) {
    root.Set("optimizer", config::ParseYaml("{name: adam, learning_rate: 2e-4, beta1: 0.5}",
                                            "default", {}, problems));
  }
  auto config = config::Read<CycleganConfig>(root, reader);
  problems.ThrowIfAny();
  return config;
}

}  // namespace agon::cyclegan
