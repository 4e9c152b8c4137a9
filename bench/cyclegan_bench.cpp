// SPDX-License-Identifier: Apache-2.0
// CycleGAN's training step beside a bare LibTorch loop of the same passes, and its generator's
// forward pass beside LibTorch's operators in the same precision. The milliseconds of a peer on
// another machine (spec/peers.md) stand in the notes: what decides is the ratio in one run.
#include <c10/core/InferenceMode.h>

#include "bench/bare.h"
#include "bench/bare_cyclegan.h"
#include "bench/benchmarks.h"
#include "bench/settings.h"
#include "cyclegan/learn/learner.h"
#include "cyclegan/network/inference.h"
#include "runtime/base/clock.h"
#include "runtime/tensor/device.h"
#include "runtime/train/precision.h"

namespace agon::bench {
namespace {

using cyclegan::CycleganConfig;
using cyclegan::CycleganLearner;
using cyclegan::Generator;
using cyclegan::GeneratorSettings;
using cyclegan::MakeInference;
using cyclegan::PictureBatch;
using cyclegan::ReadCycleganConfig;
using cyclegan::ResolvePrecision;

constexpr double kContestSeconds = 1.0;  // of each side of a pair, or one call

// Seconds a call, of as many as fit.
double Time(double seconds, at::Device device, const std::function<void()>& work) {
  Synchronize(device);
  const Stopwatch watch;
  std::int64_t calls = 0;
  do {
    work();
    Synchronize(device);
    ++calls;
  } while (watch.Seconds() < seconds);
  return watch.Seconds() / static_cast<double>(calls);
}

// As configs/cyclegan/savanna.yaml trains, and as the paper does.
struct TrainCase {
  const char* yaml;
  std::int64_t batch, size;
  bool on_cpu;  // minutes a step otherwise
};
constexpr TrainCase kTrainCases[] = {
    {"generator: {width: 32, blocks: 6}\ndiscriminator: {width: 32}\nbatch_size: 2\n", 2, 64, true},
    {"generator: {width: 64, blocks: 9}\ndiscriminator: {width: 64}\nbatch_size: 1\n", 1, 256,
     false},
};

constexpr double kGib = 1 << 30;

// The ratio, and on a GPU how much memory our steps need.
std::vector<Measurement> CompareTraining(const TrainCase& c, const Surroundings& around) {
  const at::Device device = around.device.device;
  const CycleganConfig config = ReadCycleganConfig(
      ConfigOf(std::string("domains: {name: savanna}\niterations: 1000000\n") + c.yaml));
  CycleganLearner learner(config, around.device);
  BareCyclegan bare(config.generator, config.discriminator, learner.precision() == "bf16", device);
  PictureBatch batch;
  batch.a = (at::rand({c.batch, 3, c.size, c.size}) * 2 - 1).to(device);
  batch.b = (at::rand({c.batch, 3, c.size, c.size}) * 2 - 1).to(device);
  double seconds = 0;
  Contest contest;
  std::vector<double> gib;
  contest.ours = [&] {
    ForgetPeakMemory(device);
    seconds = Time(kContestSeconds, device, [&] { learner.Step(batch, 2e-4, 0.5); });
    gib.push_back(static_cast<double>(PeakDeviceBytes(device)) / kGib);
    return seconds;
  };
  contest.theirs = [&](double share) {
    return Time(share * kContestSeconds, device, [&] { bare.Step(batch); });
  };
  Measurement measurement;
  measurement.name = fmt::format("training step, {}x{}, batch {}, {}", c.size, c.size, c.batch,
                                 learner.precision());
  measurement.limit = 1.05;
  measurement.samples = Ratios(measurement.name, around.pairs, contest);
  measurement.note =
      fmt::format("{}; {:.1f} ms a step with {} threads; pool, average and figures are ours alone",
                  learner.generator().Summary(), 1e3 * seconds, around.device.threads);
  if (device.is_cpu()) return {measurement};
  Measurement memory;
  memory.name = "tensors of a " + measurement.name;
  memory.unit = "GiB";
  memory.samples = std::move(gib);
  memory.note =
      "the bare loop's weights lie beside them; the reference: 4.81 GB (Park et al. 2020)";
  return {measurement, memory};
}

struct ForwardCase {
  GeneratorSettings settings;
  std::int64_t size;
  double peer32, peer16;  // ms, spec/peers.md: LibTorch, one core of Zen 5
};
const ForwardCase kForwardCases[] = {
    {{.width = 64, .blocks = 9}, 256, 591, 292},
    {{.width = 32, .blocks = 9}, 256, 170, 91},
    {{.width = 32, .blocks = 6}, 128, 33, 20},
};

Measurement CompareForward(const ForwardCase& c, const std::string& precision,
                           const Surroundings& around) {
  const at::Device device = around.device.device;
  Generator generator(c.settings, /*seed=*/1);
  generator.To(device);
  const auto inference = MakeInference(generator, precision, device);
  const std::vector<Tensor> weights = generator.Parameters();
  const bool bf16 = precision == "bf16";
  const Tensor x = (at::rand({1, 3, c.size, c.size}) * 2 - 1).to(device);
  double seconds = 0;
  Contest contest;
  contest.ours = [&] {
    return seconds = Time(kContestSeconds, device, [&] { (void)inference->Forward(x); });
  };
  contest.theirs = [&](double share) {
    const c10::InferenceMode mode;
    return Time(share * kContestSeconds, device, [&] {
      const train::AutocastGuard autocast(bf16, device);
      (void)BareGenerate(weights, x);
    });
  };
  Measurement measurement;
  measurement.name = fmt::format("generator {} blocks of {}, {}x{}, {}", c.settings.blocks,
                                 c.settings.width, c.size, c.size, precision);
  measurement.limit = 1.0;
  measurement.samples = Ratios(measurement.name, around.pairs, contest);
  measurement.note = fmt::format(
      "{:.1f} ms a picture, {}, {} thread{}; LibTorch on a core of Zen 5: "
      "{:.0f} ms",
      1e3 * seconds, inference->Description(), around.device.threads,
      around.device.threads == 1 ? "" : "s", bf16 ? c.peer16 : c.peer32);
  return measurement;
}

}  // namespace

std::vector<Measurement> BenchCyclegan(const Surroundings& around) {
  std::vector<Measurement> measurements;
  const bool cpu = around.device.device.is_cpu();
  for (const TrainCase& c : kTrainCases) {
    if (c.on_cpu != cpu) continue;
    for (Measurement& measurement : CompareTraining(c, around)) {
      measurements.push_back(std::move(measurement));
    }
  }
  for (const ForwardCase& c : kForwardCases) {
    for (const char* precision : {"float32", "bf16"}) {
      if (cpu && precision == std::string("bf16") &&
          ResolvePrecision("auto", around.device.device) != "bf16") {
        continue;  // this processor only imitates it
      }
      measurements.push_back(CompareForward(c, precision, around));
    }
  }
  return measurements;
}

}  // namespace agon::bench
