// SPDX-License-Identifier: Apache-2.0
#include "defenses/trainer.h"

#include <ATen/Context.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_norm.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>

#include "defenses/step_meter.h"
#include "defenses/train_report.h"
#include "defenses/validation.h"
#include "runtime/base/clock.h"
#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/base/progress.h"
#include "runtime/base/text.h"
#include "runtime/run/checkpoint.h"
#include "runtime/run/live_settings.h"
#include "runtime/train/precision.h"

namespace agon::defenses {
namespace {

// Steps between two looks at the loss. Long enough that the device never waits, short enough that a
// curve has detail.
constexpr std::int64_t kWindow = 20;

NamedTensors Clone(const NamedTensors& tensors) {
  NamedTensors copies;
  for (const auto& [name, tensor] : tensors) copies.emplace_back(name, tensor.detach().clone());
  return copies;
}

// Scales the gradients to a length of at most `limit`, without waiting for the device.
void ClipGradients(const std::vector<Tensor>& gradients, double limit) {
  const c10::NoGradGuard no_grad;
  const Tensor length = at::stack(at::_foreach_norm(gradients, 2)).norm();  // []
  at::_foreach_mul_(gradients, (limit / (length + 1e-6)).clamp_max(1.0));
}

nn::DataSpec SpecOf(const data::Dataset& dataset) {
  return {.input = dataset.image_shape(),
          .classes = dataset.classes,
          .classes_from = dataset.classes_from};
}

class Trainer {
 public:
  Trainer(const TrainConfig& config, const data::Dataset& dataset, run::Run& run,
          const DevicePolicy& device, const TrainOptions& options)
      : config_(config),
        options_(options),
        run_(run),
        device_(device.device),
        folder_(options.folder.empty() ? run.folder() : options.folder),
        label_(options.label.empty() ? config.model.name() : options.label),
        dataset_name_(dataset.name),
        threat_(config.Threat()),
        split_(HoldOut(dataset, config.validate.count)),
        random_(static_cast<std::uint64_t>(config.seed)),
        network_(
            config.model->Build(SpecOf(dataset), static_cast<std::uint64_t>(config.seed), label_)),
        loader_(split_.training, config.loader, random_.Stream("loader"), device_),
        meter_(kWindow),
        checkpoint_every_(config.checkpoint_every),
        max_seconds_(config.max_seconds) {
    network_->To(device_);
    weights_ = network_->State();
    parameters_ = network_->Parameters();
    optimizer_ = config.optimizer->Start(parameters_);
    average_.emplace(config.averaging, weights_);
    if (options.resume) Restore();
  }

  TrainResult Go() {
    Progress progress("training " + label_, config_.epochs * loader_.BatchesPerEpoch(), "batch",
                      state_.step);
    progress_ = &progress;
    // Ended in the middle of an epoch, and interrupted in its validation: only that is left.
    while (state_.ended.empty() || state_.batch > 0) {
      if (state_.ended.empty()) TrainEpoch();
      EndEpoch();
    }
    progress_ = nullptr;
    return Finish();
  }

 private:
  // ---- one epoch ----

  void TrainEpoch() {
    network_->SetTraining(true);
    network_->SetRequiresGrad(true);
    loader_.Start(state_.epoch, state_.batch);
    while (std::optional<data::Batch> batch = loader_.Next()) {
      Step(*batch);
      if (meter_.full()) ReadMeter();
      Attend();
      if (!state_.ended.empty()) return;
    }
  }

  // Whole and part epochs after so many steps.
  [[nodiscard]] double Epochs(std::int64_t steps) const {
    return static_cast<double>(steps) / static_cast<double>(loader_.BatchesPerEpoch());
  }
  // Of a step, from 1.
  [[nodiscard]] double LearningRate(std::int64_t step) const {
    return config_.optimizer->learning_rate() *
           config_.schedule->Factor(Epochs(step - 1), static_cast<double>(config_.epochs));
  }

  void Step(const data::Batch& batch) {
    SeedLayers();
    ObjectiveValue value;
    {
      const train::AutocastGuard autocast(config_.precision == "bf16", device_);
      const TrainingStep step{
          .network = *network_,
          .threat = threat_ ? &*threat_ : nullptr,
          .random = random_.Stream("objective", static_cast<std::uint64_t>(state_.epoch)),
          .epoch = Epochs(state_.step)};
      value = config_.objective->Loss(step, batch);
    }
    const std::vector<Tensor> gradients = torch::autograd::grad({value.loss}, parameters_);
    if (config_.gradient_clip > 0) ClipGradients(gradients, config_.gradient_clip);
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      parameters_[i].mutable_grad() = gradients[i];
    }
    ++state_.step;
    ++state_.batch;
    optimizer_->Step(LearningRate(state_.step));
    average_->Update(weights_, Epochs(state_.step) / static_cast<double>(config_.epochs));
    meter_.Add(value.loss, value.logits, batch.labels);
    progress_->Advance(1, note_);
  }

  // Dropout draws from LibTorch's own generator; seeded per step, a resumed run draws the same.
  void SeedLayers() {
    at::Generator generator = at::globalContext().defaultGenerator(device_);
    const std::scoped_lock lock(generator.mutex());
    generator.set_current_seed(
        random_.Stream("layers", static_cast<std::uint64_t>(state_.step)).key());
  }

  // Books the steps done since the last call. Error(kModel) at the first loss that is not finite.
  void ReadMeter() {
    const std::vector<StepMeter::Entry> entries = meter_.Drain();
    std::int64_t step = state_.step - static_cast<std::int64_t>(entries.size());
    for (const StepMeter::Entry& entry : entries) {
      ++step;
      if (!std::isfinite(entry.loss)) Diverged(step, "the loss");
      state_.of_epoch.Add(entry.loss, entry.correct, entry.examples);
      state_.of_window.Add(entry.loss, entry.correct, entry.examples);
      if (step % kWindow == 0) RecordWindow(step);
    }
  }

  void RecordWindow(std::int64_t step) {
    const Sums window = std::exchange(state_.of_window, {});
    Record("train/loss", step, window.Loss());
    Record("train/accuracy", step, window.Accuracy());
    Record("learning_rate", step, LearningRate(step));
    note_ = fmt::format("epoch {}/{}, loss {:.3f}, accuracy {:.1f} %", state_.epoch + 1,
                        config_.epochs, window.Loss(), 100 * window.Accuracy());
  }

  [[noreturn]] void Diverged(std::int64_t step, const std::string& what) const {
    const std::int64_t batches = loader_.BatchesPerEpoch();
    Fail(ErrorKind::kModel,
         "training diverged: {} is not finite at step {} (epoch {}, batch {}); lower "
         "optimizer.learning_rate, or set gradient_clip: 1",
         what, step, (step - 1) / batches + 1, (step - 1) % batches + 1);
  }

  // What was asked of the run meanwhile, and what is due.
  void Attend() {
    const run::Run::Requests requests = run_.Tick();
    Change(requests);
    if (requests.stop) Interrupt();
    if (requests.checkpoint || since_checkpoint_.Seconds() >= checkpoint_every_) Save();
    if (max_seconds_ > 0 && Seconds() >= max_seconds_) state_.ended = "time";
  }

  void Change(const run::Run::Requests& requests) {
    run::ChangeLive(run_, requests.changes,
                    {{"max_seconds", max_seconds_}, {"checkpoint_every", checkpoint_every_}},
                    fmt::format("step {}", state_.step));
  }

  [[noreturn]] void Interrupt() {
    Save();
    Fail(ErrorKind::kInterrupted, "stopped after step {} of epoch {}; a checkpoint was saved",
         state_.step, state_.epoch + 1);
  }

  // ---- after an epoch ----

  void EndEpoch() {
    ReadMeter();
    EpochRow row{.epoch = state_.epoch + 1,
                 .step = state_.step,
                 .seconds = Seconds(),
                 .loss = state_.of_epoch.Loss(),
                 .accuracy = state_.of_epoch.Accuracy(),
                 .learning_rate = LearningRate(state_.step),
                 .validation = std::nullopt};
    const bool last = !state_.ended.empty() || state_.epoch + 1 >= config_.epochs;
    if (split_.validation && (last || (state_.epoch + 1) % config_.validate.every == 0)) {
      row.validation = ValidateNow();
    }
    row.seconds = Seconds();
    state_.history.push_back(row);
    ++state_.epoch;
    state_.batch = 0;
    state_.of_epoch = {};
    if (state_.ended.empty() && state_.epoch >= config_.epochs) state_.ended = "completed";
    log::Info("{}: {}", label_, Line(row));
    Save();
  }

  [[nodiscard]] std::string Line(const EpochRow& row) const {
    std::string line = fmt::format("epoch {}/{}, loss {:.4f}, training accuracy {:.2f} %",
                                   row.epoch, config_.epochs, row.loss, 100 * row.accuracy);
    if (row.validation) {
      line += fmt::format(", held out {:.2f} % clean", 100 * row.validation->clean_accuracy);
      if (row.validation->robust_accuracy) {
        line += fmt::format(", {:.2f} % robust", 100 * *row.validation->robust_accuracy);
      }
    }
    return line + ", " + FormatDuration(row.seconds);
  }

  ValidationResult ValidateNow() {
    const NamedTensors own = average_->active() ? Clone(weights_) : NamedTensors{};
    if (average_->active()) network_->LoadState(average_->weights());
    // A checkpoint that is asked for meanwhile follows anyway, when the epoch has ended.
    const auto result = Validate(*network_, *split_.validation, config_, device_, [this] {
      const run::Run::Requests requests = run_.Tick();
      Change(requests);
      return !requests.stop;
    });
    if (result) Judge(*result);
    if (average_->active()) network_->LoadState(own);
    if (!result) Interrupt();  // the epoch's steps are done; a resumed run validates first
    ValidationResult final = *result;
    final.epoch = state_.epoch + 1;
    final.averaged = average_->active();
    Record("validation/clean_accuracy", state_.step, final.clean_accuracy);
    if (final.robust_accuracy) {
      Record("validation/robust_accuracy", state_.step, *final.robust_accuracy);
    }
    return final;
  }

  // Keeps the weights in the network when they are the best so far.
  void Judge(ValidationResult result) {
    result.epoch = state_.epoch + 1;
    result.averaged = average_->active();
    if (!state_.best || result.Score() > state_.best->Score()) {
      if (config_.validate.keep == "best") best_ = Clone(weights_);
      state_.best = result;
      state_.stale = 0;
    } else if (++state_.stale >= config_.validate.patience && config_.validate.patience > 0) {
      state_.ended = "early";
    }
  }

  // ---- checkpoints ----

  [[nodiscard]] double Seconds() const { return state_.seconds + clock_.Seconds(); }

  void Save() {
    ReadMeter();
    for (const auto& [name, tensor] : weights_) {
      if (tensor.is_floating_point() && !tensor.isfinite().all().item<bool>()) {
        Diverged(state_.step, "weight " + name);
      }
    }
    run::Checkpoint checkpoint{.step = state_.step, .tensors = {}, .state = {}};
    TrainState state = state_;
    state.seconds = Seconds();
    checkpoint.state = state.ToJson();
    run::AppendGroup(checkpoint.tensors, "weights", weights_);
    run::AppendGroup(checkpoint.tensors, "optimizer", optimizer_->State());
    run::AppendGroup(checkpoint.tensors, "average", average_->State());
    run::AppendGroup(checkpoint.tensors, "best", best_);
    run::SaveCheckpoint(folder_, checkpoint);
    since_checkpoint_.Restart();
  }

  void Restore() {
    const auto checkpoint = run::LoadNewestCheckpoint(folder_);
    if (!checkpoint) {
      log::Info("no checkpoint yet: training starts from the beginning");
      return;
    }
    state_ = TrainState::FromJson(checkpoint->state);
    network_->LoadState(run::TakeGroup(checkpoint->tensors, "weights"));
    optimizer_->LoadState(run::TakeGroup(checkpoint->tensors, "optimizer"));
    average_->LoadState(run::TakeGroup(checkpoint->tensors, "average"));
    best_ = run::TakeGroup(checkpoint->tensors, "best");
    log::Info("continues after step {}", state_.step);
  }

  // ---- the end ----

  TrainResult Finish() {
    TrainResult result;
    const bool keep_best = split_.validation && config_.validate.keep == "best";
    if (keep_best && !best_.empty()) {
      network_->LoadState(best_);
      result.validation = state_.best;
      result.averaged = state_.best->averaged;
    } else {
      result.averaged = average_->active();
      if (result.averaged) network_->LoadState(average_->weights());
      if (!state_.history.empty()) result.validation = state_.history.back().validation;
    }
    network_->SetTraining(false);
    network_->SetRequiresGrad(false);
    result.label = label_;
    result.dataset = dataset_name_;
    result.objective = config_.objective.name();
    result.summary = network_->Summary();
    result.threat = threat_;
    if (config_.validate.attack) result.validation_attack = config_.validate.attack->attack.name();
    result.training_examples = split_.training.size();
    result.parameters = network_->ParameterCount();
    result.epochs = static_cast<std::int64_t>(state_.history.size());
    result.planned = config_.epochs;
    result.ended = state_.ended;
    result.seconds = state_.history.empty() ? Seconds() : state_.history.back().seconds;
    result.history = state_.history;
    result.weights = folder_ / kWeightsFile;
    result.report = folder_ / kReportFile;
    result.network = network_;
    WriteTrainResult(folder_, result, config::ToYaml(config::Dump(config_)));
    return result;
  }

  void Record(const char* track, std::int64_t step, double value) {
    run_.recorder().Scalar(options_.track_prefix + track, step, value);
  }

  const TrainConfig& config_;
  const TrainOptions& options_;
  run::Run& run_;
  const at::Device device_;
  const Path folder_;
  const std::string label_;
  const std::string dataset_name_;
  const std::optional<attacks::Threat> threat_;
  const Split split_;
  const RandomSource random_;
  std::shared_ptr<nn::Network> network_;
  data::Loader loader_;
  StepMeter meter_;
  double checkpoint_every_;
  double max_seconds_;
  NamedTensors weights_;  // of the network, shared storage
  std::vector<Tensor> parameters_;
  std::unique_ptr<train::OptimizerState> optimizer_;
  std::optional<train::WeightAverage> average_;
  NamedTensors best_;  // as validated: averaged where averaging had begun
  TrainState state_;
  Stopwatch clock_, since_checkpoint_;
  Progress* progress_ = nullptr;
  std::string note_;
};

}  // namespace

void CheckBeforeTraining(const TrainConfig& config, const data::Dataset& dataset) {
  const Split split = HoldOut(dataset, config.validate.count);
  if (config.loader.drop_last && config.loader.batch_size > split.training.size()) {
    Fail(ErrorKind::kConfig, "loader.batch_size: {} is more than the {} images trained on",
         config.loader.batch_size, split.training.size());
  }
  const auto network = config.model->Build(SpecOf(dataset), static_cast<std::uint64_t>(config.seed),
                                           config.model.name());
  if (network->Parameters().empty()) {
    Fail(ErrorKind::kModel, "model {} has no parameters to train", config.model.name());
  }
}

TrainResult Train(const TrainConfig& config, const data::Dataset& dataset, run::Run& run,
                  const DevicePolicy& device, const TrainOptions& options) {
  CheckBeforeTraining(config, dataset);
  return Trainer(config, dataset, run, device, options).Go();
}

}  // namespace agon::defenses
