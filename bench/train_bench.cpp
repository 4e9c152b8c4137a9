// SPDX-License-Identifier: Apache-2.0
#include <ATen/ops/_fused_adamw.h>
#include <torch/csrc/autograd/autograd.h>

#include "bench/bare.h"
#include "bench/benchmarks.h"
#include "bench/settings.h"
#include "defenses/trainer.h"
#include "runtime/base/clock.h"
#include "runtime/base/error.h"

namespace agon::bench {
namespace {

constexpr std::int64_t kBatch = 200;
constexpr std::int64_t kHeldOut = 1000;
constexpr double kLearningRate = 1e-3;
constexpr double kEpsilon = 0.1;
constexpr std::int64_t kAttackSteps = 4;
constexpr double kAttackStep = 2.5 * kEpsilon / kAttackSteps;  // pgd_at's default

struct Case {
  const char* objective;
  bool adversarial;
  bool validated;
  std::int64_t steps;  // an epoch
  std::optional<double> limit;
};

// net_a with AdamW in operators alone, on one batch that lies ready.
class BareTraining {
 public:
  BareTraining(const nn::Network& network, data::Batch batch, bool adversarial)
      : batch_(std::move(batch)), adversarial_(adversarial) {
    for (const auto& [name, tensor] : network.State()) {
      weights_.push_back(tensor.clone().requires_grad_());
      frozen_.push_back(weights_.back().detach());
      means_.push_back(at::zeros_like(frozen_.back()));
      squares_.push_back(at::zeros_like(frozen_.back()));
      steps_.push_back(at::zeros({}, frozen_.back().options()));
    }
  }

  void Step() {
    const Tensor images = adversarial_ ? Attacked() : batch_.images;
    const Tensor loss = at::cross_entropy_loss(forward_(weights_, images), batch_.labels);
    const std::vector<Tensor> gradients = torch::autograd::grad({loss}, weights_);
    const c10::NoGradGuard no_grad;
    for (const Tensor& step : steps_) step.add_(1);
    at::_fused_adamw_(frozen_, gradients, means_, squares_, /*max_exp_avg_sqs=*/{}, steps_,
                      kLearningRate, /*beta1=*/0.9, /*beta2=*/0.999, /*weight_decay=*/0.01,
                      /*eps=*/1e-8, /*amsgrad=*/false, /*maximize=*/false);
  }

 private:
  [[nodiscard]] Tensor Attacked() const {
    const Tensor low = (batch_.images - kEpsilon).clamp_min_(0);
    const Tensor high = (batch_.images + kEpsilon).clamp_max_(1);
    Tensor x = at::rand_like(batch_.images).mul_(2 * kEpsilon).sub_(kEpsilon);
    x.add_(batch_.images).clamp_(low, high);
    for (std::int64_t i = 0; i < kAttackSteps; ++i) {
      const Tensor gradient = BareInputGradient(forward_, frozen_, x, batch_.labels);
      x.add_(gradient.sign(), kAttackStep).clamp_(low, high);
    }
    return x;
  }

  BareForward forward_ = BareForwardOf("net_a");
  data::Batch batch_;
  bool adversarial_;
  std::vector<Tensor> weights_, frozen_;  // the same numbers, with and without a graph
  std::vector<Tensor> means_, squares_, steps_;
};

defenses::TrainConfig ConfigFor(const Case& c) {
  const std::int64_t held_out = c.validated ? kHeldOut : 0;
  std::string yaml = fmt::format(
      "dataset: {{name: fashion_mnist, count: {}}}\nmodel: net_a\nobjective: {}\n"
      "optimizer: {{name: adamw, learning_rate: {}}}\nepochs: 2\nloader: {{batch_size: {}}}\n"
      "validate: {{count: {}}}\n",
      c.steps * kBatch + held_out, c.objective, kLearningRate, kBatch, held_out);
  if (c.adversarial) yaml += fmt::format("threat: {{norm: linf, epsilon: {}}}\n", kEpsilon);
  return defenses::ReadTrainConfig(ConfigOf(yaml));
}

Measurement Compare(const Case& c, const Surroundings& around) {
  const defenses::TrainConfig config = ConfigFor(c);
  const data::Dataset dataset = config.dataset->Load();
  const at::Device device = around.device.device;
  const auto network =
      config.model->Build({.input = dataset.image_shape(), .classes = dataset.classes},
                          /*seed=*/0, "net_a");
  network->To(device);
  BareTraining bare(*network, data::Slice(dataset, 0, kBatch).To(device), c.adversarial);

  std::vector<double> around_epochs;  // seconds of a run beside its epochs
  Contest contest;
  contest.ours = [&] {
    const Path folder = around.scratch / "run";
    run::RunOptions options;
    options.folder = folder;
    options.command = "train";
    options.arguments = "agon bench train";
    options.config = config::Dump(config);
    options.device = around.device.description;
    run::Run run = run::Run::Create(options);
    const Stopwatch watch;
    const defenses::TrainResult result = defenses::Train(config, dataset, run, around.device);
    const double seconds = watch.Seconds();
    run.Finish();
    std::filesystem::remove_all(folder);
    AGON_CHECK(result.history.size() == 2);
    around_epochs.push_back(seconds - result.history[1].seconds);
    // From the end of one epoch to the end of the next, with the checkpoint between them.
    return (result.history[1].seconds - result.history[0].seconds) / static_cast<double>(c.steps);
  };
  contest.theirs = [&](double share) {
    const auto steps =
        std::max<std::int64_t>(std::llround(share * static_cast<double>(c.steps)), 1);
    Synchronize(device);
    const Stopwatch watch;
    for (std::int64_t i = 0; i < steps; ++i) bare.Step();
    Synchronize(device);
    return watch.Seconds() / static_cast<double>(steps);
  };

  Measurement measurement;
  measurement.name = fmt::format("{}, net_a, batch {}{}", config.objective.name(), kBatch,
                                 c.validated ? ", with validation" : "");
  measurement.limit = c.limit;
  measurement.samples = Ratios(measurement.name, around.pairs, contest);
  measurement.note = fmt::format("epochs of {} steps; a run takes {:.2f} s beside its epochs",
                                 c.steps, SpreadOf(around_epochs).median);
  if (c.validated) measurement.note += fmt::format("; {} images validated an epoch", kHeldOut);
  return measurement;
}

}  // namespace

std::vector<Measurement> BenchTrain(const Surroundings& around) {
  const std::string adversarial = fmt::format("{{name: pgd_at, steps: {}}}", kAttackSteps);
  const Case cases[] = {
      {"standard", false, false, 295, 1.05},
      {adversarial.c_str(), true, false, 150, 1.05},
      {"standard", false, true, 295, {}},
      {adversarial.c_str(), true, true, 150, {}},
  };
  std::vector<Measurement> measurements;
  for (const Case& c : cases) measurements.push_back(Compare(c, around));
  return measurements;
}

}  // namespace agon::bench
