// SPDX-License-Identifier: Apache-2.0
// Self-play's network beside LibTorch's best: first every way LibTorch can compute it is timed at
// every size of batch, then the fastest of them runs pair by pair against our evaluator, whose time
// includes unpacking the bits of positions and handing out logits by move. The learner's step runs
// against a bare loop of the same passes.
#include <ATen/ops/_fused_adamw.h>
#include <torch/csrc/autograd/autograd.h>

#include "bench/bare.h"
#include "bench/bare_network.h"
#include "bench/benchmarks.h"
#include "bench/network_ways.h"
#include "bench/settings.h"
#include "runtime/base/clock.h"
#include "runtime/base/error.h"
#include "runtime/train/precision.h"
#include "selfplay/network/evaluator.h"
#include "selfplay/network/learner.h"
#include "selfplay/network/planes.h"

namespace agon::bench {
namespace {

using namespace selfplay;

constexpr double kContestSeconds = 0.5;  // of each side of a pair
constexpr double kRateLimit = 0.85;      // ours over LibTorch's best, as rates (issue 4)

struct Case {
  const char* name;
  GameShape shape;
  NetworkSettings settings;
};
const Case kCases[] = {
    {"connect_four 5x64",
     {.width = 7,
      .height = 6,
      .actions = 7,
      .planes = 2,
      .scalars = 0,
      .symmetries = 2,
      .max_moves = 42},
     {.blocks = 5, .channels = 64}},
    {"go 9x9 6x96",
     {.width = 9,
      .height = 9,
      .actions = 82,
      .planes = 10,
      .scalars = 2,
      .symmetries = 8,
      .max_moves = 162},
     {.blocks = 6, .channels = 96}},
};

Measurement Rate(const std::string& name, double rate) {
  Measurement measurement;
  measurement.name = name;
  measurement.unit = "1/s";
  measurement.samples = {rate};
  return measurement;
}

void CompareEvaluator(const Case& c, int threads, const Surroundings& around,
                      std::vector<Measurement>& measurements) {
  const PolicyValueNetwork network(c.shape, c.settings, /*seed=*/1);
  const std::string name = fmt::format("{}, {} thread{}", c.name, threads, threads == 1 ? "" : "s");
  const std::vector<NetworkWay> ways = ScanWays(c.shape, network, threads);
  // The best size of every way, and the best of all.
  NetworkWay best;
  for (std::size_t i = 0; i < ways.size(); ++i) {
    const NetworkWay& way = ways[i];
    if (i == 0 || ways[i - 1].mode != way.mode) {
      NetworkWay most = way;
      for (const NetworkWay& other : ways) {
        const bool same = other.mode == way.mode && other.type == way.type;
        if (same && other.rate > most.rate) most = other;
      }
      measurements.push_back(Rate(fmt::format("{}: LibTorch {}", name, most.Text()), most.rate));
    }
    if (way.rate > best.rate) best = way;
  }

  NetworkEvaluator evaluator(network, {.precision = "auto"}, around.device);
  std::vector<std::vector<EvalBatch>> batches;  // by size, then thread
  for (const std::int64_t rows : kBatches) {
    batches.emplace_back(static_cast<std::size_t>(threads), RandomRows(c.shape, rows));
  }
  const auto ours = [&](std::size_t size, double seconds) {
    const double call = SecondsPerCall(threads, seconds, [&](int thread) {
      evaluator.Evaluate(batches[size][static_cast<std::size_t>(thread)]);
    });
    return call / static_cast<double>(kBatches[size]);
  };
  std::size_t size = 0;
  double fastest = 0;
  for (std::size_t i = 0; i < std::size(kBatches); ++i) {
    const double rate = 1 / ours(i, kScanSeconds);
    measurements.push_back(Rate(
        fmt::format("{}: evaluator {}, batch {}", name, evaluator.precision(), kBatches[i]), rate));
    if (rate > fastest) {
      fastest = rate;
      size = i;
    }
  }

  const BareNetwork bare(network, best.mode, best.type, best.rows);
  Tensor planes = MakePlanes(c.shape, best.rows);
  UnpackPlanes(RandomRows(c.shape, best.rows), 0, static_cast<int>(best.rows), planes);
  planes = bare.Prepare(planes);
  Contest contest;
  contest.ours = [&] { return ours(size, kContestSeconds); };
  contest.theirs = [&](double share) {
    return SecondsPerPosition(bare, planes, threads, share * kContestSeconds);
  };
  Measurement ratio;
  ratio.name = fmt::format("{}: time of an evaluation over LibTorch's best", name);
  ratio.limit = 1 / kRateLimit;
  ratio.samples = Ratios(ratio.name, around.pairs, contest);
  ratio.note =
      fmt::format("ours {}, batch {}; LibTorch {}; {:.2f} of its rate", evaluator.Description(),
                  kBatches[size], best.Text(), 1 / SpreadOf(ratio.samples).median);
  measurements.push_back(std::move(ratio));
}

// ---- the learner's step ----

constexpr std::int64_t kTrainBatch = 256;
constexpr int kSteps = 8;  // a sample

// The same passes without anything around them.
class BareLearner {
 public:
  BareLearner(PolicyValueNetwork& network, const std::string& precision, at::Device device)
      : network_(network), bf16_(precision == "bf16"), device_(device) {
    network_.SetTraining(true);
    network_.SetRequiresGrad(true);
    for (const Tensor& parameter : network_.Parameters()) {
      parameters_.push_back(parameter);
      frozen_.push_back(parameter.detach());
      means_.push_back(at::zeros_like(frozen_.back()));
      squares_.push_back(at::zeros_like(frozen_.back()));
      steps_.push_back(at::zeros({}, frozen_.back().options()));
    }
  }

  void Step(const TrainBatch& batch) {
    PolicyValueNetwork::Heads heads;
    {
      const train::AutocastGuard autocast(bf16_, device_);
      heads = network_.Forward(batch.planes);
    }
    const Tensor loss = at::cross_entropy_loss(heads.policy.to(at::kFloat), batch.policy) +
                        at::cross_entropy_loss(heads.outcome.to(at::kFloat), batch.outcome);
    const std::vector<Tensor> gradients = torch::autograd::grad({loss}, parameters_);
    const c10::NoGradGuard no_grad;
    for (const Tensor& step : steps_) step.add_(1);
    std::vector<Tensor> dense;  // the fused operator walks weights and gradients alike
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      dense.push_back(gradients[i].strides() == frozen_[i].strides() ? gradients[i]
                                                                     : gradients[i].contiguous());
    }
    at::_fused_adamw_(frozen_, dense, means_, squares_, /*max_exp_avg_sqs=*/{}, steps_,
                      /*lr=*/1e-3, /*beta1=*/0.9, /*beta2=*/0.999, /*weight_decay=*/1e-4,
                      /*eps=*/1e-8, /*amsgrad=*/false, /*maximize=*/false);
  }

 private:
  PolicyValueNetwork& network_;
  bool bf16_;
  at::Device device_;
  std::vector<Tensor> parameters_, frozen_, means_, squares_, steps_;
};

Measurement CompareLearner(const Case& c, const Surroundings& around) {
  const at::Device device = around.device.device;
  const auto settings = [] {
    config::Value value = config::Value::Mapping();
    FillLearnerDefaults(value);
    config::Problems problems;
    config::Reader reader{problems, nullptr};
    auto read = config::Read<LearnerSettings>(value, reader, "benchmark");
    problems.ThrowIfAny();
    return read;
  }();
  PolicyValueNetwork network(c.shape, c.settings, 1), twin(c.shape, c.settings, 1);
  twin.To(device);
  Learner learner(network, settings, around.device);
  BareLearner bare(twin, learner.precision(), device);
  TrainBatch batch;
  batch.planes = MakePlanes(c.shape, kTrainBatch);
  UnpackPlanes(RandomRows(c.shape, kTrainBatch), 0, kTrainBatch, batch.planes);
  batch.policy = at::softmax(at::randn({kTrainBatch, c.shape.actions}), 1);
  batch.legal = at::ones({kTrainBatch, c.shape.actions}, at::kBool);
  batch.outcome = at::softmax(at::randn({kTrainBatch, 3}), 1);
  batch.weight = at::ones({kTrainBatch});
  batch = batch.To(device);

  double seconds = 0;
  std::int64_t samples = 0;
  const auto time = [&](int steps, const std::function<void()>& step) {
    Synchronize(device);
    const Stopwatch watch;
    for (int i = 0; i < steps; ++i) step();
    Synchronize(device);
    return watch.Seconds() / steps;
  };
  Contest contest;
  contest.ours = [&] {
    const double step = time(kSteps, [&] { learner.Step(batch, 0, 1); });
    seconds += step;
    ++samples;
    return step;
  };
  contest.theirs = [&](double share) {
    return time(std::max(static_cast<int>(share * kSteps), 1), [&] { bare.Step(batch); });
  };
  Measurement measurement;
  measurement.name =
      fmt::format("{}: learner step, {}, batch {}", c.name, learner.precision(), kTrainBatch);
  measurement.limit = 1.05;
  measurement.samples = Ratios(measurement.name, around.pairs, contest);
  measurement.note = fmt::format(
      "{:.0f} positions a second with {} threads; masked softmax, average of the weights and "
      "figures are ours alone",
      static_cast<double>(kTrainBatch * samples) / seconds, around.device.threads);
  return measurement;
}

}  // namespace

std::vector<Measurement> BenchSelfplayNetwork(const Surroundings& around) {
  std::vector<Measurement> measurements;
  const bool cpu = around.device.device.is_cpu();
  for (const Case& c : kCases) {
    for (int threads = 1; cpu && threads <= std::min(around.device.threads, 2); ++threads) {
      CompareEvaluator(c, threads, around, measurements);
    }
    measurements.push_back(CompareLearner(c, around));
  }
  return measurements;
}

}  // namespace agon::bench
