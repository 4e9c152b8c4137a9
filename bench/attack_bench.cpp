// SPDX-License-Identifier: Apache-2.0
#include "attacks/attack.h"
#include "bench/bare.h"
#include "bench/benchmarks.h"
#include "bench/settings.h"
#include "runtime/base/clock.h"
#include "runtime/base/error.h"
#include "runtime/nn/model.h"

namespace agon::bench {
namespace {

struct Case {
  const char* attack;  // with its settings
  const char* model;
  std::int64_t batch;
  std::int64_t bare_calls;  // per pair; enough for half a second or so
  double limit;
};

// So small that hardly an example falls: every step then passes the whole batch, as the bare form
// does. The work of a step does not depend on the size of the ball.
constexpr double kEpsilon = 1e-6;

Measurement Compare(const Case& c, const Surroundings& around) {
  const auto attack = ComponentOf<attacks::Attack>(c.attack);
  const data::Dataset dataset =
      ComponentOf<data::DatasetSource>("fashion_mnist")->LoadSplit("test", 0, c.batch);
  const auto network = ComponentOf<nn::Model>(c.model)->Build(
      {.input = dataset.image_shape(), .classes = dataset.classes}, /*seed=*/0, c.model);
  const at::Device device = around.device.device;
  network->To(device);
  NetworkTarget target(*network);
  data::Batch batch = data::Slice(dataset, 0, c.batch).To(device);
  // A network without training is right about every image when its own opinion is the label.
  batch.labels = target.Logits(batch.images).argmax(1);
  attacks::Threat threat;
  threat.epsilon = kEpsilon;

  std::vector<Tensor> weights;
  for (const auto& [name, tensor] : network->State()) weights.push_back(tensor);
  const BareForward bare = BareForwardOf(c.model);

  std::int64_t passed = 0, runs = 0;
  Contest contest;
  contest.ours = [&] {
    attacks::Probe probe;
    attacks::Context context{RandomSource(0).Stream("bench").For(batch.indices), probe};
    const std::int64_t before = target.counts().backwards;
    target.Begin(batch.size(), device);
    Synchronize(device);
    const Stopwatch watch;
    const Tensor candidates = attack->Run(target, batch, threat, context);
    Synchronize(device);
    const double seconds = watch.Seconds();
    const std::int64_t examples = target.counts().backwards - before;
    passed += examples;
    ++runs;
    return seconds / static_cast<double>(examples);
  };
  contest.theirs = [&](double share) {
    const auto calls =
        std::max<std::int64_t>(std::llround(share * static_cast<double>(c.bare_calls)), 1);
    Synchronize(device);
    const Stopwatch watch;
    Tensor gradient;
    for (std::int64_t i = 0; i < calls; ++i) {
      gradient = BareInputGradient(bare, weights, batch.images, batch.labels);
    }
    Synchronize(device);
    return watch.Seconds() / static_cast<double>(calls * batch.size());
  };

  Measurement measurement;
  measurement.name = fmt::format("{}, {}, batch {}", attack.name(), c.model, c.batch);
  measurement.limit = c.limit;
  measurement.samples = Ratios(measurement.name, around.pairs, contest);
  measurement.note = fmt::format("{} gradient examples an attack", passed / runs);
  return measurement;
}

}  // namespace

std::vector<Measurement> BenchAttack(const Surroundings& around) {
  constexpr Case kCases[] = {
      {"{name: pgd, steps: 40}", "net_a", 200, 40, 1.05},
      {"{name: apgd_ce, steps: 100}", "net_a", 200, 100, 1.10},
      {"{name: pgd, steps: 40}", "smallcnn", 250, 20, 1.05},
      {"{name: apgd_ce, steps: 100}", "smallcnn", 250, 40, 1.10},
  };
  std::vector<Measurement> measurements;
  for (const Case& c : kCases) measurements.push_back(Compare(c, around));
  return measurements;
}

}  // namespace agon::bench
